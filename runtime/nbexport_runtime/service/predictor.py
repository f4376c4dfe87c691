"""Where the model runs, how long a request may wait for it, and what is written down of each prediction.

A cheap model answers at once, in the event loop. A dear one has one worker thread, so that `/health` answers
meanwhile, and a bounded queue before it; where it was proven to give the same and to pay, those that wait are
predicted together (`batching.py`). All of this was measured when the bundle was saved.
"""

import asyncio
import functools
import logging
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from nbexport_runtime import bundle
import schemas
from nbexport_runtime.bundle.batching import Together
from nbexport_runtime.bundle import CHEAP_MS
from nbexport_runtime.service import metrics
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.problems import Problem, invalid
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.wire import json_bytes
from nbexport_runtime.service.worker import Worker

Row = schemas.PredictRequest | ValidationError
WORTH_JOINING = 1.5
"""How much faster predictions must be together than one by one, to be made so."""
WORTH_THREADS = 1.5
"""How much faster all processors must be than one, for a prediction to have them."""

logger = logging.getLogger("service")


@dataclass(frozen=True)
class Call:
    """One request: its route and its id."""

    route: str
    request: str


class Predictor:
    """One loaded model that answers, counts and logs."""

    def __init__(
        self,
        loaded: bundle.Loaded,
        log: PredictionLog,
        settings: Settings,
        arm: str = "production",
    ) -> None:
        self.loaded = loaded
        self.log = log
        self.settings = settings
        self.arm = arm
        self.answering = 0
        """Requests that this model is answering."""
        self.version = str(loaded.manifest["version"])
        self.version_member = b'"model_version":' + json_bytes(self.version)
        self.manifest = bundle.plain_json(loaded.manifest)
        cheap = (loaded.manifest.get("predict_ms") or CHEAP_MS) < CHEAP_MS
        threads = settings.model_threads or threads_for(loaded.manifest)

        def prepare() -> None:
            # what a notebook sets, and the number of threads, many libraries keep for each thread
            loaded.prepare()
            set_threads(threads)

        prepare()
        self._worker = None
        if not cheap:
            joined = joined_for(loaded, settings.max_together, prepare)
            self._worker = Worker(joined, settings.max_together, prepare)
        self._waiting = 0
        self._wrong: list[str] = []
        self._retired = False
        self._labels = self.version, str(loaded.manifest.get("notebook", ""))
        metrics.MODEL.labels(*self._labels).inc()

    # ----------------------------------------------------------------- state

    def rehearse(self) -> None:
        """Ask the model what it answered after training."""
        self._wrong = []
        known = zip(self.loaded.examples, self.loaded.answers, strict=True)
        for number, ((args, kwargs), expected) in enumerate(known, start=1):
            try:
                equal = bundle.close(self.loaded.predict(*args, **kwargs), expected)
            except Exception:
                logger.exception("example %d", number)
                equal = False
            if not equal:
                self._wrong.append(
                    f"example {number} is not answered as after training"
                )

    def retire(self) -> None:
        """Say that this process is about to stop."""
        self._retired = True

    def reasons(self) -> list[str]:
        """Why requests should go elsewhere; empty when they should not."""
        found = list(self._wrong)
        if self._retired:
            found.append("the process is stopping")
        self.log.probe()
        if self.log.trouble and self.settings.log_strict:
            found.append(self.log.trouble)
        return found

    def close(self) -> None:
        """Let the worker finish."""
        if self._worker is not None:
            self._worker.close()
        metrics.MODEL.labels(*self._labels).dec()

    # --------------------------------------------------------------- answers

    @contextmanager
    def call(self, route: str, request: str) -> Iterator[Call]:
        """Measure a request; whatever becomes of it leaves a line in the log.

        Raises:
            Problem: It is not answered.
        """
        made = Call(route, request)
        began = time.perf_counter()
        metrics.IN_FLIGHT.inc()
        self.answering += 1
        try:
            yield made
        except ValidationError as error:
            raise self._turned_away(made, invalid(error)) from None
        except Problem as problem:
            raise (
                problem if problem.noted else self._turned_away(made, problem)
            ) from None
        finally:
            metrics.IN_FLIGHT.dec()
            self.answering -= 1
            seconds = time.perf_counter() - began
            metrics.LATENCY.labels(route, self.version).observe(seconds)

    async def answer(self, call: Call, rows: Sequence[Row]) -> list[bytes | Problem]:
        """The JSON text of each answer, or why there is none.

        Every row leaves one line in the log, before this returns.

        Raises:
            Problem: Too many requests wait, or it took too long.
        """
        try:
            outcomes = await self._predicted(rows)
        except Problem as problem:
            for row in rows:
                self._noted(call, row, problem, 0.0)
            problem.noted = True
            raise
        return [
            self._noted(call, row, outcome, milliseconds)
            for row, (outcome, milliseconds) in zip(rows, outcomes, strict=True)
        ]

    def _turned_away(self, call: Call, problem: Problem) -> Problem:
        """The problem of a body that holds no input, once it is logged."""
        noted = self._noted(call, None, problem, 0.0)
        return noted if isinstance(noted, Problem) else problem

    async def _predicted(self, rows: Sequence[Row]) -> list[tuple[Any, float]]:
        if self._worker is None:
            found = []
            for row in rows:
                found.append(self._timed(row))
                if len(rows) > 1:
                    # others get their turn between the rows of a batch
                    await asyncio.sleep(0)
            return found
        if self._waiting >= self.settings.max_queue:
            raise Problem(503, "overloaded", "Too many requests wait", retry_after_s=1)
        self._count(1)
        running = self._worker.submit(
            [functools.partial(self._timed, row) for row in rows]
        )
        running.add_done_callback(lambda _: self._count(-1))
        try:
            return await asyncio.wait_for(running, self.settings.deadline_s)
        except TimeoutError:
            raise Problem(
                503, "timeout", "The answer took too long", retry_after_s=1
            ) from None

    def _count(self, change: int) -> None:
        self._waiting += change
        metrics.QUEUE.inc(change)

    def _timed(self, row: Row) -> tuple[Any, float]:
        """The answer, or the exception in its place, and the milliseconds it took."""
        if isinstance(row, ValidationError):
            return invalid(row), 0.0
        began = time.perf_counter()
        try:
            found: Any = schemas.answer(self.loaded, row)
        except BaseException as error:  # noqa: BLE001
            # the notebook's code may raise anything, and must end neither the server nor the worker
            found = error
        return found, (time.perf_counter() - began) * 1000

    def _noted(
        self, call: Call, row: Row | None, outcome: Any, milliseconds: float
    ) -> bytes | Problem:
        """An outcome as the client gets it, once it is logged and counted."""
        record: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": call.request,
            "route": call.route,
            "model_version": self.version,
            "arm": self.arm,
            "outcome": "ok",
            "latency_ms": round(milliseconds, 3),
            "input": row if isinstance(row, schemas.PredictRequest) else None,
            "output": None,
        }
        answer: bytes | Problem
        if isinstance(outcome, Problem):
            answer = outcome
        elif isinstance(outcome, BaseException):
            record["error"] = described(outcome, whole=not self.log.redacts)
            answer = Problem(
                422,
                "error",
                "The model cannot answer this input",
                detail="the log says more under this request_id",
            )
        else:
            members = members_of(outcome)
            record["output"] = members
            answer = json_bytes({**members, version_field(members): self.version})
        if isinstance(answer, Problem):
            record["outcome"] = answer.outcome
        try:
            self.log.write(record)
        except OSError:
            logger.error("request %s: %s", call.request, self.log.trouble)
            if self.settings.log_strict:
                record["outcome"] = "error"
                answer = Problem(
                    503, "error", "The prediction cannot be logged", retry_after_s=5
                )
        metrics.PREDICTIONS.labels(call.route, record["outcome"], self.version).inc()
        return answer


def described(error: BaseException, *, whole: bool) -> str:
    """A traceback; not `whole`, it lacks the exception's text, which often repeats the input."""
    if whole:
        return "".join(traceback.format_exception(error))
    frames = traceback.format_tb(error.__traceback__)
    return "".join([*frames, type(error).__name__])


def members_of(answer: Any) -> dict[str, Any]:
    """An answer as members of a JSON object: its own fields, or `result`."""
    if isinstance(answer, dict):
        return {str(name): value for name, value in answer.items()}
    if hasattr(answer, "model_dump"):
        found: dict[str, Any] = answer.model_dump(by_alias=True)
        return found
    if hasattr(answer, "__dataclass_fields__"):
        return {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    return {"result": answer}


def version_field(members: Collection[str]) -> str:
    """The field that says which model answered; another one where the answer has a `model_version` of its own."""
    return "bundle_version" if "model_version" in members else "model_version"


def joined_for(
    loaded: bundle.Loaded, most: int, prepare: Callable[[], None]
) -> Together | None:
    """What makes predictions together; None where that was not proven, does not pay, or is not wanted."""
    measured = loaded.manifest.get("batching") or {}
    if most < 2 or not measured.get("calls") or measured["gain"] < WORTH_JOINING:
        return None
    return Together(loaded, measured["calls"], prepare)


def threads_for(manifest: dict[str, Any]) -> int:
    """Threads that the model gains from, by what was measured when it was saved; 0 leaves that to its libraries."""
    every = manifest.get("predict_ms") or CHEAP_MS
    one = manifest.get("predict_ms_one_thread") or every
    return 1 if every < CHEAP_MS or one < WORTH_THREADS * every else 0


def set_threads(count: int) -> None:
    """Bound the threads of the numerical libraries that are loaded, for the thread that calls this; 0 does not."""
    if not count:
        return
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    if "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(count)
