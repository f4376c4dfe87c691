"""A pull → text: the notebook's diff, conflicts with both sides, and what has no home; or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator

from nbexport.pull.model import Conflict, Homeless, Pulled
from nbexport.report import fixes
from nbexport.report.printable import printable

MOST_LINES = 12
"""So many lines of an edit are shown that no cell takes over."""


def lines(pulled: Pulled) -> str:
    """What a pull comes to, for people."""
    shown: list[str] = []
    if pulled.edits:
        shown.append(fixes.diff(pulled.notebook, pulled.before, pulled.after))
    shown += [f"cell {edit.cell}:{edit.row} takes over `{printable(edit.file)}:{edit.line}`" for edit in pulled.edits]
    for conflict in pulled.conflicts:
        shown += _conflict(conflict)
    for one in pulled.homeless:
        shown += _homeless(one)
    if not shown:
        shown.append("The project has no edits that the notebook lacks.")
    return "\n".join([*shown, *(f"note: {printable(note)}" for note in pulled.notes)])


def _conflict(conflict: Conflict) -> Iterator[str]:
    where = f"cell {conflict.cell}" if conflict.cell else "no cell"
    yield f"conflict  `{printable(conflict.file)}:{conflict.line}` and {where}: {conflict.reason}"
    yield from (f"-{printable(line)}" for line in conflict.yours.splitlines())
    yield from (f"+{printable(line)}" for line in conflict.theirs.splitlines())


def _homeless(one: Homeless) -> Iterator[str]:
    where = f"{printable(one.file)}:{one.line}" if one.line else printable(one.file)
    yield f"no cell for `{where}`: {one.reason}"
    for sign, text in (("-", one.base), ("+", one.yours)) if one.line else ():
        shown = text.splitlines()
        yield from (f"{sign}{printable(line)}" for line in shown[:MOST_LINES])
        if len(shown) > MOST_LINES:
            yield f"    and {len(shown) - MOST_LINES} lines more"


def as_json(pulled: Pulled, *, written: bool) -> str:
    """One JSON object for a pull, ASCII only; `diff` is the notebook's.

    Args:
        pulled: What it comes to.
        written: Whether the notebook was written.
    """
    return json.dumps(
        {
            "notebook": pulled.notebook,
            "written": written,
            "edits": [_members(edit) for edit in pulled.edits],
            "conflicts": [_members(conflict) for conflict in pulled.conflicts],
            "no_cell": [_members(one) for one in pulled.homeless],
            "notes": list(pulled.notes),
            "diff": fixes.diff(pulled.notebook, pulled.before, pulled.after),
        },
        indent=2,
    )


def _members(entry: object) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__match_args__}  # type: ignore[attr-defined]
