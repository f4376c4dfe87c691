"""The newest values of each entity, brought from the tables into the online store.

Every run compares what was known by its time with what is in the store, and writes only what differs: a row that came
late into a table is not missed, and a run that is repeated, or was killed, changes nothing that is right already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.platform.features import online
from nbexport_runtime.platform.features.newest import at, micros
from nbexport_runtime.platform.features.offline import Tables
from nbexport_runtime.platform.features.settings import Store, View
from nbexport_runtime.platform.features.stores import State, StoreError, Writer
from nbexport_runtime.traffic import durable

LOCK = "models/.features.lock"
LOCK_WAIT_S = 60.0


@dataclass(frozen=True)
class Materialized:
    """What a run did for one view."""

    view: str
    until: str
    changed: int
    """Entities that are new in the store, or have other values."""
    rebuilt: bool
    """Whether everything was written again."""


def materialize(
    root: Path, views: Sequence[View], store: Store, *, to: datetime | None = None, rebuild: bool = False
) -> Outcome:
    """Bring the store to what was known by a time.

    Args:
        root: The folder of the project.
        views: Which features.
        store: Where to.
        to: The time; None is now.
        rebuild: Whether to write everything again, also where that goes back in time.

    Raises:
        PipelineError: A table cannot be read, the store cannot be written, or it knows more already.
    """
    lock = root / LOCK
    lock.parent.mkdir(parents=True, exist_ok=True)
    writer = online.writer(store, root)
    tables = Tables(root)
    try:
        # where there are no locks, the store itself keeps an older row from replacing a newer one
        with durable.locked(lock, wait_s=LOCK_WAIT_S):
            done = [one(tables, view, writer, to or datetime.now(UTC), rebuild=rebuild) for view in views]
    except StoreError as error:
        raise PipelineError(
            f"the online store cannot be written: {error}; what is in it stays right. Correct that, then repeat "
            "`python features.py materialize`"
        ) from None
    finally:
        tables.close()
        writer.close()
    lines = [
        f"{each.view}: {each.changed} entities {'rebuilt' if each.rebuilt else 'changed'}, known by {each.until}"
        for each in done
    ]
    return Outcome(tuple(lines), {"views": [asdict(each) for each in done]})


def one(tables: Tables, view: View, writer: Writer, to: datetime, *, rebuild: bool) -> Materialized:
    """Bring one view to what was known by a time.

    Raises:
        PipelineError: The table cannot be read, or the store knows more already.
        StoreError: The store cannot be written.
    """
    meaning, until_us = online.definition(view), micros(to)
    state = writer.state(view.name)
    if state is not None and state.until_us > until_us and not rebuild:
        raise PipelineError(
            f"the online store has what was known of `{view.name}` by {shown(state.until_us)}, which is later than "
            f"{shown(until_us)}; add --rebuild to go back to that time"
        )
    # before the store is touched: a table that cannot be read leaves it as it is
    tables.read(view)
    whole = rebuild or state is None or state.definition != meaning
    now = datetime.now(UTC).isoformat(timespec="seconds")
    changed = writer.write(view.name, tables.newest(view, to), State(meaning, until_us, now), rebuild=whole)
    return Materialized(view.name, shown(until_us), changed, whole and state is not None)


def shown(time_us: int) -> str:
    """A time for people."""
    return at(time_us).isoformat(timespec="seconds")
