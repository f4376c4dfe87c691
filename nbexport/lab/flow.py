"""What each cell binds and reads, by which the browser tells which cells and names of a kernel are stale.

    cell 1  rows = load()            binds rows         reads load
    cell 2  rows["x"] = scale * 2    binds rows         reads rows, scale
    cell 3  def f(): return rows     binds f
    cell 4  top = f(); print(top)    binds top          reads f, rows

A function reads its names where it is called. An object that is changed in place counts as bound: what reads it later
depends on the cell that changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbexport.analysis.bindings import Use
from nbexport.analysis.notebook import Analysis
from nbexport.record import record


@record
class CellFlow:
    """The names of one cell, sorted."""

    cell: int
    binds: tuple[str, ...]
    reads: tuple[str, ...]


def flow(analysis: Analysis) -> tuple[CellFlow, ...]:
    """The names of each code cell that Python runs."""
    return tuple(
        CellFlow(cell.number, _binds(analysis, cell.number), _reads(analysis, cell.number))
        for cell in analysis.notebook.cells
        if cell.runs
    )


def by_cell(flows: Iterable[CellFlow], numbers: Mapping[int, int]) -> tuple[CellFlow, ...]:
    """The names of each cell of the file: one that runs another notebook binds and reads what that one does.

    Args:
        flows: Those of the document, in its order.
        numbers: Cell of the document → cell of the file.
    """
    of_file: dict[int, CellFlow] = {}
    for one in flows:
        number = numbers[one.cell]
        before = of_file.get(number, CellFlow(number, (), ()))
        reads = {*before.reads, *(name for name in one.reads if name not in before.binds)}
        of_file[number] = CellFlow(number, tuple(sorted({*before.binds, *one.binds})), tuple(sorted(reads)))
    return tuple(of_file.values())


def _binds(analysis: Analysis, cell: int) -> tuple[str, ...]:
    names = set[str]()
    for unit in analysis.units_of(cell):
        names.update(analysis.bound_in.get(unit, ()))
        names.update(change.name for change in analysis.changed_in.get(unit, ()) if not change.mode_only)
    return tuple(sorted(names))


def _reads(analysis: Analysis, cell: int) -> tuple[str, ...]:
    uses = (use for unit in analysis.units_of(cell) for use in analysis.uses_by_unit.get(unit, ()))
    return tuple(sorted({use.name for use in uses if _comes_from_elsewhere(analysis, cell, use)}))


def _comes_from_elsewhere(analysis: Analysis, cell: int, use: Use) -> bool:
    cells = {
        analysis.units[definition.unit].cell
        for definition in use.definitions
        if definition.unit >= 0 and not definition.marker
    }
    if cells:
        return cells != {cell}
    # bound nowhere above: by a later cell, by one that is gone, or by Python itself
    return use.name in analysis.definitions or not analysis.is_provided(use.name, use.unit)
