"""A version that answers: how long a request may wait for it, and what is written down of each prediction.

A cheap model answers at once, in the event loop (`inline.py`). An expensive one, and one with code of its own, runs in
a process (`supervised.py`) with a bounded queue before it, so that `/health` answers meanwhile. What it costs was
measured when the bundle was saved.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from nbexport_runtime.service import metrics
from nbexport_runtime.service.answers import versioned
from nbexport_runtime.service.inline import Runner
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.outcomes import Failure, Outcome, failure
from nbexport_runtime.service.problems import Problem
from nbexport_runtime.service.process import DownError
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.traffic import clock

Row = BaseModel | Problem
"""A valid input, or what is wrong with one."""
Result = dict[str, Any] | Failure | Problem
"""The members of an answer, or why there is none."""

logger = logging.getLogger(__name__)


class Predictor:
    """One version that answers, counts and logs."""

    def __init__(
        self, runner: Runner, facts: Mapping[str, Any], log: PredictionLog, settings: Settings, arm: str = "production"
    ) -> None:
        """Count it among the models of this process.

        Args:
            runner: Runs the model.
            facts: What its bundle says of itself: at least its version.
            log: Where each prediction is written down.
            settings: Limits.
            arm: `production`, `candidate` …
        """
        self.runner = runner
        self.facts = facts
        self.log = log
        self.settings = settings
        self.arm = arm
        self.answering = 0
        """Requests that this model is answering."""
        self.version = str(facts["version"])
        self._waiting = 0
        self._retired = False
        self._labels = self.version, str(facts.get("notebook", ""))
        metrics.MODEL.labels(*self._labels).inc()

    # ----------------------------------------------------------------- state

    def retire(self) -> None:
        """Say that this process is about to stop."""
        self._retired = True

    def reasons(self) -> list[str]:
        """Why requests should go elsewhere; empty when they should not."""
        reasons = list(self.runner.reasons)
        if self._retired:
            reasons.append("the process is stopping")
        self.log.probe()
        if self.log.trouble and self.settings.log_strict:
            reasons.append(self.log.trouble)
        return reasons

    async def close(self) -> None:
        """Let the model answer what it was asked."""
        await self.runner.close()
        metrics.MODEL.labels(*self._labels).dec()

    # --------------------------------------------------------------- answers

    async def answer(
        self, route: str, request: str, rows: Sequence[Row], meant: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any] | Problem]:
        """The members of each answer, or the problem in its place.

        Every row leaves one line in the log, before this returns or raises.

        Args:
            route: The path of the route, for log and metrics.
            request: The request's id.
            rows: Inputs.
            meant: The arm that should have answered, for the log; None where it is this one.

        Raises:
            Problem: Too many requests wait, it took too long, or the model is not there.
        """
        try:
            results = await self.results(rows)
        except Problem as problem:
            for row in rows:
                self.note(route, request, row, problem, 0.0, meant)
            raise
        return [
            self.note(route, request, row, result, taken_ms, meant)
            for row, (result, taken_ms) in zip(rows, results, strict=True)
        ]

    async def results(self, rows: Sequence[Row]) -> list[tuple[Result, float]]:
        """What becomes of each row, and the milliseconds that it took; nothing is logged.

        Raises:
            Problem: Too many requests wait, it took too long, or the model is not there.
        """
        valid = [row for row in rows if not isinstance(row, Problem)]
        outcomes = iter(await self._outcomes(valid) if valid else [])
        return [(row, 0.0) if isinstance(row, Problem) else next(outcomes) for row in rows]

    async def _outcomes(self, rows: Sequence[BaseModel]) -> list[Outcome]:
        if not self.runner.queues:
            return await self.runner.outcomes(rows)
        if self._waiting >= self.settings.max_queue:
            raise Problem(503, "overloaded", "Too many requests wait", retry_after_s=1)
        self._count(1)
        try:
            return await self.runner.outcomes(rows)
        except TimeoutError:
            raise Problem(503, "timeout", "The answer took too long", retry_after_s=1) from None
        except DownError as error:
            raise Problem(503, "down", "The model is being started again", detail=str(error), retry_after_s=2) from None
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._waiting += change
        metrics.QUEUE.inc(change)

    def note(
        self,
        route: str,
        request: str,
        row: Row | None,
        outcome: Result | BaseException,
        milliseconds: float,
        meant: Mapping[str, Any] | None = None,
    ) -> dict[str, Any] | Problem:
        """An outcome as the client gets it, once it is logged and counted.

        Args:
            route: The path of the route.
            request: The request's id.
            row: The input; None where the body held none.
            outcome: The members of an answer, a failure of the model, an exception of other code, or a `Problem`.
            milliseconds: How long `predict` took.
            meant: The arm that should have answered; None where it is this one.
        """
        record: dict[str, Any] = {
            "time": clock.now().isoformat(timespec="milliseconds"),
            "request_id": request,
            "route": route,
            "model_version": self.version,
            "arm": self.arm,
            "outcome": "ok",
            "latency_ms": round(milliseconds, 3),
            "input": None if isinstance(row, Problem) else row,
            "output": None,
        }
        if meant is not None:
            record["meant"] = meant
        answer: dict[str, Any] | Problem
        if isinstance(outcome, Problem):
            answer = outcome
        elif isinstance(outcome, Failure | BaseException):
            answer = self._failed(record, outcome if isinstance(outcome, Failure) else failure(outcome))
        else:
            record["output"] = outcome
            answer = versioned(outcome, self.version)
        if isinstance(answer, Problem):
            record["outcome"] = answer.outcome
        try:
            self.log.write(record)
        except OSError:
            logger.error("request %s: %s", request, self.log.trouble)
            if self.settings.log_strict:
                record["outcome"] = "error"
                answer = Problem(503, "error", "The prediction cannot be logged", retry_after_s=5)
        self._counted(route, record["outcome"])
        return answer

    def _counted(self, route: str, outcome: str) -> None:
        metrics.predictions(route, outcome, self.version).inc()

    def _failed(self, record: dict[str, Any], failed: Failure) -> Problem:
        """An exception of the model or of other code: a fault on this side, whatever the input was."""
        record["error"] = failed.frames if self.log.redacts else failed.whole
        detail = "the log says more under this request_id"
        return Problem(500, "error", "The model failed on this input", detail=detail)
