"""Which definitions and constants stand at module level, and what each definition must be given.

A function or class goes to module level when its name is bound once and what its `def` line needs is at module level
too; what its *body* reads of the stages it is given as arguments (`needs`). In

    hidden = 64                                        # parameters
    vocab = build(rows)                                # data
    def encode(text): return [vocab[w] for w in text]  # reads `vocab` of a stage: needs = (vocab,)
    class Net(Module):                                 # its method reads `hidden`, which no call can give it
        def __init__(self): self.layer = Linear(hidden)

`encode` becomes `encode(text, *, vocab)` and every call passes `vocab=vocab`; `hidden` becomes a *setting*: a module
variable of `definitions.py` that `run` sets from the option. A class that reads a stage's value stays inside that
stage, where Python's closures give it what the notebook's namespace gave it; where even that is not the same, the
lift refuses.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence

from nbexport.analysis.bindings import Definition
from nbexport.lift.constants import Constants
from nbexport.lift.definition_time import DefinitionTime
from nbexport.lift.late_reads import SAFE_DECORATORS, kept_reads
from nbexport.lift.layout import Layout, references
from nbexport.lift.origins import VALUE
from nbexport.lift.process_settings import is_governed
from nbexport.model import Role
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.names.operations import Function, Read, Unit


def settle(layout: Layout) -> None:
    """Find what stands at module level: fills `definitions`, `constants`, `settings`, `needs` and `renamed`."""
    _candidates(layout)
    _demote(layout)


def _candidates(layout: Layout) -> None:
    """Definitions bound once, or several times alike."""
    analysis = layout.analysis
    for name in analysis.definitions:
        definitions = layout.lifted(name)
        nodes = [analysis.units[d.unit].node for d in definitions]
        if not definitions:
            continue
        if name == "predict" and _is_served(layout, definitions[-1].unit):
            # an earlier `predict`, which the evaluation may call, stays with the stages
            layout.definitions[name] = definitions[-1].unit
            continue
        if not all(is_definition(node) for node in nodes):
            continue
        alike = len({ast.dump(node) for node in nodes}) == 1
        if len(definitions) == 1 or (alike and _may_be_one(layout, nodes) and _mean_the_same(layout, definitions)):
            layout.definitions[name] = definitions[-1].unit
            layout.dropped.update(d.unit for d in definitions[:-1])


def _is_served(layout: Layout, unit: int) -> bool:
    """Whether a statement is the `def predict` of a `predict` cell."""
    node = layout.analysis.units[unit].node
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and Role.PREDICT in layout.analysis.roles_of(unit)


def _defined_constants(layout: Layout, constants: Constants) -> None:
    """Have the plain constants of `define` cells stand at module level."""
    for name in layout.analysis.definitions:
        definitions = layout.lifted(name)
        if definitions and layout.analysis.roles_of(definitions[0].unit) == (Role.DEFINE,) and name in constants:
            constants.promote(name)


def _may_be_one(layout: Layout, nodes: list[ast.stmt]) -> bool:
    """Whether definitions of one text are one: nothing is made when they are run that each of them has by itself."""
    for node in nodes[:1]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
            return not node.decorator_list and all(isinstance(default, ast.Constant) for default in defaults)
    # an instance of the first class is none of the second
    asks = {"isinstance", "issubclass", "type", "id", "hasattr", "setattr"}
    return not any(
        ref.name in asks for u in layout.analysis.lifted for ref in layout.analysis.units[u].references
    ) and all(
        isinstance(part, ast.Pass | ast.FunctionDef | ast.AnnAssign)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for node in nodes[:1]
        if isinstance(node, ast.ClassDef) and not node.decorator_list
        for part in node.body
    )


def _mean_the_same(layout: Layout, definitions: Sequence[Definition]) -> bool:
    """Whether definitions of one text read names of one meaning: an import or a helper between them may be another."""
    first = definitions[0]
    read = {reference.name for reference in layout.analysis.units[first.unit].references}
    if first.function is not None:
        read |= {op.name for op in first.function.reads()}
    return not any(_is_not_a_value(layout, name) for name in (read - {first.name}) & layout.origins.contested)


def _is_not_a_value(layout: Layout, name: str) -> bool:
    """Whether a name of several meanings is an import, a definition or a built-in: a value is passed to each call."""
    nodes = [layout.analysis.units[definition.unit].node for definition in layout.lifted(name)]
    return hasattr(builtins, name) or any(is_import_like(node) or is_definition(node) for node in nodes)


def _demote(layout: Layout) -> None:
    """Demote what cannot stand at module level until nothing changes, then fix what each definition needs."""
    random_units = {event.unit for event in layout.analysis.randomness}
    definition_time = DefinitionTime(layout)
    handed: set[str] = set()
    changed = True
    while changed:
        changed = False
        layout.constants.clear()
        constants = Constants(layout, may_change=lambda unit: unit in layout.definitions.values(), without=handed)
        _defined_constants(layout, constants)
        for name in sorted(layout.class_constants):
            if name in constants:
                constants.promote(name)
        for name, unit in list(layout.definitions.items()):
            reads = [op for op in layout.analysis.units[unit].simple_ops if isinstance(op, Read)]
            late = is_governed(layout, unit, layout.analysis.units[unit].node)
            if unit in random_units or late or not all(_reaches_module_level(constants, unit, read) for read in reads):
                del layout.definitions[name]
                changed = True
        layout.needs = _needs(layout)
        given = _made_of_given(layout)
        if given:
            # `other = encode` is a value of a stage where `encode` must be given one
            handed |= given
            layout.class_constants -= given
            changed = True
        settled = {*layout.definitions.values(), *layout.constants.values(), *_imports(layout)}
        for name, unit in list(layout.definitions.items()):
            if definition_time.must_stay(unit, layout.needs, settled):
                del layout.definitions[name]
                changed = True
        for name in list(layout.definitions) if not changed else ():
            if layout.needs[name] and _cannot_be_given(layout, constants, name):
                changed = True
                break
    for name, needed in layout.needs.items():
        own = layout.function(name).locals
        for need in needed:
            if need in own:
                layout.renamed[name, need] = f"notebook_{need}"


def _made_of_given(layout: Layout) -> set[str]:
    """The constants that read a definition which must be given a value of a stage."""
    return {
        name
        for name, unit in layout.constants.items()
        if any(isinstance(op, Read) and layout.needs.get(op.name) for op in layout.analysis.units[unit].simple_ops)
    }


def _imports(layout: Layout) -> Iterator[int]:
    return (unit for unit in layout.analysis.lifted if is_import_like(layout.analysis.units[unit].node))


def _reaches_module_level(constants: Constants, unit: int, read: Read) -> bool:
    """Whether all that a read at definition time may find stands at module level, constants made so if need be."""
    needed = constants.unsettled(unit, read)
    if needed is None or not all(name in constants for name in needed):
        return False
    for name in needed:
        constants.promote(name)
    return True


def _direct_needs(layout: Layout, name: str, function: Function) -> tuple[set[str], set[str]]:
    """(names of stages that the body reads, module-level definitions that it refers to)."""
    stage: set[str] = set()
    used: set[str] = set()
    for read in function.reads():
        if layout.means_definition(read.name, layout.definitions[name], function):
            used.add(read.name)
        elif _is_stage_name(layout, read.name, function, layout.definitions[name]):
            stage.add(read.name)
    return stage, used


def _is_stage_name(layout: Layout, name: str, function: Function, unit: int) -> bool:
    """Whether a name, read in a function's body, is a value of a stage or a parameter."""
    if name in layout.constants or name in layout.settings:
        return False
    if name in layout.origins.contested:
        # also what has the name of a definition: an earlier `predict`
        origins = layout.origins.of_function(function, unit, name)
        return len(origins) > 1 or VALUE in origins
    if name in layout.definitions:
        return False
    return any(not layout.is_import(definition) for definition in layout.lifted(name))


def _needs(layout: Layout) -> dict[str, tuple[str, ...]]:
    direct: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}
    for name in layout.definitions:
        direct[name], calls[name] = _direct_needs(layout, name, layout.function(name))
    changed = True
    while changed:
        changed = False
        for name, used in calls.items():
            for other in used:
                if not direct[other] <= direct[name]:
                    direct[name] |= direct[other]
                    changed = True
    return {name: tuple(sorted(needed)) for name, needed in direct.items()}


def _cannot_be_given(layout: Layout, constants: Constants, name: str) -> bool:
    """Find another way for a definition that no call can hand its needs to; True when something was changed."""
    function = layout.function(name)
    unit = layout.definitions[name]
    if function.is_class:
        for need in layout.needs[name]:
            if need in layout.parameters:
                layout.settings[need] = layout.parameters[need]
                return True
            if need in constants:
                layout.class_constants.add(need)
                return True
        del layout.definitions[name]
        return True
    node = function.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            full = layout.analysis.full_name(unit, target)
            if full is None or not full.startswith(SAFE_DECORATORS):
                del layout.definitions[name]
                return True
    kept = kept_reads(function)
    if any(need in kept and len(layout.lifted(need)) > 1 for need in layout.needs[name]):
        del layout.definitions[name]
        return True
    for reference_unit, reference in references(layout, name):
        if not layout.means_definition(name, reference_unit):
            continue
        if reference.call is not None:
            continue
        late = any(_bound_after(layout, need, reference_unit) for need in layout.needs[name])
        if late or _becomes_method(function, layout.analysis.units[reference_unit], reference.node):
            del layout.definitions[name]
            return True
    return False


def _becomes_method(function: Function, statement: Unit, mention: ast.Name) -> bool:
    """Whether a function may be made a method where it is mentioned: what `partial` makes of it gets no `self`.

    `Net.go = go`, `setattr(Net, "go", go)`, `type("Net", (), {"go": go})`, `class Net: run = go`.
    """
    if function.params[:1] in (("self",), ("cls",)):
        return True
    hung: list[ast.AST] = []
    for part in statement.nodes:
        if isinstance(part, ast.Assign) and any(isinstance(inner, ast.Attribute) for inner in part.targets):
            hung.append(part.value)
        elif isinstance(part, ast.ClassDef) or (
            isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in ("setattr", "type")
        ):
            hung.append(part)
    return any(inner is mention for part in hung for inner in ast.walk(part))


def _bound_after(layout: Layout, name: str, unit: int) -> bool:
    return any(d.unit >= unit for d in layout.lifted(name))
