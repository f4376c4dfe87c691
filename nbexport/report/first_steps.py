"""What a notebook lacks for an export, and what is proposed → text: roles as a table, cells and fixes as diffs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbexport.model import Finding, Notebook, Role
from nbexport.propose import Suggestion
from nbexport.propose.missing import MissingCell
from nbexport.report.printable import printable

_MOST_ROWS = 16
"""Rows of a table that leaves room for the rest of a screen."""
_MOST_FINDINGS = 6
_WIDEST = 40
"""Characters of a cell's first line, and of a reason, that are shown."""


def roles(suggestion: Suggestion, numbers: Mapping[int, int]) -> str:
    """The cells that get a role, and how many stay in the notebook; those that have one already are only counted.

    Args:
        suggestion: What is proposed.
        numbers: Number of a cell there → its number in the notebook as it is; new cells have none.
    """
    fresh = [p for p in suggestion.proposals if p.cell in suggestion.tags and p.cell in numbers]
    tagged = sum(p.tagged and p.cell in numbers for p in suggestion.proposals)
    others = sum(not p.roles for p in suggestion.proposals)
    rows = [("cell", "role", "first line", "reason")]
    for proposal in fresh:
        words = ", ".join(role.value for role in proposal.roles)
        line = _first_line(suggestion.notebook, proposal.cell)
        rows.append((str(numbers[proposal.cell]), words, _short(line), _short(proposal.reason, 2 * _WIDEST)))
    head = f"Roles, towards {printable(suggestion.result)}:" if suggestion.result else "Roles:"
    shown = [head, *_table(rows[: _MOST_ROWS + 1])] if fresh else []
    if len(fresh) > _MOST_ROWS:
        shown.append(f"  … and {_count(len(fresh) - _MOST_ROWS, 'more cell')}")
    if tagged:
        shown.append(f"{_count(tagged, 'cell')} {_verb(tagged, 'has a role', 'have a role')} already.")
    if others:
        shown.append(f"{_count(others, 'code cell')} {_verb(others, 'stays', 'stay')} in the notebook, untagged.")
    return "\n".join(shown)


def cell(missing: MissingCell, *, name: str) -> str:
    """A cell to add, as a diff, and what its parts rest on.

    Args:
        missing: The cell.
        name: The notebook's name.
    """
    below = f"below cell {missing.below}" if missing.below else "at the top"
    added = "\n".join(f"+{printable(line)}".rstrip() for line in missing.source.rstrip("\n").split("\n"))
    reasons = "\n".join(f"  {printable(reason)}" for reason in missing.reasons)
    head = f"A cell for `{printable(name)}`, {below}, with the role `{missing.role.value}`:"
    return "\n".join(filter(None, [head, added, reasons]))


def cannot(missing: MissingCell) -> str:
    """Why a cell that the notebook lacks is not proposed, and what to do."""
    what = "no cell fills a dict `metrics`" if missing.role is Role.EVALUATE else "there is no `predict`"
    parts = [f"{what}, and none can be proposed: {printable(missing.refusal)}"]
    return "\n".join([*parts, *([f"fix: {printable(missing.fix)}"] if missing.fix else [])])


def against(findings: Sequence[Finding], *, with_new: bool) -> str:
    """What would still prevent the export, one line each.

    Args:
        findings: What was found in the notebook as it would be.
        with_new: Whether it has new cells, which count.
    """
    lines = [f"What still prevents the export{' (new cells count)' if with_new else ''}:"]
    for finding in findings[:_MOST_FINDINGS]:
        problem = finding.problem
        lines.append(f"  cell {problem.cell}:{problem.span.row}: {finding.code} {printable(problem.message)}")
        if problem.hint:
            lines.append(f"    fix: {printable(problem.hint)}")
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"  … and {len(findings) - _MOST_FINDINGS} more")
    return "\n".join(lines)


def _first_line(notebook: Notebook, number: int) -> str:
    rows = [row.strip() for row in notebook.cells[number - 1].source.split("\n") if row.strip()]
    return next((row for row in rows if not row.startswith("#")), rows[0] if rows else "")


def _short(text: str, most: int = _WIDEST) -> str:
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(["", row[0].rjust(widths[0]), *(text.ljust(w) for text, w in zip(row[1:], widths[1:], strict=True))])
        .rstrip()
        for row in rows
    ]  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _verb(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
