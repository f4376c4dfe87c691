"""A notebook that lacks roles → what it would be with those that are proposed, and with the cells that it lacks.

Nothing is written and nothing runs: each step is text that a person can look at, and the last one is what the notebook
would hold if all of them were accepted.
"""

from __future__ import annotations

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.fix.new_cells import with_cells
from nbexport.fix.tags import tagged
from nbexport.judge.fixing import for_export
from nbexport.levels import level
from nbexport.model import Notebook
from nbexport.plan import ExportRequest, Plan
from nbexport.program import Refused
from nbexport.propose import Suggestion, suggest
from nbexport.propose.missing import MissingCell, missing_cells
from nbexport.read.notebook import decoded, python_notebook, read_bytes
from nbexport.record import record, replace


@record
class Proposed:
    """What is proposed for one notebook, and what would come of it."""

    before: bytes
    """What the file holds now."""
    notebook: Notebook
    """The notebook as it is."""
    suggestion: Suggestion
    """The roles, of the notebook with the new cells in it."""
    cells: tuple[MissingCell, ...]
    """The cells that it lacks, with a text for each."""
    refusals: tuple[MissingCell, ...]
    """Those for which nothing can be proposed."""
    without_fix: str
    """The notebook's text with roles and cells."""
    after: bytes
    """What the file would hold, with what the export needs of other cells too."""
    outcome: Plan | Refused
    """What an export of it would do."""

    @property
    def offers(self) -> bool:
        """Whether anything is proposed."""
        return bool(self.suggestion.tags or self.cells)

    @property
    def text(self) -> str:
        """What the file would hold, as text."""
        return decoded(self.after, self.notebook.path).text

    @property
    def numbers(self) -> dict[int, int]:
        """Number of a cell with the new cells in place → its number in the notebook as it is."""
        numbers, at = {}, 0
        for number in range(len(self.notebook.cells) + 1):
            if number:
                at += 1
                numbers[at] = number
            at += sum(cell.below == number for cell in self.cells)
        return numbers


def proposed(request: ExportRequest) -> Proposed | None:
    """What is proposed for a notebook, so that it can be exported; None where roles and cells cannot be put into it.

    Args:
        request: What was asked for.

    Raises:
        NbexportError: The notebook, the level or the folder cannot be used.
    """
    before, name = read_bytes(request.notebook), str(request.notebook)
    notebook = python_notebook(name, text=decoded(before, name).text)
    asked = level(request.level)
    lacking = [cell for cell in missing_cells(notebook) if asked is not None and cell.role in asked.roles]
    cells = tuple(cell for cell in lacking if cell.source)
    try:
        longer = with_cells(before, notebook, [cell.new_cell for cell in cells])
        suggestion = suggest(python_notebook(name, text=decoded(longer, name).text))
        after = tagged(longer, suggestion.notebook, suggestion.tags) if suggestion.tags else longer
    except NbexportError:
        return None
    text = decoded(after, name).text
    outcome = api.plan(replace(request, text=text, fix=False))
    fixed = for_export(after, name, level=request.level)
    if fixed.applied and (request.fix or isinstance(outcome, Refused)):
        better = api.plan(replace(request, text=fixed.after, fix=False))
        if isinstance(better, Plan):
            after, outcome = fixed.content, better
    refusals = tuple(cell for cell in lacking if not cell.source)
    return Proposed(before, notebook, suggestion, cells, refusals, text, after, outcome)
