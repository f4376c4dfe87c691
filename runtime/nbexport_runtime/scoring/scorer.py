"""The model of the service, asked row by row: the same request model, bounds, ranges, features, model and process.

What is left out is what belongs to requests: HTTP, keys, queues, shares of candidates, and a line in the prediction log
for each row. The output has the answers, and names the version.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from nbexport_runtime import bundle
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.service.answers import versioned
from nbexport_runtime.service.app import Service
from nbexport_runtime.service.batch import row_of
from nbexport_runtime.service.body import too_large
from nbexport_runtime.service.inputs import Inputs
from nbexport_runtime.service.loading import Loader
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.outcomes import Failure
from nbexport_runtime.service.predictor import Predictor, Result
from nbexport_runtime.service.problems import Problem
from nbexport_runtime.service.process import DownError
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.sources import Bundle

PATIENCE_S = 600.0
"""How long some rows may take: nobody waits for them as for a request."""
TOGETHER_MS = 60_000.0
"""About how long the rows take that are handed over at once."""
UNDER_WAY = 2
"""How often rows are handed over before answers are back, so that the model never waits."""
LOOK_S = 0.1

logger = logging.getLogger(__name__)

Entry = TypeVar("Entry")


@dataclass(slots=True)
class Scored:
    """What became of one row."""

    answer: dict[str, Any] | None = None
    """The members of the answer, with the version; None where there is none."""
    problem: Problem | None = None
    """Why there is none."""
    reason: str = ""
    """The same in words, without the input."""
    row: BaseModel | None = None
    """The valid input."""
    said: dict[str, Any] = field(default_factory=dict)
    """What the log says of it besides: features."""
    unusual: list[dict[str, str]] = field(default_factory=list)
    """Field and kind of each value that is beside what the model has learned from."""

    @property
    def outcome(self) -> str:
        """Its label in the service's log and metrics, such as `ok`, `invalid` or `error`."""
        return "ok" if self.problem is None else self.problem.outcome


class Scorer:
    """One model, as a service would have it."""

    def __init__(self, service: Service[Any, Any], wanted: Bundle) -> None:
        """Nothing is loaded before `start`.

        Args:
            service: The service of the project.
            wanted: The model.
        """
        self._service = service
        self._wanted = wanted
        known = service.settings
        self._settings: Settings = known.model_copy(
            # what is not written down line by line needs no file, and what waits here is not a request
            update={"log_dir": "-", "deadline_s": max(PATIENCE_S, known.deadline_s), "max_queue": 1 << 30}
        )
        self._inputs = Inputs(service.request, self._settings)
        self._predictor: Predictor | None = None
        self._most = 1

    @property
    def predictor(self) -> Predictor:
        """The loaded model.

        Raises:
            RuntimeError: It is not loaded.
        """
        if self._predictor is None:
            raise RuntimeError("the model is loaded by `start`")
        return self._predictor

    async def start(self) -> None:
        """Load the model, which must give its known answers.

        Raises:
            ScoreError: It cannot be used.
        """
        service, settings = self._service, self._settings
        loader = Loader(service.load_model, service.request, settings, PredictionLog(settings))
        try:
            self._predictor = await loader.sound(self._wanted)
        except (bundle.BundleError, DownError, OSError) as error:
            raise ScoreError(f"`{self._wanted.folder}` cannot be used: {error}") from None
        self._inputs.follow(self._predictor.version, self._predictor.facts)
        cost_ms = self._predictor.facts.get("predict_ms") or 1.0
        self._most = max(settings.max_together, min(settings.max_batch, int(TOGETHER_MS / cost_ms)))

    async def close(self) -> None:
        """Let go of the model."""
        if self._predictor is not None:
            await self._predictor.close()

    async def answers(self, inputs: Sequence[dict[str, Any] | str]) -> list[Scored]:
        """What becomes of some rows, in their order.

        Args:
            inputs: The body of the request that each is, or why it is none.

        Raises:
            ScoreError: The process of the model cannot be kept running.
        """
        every = [self._read(one) for one in inputs]
        valid = [one for one in every if one.row is not None and one.problem is None]
        results = await self._results([one.row for one in valid if one.row is not None])
        for one, result in zip(valid, results, strict=True):
            self._finish(one, result)
        return every

    def _read(self, content: dict[str, Any] | str) -> Scored:
        """A row before it is answered, as the service reads a request."""
        if isinstance(content, str):
            return refused(Problem(422, "invalid", content, errors=[]))
        service, scored = self._service, Scored()
        size = len(to_json(content))
        if size > self._settings.max_body_bytes:
            return refused(too_large(self._settings.max_body_bytes))
        row = row_of(
            content,
            service.request,
            self._inputs.bounds,
            long=size > self._inputs.bounds.harmless_bytes,
            completed=service.extras.completed if service.extras.completes else None,
            say=lambda _, said: scored.said.update(said),
        )
        if isinstance(row, Problem):
            return refused(row)
        scored.row = row
        try:
            scored.unusual = self._inputs.unusual(row)
        except Problem as problem:
            return refused(problem)
        return scored

    def _finish(self, scored: Scored, result: Result) -> None:
        if isinstance(result, Problem):
            scored.problem, scored.reason = result, in_words(result)
        elif isinstance(result, Failure):
            told = result.frames if self._settings.log_redact else result.whole
            scored.problem = Problem(500, "error", "The model failed on this input")
            scored.reason = f"the model failed on this row: {told.strip().splitlines()[-1]}"
        else:
            scored.answer = versioned(result, self.predictor.version)

    # ------------------------------------------------------------------ the model

    async def _results(self, rows: Sequence[BaseModel]) -> list[Result]:
        predictor = self.predictor
        if not predictor.runner.queues:
            # nobody else waits for a turn between them
            return [result for row in rows for result, _ in await predictor.results([row])]
        turns = asyncio.Semaphore(UNDER_WAY)

        async def part(some: Sequence[BaseModel]) -> list[Result]:
            async with turns:
                return await self._asked(some)

        parts = await asyncio.gather(*(part(some) for some in cut(rows, self._most)))
        return [result for some in parts for result in some]

    async def _asked(self, rows: Sequence[BaseModel]) -> list[Result]:
        """What becomes of some rows; where the process ends on them, the row on which it does is looked for."""
        for attempt in range(2):
            try:
                return [result for result, _ in await self.predictor.results(rows)]
            except Problem as problem:
                logger.error("%d rows were not answered: %s %s", len(rows), problem.title, problem.detail)
                await self._back()
                if len(rows) > 1:
                    break
                if attempt:
                    return [problem]
        half = len(rows) // 2
        return [*await self._asked(rows[:half]), *await self._asked(rows[half:])]

    async def _back(self) -> None:
        """Wait until the process of the model is there again.

        Raises:
            ScoreError: It took too long.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.load_timeout_s
        while self.predictor.runner.reasons:
            if loop.time() > end:
                raise ScoreError(f"the model is not responding: {'; '.join(self.predictor.runner.reasons)}")
            await asyncio.sleep(LOOK_S)


def refused(problem: Problem) -> Scored:
    """A row that does not reach the model."""
    return Scored(problem=problem, reason=in_words(problem))


def in_words(problem: Problem) -> str:
    """Why a row has no answer, in a sentence that never repeats a value."""
    told = [f"{place}: {error['msg']}" if place else str(error["msg"]) for error, place in places(problem.errors or [])]
    return "; ".join(told) or ": ".join(part for part in (problem.title, problem.detail) if part)


def places(errors: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str]]:
    """What is wrong, and the name of the place where it is."""
    return [(error, ".".join(map(str, error["loc"]))) for error in errors]


def cut(entries: Sequence[Entry], most: int) -> list[Sequence[Entry]]:
    """Entries in parts of at most so many."""
    return [entries[begin : begin + most] for begin in range(0, len(entries), most)]
