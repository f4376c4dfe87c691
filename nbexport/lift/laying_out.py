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
    """Refuse `__name__ == …` but in a plain main guard."""
    analysis = layout.analysis
    for unit in sorted(analysis.lifted - layout.dropped):
        if is_main_guard(analysis.units[unit].node):
            continue
        for node in ast.walk(analysis.units[unit].node):
            if isinstance(node, ast.Compare):
                if any(isinstance(side, ast.Name) and side.id == "__name__" for side in [node.left, *node.comparators]):
                    layout.refuse(
                        "`__name__` is compared here, and it is another name in the exported module",
                        'use a plain `if __name__ == "__main__":` block, or remove the comparison',
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
