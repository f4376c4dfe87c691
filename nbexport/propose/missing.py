"""The cells that an export needs and the notebook lacks: `metrics` for level 1, `predict` from level 2 on.

    for cell in missing_cells(notebook):
        cell.role, cell.source, cell.below     what to add, and below which cell
        cell.refusal                           or why nothing can be proposed

Each is text to look through. `fix.new_cells` puts them into the file.
"""

from __future__ import annotations

from pathlib import Path

from nbexport.analysis.analyse import analyse
from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.fix.new_cells import NewCell
from nbexport.judge.brought import own_numbers
from nbexport.model import Notebook, Role
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.propose.metrics import metrics_cell
from nbexport.propose.prediction import predict_cell
from nbexport.propose.result import find_result
from nbexport.read.bringing import in_place
from nbexport.record import record, replace
from nbexport.recursion import at_any_depth


@record
class MissingCell:
    """A cell that the notebook lacks, or why none can be proposed."""

    role: Role
    """`evaluate` for the cell that fills `metrics`, or `predict`."""
    source: str
    """Text of the cell; empty where none can be proposed."""
    below: int
    """Number of the cell that it goes below."""
    reasons: tuple[str, ...]
    """Where each part comes from, and what to check."""
    refusal: str = ""
    """Why none can be proposed; empty where one is."""
    fix: str = ""
    """What a person does instead."""

    @property
    def new_cell(self) -> NewCell:
        """The cell as it is put into the file."""
        return NewCell(self.below, self.source, (self.role.value,))


@at_any_depth
def missing_cells(notebook: Notebook, *, within: Path | None = None) -> tuple[MissingCell, ...]:
    """The cell for `metrics` and the cell for `predict`, in this order, each where the notebook has none.

    Runs none of the notebook's code. The cells go below existing ones, so tags may be written first or last.

    Args:
        notebook: What was read.
        within: The folder outside of which no data file is read for an example; None for no such limit.
    """
    document = in_place(notebook)
    analysis, numbers = analyse(document), own_numbers(document)
    cells = [_evaluate(analysis), _predict(analysis, within)]
    return tuple(replace(cell, below=numbers.get(cell.below, cell.below)) for cell in cells if cell is not None)


def _evaluate(analysis: Analysis) -> MissingCell | None:
    flow, kinds = Flow(analysis), Kinds(analysis)
    result = find_result(analysis, flow, kinds)
    if result is not None and result.is_metrics:
        return None
    try:
        made = metrics_cell(analysis, flow, kinds, result)
    except NbexportError as error:
        return _refused(analysis, Role.EVALUATE, error)
    return MissingCell(Role.EVALUATE, made.source, made.below, made.reasons)


def _predict(analysis: Analysis, within: Path | None) -> MissingCell | None:
    if any(Role.PREDICT in cell.roles for cell in analysis.notebook.cells):
        return None
    flow, kinds = Flow(analysis), Kinds(analysis)
    result = find_result(analysis, flow, kinds)
    if result is not None and result.predict:
        return None
    try:
        made = predict_cell(analysis, within=within)
    except NbexportError as error:
        return _refused(analysis, Role.PREDICT, error)
    return MissingCell(Role.PREDICT, made.source, made.cell, made.reasons)


def _refused(analysis: Analysis, role: Role, error: NbexportError) -> MissingCell:
    why = f"{error.what}; {error.why}" if error.why else error.what
    last = analysis.units[-1].cell if analysis.units else 0
    return MissingCell(role, "", last, (), why, error.fix)
