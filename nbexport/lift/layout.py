"""Analysis → Layout: which lifted statement stands where: import, definition, constant, parameter, stage code.

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
from collections.abc import Iterator

from nbexport.analysis import values
from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import BUILTINS, Analysis
from nbexport.lift import slicing
from nbexport.model import Problem, Role
from nbexport.names.nodes import is_definition, is_import_like, is_main_guard
from nbexport.names.operations import Bind, Function, Read, Reference, Unit, flatten
from nbexport.record import field, record

SAFE_DECORATORS = (
    "torch.no_grad",
    "torch.inference_mode",
    "torch.enable_grad",
    "contextlib.contextmanager",
    "functools.wraps",
)


Place = tuple[int, int]
"""Row from 1 and column in code points from 0, as libcst counts."""


@record(frozen=False, eq=False)
class Layout:
    """Where each lifted statement goes, and what each definition must be given."""

    analysis: Analysis
    code: list[int] = field(default_factory=list)
    """Stage statements in notebook order."""
    definitions: dict[str, int] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    settings: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Definition → names of stages and parameters that it is given as keyword arguments."""
    renamed: dict[tuple[str, str], str] = field(default_factory=dict)
    """(definition, needed name) → the argument's name where the definition uses that name for itself."""
    problems: list[Problem] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)

    def lifted(self, name: str) -> list[Definition]:
        """The lifted bindings of a name, in order."""
        analysis = self.analysis
        return [
            d for d in analysis.definitions.get(name, ()) if d.unit in analysis.lifted and d.unit not in self.dropped
        ]

    def at_module_level(self, definition: Definition) -> bool:
        """Whether a binding is an import, definition, constant or setting of a module."""
        name, unit = definition.name, definition.unit
        if self.is_import(definition):
            return True
        return unit in (self.definitions.get(name), self.constants.get(name))

    def is_import(self, definition: Definition) -> bool:
        """Whether a binding comes from an import statement that stands at module level."""
        return definition.unit >= 0 and is_import_like(self.analysis.units[definition.unit].node)

    def function(self, name: str) -> Function:
        """The inside of a module-level definition."""
        definition = next(d for d in self.lifted(name) if d.unit == self.definitions[name])
        if definition.function is None:
            raise AssertionError(f"`{name}` has no body")
        return definition.function

    def refuse(self, message: str, hint: str, unit: int, name: str = "", node: ast.AST | None = None) -> None:
        """Note a reason why this notebook cannot be lifted."""
        found = self.analysis.units[unit]
        problem = Problem(message, hint, found.cell, found.span(node), name)
        if problem not in self.problems:
            self.problems.append(problem)


def lay_out(analysis: Analysis) -> Layout:
    """The layout; its `problems` say why if something cannot be placed."""
    layout = Layout(analysis)
    layout.dropped = slicing.droppable(analysis)
    for unit in sorted(analysis.lifted - layout.dropped):
        if Role.PARAMETERS in analysis.roles_of(unit):
            for name in parameter_names(analysis, unit):
                layout.parameters[name] = unit
    _drop_superseded(layout)
    _candidates(layout)
    _settle(layout)
    taken = {*layout.definitions.values(), *layout.constants.values(), *layout.parameters.values()}
    for unit in sorted(analysis.lifted - layout.dropped - taken):
        if not is_import_like(analysis.units[unit].node):
            layout.code.append(unit)
    for unit in sorted(analysis.lifted - layout.dropped):
        for node in ast.walk(analysis.units[unit].node):
            if isinstance(node, ast.Compare) and not is_main_guard(analysis.units[unit].node):
                if any(isinstance(side, ast.Name) and side.id == "__name__" for side in [node.left, *node.comparators]):
                    layout.refuse(
                        "`__name__` is compared here, and it is another name in the exported module",
                        'use a plain `if __name__ == "__main__":` block, or remove the comparison',
                        unit,
                        "__name__",
                        node,
                    )
    for name, unit in layout.definitions.items():
        for op in layout.function(name).all_ops():
            if isinstance(op, Bind) and op.how == "global":
                layout.refuse(
                    f"`{name}` writes the notebook's `{op.name}` through `global`, "
                    "which an exported function cannot do",
                    f"return `{op.name}` from `{name}` and assign it where it is called",
                    unit,
                    op.name,
                )
    return layout


def _drop_superseded(layout: Layout) -> None:
    """Leave out the parameters that a later `parameters` cell gives another value, as papermill's injected one does."""
    for unit in sorted(layout.analysis.lifted - layout.dropped):
        if Role.PARAMETERS not in layout.analysis.roles_of(unit):
            continue
        names = parameter_names(layout.analysis, unit)
        superseded = [name for name in names if layout.parameters[name] != unit]
        if superseded and len(superseded) == len(names):
            layout.dropped.add(unit)
        elif superseded:
            layout.refuse(
                f"`{superseded[0]}` is given another value by a later `parameters` cell, but the other names of this "
                "statement are not",
                "assign each parameter on a line of its own",
                unit,
                superseded[0],
            )


def place_of(unit: Unit, node: ast.AST) -> Place:
    """The place of a node of a statement as libcst counts it."""
    span = unit.code_span(node)
    return span.row, span.column - 1


def parameter_names(analysis: Analysis, index: int) -> tuple[str, ...]:
    """Names that a statement of a `parameters` cell binds to literals; empty when it does anything else."""
    node = analysis.units[index].node

    def is_value(value: ast.expr | None) -> bool:
        return value is not None and (values.literal(value)[0] or analysis.is_path(index, value))

    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,) if is_value(node.value) else ()
    if not isinstance(node, ast.Assign) or not is_value(node.value):
        return ()
    names: list[str] = []
    for target in node.targets:
        if isinstance(target, ast.Name):
            names.append(target.id)
        elif (
            isinstance(target, ast.Tuple)
            and isinstance(node.value, ast.Tuple)
            and len(target.elts) == len(node.value.elts)
            and all(isinstance(element, ast.Name) for element in target.elts)
        ):
            names += [element.id for element in target.elts if isinstance(element, ast.Name)]
        else:
            return ()
    return tuple(names)


def _candidates(layout: Layout) -> None:
    """Definitions bound once (or several times alike), and the plain constants of `define` cells."""
    analysis = layout.analysis
    for name in analysis.definitions:
        found = layout.lifted(name)
        if not found:
            continue
        nodes = [analysis.units[d.unit].node for d in found]
        if all(is_definition(node) for node in nodes):
            if len({ast.dump(node) for node in nodes}) == 1:
                layout.definitions[name] = found[-1].unit
                layout.dropped.update(d.unit for d in found[:-1])
        elif (
            analysis.roles_of(found[0].unit) == (Role.DEFINE,)
            and name not in layout.parameters
            and constant_value(layout, name) is not None
        ):
            layout.constants[name] = found[0].unit


def constant_value(layout: Layout, name: str) -> ast.expr | None:
    """The expression of a name bound once to a pure value that nothing lifted changes, else None."""
    analysis = layout.analysis
    found = layout.lifted(name)
    if len(found) != 1:
        return None
    unit = analysis.units[found[0].unit]
    node = unit.node
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        value = node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        value = node.value
    else:
        return None
    if not values.is_pure(value, lambda part: analysis.full_name(found[0].unit, part)):
        return None
    if any(found[0] in change.definitions and change.unit in analysis.lifted for change in analysis.changes):
        return None
    for op in unit.ops:
        if isinstance(op, Read) and not _reaches_module_level(layout, found[0].unit, op):
            return None
    return value


def _reaches_module_level(layout: Layout, unit: int, read: Read) -> bool:
    """Whether all that a read at definition time may find stands at module level, constants made so if need be."""
    analysis = layout.analysis
    for definition in analysis.before[unit].get(read.name, frozenset()):
        if definition.unit < 0 or definition.unit == unit or layout.at_module_level(definition):
            continue
        if definition.unit in analysis.lifted and constant_value(layout, read.name) is not None:
            if definition.name not in layout.parameters:
                layout.constants[read.name] = definition.unit
                continue
        return False
    return True


def _settle(layout: Layout) -> None:
    """Demote what cannot stand at module level until nothing changes, then fix what each definition needs."""
    random_units = {event.unit for event in layout.analysis.randomness}
    changed = True
    while changed:
        changed = False
        for name, unit in list(layout.definitions.items()):
            found = layout.analysis.units[unit]
            reads = [op for op in flatten(found.ops) if isinstance(op, Read)]
            if unit in random_units or not all(_reaches_module_level(layout, unit, read) for read in reads):
                del layout.definitions[name]
                changed = True
        layout.needs = _needs(layout)
        for name in list(layout.definitions):
            if layout.needs[name] and _cannot_be_given(layout, name):
                changed = True
                break
    for name, needed in layout.needs.items():
        own = layout.function(name).locals
        for need in needed:
            if need in own:
                layout.renamed[name, need] = f"notebook_{need}"


def direct_needs(layout: Layout, name: str, function: Function) -> tuple[set[str], set[str]]:
    """(names of stages that the body reads, module-level definitions that it refers to)."""
    stage: set[str] = set()
    used: set[str] = set()
    for read in function.reads():
        if read.name in layout.definitions:
            used.add(read.name)
        elif is_stage_name(layout, read.name, function):
            stage.add(read.name)
    return stage, used


def is_stage_name(layout: Layout, name: str, function: Function | None = None) -> bool:
    """Whether a name, read in a function's body, is a value of a stage or a parameter."""
    if name in layout.constants or name in layout.settings or name in layout.definitions:
        return False
    found = layout.lifted(name)
    outside = [d for d in found if not layout.is_import(d)]
    if not outside:
        return False
    if name in BUILTINS and function is not None:
        calls = [use for use in layout.analysis.uses if use.function is function and use.name == name]
        if all(definition.unit < 0 for use in calls for definition in use.definitions):
            return False
    if len(outside) < len(found) and function is not None:
        reaching = {
            d for use in layout.analysis.uses if use.function is function for d in use.definitions if use.name == name
        }
        return not reaching or not all(layout.is_import(d) for d in reaching if d.unit >= 0)
    return True


def _needs(layout: Layout) -> dict[str, tuple[str, ...]]:
    direct: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}
    for name in layout.definitions:
        direct[name], calls[name] = direct_needs(layout, name, layout.function(name))
    changed = True
    while changed:
        changed = False
        for name, used in calls.items():
            for other in used:
                if not direct[other] <= direct[name]:
                    direct[name] |= direct[other]
                    changed = True
    return {name: tuple(sorted(needed)) for name, needed in direct.items()}


def _cannot_be_given(layout: Layout, name: str) -> bool:
    """Find another way for a definition that no call can hand its needs to; True when something was changed."""
    function = layout.function(name)
    unit = layout.definitions[name]
    if function.is_class:
        for need in layout.needs[name]:
            if need in layout.parameters:
                layout.settings[need] = layout.parameters[need]
                return True
            if constant_value(layout, need) is not None:
                layout.constants[need] = layout.lifted(need)[0].unit
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
    rebound = [need for need in layout.needs[name] if len(layout.lifted(need)) > 1]
    generator = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
    if rebound and generator:
        del layout.definitions[name]
        return True
    for reference_unit, reference in references(layout, name):
        if reference.call is None and any(_bound_after(layout, need, reference_unit) for need in layout.needs[name]):
            del layout.definitions[name]
            return True
    return False


def _bound_after(layout: Layout, name: str, unit: int) -> bool:
    return any(d.unit >= unit for d in layout.lifted(name))


def references(layout: Layout, name: str) -> Iterator[tuple[int, Reference]]:
    """Every occurrence of a name in lifted statements."""
    for unit in sorted(layout.analysis.lifted - layout.dropped):
        for reference in layout.analysis.units[unit].references:
            if reference.name == name and isinstance(reference.node.ctx, ast.Load):
                yield unit, reference
