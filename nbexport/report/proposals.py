"""Proposals → text: a table of the cells with a role, then why the others stay untagged; or JSON."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbexport.model import Notebook, Role
from nbexport.propose import Proposal, Suggestion
from nbexport.report.printable import printable

if TYPE_CHECKING:
    from nbexport.propose.missing import MissingCell
    from nbexport.propose.prediction import Prediction

_MAX_CODE = 44


def lines(suggestion: Suggestion) -> str:
    """The proposals as a table, with the reason of each and the first line of its cell."""
    rows = [p for p in suggestion.proposals if p.roles]
    parts = [f"Towards {printable(suggestion.result)}:"] if suggestion.result else []
    if rows:
        parts.append(_table([("cell", "role", "sure", "first line", "reason"), *(_row(suggestion, p) for p in rows)]))
    others = [p for p in suggestion.proposals if not p.roles]
    if others:
        parts.append("Untagged:")
        parts.append(
            _table([(str(p.cell), _first_line(suggestion, p), printable(p.left_out_reason)) for p in others], indent="")
        )
    parts += [f"note: {printable(note)}" for note in suggestion.notes]
    return "\n".join(parts) or "There are no code cells."


def missing(cell: MissingCell, notebook: Notebook, *, offered: bool) -> str:
    """A cell that the notebook lacks, as a diff, or why none can be proposed.

    Args:
        cell: The cell.
        notebook: The notebook.
        offered: Whether to say how it is added.
    """
    what = "`predict`" if cell.role is Role.PREDICT else "`metrics`"
    if not cell.source:
        return f"note: no cell for {what} can be proposed: {printable(cell.refusal)}\nfix: {printable(cell.fix)}"
    name = printable(notebook.path)
    rows = [f"--- {name}", f"+++ {name}", f"@@ new cell below cell {cell.below}, tagged `{cell.role.value}` @@"]
    rows += [f"+{printable(row)}" for row in cell.source.split("\n")]
    rows += [f"  {printable(reason)}" for reason in cell.reasons]
    option = "--write-predict" if cell.role is Role.PREDICT else "--write-metrics"
    if offered:
        rows.append(
            f"There is no {what} yet: add this cell with `nbexport tag {_word(notebook.path)} --apply {option}`."
        )
    return "\n".join(rows)


def _word(path: str) -> str:
    """A path as a shell reads it back; one that begins with `-` is not an option."""
    return shlex.quote(printable(f"./{path}" if path.startswith("-") else path))


def applied(suggestion: Suggestion, count: int, added: Sequence[MissingCell] = ()) -> str:
    """What was written."""
    name = printable(suggestion.notebook.path)
    new = " and ".join("`predict`" if cell.role is Role.PREDICT else "`metrics`" for cell in added)
    written = f"A cell for {new} was added." if len(added) == 1 else f"Cells for {new} were added." if added else ""
    if not count:
        return f"`{name}`: {written}" if added else f"`{name}` is unchanged: there is no tag to add."
    tagged = f"{count} {'cell' if count == 1 else 'cells'} of `{name}` tagged"
    return f"{tagged}. {written}" if added else f"{tagged}; nothing else in the file has changed."


def why(prediction: Prediction) -> str:
    """Where each part of a proposed `predict` comes from, and what to do with it."""
    head = f"Paste this as a new cell below cell {prediction.cell}, check it, and tag it `predict`. It rests on:"
    return "\n".join([head, *(f"  {printable(reason)}" for reason in prediction.reasons)])


def prediction_as_json(prediction: Prediction) -> str:
    """A proposed `predict` for other programs."""
    import json

    facts = {"source": prediction.source, "below_cell": prediction.cell, "reasons": list(prediction.reasons)}
    return json.dumps(facts, indent=2, ensure_ascii=False)


def as_json(suggestion: Suggestion, cells: Sequence[MissingCell] = ()) -> str:
    """The proposals for other programs, with the cells that were asked for."""
    import json

    by_number = {cell.number: cell for cell in suggestion.notebook.cells}
    return json.dumps(
        {
            "filename": suggestion.notebook.path,
            "result": suggestion.result,
            "cells": [
                {
                    "cell": p.cell,
                    "cell_id": by_number[p.cell].id,
                    "roles": [role.value for role in p.roles],
                    "tagged": p.tagged,
                    "confidence": p.confidence,
                    "reason": p.reason or None,
                    "left_out_reason": p.left_out_reason or None,
                }
                for p in suggestion.proposals
            ],
            "notes": list(suggestion.notes),
            "new_cells": [
                {
                    "role": cell.role.value,
                    "source": cell.source or None,
                    "below_cell": cell.below,
                    "reasons": list(cell.reasons),
                    "refusal": cell.refusal or None,
                    "fix": cell.fix or None,
                }
                for cell in cells
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _row(suggestion: Suggestion, proposal: Proposal) -> tuple[str, ...]:
    roles = ", ".join(role.value for role in proposal.roles)
    sure = "tagged" if proposal.tagged else f"{proposal.confidence:.0%}"
    return str(proposal.cell), roles, sure, _first_line(suggestion, proposal), printable(proposal.reason)


def _first_line(suggestion: Suggestion, proposal: Proposal) -> str:
    """The first line of the cell that is code."""
    source = suggestion.notebook.cells[proposal.cell - 1].source
    rows = [row.strip() for row in source.split("\n") if row.strip()]
    line = next((row for row in rows if not row.startswith("#")), rows[0] if rows else "")
    return printable(line if len(line) <= _MAX_CODE else f"{line[: _MAX_CODE - 1]}…")


def _table(rows: list[tuple[str, ...]], indent: str = "") -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    made = []
    for row in rows:
        cells = [
            row[0].rjust(max(widths[0], 4)),
            *(text.ljust(width) for text, width in zip(row[1:], widths[1:], strict=True)),
        ]
        made.append(indent + "  ".join(cells).rstrip())
    return "\n".join(made)
