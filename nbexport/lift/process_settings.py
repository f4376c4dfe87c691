"""Settings of the process: which stand at module level, and which a service must make again when it loads a model.

    os.environ["THREADS"] = "1"          before the first stage: at module level of `model.py`, in the notebook's order
    import engine                        with the imports
    rows = load()                    data
    decimal.getcontext().prec = 4        after a stage: stays where it stands, and `load_model` makes it again, since a
    fit(rows)                        train    service runs no stage

Only a setting whose values come from imports, built-ins and module-level definitions can stand outside of the stages.
"""

from __future__ import annotations

import ast

from nbexport.analysis import values
from nbexport.lift.definition_time import run_nodes
from nbexport.lift.layout import Layout
from nbexport.model import Role
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.names.operations import Read

_PLAIN = ("dataclasses.", "typing.", "collections.", "enum.", "abc.", "functools.", "contextlib.")
"""What may be called while a definition is made, whatever the process is set to."""


def place_settings(layout: Layout) -> None:
    """Find the settings that stand at module level, and those made late: fills `process` and `late_settings`."""
    analysis = layout.analysis
    staged = False
    for unit in sorted(analysis.lifted - layout.dropped):
        node = analysis.units[unit].node
        if is_import_like(node) or unit in layout.parameters.values():
            continue
        if unit in analysis.settings or _patches_definition(layout, unit):
            if _reads_values(layout, unit):
                staged = True
            if staged:
                layout.late_settings.append(unit)
            else:
                layout.process.append(unit)
        elif unit not in analysis.configuring:
            staged |= not _is_unmoved(layout, unit)


def check_settings(layout: Layout) -> None:
    """Move back what reads something that turned out not to stand at module level; refuse what is lost."""
    kept = [unit for unit in layout.process if _is_at_module_level(layout, unit)]
    moved = [unit for unit in layout.process if unit not in kept]
    layout.process[:] = [unit for unit in kept if not moved or unit < moved[0]]
    layout.late_settings[:] = sorted(
        {*layout.late_settings, *moved, *(unit for unit in kept if unit not in layout.process)}
    )
    if "predict" not in layout.definitions:
        layout.late_settings.clear()
    for unit in layout.late_settings:
        if not _is_at_module_level(layout, unit):
            layout.refuse(
                "this sets the process for `predict` too, with a value that a service does not have",
                "write the value into the statement, or set it inside `predict`",
                unit,
            )


def check_definitions(layout: Layout) -> None:
    """Refuse what a stage does to a function or class that `predict` uses: a service runs no stage."""
    if "predict" not in layout.definitions:
        return
    reached = _reached(layout)
    stages = layout.analysis.lifted - layout.dropped - {*layout.process, *layout.late_settings}
    for change in layout.analysis.changes:
        if change.unit not in stages or change.mode_only or change.unit in layout.definitions.values():
            continue
        for definition in change.definitions:
            if definition.name in reached and definition.unit == layout.definitions.get(definition.name):
                layout.refuse(
                    f"`predict` uses `{definition.name}`, which this changes, and a service runs no stage",
                    f"keep what `{definition.name}` needs in a value of its own, and give it to `{definition.name}`",
                    change.unit,
                    definition.name,
                    change.node,
                )


def _reached(layout: Layout) -> set[str]:
    """The functions and classes that `predict` uses, itself included."""
    reached: set[str] = set()
    waiting = ["predict"]
    while waiting:
        name = waiting.pop()
        if name in layout.definitions and name not in reached:
            reached.add(name)
            waiting += [reference.name for reference in layout.analysis.units[layout.definitions[name]].references]
    return reached


def _patches_definition(layout: Layout, unit: int) -> bool:
    """Whether a statement only gives a function or class of the notebook an attribute that needs no call to be made."""
    analysis = layout.analysis
    node = analysis.units[unit].node
    if not isinstance(node, ast.Assign) or not all(isinstance(target, ast.Attribute) for target in node.targets):
        return False
    for target in node.targets:
        owner = target.value if isinstance(target, ast.Attribute) else target
        reaching = analysis.before[unit].get(owner.id, frozenset()) if isinstance(owner, ast.Name) else frozenset()
        if not reaching or any(d.unit < 0 or not is_definition(analysis.units[d.unit].node) for d in reaching):
            return False
    return not any(isinstance(part, ast.Call | ast.Await) for part in run_nodes(node.value)) or isinstance(
        node.value, ast.Lambda
    )


def is_governed(layout: Layout, unit: int, node: ast.AST) -> bool:
    """Whether a late setting above a statement may govern what is called when the statement is run."""
    return any(late < unit for late in layout.late_settings) and _calls(layout, unit, node)


def _is_unmoved(layout: Layout, unit: int) -> bool:
    """Whether a statement is the same before and after a setting: a definition or a constant that calls nothing."""
    node = layout.analysis.units[unit].node
    if is_definition(node):
        return not _calls(layout, unit, node)
    if layout.analysis.roles_of(unit) == (Role.DEFINE,) and isinstance(node, ast.Assign | ast.AnnAssign):
        return node.value is None or values.literal(node.value)[0] or isinstance(node.value, ast.Name)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _calls(layout: Layout, unit: int, node: ast.AST) -> bool:
    for part in run_nodes(node):
        if isinstance(part, ast.Call):
            full = layout.analysis.full_name(unit, part.func) or ""
            if not full.startswith(_PLAIN):
                return True
    return False


def _reads_values(layout: Layout, unit: int) -> bool:
    """Whether a statement reads what is neither imported, built in nor defined."""
    analysis = layout.analysis
    for use in analysis.uses_by_unit.get(unit, ()):
        for definition in use.definitions:
            if definition.unit >= 0 and not layout.is_import(definition):
                if not is_definition(analysis.units[definition.unit].node):
                    return True
    return False


def _is_at_module_level(layout: Layout, unit: int) -> bool:
    """Whether all that a statement reads stands at module level, as one thing."""
    analysis = layout.analysis
    for op in analysis.units[unit].simple_ops:
        if not isinstance(op, Read):
            continue
        if op.name in layout.origins.contested or layout.needs.get(op.name):
            return False
        for definition in analysis.before[unit].get(op.name, ()):
            if definition.unit >= 0 and not layout.at_module_level(definition):
                return False
    return True
