"""Whether the online store has what the tables have, how old it is, and what is missing in it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nbexport_runtime.pipeline.outcome import REFUSED, Outcome, PipelineError
from nbexport_runtime.platform.features import online
from nbexport_runtime.platform.features.materializing import shown
from nbexport_runtime.platform.features.newest import Newest, at, micros
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.settings import DAY_US, Store, View
from nbexport_runtime.platform.features.stores import StoreError, Writer
from nbexport_runtime.traffic import durable

METRICS = "models/metrics/features.prom"
SHOWN = 5


@dataclass
class Health:
    """What is known of one view."""

    view: str
    entities: int = 0
    different: int = 0
    """Entities whose values online are not those of the tables."""
    examples: list[str] = field(default_factory=list)
    until: str = ""
    """What was known by this time is online."""
    age_days: float = 0.0
    """The median."""
    newest_age_days: float = 0.0
    expired: int = 0
    """Entities whose features are too old now."""
    missing: dict[str, float] = field(default_factory=dict)
    """Feature → share of the entities that have no value, in percent."""
    late_percent: float = 0.0
    """Share of rows that became known after their event time."""
    late_days: float = 0.0
    """How much later, in the median of those rows."""


def check(root: Path, views: Sequence[View], store: Store) -> Outcome:
    """Compare online and offline, and write figures for Prometheus; refused where they differ or all is too old.

    Args:
        root: The folder of the project.
        views: Which features.
        store: The online store.

    Raises:
        PipelineError: A table or the store cannot be read.
    """
    writer, tables = online.writer(store, root), Tables(root)
    now = datetime.now(UTC)
    try:
        states = [health(tables, view, writer, now) for view in views]
    except StoreError as error:
        raise PipelineError(f"the online store cannot be read: {error}; start it, or correct its address") from None
    finally:
        tables.close()
        writer.close()
    durable.replace(root / METRICS, figures(states).encode())
    bad = [
        each for each in states if each.different or not each.until or (each.entities and each.expired == each.entities)
    ]
    return Outcome(
        tuple(line for each in states for line in lines_of(each)),
        {"views": [asdict(each) for each in states]},
        REFUSED if bad else 0,
    )


def health(tables: Tables, view: View, writer: Writer, now: datetime) -> Health:
    """What is known of one view.

    Raises:
        PipelineError: Its table cannot be read.
        StoreError: The store cannot be read.
    """
    result = Health(view.name)
    state = writer.state(view.name)
    if state is None:
        return result
    result.until = shown(state.until_us)
    now_us = micros(now)
    ages: list[int] = []
    gaps = dict.fromkeys(view.columns, 0)
    rows = sorted(writer.all(view.name), key=lambda row: row.id)
    for there, here in paired(tables.newest(view, at(state.until_us)), iter(rows)):
        row = here or there
        if row is None:
            continue
        result.entities += 1
        if not online.same(there, here, view.columns):
            result.different += 1
            if len(result.examples) < SHOWN:
                result.examples.append(row.id)
        ages.append(now_us - row.event_us)
        for column in view.columns:
            gaps[column] += row.values.get(column) is None
    if ages:
        result.age_days = statistics.median(ages) / DAY_US
        result.newest_age_days = min(ages) / DAY_US
        result.missing = {column: 100 * count / len(ages) for column, count in gaps.items()}
        if view.max_age_us is not None:
            result.expired = sum(age > view.max_age_us for age in ages)
    ((late, late_us),) = tables.ask(
        "SELECT 100.0 * count(*) FILTER (created > event) / greatest(count(*), 1), "
        f"coalesce(median(created - event) FILTER (created > event), 0) FROM {tables.read(view)}"
    )
    result.late_percent, result.late_days = float(late), float(late_us) / DAY_US
    return result


def paired(left: Iterator[Newest], right: Iterator[Newest]) -> Iterator[tuple[Newest | None, Newest | None]]:
    """The rows of two sides by id; both are in the order of their ids."""
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.id < other.id):
            yield one, None
            one = next(left, None)
        elif one is None or other.id < one.id:
            yield None, other
            other = next(right, None)
        else:
            yield one, other
            one, other = next(left, None), next(right, None)


def lines_of(state: Health) -> list[str]:
    """What is known, for people."""
    if not state.until:
        return [f"{state.view}: nothing is online yet; run `python features.py materialize`"]
    lines = [
        f"{state.view}: {state.entities} entities, known by {state.until}",
        f"  age: newest {state.newest_age_days:.1f} days, median {state.age_days:.1f} days, {state.expired} too old",
        f"  late: {state.late_percent:.1f} % of the rows, by {state.late_days:.1f} days in the median",
    ]
    gaps = ", ".join(f"{name} {percent:.1f} %" for name, percent in state.missing.items() if percent)
    lines.append(f"  missing: {gaps or 'nothing'}")
    if state.different:
        named = ", ".join(state.examples)
        lines.append(
            f"  online differs from the tables for {state.different} entities ({named}); run `python features.py "
            "materialize`, and with --rebuild where rows were deleted"
        )
    return lines


GAUGES = {
    "feature_entities": "Entities of a view",
    "feature_different_entities": "Entities whose values online are not those of the tables",
    "feature_expired_entities": "Entities whose features are too old",
    "feature_age_days": "Median age of the features",
}


def figures(states: Sequence[Health]) -> str:
    """The figures as Prometheus reads them."""
    values = {
        "feature_entities": [(each.view, float(each.entities)) for each in states],
        "feature_different_entities": [(each.view, float(each.different)) for each in states],
        "feature_expired_entities": [(each.view, float(each.expired)) for each in states],
        "feature_age_days": [(each.view, each.age_days) for each in states],
    }
    lines = []
    for name, help_ in GAUGES.items():
        lines += [f"# HELP {name} {help_}", f"# TYPE {name} gauge"]
        lines += [f'{name}{{view="{view}"}} {value:g}' for view, value in values[name]]
    return "\n".join([*lines, ""])
