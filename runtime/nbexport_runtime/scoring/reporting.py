"""What a run came to, in lines for people and facts for programs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from nbexport_runtime.scoring.order import Order
from nbexport_runtime.scoring.work import Done

SHOWN = 3
REMEMBERED = 1000
"""Different reasons that are counted; a model may put a value into each."""


def counted(done: Done) -> dict[str, Any]:
    """Rows by what became of them, with the words of the service's log and metrics."""
    return {
        "rows": done.rows,
        "batches": done.batches,
        "outcomes": dict(sorted(done.outcomes.items())),
        "unusual": dict(sorted(done.unusual.items())),
        "seconds": round(done.seconds, 3),
    }


def reasons(rejects: Path) -> list[tuple[str, int]]:
    """Why rows have no answer, the most frequent reason first."""
    counts: Counter[str] = Counter()
    with rejects.open("rb") as file:
        for line in file:
            reason = from_json(line)["reason"]
            if reason in counts or len(counts) < REMEMBERED:
                counts[reason] += 1
    return counts.most_common(SHOWN)


def lines(order: Order, done: Done, version: str, manifest: Path, why: list[tuple[str, int]]) -> list[str]:
    """A run that made an output.

    Args:
        order: What was scored.
        done: What its batches came to.
        version: The model.
        manifest: Where the manifest is.
        why: Why rows have no answer, and how many.
    """
    told = [
        f"{done.answered:,} of {done.rows:,} rows scored by {version}: {order.output.shown}",
        *(f"  {count:,} without an answer: {reason}" for reason, count in why),
    ]
    if done.refused:
        told.append(f"  rows without an answer: {order.rejects}")
    told += [f"  {count:,} unusual values: {name}" for name, count in done.unusual.most_common(SHOWN)]
    return [*told, f"  manifest: {manifest}"]


def refused(order: Order, done: Done, why: list[tuple[str, int]], *, early: bool) -> tuple[str, ...]:
    """A run that made none, since too many rows have no answer.

    Args:
        order: What was to be scored.
        done: What its batches came to.
        why: Why rows have no answer, and how many.
        early: Whether it ended before all rows were scored.
    """
    head = (
        f"refused: none of the first {done.rows:,} rows has an answer, so no output is written"
        if early
        else f"refused: {done.refused:,} of {done.rows:,} rows have no answer, and {order.limit_rejects:g} of them may "
        "have none (`--limit-rejects`), so no output is written"
    )
    fix = "" if early else "; or run it again with a higher `--limit-rejects`: no row is scored twice"
    return (
        head,
        *(f"  {count:,} times: {reason}" for reason, count in why),
        f"  fix: look at {order.rejects}{fix}",
    )
