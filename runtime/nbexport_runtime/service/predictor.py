"""Where the model runs, how long a request may wait for it, and what is written down of each prediction.

A cheap model answers at once, in the event loop. An expensive one has one worker thread, so that `/health` answers
meanwhile, and a bounded queue before it; where it was proven to give the same and to pay, those that wait are
predicted together (`batching.py`). All of this was measured when the bundle was saved.
"""

import asyncio
import functools
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from nbexport_runtime import bundle
from nbexport_runtime.bundle import CHEAP_MS
from nbexport_runtime.bundle.batching import Together
from nbexport_runtime.masking import masked, masked_traceback, masked_values
from nbexport_runtime.service import metrics
from nbexport_runtime.service.answers import members_of, version_field
from nbexport_runtime.service.calls import asker
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.problems import Problem
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.threads import set_threads, threads_for
from nbexport_runtime.service.worker import Worker

Row = BaseModel | Problem
"""A valid input, or what is wrong with one."""
WORTH_JOINING = 1.5
"""How much faster predictions must be together than one by one, to be made so."""

logger = logging.getLogger(__name__)


class Predictor:
    """One loaded model that answers, counts and logs."""

    def __init__(
        self,
        loaded: bundle.Loaded,
        request: type[BaseModel],
        log: PredictionLog,
        settings: Settings,
        arm: str = "production",
    ) -> None:
        """Start the worker of an expensive model.

        Args:
            loaded: The model; one that carries its code may be of that code's own `Loaded`.
            request: What an input is.
            log: Where each prediction is written down.
            settings: Limits.
            arm: `production` or `candidate`.

        Raises:
            BundleError: The model takes other arguments than the request has.
        """
        self.loaded = loaded
        self.log = log
        self.settings = settings
        self.arm = arm
        self.answering = 0
        """Requests that this model is answering."""
        self.version = str(loaded.manifest["version"])
        # older bundles may name addresses with credentials
        self.manifest = bundle.plain_json(masked_values(bundle.plain(loaded.manifest)))
        self._ask = asker(loaded, request)
        cheap = (loaded.manifest.get("predict_ms") or CHEAP_MS) < CHEAP_MS
        threads = settings.model_threads or threads_for(loaded.manifest)
        # code that an older nbexport put into a bundle knows no such thing
        set_as_in_notebook = getattr(loaded, "prepare", lambda: None)

        def prepare() -> None:
            # what a notebook sets, and the number of threads, many libraries keep for each thread
            set_as_in_notebook()
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
            except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
                logger.error("example %d\n%s", number, masked_traceback(error))
                equal = False
            if not equal:
                self._wrong.append(f"example {number} is not answered as after training")

    def retire(self) -> None:
        """Say that this process is about to stop."""
        self._retired = True

    def reasons(self) -> list[str]:
        """Why requests should go elsewhere; empty when they should not."""
        reasons = list(self._wrong)
        if self._retired:
            reasons.append("the process is stopping")
        self.log.probe()
        if self.log.trouble and self.settings.log_strict:
            reasons.append(self.log.trouble)
        return reasons

    def close(self) -> None:
        """Let the worker finish."""
        if self._worker is not None:
            self._worker.close()
        metrics.MODEL.labels(*self._labels).dec()

    # --------------------------------------------------------------- answers

    async def answer(self, route: str, request: str, rows: Sequence[Row]) -> list[dict[str, Any] | Problem]:
        """The members of each answer, or the problem in its place.

        Every row leaves one line in the log, before this returns or raises.

        Args:
            route: The path of the route, for log and metrics.
            request: The request's id.
            rows: Inputs.

        Raises:
            Problem: Too many requests wait, or it took too long.
        """
        try:
            outcomes = await self._predicted(rows)
        except Problem as problem:
            for row in rows:
                self.note(route, request, row, problem, 0.0)
            raise
        return [
            self.note(route, request, row, outcome, milliseconds)
            for row, (outcome, milliseconds) in zip(rows, outcomes, strict=True)
        ]

    async def _predicted(self, rows: Sequence[Row]) -> list[tuple[Any, float]]:
        if self._worker is None:
            outcomes = []
            for row in rows:
                outcomes.append(self._timed(row))
                if len(rows) > 1:
                    # others get their turn between the rows of a batch
                    await asyncio.sleep(0)
            return outcomes
        if self._waiting >= self.settings.max_queue:
            raise Problem(503, "overloaded", "Too many requests wait", retry_after_s=1)
        self._count(1)
        running = self._worker.submit([functools.partial(self._timed, row) for row in rows])
        running.add_done_callback(lambda _: self._count(-1))
        try:
            return await asyncio.wait_for(running, self.settings.deadline_s)
        except TimeoutError:
            raise Problem(503, "timeout", "The answer took too long", retry_after_s=1) from None

    def _count(self, change: int) -> None:
        self._waiting += change
        metrics.QUEUE.inc(change)

    def _timed(self, row: Row) -> tuple[Any, float]:
        """The answer, or the exception in its place, and the milliseconds it took."""
        if isinstance(row, Problem):
            return row, 0.0
        began = time.perf_counter()
        try:
            outcome: Any = self._ask(row)
        except BaseException as error:  # noqa: BLE001
            # the notebook's code may raise anything, and must end neither the server nor the worker
            outcome = error
        return outcome, (time.perf_counter() - began) * 1000

    def note(
        self, route: str, request: str, row: Row | None, outcome: Any, milliseconds: float
    ) -> dict[str, Any] | Problem:
        """An outcome as the client gets it, once it is logged and counted.

        Args:
            route: The path of the route.
            request: The request's id.
            row: The input; None where the body held none.
            outcome: What `predict` returned or raised, or a `Problem`.
            milliseconds: How long `predict` took.
        """
        record: dict[str, Any] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request,
            "route": route,
            "model_version": self.version,
            "arm": self.arm,
            "outcome": "ok",
            "latency_ms": round(milliseconds, 3),
            "input": None if isinstance(row, Problem) else row,
            "output": None,
        }
        answer: dict[str, Any] | Problem
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
            answer = {**members, version_field(members): self.version}
        if isinstance(answer, Problem):
            record["outcome"] = answer.outcome
        try:
            self.log.write(record)
        except OSError:
            logger.error("request %s: %s", request, self.log.trouble)
            if self.settings.log_strict:
                record["outcome"] = "error"
                answer = Problem(503, "error", "The prediction cannot be logged", retry_after_s=5)
        metrics.predictions(route, record["outcome"], self.version).inc()
        return answer


def described(error: BaseException, *, whole: bool) -> str:
    """A traceback without secrets; not `whole`, it lacks the exception's text, which often repeats the input."""
    if whole:
        return masked_traceback(error)
    frames = traceback.format_tb(error.__traceback__)
    return masked("".join([*frames, type(error).__name__]))


def joined_for(loaded: bundle.Loaded, most: int, prepare: Callable[[], None]) -> Together | None:
    """What makes predictions together; None where that was not proven, does not pay, or is not wanted."""
    measured = loaded.manifest.get("batching") or {}
    if most < 2 or not measured.get("calls") or measured["gain"] < WORTH_JOINING:
        return None
    return Together(loaded, measured["calls"], prepare)
