"""Tables of features in files, and a naive answer to what was known when."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from nbexport_runtime.platform.features.settings import View

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """One row of a table; times are minutes after `START`."""

    id: str
    event: int
    created: int
    plan: str | None
    fee: float | None


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def iso(minute: float) -> str:
    return at(minute).isoformat()


VIEW = View(
    name="customers",
    entity="customer_id",
    source="facts.csv",
    event_time="event",
    created="created",
    columns=("plan", "fee"),
)


def written(folder: Path, facts: Sequence[Fact], name: str = "facts.csv") -> Path:
    """The table as a CSV file."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(
        {
            "customer_id": [fact.id for fact in facts],
            "event": [iso(fact.event) for fact in facts],
            "created": [iso(fact.created) for fact in facts],
            "plan": pd.Series([fact.plan for fact in facts], dtype=object),
            "fee": pd.Series([fact.fee for fact in facts], dtype=float),
        }
    )
    path = folder / name
    frame.to_csv(path, index=False)
    return path


def known(facts: Sequence[Fact], id_: str, minute: float, max_age_minutes: float | None = None) -> Fact | None:
    """What was known of an entity at a time, by looking at every row."""
    found = [fact for fact in facts if fact.id == id_ and fact.event <= minute and fact.created <= minute]
    if not found:
        return None
    newest = max(found, key=rank)
    too_old = max_age_minutes is not None and minute - newest.event > max_age_minutes
    return None if too_old else newest


def rank(fact: Fact) -> tuple[Any, ...]:
    """The order in which the last one counts: a missing value comes before others."""
    plan = (fact.plan is not None, fact.plan or "")
    fee = (fact.fee is not None, fact.fee or 0.0)
    return fact.event, fact.created, plan, fee


def drawn(draw: random.Random, count: int) -> list[Fact]:
    """Facts with late, early, doubled and contradicting rows among them."""
    facts = []
    for _ in range(count):
        event = draw.randrange(60)
        late = draw.choice([0, 0, 0, 5, 40, -10])
        facts.append(
            Fact(
                draw.choice(["1", "2", "3", "007"]),
                event,
                event + late,
                draw.choice(["basic", "plus", "family", None]),
                draw.choice([1.5, 2.5, 9.0, None]),
            )
        )
    return facts + draw.choices(facts, k=count // 5)


def value(cell: Any) -> Any:
    """A cell of a frame, None where it is missing."""
    return None if pd.isna(cell) else cell
