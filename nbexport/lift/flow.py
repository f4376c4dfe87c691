"""Segments → inputs and outputs: which values each stage function takes, and which it hands on.

    load_data       rows = read(path)                         → rows
    train_model     best = 0                                  rows → best
                    for row in rows: best = max(best, row)
    evaluate_model  metrics = {"best": best}                  best → metrics

A name is an input of a segment when a binding from outside reaches a read in it, and an output when one of its
bindings reaches a read after it. A name that a segment binds on some paths only passes through: it is both.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from nbexport.analysis.bindings import Definition, State, Use
from nbexport.analysis.notebook import Analysis
from nbexport.lift.layout import Layout, references
from nbexport.lift.split import Segment
from nbexport.names.operations import Bind, Function, Reference, flatten
from nbexport.record import field, record

IMMEDIATE = frozenset(
    """apply map applymap filter sort sorted sort_values agg aggregate transform assign pipe rename reduce min max
    groupby list tuple sum any all key""".split()
)
"""Calls that use up a lambda at once."""


@record(frozen=False, eq=False)
class Flow:
    """Who needs what of whom."""

    segment_of: dict[int, int]
    """Statement → index of its segment."""
    module_names: list[set[str]]
    """For each segment, names that it reads from module level although it binds them too."""
    wanted: dict[str, set[Definition]] = field(default_factory=dict)


def trace(layout: Layout, made: list[Segment], finally_read: dict[str, frozenset[Definition]]) -> Flow:
    """Fill in the segments' inputs and outputs; refusals go to `layout.problems`.

    Args:
        layout: Where everything stands.
        made: The segments in order.
        finally_read: Names that are read after the last segment (metrics, the bundle), with what reaches.
    """
    segment_of = {unit: index for index, segment in enumerate(made) for unit in segment.units}
    flow = Flow(segment_of, [set() for _ in made])
    inputs: list[set[str]] = [set() for _ in made]
    outputs: list[set[str]] = [set() for _ in made]
    reads = list(_reads(layout, flow))
    for reader, name, definitions in reads:
        for definition in definitions:
            home = _home(layout, flow, definition)
            if home == "module":
                flow.module_names[reader].add(name)
            elif home == "parameter":
                inputs[reader].add(name)
            elif isinstance(home, int) and home != reader:
                inputs[reader].add(name)
                outputs[home].add(name)
    for name, definitions in finally_read.items():
        for definition in definitions:
            home = _home(layout, flow, definition)
            if isinstance(home, int):
                outputs[home].add(name)
    _pass_through(layout, flow, made, inputs, outputs)
    order = {name: index for index, name in enumerate(layout.analysis.definitions)}
    for index, segment in enumerate(made):
        segment.inputs = sorted(inputs[index], key=lambda name: order.get(name, 0))
        segment.outputs = sorted(outputs[index], key=lambda name: order.get(name, 0))
        bound = bound_names(layout, segment)
        flow.module_names[index] &= bound
        starred = {
            name for name in flow.module_names[index] if layout.analysis.star_imports and hasattr(builtins, name)
        }
        for name in sorted((flow.module_names[index] & inputs[index]) | starred):
            layout.refuse(
                f"`{name}` stands for an import or definition and for a value within the same stage",
                f"give one of the two another name than `{name}`",
                segment.units[0],
                name,
            )
    return flow


def bound_names(layout: Layout, segment: Segment) -> set[str]:
    """Names that the segment's statements bind."""
    return {
        op.name
        for unit in segment.units
        for op in flatten(layout.analysis.units[unit].ops)
        if isinstance(op, Bind) and op.how != "star"
    }


def state_after(analysis: Analysis, unit: int) -> State:
    """The bindings that hold after a statement."""
    return analysis.before[unit + 1] if unit + 1 < len(analysis.before) else analysis.final


def end_state(layout: Layout) -> State:
    """The bindings that hold when the last exported statement has run; what cells left behind do later is theirs."""
    return state_after(layout.analysis, layout.code[-1]) if layout.code else layout.analysis.final


def _home(layout: Layout, flow: Flow, definition: Definition) -> int | str | None:
    """Where a binding lives: index of a segment, `module`, `parameter`, `builtin`, or None if it is not lifted."""
    if definition.marker == "missing":
        return "module"
    if definition.unit < 0 or definition.marker:
        return None
    if definition.unit in flow.segment_of:
        return flow.segment_of[definition.unit]
    if definition.unit == layout.parameters.get(definition.name):
        return "parameter"
    if definition.unit in layout.analysis.lifted or layout.is_import(definition):
        return "module"
    return None


def _reads(layout: Layout, flow: Flow) -> Iterator[tuple[int, str, frozenset[Definition]]]:
    """(segment, name, reaching bindings) for every read that stage code makes, itself or through what it calls."""
    analysis = layout.analysis
    inner = _nested_functions(layout, flow)
    module_functions = {id(f): name for name in layout.definitions for f in layout.function(name).with_methods()}
    for use in analysis.uses:
        segment = flow.segment_of.get(use.unit)
        if use.function is None:
            if segment is not None:
                if use.deferred:
                    _check_late(layout, flow, use, segment)
                yield segment, use.name, use.definitions
            continue
        home = inner.get(id(use.function))
        if home is not None and (segment is not None or use.unit in analysis.lifted):
            _check_closure(layout, flow, use, home)
            yield home, use.name, use.definitions
        elif segment is not None and id(use.function) in module_functions:
            if use.name in layout.needs[module_functions[id(use.function)]]:
                yield segment, use.name, use.definitions
    for name, needed in layout.needs.items():
        for unit, reference in references(layout, name):
            segment = flow.segment_of.get(unit)
            if segment is None:
                continue
            for need in needed:
                _check_shadow(layout, name, need, unit, reference)
                here = frozenset(d for d in analysis.definitions.get(need, ()) if d.unit == unit)
                before = frozenset(d for d in analysis.before[unit].get(need, ()) if d.unit >= 0)
                yield segment, need, before or here
    for function_id, home in inner.items():
        function = next(f for unit in flow.segment_of for f in _unit_functions(layout, unit) if id(f) == function_id)
        unit = next(u for u in flow.segment_of if any(f is function for f in _unit_functions(layout, u)))
        _check_escaped(layout, flow, function, unit)
        for read in function.reads():
            for need in layout.needs.get(read.name, ()):
                found = frozenset(d for d in state_after(analysis, unit).get(need, ()) if d.unit >= 0)
                yield home, need, found
            if not analysis.before[unit].get(read.name) and not analysis.definitions.get(read.name):
                yield home, read.name, frozenset()
            else:
                reaching = analysis.before[unit].get(read.name, frozenset())
                uncalled = not any(use.function is function and use.name == read.name for use in analysis.uses)
                if uncalled and not function.is_class:
                    yield home, read.name, frozenset(d for d in reaching if d.unit >= 0)


def _unit_functions(layout: Layout, unit: int) -> Iterator[Function]:
    for function in layout.analysis.units[unit].functions:
        yield from function.with_methods()


def _nested_functions(layout: Layout, flow: Flow) -> dict[int, int]:
    """Functions that stay inside a stage, by identity → segment."""
    return {
        id(function): segment for unit, segment in flow.segment_of.items() for function in _unit_functions(layout, unit)
    }


def _check_closure(layout: Layout, flow: Flow, use: Use, home: int) -> None:
    """A function inside a stage sees that stage's names; refuse where the notebook had it see later ones."""
    for definition in use.definitions:
        found = _home(layout, flow, definition)
        if isinstance(found, int) and found > home:
            function = use.function
            name = function.name if function is not None else ""
            owner = next(
                (
                    f
                    for u in flow.segment_of
                    for f in layout.analysis.units[u].functions
                    if any(f2 is function for f2 in f.with_methods())
                ),
                function,
            )
            kind = "class" if owner is not None and owner.is_class else "function"
            label = owner.name if owner is not None else name
            layout.refuse(
                f"{kind} `{label}` reads `{use.name}`, which a later stage binds (cell "
                f"{layout.analysis.units[definition.unit].cell}) and no call can give it",
                f"pass `{use.name}` to `{label}` as an argument",
                next(u for u in flow.segment_of if any(f is owner for f in layout.analysis.units[u].functions)),
                use.name,
            )


def _check_escaped(layout: Layout, flow: Flow, function: Function, unit: int) -> None:
    """What may be called without the name being seen (a method, a function in a list) must read no later binding.

    A function that is only ever called by its name is judged call by call, see `_check_closure`.
    """
    analysis, home = layout.analysis, flow.segment_of[unit]
    outer = next(f for f in analysis.units[unit].functions if any(inner is function for inner in f.with_methods()))
    if not outer.is_class and all(r.call is not None for _, r in references(layout, outer.name)):
        return
    touched: dict[int, bool] = {}
    for read in function.reads():
        for later in layout.lifted(read.name):
            place = _home(layout, flow, later)
            if not isinstance(place, int) or place <= home:
                continue
            if later.unit not in touched:
                touched[later.unit] = any(use > later.unit for use in _units_touched(analysis, unit))
            if touched[later.unit]:
                kind = "class" if outer.is_class else "function"
                layout.refuse(
                    f"{kind} `{outer.name}` reads `{read.name}`, which a later stage binds (cell "
                    f"{analysis.units[later.unit].cell}) and no call can give it",
                    f"pass `{read.name}` to `{outer.name}` as an argument",
                    unit,
                    read.name,
                )


def _units_touched(analysis: Analysis, unit: int) -> set[int]:
    """The exported statements that what a statement binds may reach, through whatever is made of it."""
    found: set[int] = set()
    waiting = [unit]
    while waiting:
        origin = waiting.pop()
        for use in analysis.uses:
            if use.unit in found or use.unit not in analysis.lifted or use.unit <= unit:
                continue
            if any(definition.unit == origin for definition in use.definitions):
                found.add(use.unit)
                waiting.append(use.unit)
                # an object that is changed with it may hold it from then on
                changed = (change for change in analysis.changes if change.unit == use.unit)
                waiting += [d.unit for change in changed for d in change.definitions if d.unit > unit]
    return found


def _check_late(layout: Layout, flow: Flow, use: Use, segment: int) -> None:
    """A lambda that outlives its stage must not read a name that a later stage binds anew."""
    later = [d for d in layout.lifted(use.name) if isinstance(h := _home(layout, flow, d), int) and h > segment]
    statement = layout.analysis.units[use.unit].node
    if not later or _used_at_once(statement, use.node) or _only_called(layout, use.unit):
        return
    layout.refuse(
        f"a lambda or generator reads `{use.name}`, which is bound again in cell "
        f"{layout.analysis.units[later[0].unit].cell}; whether it sees the old or the new one depends on when it runs",
        f"bind the value where the lambda is made: `lambda …, {use.name}={use.name}: …`",
        use.unit,
        use.name,
        use.node,
    )


def _only_called(layout: Layout, unit: int) -> bool:
    """Whether a statement is `name = lambda …` and `name` is only called, so that each call is judged by itself."""
    for op in layout.analysis.units[unit].ops:
        if isinstance(op, Bind) and op.function is not None and isinstance(op.function.node, ast.Lambda):
            return all(reference.call is not None for _, reference in references(layout, op.name))
    return False


def _used_at_once(statement: ast.stmt, read: ast.AST) -> bool:
    for part in ast.walk(statement):
        if isinstance(part, ast.Call):
            name = part.func.attr if isinstance(part.func, ast.Attribute) else getattr(part.func, "id", "")
            arguments = [*part.args, *[keyword.value for keyword in part.keywords]]
            consumes = name in IMMEDIATE or any(isinstance(argument, ast.GeneratorExp) for argument in arguments)
            if consumes and any(inner is read for argument in arguments for inner in ast.walk(argument)):
                return True
    return False


def _check_shadow(layout: Layout, name: str, need: str, unit: int, reference: Reference) -> None:
    for scope in reference.scopes:
        if scope.kind != "class" and need in scope.locals:
            layout.refuse(
                f"`{name}` needs the notebook's `{need}`, but where it is called `{need}` is another, local name",
                f"rename the local `{need}`, or pass the value to `{name}` as an argument",
                unit,
                need,
                reference.node,
            )
            return


def _pass_through(
    layout: Layout, flow: Flow, made: list[Segment], inputs: list[set[str]], outputs: list[set[str]]
) -> None:
    """A segment that hands on a name it binds on some paths only must also take it, if someone has it to give."""
    changed = True
    while changed:
        changed = False
        for index, segment in enumerate(made):
            after = state_after(layout.analysis, segment.units[-1])
            for name in outputs[index]:
                for definition in after.get(name, frozenset()):
                    home = _home(layout, flow, definition)
                    given = home == "parameter" or (isinstance(home, int) and home < index)
                    if given and name not in inputs[index]:
                        inputs[index].add(name)
                        changed = True
                    if isinstance(home, int) and home < index and name not in outputs[home]:
                        outputs[home].add(name)
                        changed = True
