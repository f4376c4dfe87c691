"""One run: a table is scored in batches, and becomes the output once all of them are done."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from nbexport_runtime.scoring import chosen as models
from nbexport_runtime.scoring import databases, ending, reading, writing
from nbexport_runtime.scoring.ending import Ended
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.scoring.job import Job, columns_of
from nbexport_runtime.scoring.order import RAY, Order
from nbexport_runtime.scoring.reading import Table
from nbexport_runtime.scoring.scorer import Scorer
from nbexport_runtime.scoring.work import LOCK, Batch, Work
from nbexport_runtime.service.app import Service
from nbexport_runtime.traffic import clock, durable

FORMAT = 1
FEWEST = 100
"""Rows, none of which has an answer, after which a run ends early: the columns are not what the model takes."""
LOG = "scoring.jsonl"
COPY = "input.jsonl"

logger = logging.getLogger(__name__)


Tell = Callable[[str], None]
Batches = AsyncIterator[Batch]


def run(service: Service[Any, Any], order: Order, tell: Tell) -> Ended:
    """Score a table, or go on where an interrupted run of the same command has ended.

    Args:
        service: The service of the project.
        order: What is to be scored.
        tell: Told how far it is.

    Raises:
        ScoreError: It cannot be scored.
    """
    work = Work(order.work)
    order.work.parent.mkdir(parents=True, exist_ok=True)
    if order.restart:
        work.remove()
    order.work.mkdir(exist_ok=True)
    with durable.locked(order.work / LOCK, wait_s=0.0) as held:
        if not held and sys.platform != "win32":
            raise ScoreError(f"another process holds the lock of `{order.work}`; wait for it")
        begun = work.run
        try:
            if begun is None:
                ending.free(order)
            elif begun.get("ended"):
                return ending.finished(order, work, begun)
            job, facts = prepared(service, order, work, begun)
        except ScoreError:
            if work.run is None:
                work.remove()
            raise
        tell(f"{facts['model']['version']} scores {order.input.shown}")
        if work.done.rows:
            tell(f"goes on behind row {work.done.rows:,} of an interrupted run")
        try:
            early = asyncio.run(scored(job, facts, tell))
        finally:
            service.extras.close()
        if early:
            return ending.refused(order, work, facts, early=True)
        if job.table.identity() != facts["input"]:
            raise ScoreError(f"`{order.input.shown}` has changed while it was read; score it again with `--restart`")
        if work.done.refused > order.limit_rejects * work.done.rows:
            return ending.refused(order, work, facts)
        return ending.written(service, order, work, facts, job.columns.kept)


def prepared(
    service: Service[Any, Any], order: Order, work: Work, begun: dict[str, Any] | None
) -> tuple[Job, dict[str, Any]]:
    """A run that is about to score, and what it is of.

    Args:
        service: The service of the project.
        order: What is to be scored.
        work: The folder of the run.
        begun: What the interrupted run was of; None where there is none.

    Raises:
        ScoreError: The table or the model cannot be used, or differs from that of the interrupted run.
    """
    wanted = models.model_of(service.settings, order.version)
    table: Table = (
        databases.Copied(order.input, work.folder / COPY) if order.input.path is None else reading.opened(order.input)
    )
    columns = columns_of(service, wanted, table.columns, table.kind, order.columns)
    writing.distinct(columns.kept, service.response.model_fields)
    facts: dict[str, Any] = {
        "format": FORMAT,
        "input": table.identity(),
        "model": models.facts_of(service, wanted),
        "columns": {"read": list(columns.read), "renamed": dict(order.columns.renamed), "kept": list(columns.kept)},
        "output": order.output.shown,
    }
    if begun is None:
        facts["begun"] = clock.now().isoformat(timespec="seconds")
        work.note(facts)
    else:
        compare(facts, begun)
        facts = begun
    work.resume()
    return Job(order, service, wanted, table, columns, work), facts


CHANGED = {
    "input": "the input has changed",
    "model": "the model or the code of the project is another one",
    "columns": "columns are read or carried along differently",
    "output": "the output is another one",
    "format": "another version of the runtime began it",
}


def compare(now: dict[str, Any], begun: dict[str, Any]) -> None:
    """Whether a run may go on.

    Raises:
        ScoreError: It would mix two things.
    """
    for name, text in CHANGED.items():
        if now[name] != begun.get(name):
            raise ScoreError(
                f"a run that was interrupted cannot go on: {text} since it began ({begun.get('begun')}); "
                "begin again with `--restart`"
            )


async def scored(job: Job, facts: dict[str, Any], tell: Tell) -> bool:
    """Score what is left, batch by batch; whether that ended early, since no row has an answer."""
    work, order = job.work, job.order
    if order.engine == RAY:
        from nbexport_runtime.scoring import on_ray

        batches = on_ray.batches(job)
    else:
        batches = here(job)
    version = facts["model"]["version"]
    log = Log(job.service.settings.log_dir, version, order)
    told = time.monotonic()
    async for batch in batches:
        first = work.done.rows + 1
        work.commit(batch)
        log.write(first, batch, work)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            tell(f"{work.done.rows:,} rows, {work.done.rows / max(work.done.seconds, 1e-9):,.0f} a second")
        if not work.done.answered and work.done.rows >= FEWEST and order.limit_rejects < 1:
            await batches.aclose()  # type: ignore[attr-defined]
            return True
    return False


async def here(job: Job) -> Batches:
    """Batches that a model of this machine scores."""
    scorer = Scorer(job.service, job.wanted)
    await scorer.start()
    try:
        maker = job.maker(scorer)
        for begin, rows in reading.numbered(job.table, job.work.done.rows, job.order.batch_size):
            yield await maker.batch(begin, rows)
    finally:
        await scorer.close()


class Log:
    """One line for each batch, in `scoring.jsonl` beside the prediction log, or on standard error."""

    def __init__(self, folder: str, version: str, order: Order) -> None:
        """Nothing is written yet."""
        self._path = None if folder == "-" else Path(folder) / LOG
        self._facts = {"model_version": version, "input": order.input.shown, "output": order.output.shown}

    def write(self, first: int, batch: Batch, work: Work) -> None:
        """Write the line of a batch."""
        line = {
            "time": clock.now().isoformat(timespec="milliseconds"),
            **self._facts,
            "batch": work.done.batches,
            "first_row": first,
            "rows": batch.rows,
            "outcomes": dict(batch.outcomes),
            "unusual": dict(batch.unusual),
            "seconds": round(batch.seconds, 3),
        }
        text = json.dumps(line, ensure_ascii=False)
        if self._path is None:
            logger.warning("%s", text)
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            raise ScoreError(f"the log `{self._path}` cannot be written: {error.strerror}; set LOG_DIR") from None
