"""Proposals → text: a table of the cells with a role, then why the others stay untagged; or JSON."""

from __future__ import annotations

from nbexport.propose import Proposal, Suggestion
from nbexport.propose.prediction import Prediction
from nbexport.report.printable import printable

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


def applied(suggestion: Suggestion, count: int) -> str:
    """What was written."""
    name = printable(suggestion.notebook.path)
    if not count:
        return f"`{name}` is unchanged: there is no tag to add."
    return f"{count} {'cell' if count == 1 else 'cells'} of `{name}` tagged; nothing else in the file has changed."


def why(prediction: Prediction) -> str:
    """Where each part of a proposed `predict` comes from, and what to do with it."""
    head = f"Paste this as a new cell below cell {prediction.cell}, check it, and tag it `predict`. It rests on:"
    return "\n".join([head, *(f"  {printable(reason)}" for reason in prediction.reasons)])


def prediction_as_json(prediction: Prediction) -> str:
    """A proposed `predict` for other programs."""
    import json

    found = {"source": prediction.source, "below_cell": prediction.cell, "reasons": list(prediction.reasons)}
    return json.dumps(found, indent=2, ensure_ascii=False)


def as_json(suggestion: Suggestion) -> str:
    """The proposals for other programs."""
    import json

    cells = {cell.number: cell for cell in suggestion.notebook.cells}
    return json.dumps(
        {
            "filename": suggestion.notebook.path,
            "result": suggestion.result,
            "cells": [
                {
                    "cell": p.cell,
                    "cell_id": cells[p.cell].id,
                    "roles": [role.value for role in p.roles],
                    "tagged": p.tagged,
                    "confidence": p.confidence,
                    "reason": p.reason or None,
                    "left_out_reason": p.left_out_reason or None,
                }
                for p in suggestion.proposals
            ],
            "notes": list(suggestion.notes),
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
