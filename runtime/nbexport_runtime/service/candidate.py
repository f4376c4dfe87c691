"""A candidate of a rollout: it answers its share, and what it cannot answer, production does.

Whoever is sent to a candidate never pays for it with an error that production would not have given: while its process
is not there or not responding, its queue is full, or it raises, production is asked. The line in the log says which arm
was meant. A candidate that again and again raises where production answers is set aside, until the rollout changes:
by the same evidence by which a guard ends its rollout (`traffic/evidence.py`).

A shadow gets copies of requests once production has answered them. They are sent several at a time, since a model that
predicts together spends less on each; those that come while it has enough are dropped.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbexport_runtime.service import metrics
from nbexport_runtime.service.extras import Extras
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.outcomes import Failure
from nbexport_runtime.service.predictor import Predictor, Row
from nbexport_runtime.service.problems import Problem
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.supervised import Supervised
from nbexport_runtime.traffic import evidence

FAILURES = 10
"""So many predictions that only the candidate failed on set it aside, if they are evidence against its error budget."""
COPIES = 32
"""Copies that may wait for a shadow or be with it; one that comes while there are so many is dropped."""
COPIES_TOGETHER = 16
"""So many waiting copies are sent at once."""
GATHER_S = 0.1
"""How long the first copy waits for others."""

logger = logging.getLogger(__name__)


class Candidate(Predictor):
    """A version on trial."""

    def __init__(
        self,
        runner: Supervised,
        version: str,
        log: PredictionLog,
        settings: Settings,
        production: Callable[[], Predictor],
    ) -> None:
        """Nothing is asked yet.

        Args:
            runner: Runs the model.
            version: Its version.
            log: Where each prediction is written down.
            settings: Limits.
            production: The version that answers in its place.
        """
        super().__init__(runner, {"version": version}, log, settings, "candidate")
        self.set_aside = False
        self._production = production
        self._asked = 0
        self._failures = 0
        self._error_budget = Extras.error_budget
        self._gathered: list[tuple[contextvars.Context, str, str, Sequence[Row]]] = []
        self._copies: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> str:
        """`serving`, `starting` or `set aside`."""
        if self.set_aside:
            return "set aside"
        return "starting" if self.runner.reasons else "serving"

    def begin(self, mode: str, error_budget: float = Extras.error_budget) -> None:
        """Forget what it failed on.

        Args:
            mode: In `shadow` it only gets copies, which the log says.
            error_budget: The share of its requests that it may fail before it is set aside.
        """
        self._error_budget = error_budget
        self.arm = "shadow" if mode == "shadow" else "candidate"
        self.set_aside = False
        self._asked = self._failures = 0

    async def answer(
        self, route: str, request: str, rows: Sequence[Row], meant: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any] | Problem]:
        """The members of each answer, or the problem in its place.

        Raises:
            Problem: Production had to answer, and could not.
        """
        if self.state != "serving":
            return await self._by_production(route, request, rows, self.state)
        self._asked += len(rows)
        try:
            results = await self.results(rows)
        except Problem as problem:
            return await self._by_production(route, request, rows, problem.outcome)
        failed = [place for place, (result, _) in enumerate(results) if isinstance(result, Failure)]
        others: dict[int, dict[str, Any] | Problem] = {}
        if failed:
            others = dict(zip(failed, await self._instead(route, request, rows, failed, results), strict=True))
        return [
            others[place] if place in others else self.note(route, request, row, result, taken_ms)
            for place, (row, (result, taken_ms)) in enumerate(zip(rows, results, strict=True))
        ]

    async def _instead(
        self, route: str, request: str, rows: Sequence[Row], failed: Sequence[int], results: Sequence[Any]
    ) -> list[dict[str, Any] | Problem]:
        """What production answers to the rows that this version failed on."""
        first: Failure = results[failed[0]][0]
        error = first.frames if self.log.redacts else first.whole
        try:
            answers = await self._by_production(route, request, [rows[place] for place in failed], "error", error)
        except Problem as problem:
            return [problem] * len(failed)
        # where both fail, it is the input
        self._failures += sum(not isinstance(answer, Problem) for answer in answers)
        if not self.set_aside and self._failures >= FAILURES and self._exceeds():
            self.set_aside = True
            metrics.SET_ASIDE.set(1)
            logger.error(
                "candidate %s is set aside: it failed on %d of %d inputs that production answers; "
                "`python rollout.py abort` ends the rollout\n%s",
                *(self.version, self._failures, self._asked, error),
            )
        return answers

    def _exceeds(self) -> bool:
        return evidence.enough(self._failures, max(self._asked, self._failures), self._error_budget)

    async def _by_production(
        self, route: str, request: str, rows: Sequence[Row], reason: str, error: str = ""
    ) -> list[dict[str, Any] | Problem]:
        metrics.FALLBACKS.labels(self.version, reason).inc(len(rows))
        meant = {
            "arm": self.arm,
            "model_version": self.version,
            "reason": reason,
            **({"error": error} if error else {}),
        }
        return await self._production().answer(route, request, rows, meant)

    # ---------------------------------------------------------------- shadow

    def copy(self, route: str, request: str, rows: Sequence[Row]) -> None:
        """Ask it too, and only log what it answers; nobody waits for that."""
        if self.state != "serving":
            return
        if len(self._gathered) + len(self._copies) >= COPIES:
            metrics.COPIES.labels(self.version, "dropped").inc(len(rows))
            return
        # the marks of the request are in its context
        self._gathered.append((contextvars.copy_context(), route, request, rows))
        if len(self._gathered) == 1:
            asyncio.get_running_loop().call_later(GATHER_S, self._send_copies)
        elif len(self._gathered) == COPIES_TOGETHER:
            self._send_copies()

    def _send_copies(self) -> None:
        gathered, self._gathered = self._gathered, []
        for context, route, request, rows in gathered:
            # the tasks run in one turn of the event loop, so the process gets one message
            task = asyncio.create_task(self._copied(route, request, rows), context=context)
            self._copies.add(task)
            task.add_done_callback(self._copies.discard)

    async def close(self) -> None:
        """Drop the copies that wait, and let the model answer what it was asked."""
        waiting, self._gathered = self._gathered, []
        metrics.COPIES.labels(self.version, "dropped").inc(sum(len(rows) for *_, rows in waiting))
        await super().close()

    async def _copied(self, route: str, request: str, rows: Sequence[Row]) -> None:
        try:
            results = await self.results(rows)
        except Problem as problem:
            if problem.outcome == "overloaded":
                metrics.COPIES.labels(self.version, "dropped").inc(len(rows))
                return
            results = [(problem, 0.0)] * len(rows)
        for row, (result, taken_ms) in zip(rows, results, strict=True):
            self.note(route, request, row, result, taken_ms)

    def _counted(self, route: str, outcome: str) -> None:
        if self.arm == "shadow":
            # nobody was answered: no alert on answers may count it
            metrics.COPIES.labels(self.version, outcome).inc()
        else:
            super()._counted(route, outcome)


class Copying:
    """Production, which answers, and a candidate that is asked the same."""

    def __init__(self, production: Predictor, candidate: Candidate) -> None:
        """Both are there.

        Args:
            production: Answers.
            candidate: Gets a copy of each request.
        """
        self.production = production
        self.candidate = candidate
        self.version = production.version
        self.note = production.note

    @property
    def answering(self) -> int:
        """Requests that production is answering."""
        return self.production.answering

    @answering.setter
    def answering(self, count: int) -> None:
        self.production.answering = count

    async def answer(self, route: str, request: str, rows: Sequence[Row]) -> list[dict[str, Any] | Problem]:
        """What production answers; the copy begins after that, and there is none of what production cannot answer.

        Raises:
            Problem: It cannot answer.
        """
        answers = await self.production.answer(route, request, rows)
        self.candidate.copy(route, request, rows)
        return answers
