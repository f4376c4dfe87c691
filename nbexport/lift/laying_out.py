"""Analysis → Layout: what is left out, what is a parameter, what stands at module level; the rest is stage code."""

from __future__ import annotations

import ast

from nbexport.analysis import values
from nbexport.analysis.notebook import Analysis
from nbexport.lift import slicing
from nbexport.lift.layout import Layout
from nbexport.lift.module_level import settle
from nbexport.lift.process_settings import check_definitions, check_settings, place_settings
from nbexport.model import Role
from nbexport.names.nodes import is_import_like, is_main_guard
from nbexport.names.operations import Bind


def lay_out(analysis: Analysis) -> Layout:
    """The layout; its `problems` say why if something cannot be placed."""
    layout = Layout(analysis)
    layout.dropped = slicing.droppable(analysis)
    for unit in sorted(analysis.lifted - layout.dropped):
        if Role.PARAMETERS in analysis.roles_of(unit):
            for name in _parameter_names(analysis, unit):
                layout.parameters[name] = unit
    _drop_superseded(layout)
    place_settings(layout)
    settle(layout)
    check_settings(layout)
    check_definitions(layout)
    taken = {*layout.definitions.values(), *layout.constants.values(), *layout.parameters.values(), *layout.process}
    for unit in sorted(analysis.lifted - layout.dropped - taken):
        if not is_import_like(analysis.units[unit].node):
            layout.code.append(unit)
    _refuse_comparing_name(layout)
    _refuse_global_writes(layout)
    return layout


def _refuse_comparing_name(layout: Layout) -> None:
    """Refuse `__name__` but in a plain main guard and as the name of a logger."""
    analysis = layout.analysis
    for unit in sorted(analysis.lifted - layout.dropped):
        if is_main_guard(analysis.units[unit].node):
            continue
        nodes = analysis.units[unit].nodes
        named = [node for node in nodes if isinstance(node, ast.Name) and node.id == "__name__"]
        if not named:
            continue
        loggers = {
            argument
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "getLogger"
            for argument in node.args
        }
        for node in named:
            if node not in loggers:
                layout.refuse(
                    "`__name__` is read here, and it is another name in the exported module",
                    'use a plain `if __name__ == "__main__":` block, or do without it',
                    unit,
                    "__name__",
                    node,
                )


def _refuse_global_writes(layout: Layout) -> None:
    """Refuse definitions that write a value of the notebook."""
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


def _drop_superseded(layout: Layout) -> None:
    """Leave out the parameters that a later `parameters` cell gives another value, as papermill's injected one does."""
    for unit in sorted(layout.analysis.lifted - layout.dropped):
        if Role.PARAMETERS not in layout.analysis.roles_of(unit):
            continue
        names = _parameter_names(layout.analysis, unit)
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


def _parameter_names(analysis: Analysis, index: int) -> tuple[str, ...]:
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
