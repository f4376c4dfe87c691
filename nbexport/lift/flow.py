"""Segments → inputs and outputs: which values each stage function takes, and which it hands on.

    load_data       rows = read(path)                         → rows
    train_model     best = 0                                  rows → best
                    for row in rows: best = max(best, row)
    evaluate_model  metrics = {"best": best}                  best → metrics

A name is an input of a segment when a binding from outside reaches a read in it, and an output when one of its
bindings reaches a read after it. A name that a segment binds on some paths only passes through: it is both.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.bindings import Definition, Marker, Use
from nbexport.analysis.notebook import Analysis
from nbexport.lift.homes import Flow, Home, bound_names, functions_in, state_after
from nbexport.lift.late_reads import check_closure, check_escaped, check_late, check_shadow
from nbexport.lift.layout import Layout, references
from nbexport.lift.split import Segment

_ENDS = (Marker.DELETED, Marker.EXCEPT)


def trace(layout: Layout, made: list[Segment], finally_read: dict[str, frozenset[Definition]]) -> Flow:
    """Fill in the segments' inputs and outputs; refusals go to `layout.problems`.

    Args:
        layout: Where everything stands.
        made: The segments in order.
        finally_read: Names that are read after the last segment (metrics, the bundle), with what reaches.
    """
    segment_of = {unit: index for index, segment in enumerate(made) for unit in segment.units}
    flow = Flow(
        layout,
        segment_of,
        bound=[bound_names(layout, segment) for segment in made],
        module_names=[set() for _ in made],
        arriving=[{} for _ in range(len(made) + 1)],
        inline=[set() for _ in made],
    )
    inputs: list[set[str]] = [set() for _ in made]
    outputs: list[set[str]] = [set() for _ in made]
    reads = list(_reads(flow))
    for reader, name, definitions in reads:
        _refuse_ended(flow, made, reader, name, definitions)
        for definition in definitions:
            home = flow.home(definition)
            if name in layout.origins.contested and not isinstance(home, int) and home is not Home.PARAMETER:
                _arrive(flow, made, reader, name, definition)
            elif home is Home.MODULE:
                flow.module_names[reader].add(name)
            elif home is Home.PARAMETER:
                inputs[reader].add(name)
            elif isinstance(home, int) and home != reader:
                inputs[reader].add(name)
                outputs[home].add(name)
    for name, definitions in finally_read.items():
        for definition in definitions:
            home = flow.home(definition)
            if isinstance(home, int):
                outputs[home].add(name)
            elif name in layout.origins.contested and home is not Home.PARAMETER:
                _arrive(flow, made, len(made), name, definition)
    _refuse_several(flow, layout.code[-1] if layout.code else 0, len(made), set())
    _pass_through(flow, made, inputs, outputs)
    order = {name: index for index, name in enumerate(layout.analysis.definitions)}
    for index, segment in enumerate(made):
        segment.inputs = sorted(inputs[index], key=lambda name: order.get(name, 0))
        segment.outputs = sorted(outputs[index], key=lambda name: order.get(name, 0))
        flow.module_names[index] &= flow.bound[index]
        _refuse_several(flow, segment.units[0], index, inputs[index])
    return flow


def _refuse_several(flow: Flow, unit: int, reader: int, inputs: set[str]) -> None:
    """A name that stands for several things where a reader begins can be none of them."""
    arriving = flow.arriving[reader]
    names = {name for name, origins in arriving.items() if len(origins) > 1 or name in inputs}
    if reader < len(flow.module_names):
        names |= flow.module_names[reader] & inputs
    for name in sorted(names):
        flow.layout.refuse(
            f"`{name}` stands for several things where this stage begins, such as an import and a value",
            f"give each of them a name of its own, not `{name}` to all",
            unit,
            name,
        )


def _refuse_ended(flow: Flow, made: list[Segment], reader: int, name: str, definitions: frozenset[Definition]) -> None:
    """A binding that an earlier stage may have ended, by `del` or with `except … as`, cannot be handed on half."""
    layout = flow.layout
    for ended in definitions:
        if ended.marker not in _ENDS or flow.segment_of.get(ended.unit, reader) == reader:
            continue
        if len(definitions) > 1 or layout.lifted(name):
            how = "`del`" if ended.marker is Marker.DELETED else "the end of its `except`"
            cell = layout.analysis.units[ended.unit].cell
            layout.refuse(
                f"`{name}` may be gone here, by {how} in cell {cell}, and the exported stage would be given a value",
                f"give what the handler or the deleted value is called another name than `{name}`",
                made[reader].units[0] if reader < len(made) else ended.unit,
                name,
            )


def _arrive(flow: Flow, made: list[Segment], reader: int, name: str, definition: Definition) -> None:
    """Note what a name of several meanings stands for where a reader begins, or which import in it is meant."""
    layout = flow.layout
    if layout.is_import(definition) and reader < len(made):
        units = made[reader].units
        if units[0] < definition.unit < units[-1]:
            flow.inline[reader].add((definition.unit, name))
            return
    origins = layout.origins.of([definition], name)
    if origins:
        flow.arriving[reader].setdefault(name, set()).update(origins)


def _reaching(analysis: Analysis, use: Use) -> frozenset[Definition]:
    """The bindings that reach a read, and what has ended them, which one leaves out that asks if the name exists."""
    before = analysis.before[use.unit].get(use.name, frozenset())
    if not all(definition in before for definition in use.definitions if definition.unit >= 0):
        return use.definitions
    return use.definitions | {definition for definition in before if definition.marker in _ENDS}


def _reads(flow: Flow) -> Iterator[tuple[int, str, frozenset[Definition]]]:
    """(segment, name, reaching bindings) for every read that stage code makes, itself or through what it calls."""
    layout = flow.layout
    analysis = layout.analysis
    inner = _nested_functions(flow)
    module_functions = {id(f): name for name in layout.definitions for f in layout.function(name).with_methods()}
    for use in analysis.uses:
        segment = flow.segment_of.get(use.unit)
        if use.function is None:
            if segment is not None:
                if use.deferred:
                    check_late(flow, use, segment)
                yield segment, use.name, _reaching(analysis, use)
            continue
        home = inner.get(id(use.function))
        if home is not None and (segment is not None or use.unit in analysis.lifted):
            check_closure(flow, use, home)
            yield home, use.name, _reaching(analysis, use)
        elif segment is not None and id(use.function) in module_functions:
            if use.name in layout.needs[module_functions[id(use.function)]]:
                yield segment, use.name, _reaching(analysis, use)
    for name, needed in layout.needs.items():
        for unit, reference in references(layout, name):
            segment = flow.segment_of.get(unit)
            if segment is None or not layout.means_definition(name, unit):
                continue
            for need in needed:
                check_shadow(layout, name, need, unit, reference)
                here = frozenset(d for d in analysis.definitions.get(need, ()) if d.unit == unit)
                before = frozenset(d for d in analysis.before[unit].get(need, ()) if d.unit >= 0)
                yield segment, need, before or here
    for function_id, home in inner.items():
        function = next(f for unit in flow.segment_of for f in functions_in(layout, unit) if id(f) == function_id)
        unit = next(u for u in flow.segment_of if any(f is function for f in functions_in(layout, u)))
        check_escaped(flow, function, unit)
        for read in function.reads():
            for need in layout.needs.get(read.name, ()):
                definitions = frozenset(d for d in state_after(analysis, unit).get(need, ()) if d.unit >= 0)
                yield home, need, definitions
            if not analysis.before[unit].get(read.name) and not analysis.definitions.get(read.name):
                yield home, read.name, frozenset()
            else:
                reaching = analysis.before[unit].get(read.name, frozenset())
                uncalled = not any(use.function is function and use.name == read.name for use in analysis.uses)
                if uncalled and not function.is_class:
                    yield home, read.name, frozenset(d for d in reaching if d.unit >= 0)


def _nested_functions(flow: Flow) -> dict[int, int]:
    """Functions that stay inside a stage, by identity → segment."""
    return {
        id(function): segment
        for unit, segment in flow.segment_of.items()
        for function in functions_in(flow.layout, unit)
    }


def _pass_through(flow: Flow, made: list[Segment], inputs: list[set[str]], outputs: list[set[str]]) -> None:
    """A segment that hands on a name it binds on some paths only must also take it, if someone has it to give."""
    changed = True
    while changed:
        changed = False
        for index, segment in enumerate(made):
            after = state_after(flow.layout.analysis, segment.units[-1])
            for name in outputs[index]:
                for definition in after.get(name, frozenset()):
                    home = flow.home(definition)
                    given = home is Home.PARAMETER or (isinstance(home, int) and home < index)
                    if given and name not in inputs[index]:
                        inputs[index].add(name)
                        changed = True
                    if isinstance(home, int) and home < index and name not in outputs[home]:
                        outputs[home].add(name)
                        changed = True
