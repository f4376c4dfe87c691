"""Proposals → the notebook's text, changed in these rows alone; and whether an export then writes what was wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from nbexport.fix.text import fixed_text
from nbexport.lift.provenance import Located
from nbexport.model import Edit, Fix, Notebook, Span
from nbexport.pull.changes import Change
from nbexport.record import record


@record(eq=False)
class Proposal:
    """One edit of the project, and the ways in which a cell may say it."""

    change: Change
    at: Located
    """The statement that it changes, or beside which it stands."""
    target: str
    """What an export has to write; empty for a removed statement."""
    sources: tuple[str, ...]
    """What the cell may say; the first that leads to the target is taken."""
    before: bool = False
    """Whether an added statement stands above the other one, and not below."""

    @property
    def adds(self) -> bool:
        """Whether it is a new statement."""
        return self.change.base is None

    @property
    def cell(self) -> int:
        """Number of the cell."""
        return self.at.statement.cell


Choice = tuple[Proposal, str]
"""A proposal with one of its sources."""


def written(text: str, notebook: Notebook, choices: Sequence[Choice]) -> str:
    """The notebook's text with these edits.

    Args:
        text: What the file holds.
        notebook: What was read from it.
        choices: What each edited statement becomes.

    Raises:
        NbexportError: They cannot be written without changing more than they say.
    """
    places: dict[tuple[int, int, int], list[Choice]] = {}
    for proposal, source in choices:
        statement = proposal.at.statement
        places.setdefault((statement.cell, statement.row, statement.end_row), []).append((proposal, source))
    fixes = []
    for (cell, row, end_row), inserted in places.items():
        rows = notebook.cells[cell - 1].source.split("\n")
        own = next((source for one, source in inserted if not one.adds), "\n".join(rows[row - 1 : end_row]))
        above = [source for one, source in inserted if one.adds and one.before]
        below = [source for one, source in inserted if one.adds and not one.before]
        new = "\n".join([*above, *([own] if own else []), *below])
        if new or end_row == len(rows):
            span = Span(row, 1, end_row, len(rows[end_row - 1]) + 1)
        else:
            span = Span(row, 1, end_row + 1, 1)
        fixes.append(Fix("", (Edit(cell, span, new),)))
    return fixed_text(text, notebook, fixes)[0]


def source_of(notebook: Notebook, at: Located) -> str:
    """What a cell says where a statement stands, comments above it included."""
    statement = at.statement
    return "\n".join(notebook.cells[statement.cell - 1].source.split("\n")[statement.row - 1 : statement.end_row])


def failing(before: Iterable[Located], after: Iterable[Located], choices: Sequence[Choice]) -> list[Proposal]:
    """The proposals that did not lead to what they were meant to lead to.

    Args:
        before: What an export would write of the notebook as it is.
        after: What it would write of the notebook with the edits.
        choices: The edits.
    """
    expected, now = _texts(before), _texts(after)
    for proposal, _ in choices:
        texts = expected.setdefault(proposal.cell, Counter())
        if not proposal.adds:
            texts[proposal.at.block.text] -= 1
        if proposal.target:
            texts[proposal.target] += 1
    return [proposal for proposal, _ in choices if not _holds(proposal, expected, now)]


def _holds(proposal: Proposal, expected: Mapping[int, Counter[str]], now: Mapping[int, Counter[str]]) -> bool:
    wanted, there = expected[proposal.cell], now.get(proposal.cell, Counter())
    if proposal.target:
        return there[proposal.target] >= wanted[proposal.target]
    return there[proposal.at.block.text] <= wanted[proposal.at.block.text]


def _texts(statements: Iterable[Located]) -> dict[int, Counter[str]]:
    """Cell → the texts of its statements."""
    texts: dict[int, Counter[str]] = {}
    for one in statements:
        texts.setdefault(one.statement.cell, Counter())[one.block.text] += 1
    return texts
