"""A statement of a cell that stays in the notebook → the fix that makes it part of the export, in its place.

    cell 1  [data]    rows = [1, 2]
    cell 2            extra = 3                 taken along: the next statement reads it
                      rows.append(extra)        what exported code misses
                      print(rows)               stays in the notebook
    cell 3  [train]   model = sum(rows)         reads `rows` next: the new cell gets its role

The notebook itself computes what it computed, whatever is taken.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from nbexport.analysis.notebook import Analysis
from nbexport.model import STAGE_ROLES, Fix, Part, Role
from nbexport.names.nodes import is_definition, is_import_like, root_name

_TRAINING = frozenset("fit partial_fit fit_transform fit_predict backward step".split())
_SHOWING = frozenset("print display".split())


def take_along_fix(analysis: Analysis, unit: int, use_unit: int) -> Fix | None:
    """The fix that makes a statement part of the export; None where it cannot be one by itself.

    What it needs of other cells that stay in the notebook comes along. It is not a safe fix where a statement on the
    same row does more than that, or where one of them trains a rival of the exported model.

    Args:
        analysis: The notebook's.
        unit: The statement, in a cell without a role.
        use_unit: The exported statement that depends on it next.
    """
    roles = _roles(analysis, unit, use_unit)
    taken = _closure(analysis, unit)
    cells = {analysis.units[index].cell for index in taken or ()}
    if not roles or taken is None or not all(_may_be_parted(analysis, cell, taken) for cell in cells):
        return None
    parts = [part for cell in sorted(cells) for part in _parts(analysis, cell, taken, roles)]
    names = ", ".join(f"`{role.value}`" for role in roles)
    others = sorted(taken - {unit})
    does_more = any(_has_effects(analysis.units[index].node) for index in others)
    rival = any(_trains_a_rival(analysis, index) for index in taken)
    more = f" with {len(others)} more" if others else ""
    return Fix(
        f"export the statement{more} in its place, tagged {names}", safe=not does_more and not rival, parts=tuple(parts)
    )


def _roles(analysis: Analysis, unit: int, use_unit: int) -> tuple[Role, ...]:
    """The roles of the cell that depends on it, or of the nearest stage where that is none."""

    def stages(index: int | None) -> tuple[Role, ...]:
        return () if index is None else tuple(role for role in analysis.roles_of(index) if role in STAGE_ROLES)

    if own := stages(use_unit):
        return own
    exported = [index for index in analysis.lifted if stages(index)]
    before = max((index for index in exported if index < unit), default=None)
    return stages(before) or stages(min(exported, default=None))


def _closure(analysis: Analysis, unit: int) -> frozenset[int] | None:
    """The statement, what it needs of cells that stay, and what shares rows with these; None where it is not to be."""
    taken: set[int] = set()
    pending = [unit]
    while pending:
        index = pending.pop()
        if index in taken or index in analysis.lifted:
            continue
        if analysis.cell_of(index).roles or isinstance(analysis.units[index].node, ast.Pass):
            return None  # somebody decided about that cell; a line of IPython's own is not a statement
        taken.add(index)
        pending += _beside(analysis, index)
        for use in analysis.uses_by_unit.get(index, ()):
            pending += [
                definition.unit
                for definition in use.definitions
                if definition.unit >= 0 and not _comes_on_demand(analysis, definition.unit)
            ]
    return frozenset(taken)


def _comes_on_demand(analysis: Analysis, unit: int) -> bool:
    """Whether an export takes a statement from a cell without a role: imports, and definitions among nothing else."""
    node = analysis.units[unit].node
    if is_import_like(node):
        return True
    beside = (analysis.units[other].node for other in analysis.units_of(analysis.units[unit].cell))
    return is_definition(node) and all(is_definition(other) or is_import_like(other) for other in beside)


def _rows(analysis: Analysis, unit: int) -> tuple[int, int]:
    """First and last row of a statement, its decorators included."""
    span = analysis.span(unit)
    decorators = [analysis.span(unit, part).row for part in getattr(analysis.units[unit].node, "decorator_list", ())]
    return min([span.row, *decorators]), span.end_row


def _beside(analysis: Analysis, unit: int) -> Iterable[int]:
    """The statements next to one that begin or end on one of its rows."""
    row, end_row = _rows(analysis, unit)
    for other in (unit - 1, unit + 1):
        if 0 <= other < len(analysis.units) and analysis.units[other].cell == analysis.units[unit].cell:
            other_row, other_end = _rows(analysis, other)
            if row <= other_end and other_row <= end_row:
                yield other


def _wanted(analysis: Analysis, cell: int, taken: Collection[int]) -> bool:
    """Whether nothing but imports is left of a cell."""
    magics = {magic.span.row for magic in analysis.cells[cell].magics if magic.kind != "cell"}
    return all(
        unit in taken or (is_import_like(analysis.units[unit].node) and analysis.span(unit).row not in magics)
        for unit in analysis.units_of(cell)
    )


def _may_be_parted(analysis: Analysis, number: int, taken: Collection[int]) -> bool:
    """Whether the rows of a cell mean the same in a cell of their own: not below a magic that is about all of them."""
    cell = analysis.cells[number]
    whole = any(magic.kind == "cell" for magic in cell.magics)
    return not whole or _wanted(analysis, number, taken)


def _parts(analysis: Analysis, number: int, taken: Collection[int], roles: tuple[Role, ...]) -> Iterable[Part]:
    cell = analysis.cells[number]
    if _wanted(analysis, number, taken):
        return [Part(number, 1, cell.source.count("\n") + 1, roles)]
    return [
        Part(number, _with_comment(analysis, unit), _rows(analysis, unit)[1], _own_roles(analysis, unit) or roles)
        for unit in sorted(taken)
        if analysis.units[unit].cell == number
    ]


def _own_roles(analysis: Analysis, unit: int) -> tuple[Role, ...]:
    return (Role.DEFINE,) if is_definition(analysis.units[unit].node) else ()


def _with_comment(analysis: Analysis, unit: int) -> int:
    """The row where a statement begins, or the comment right above that is about it."""
    row, _ = _rows(analysis, unit)
    lines = analysis.units[unit].lines
    while row > 1 and lines[row - 2].lstrip().startswith("#"):
        row -= 1
    return row


def _has_effects(node: ast.stmt) -> bool:
    """Whether a statement by itself does more than to bind names and to show values."""
    if isinstance(node, ast.Expr):
        called = node.value.func if isinstance(node.value, ast.Call) else None
        return called is not None and not (isinstance(called, ast.Name) and called.id in _SHOWING)
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
    return any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets) or isinstance(node, ast.Delete)


def _trains_a_rival(analysis: Analysis, unit: int) -> bool:
    """Whether a statement trains, and neither that nor what it binds is of exported code."""
    node = analysis.units[unit].node
    trains = any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _TRAINING
        for part in analysis.units[unit].nodes
    )
    if not trains:
        return False
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [getattr(node, "target", None) or getattr(node, "value", None)]
    )
    roots = [root_name(target) for target in targets if isinstance(target, ast.expr)]
    return not any(
        definition.unit in analysis.lifted
        for root in roots
        if root is not None
        for definition in analysis.before[unit].get(root.id, frozenset())
    )
