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

from nbexport.analysis import values
from nbexport.analysis.notebook import BUILTINS
from nbexport.lift.layout import Layout, references
from nbexport.model import Role
from nbexport.names.nodes import is_definition
from nbexport.names.operations import Function, Read, flatten

SAFE_DECORATORS = (
    "torch.no_grad",
    "torch.inference_mode",
    "torch.enable_grad",
    "contextlib.contextmanager",
    "functools.wraps",
)
"""Decorators that hand a call on with its keyword arguments."""


def settle(layout: Layout) -> None:
    """Find what stands at module level: fills `definitions`, `constants`, `settings`, `needs` and `renamed`."""
    _candidates(layout)
    _demote(layout)


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
            and _constant_value(layout, name) is not None
        ):
            layout.constants[name] = found[0].unit


def _demote(layout: Layout) -> None:
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


def _constant_value(layout: Layout, name: str) -> ast.expr | None:
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
        if definition.unit in analysis.lifted and _constant_value(layout, read.name) is not None:
            if definition.name not in layout.parameters:
                layout.constants[read.name] = definition.unit
                continue
        return False
    return True


def _direct_needs(layout: Layout, name: str, function: Function) -> tuple[set[str], set[str]]:
    """(names of stages that the body reads, module-level definitions that it refers to)."""
    stage: set[str] = set()
    used: set[str] = set()
    for read in function.reads():
        if read.name in layout.definitions:
            used.add(read.name)
        elif _is_stage_name(layout, read.name, function):
            stage.add(read.name)
    return stage, used


def _is_stage_name(layout: Layout, name: str, function: Function | None = None) -> bool:
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


def _cannot_be_given(layout: Layout, name: str) -> bool:
    """Find another way for a definition that no call can hand its needs to; True when something was changed."""
    function = layout.function(name)
    unit = layout.definitions[name]
    if function.is_class:
        for need in layout.needs[name]:
            if need in layout.parameters:
                layout.settings[need] = layout.parameters[need]
                return True
            if _constant_value(layout, need) is not None:
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
