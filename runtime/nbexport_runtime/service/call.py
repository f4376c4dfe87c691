"""One request to the model, from its body to its answer: measured, and never without a line in the log."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from nbexport_runtime.service import metrics
from nbexport_runtime.service.candidate import Copying
from nbexport_runtime.service.inputs import Inputs
from nbexport_runtime.service.predictor import Predictor, Row
from nbexport_runtime.service.problems import Problem, invalid, invalid_request, refused
from nbexport_runtime.service.remarks import Remarks


class Call:
    """A context in which a request is answered by one model; whatever becomes of it leaves a line in the log.

    Rows that reach the model leave one line each; a body that holds none, or a refusal by a dependency, leaves one.
    """

    __slots__ = ("_began", "_inputs", "_noted", "_remarks", "predictor", "request_id", "route")

    def __init__(
        self,
        predictor: Predictor | Copying,
        route: str,
        request_id: str,
        inputs: Inputs,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Nothing is measured yet.

        Args:
            predictor: The model.
            route: The path of the route.
            request_id: The request's id.
            inputs: What is known of inputs.
            facts: What each of its lines in the log says besides, such as who called.
        """
        self.predictor = predictor
        self.route = route
        self.request_id = request_id
        self._inputs = inputs
        self._remarks = Remarks(facts or {})
        self._noted = False
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        metrics.IN_FLIGHT.inc()
        self.predictor.answering += 1
        self._remarks.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        metrics.IN_FLIGHT.dec()
        self.predictor.answering -= 1
        metrics.latency(self.route, self.predictor.version).observe(time.perf_counter() - self._began)
        try:
            if error is not None and not self._noted:
                self._note(error)
        finally:
            self._remarks.end()

    def say(self, row: Row, facts: dict[str, Any]) -> None:
        """Say something in the line of one input, which is about to be answered."""
        self._remarks.add(row, facts)

    async def answer(self, rows: Sequence[Row], *, numbered: bool = False) -> list[dict[str, Any] | Problem]:
        """The members of each answer, or the problem in its place; each row has its line in the log.

        Args:
            rows: Inputs.
            numbered: Whether the log says which row a line is about.

        Raises:
            Problem: Too many requests wait, or it took too long.
        """
        self._noted = True
        if len(rows) == 1 and not numbered:
            problem = self._wrong_in(rows[0], {})
            if problem is None:
                return await self.predictor.answer(self.route, self.request_id, rows)
            return [problem]
        answers = [self._wrong_in(row, {"row": number} if numbered else {}) for number, row in enumerate(rows)]
        valid = [row for row, problem in zip(rows, answers, strict=True) if problem is None]
        asked = iter(await self.predictor.answer(self.route, self.request_id, valid) if valid else [])
        return [next(asked) if problem is None else problem for problem in answers]

    def _wrong_in(self, row: Row, place: dict[str, Any]) -> Problem | None:
        """What is wrong with an input, once it has its line in the log; what is only unusual waits for the answer's.

        Args:
            row: The input, or what is wrong with it already.
            place: What its line says of where it was.
        """
        problem = row if isinstance(row, Problem) else None
        if not isinstance(row, Problem):
            try:
                unusual = self._inputs.unusual(row)
            except Problem as error:
                problem = error
            else:
                if unusual or place:
                    self._remarks.add(row, {**place, "unusual": unusual} if unusual else place)
        if problem is None:
            return None
        with self._remarks.without_input({**place, **self._why(problem)}):
            answer = self.predictor.note(self.route, self.request_id, problem, problem, 0.0)
        return answer if isinstance(answer, Problem) else problem

    def _why(self, problem: Problem | None) -> dict[str, Any]:
        reasons = self._inputs.reasons(problem) if problem is not None else []
        return {"reasons": reasons} if reasons else {}

    def _note(self, error: BaseException) -> None:
        """Write down a request that never reached the model.

        Raises:
            Problem: The client gets it instead of the error.
        """
        if isinstance(error, ClientDisconnect) or not isinstance(error, Exception):
            return
        problem = problem_of(error)
        with self._remarks.without_input(self._why(problem)):
            answer = self.predictor.note(self.route, self.request_id, None, problem or error, 0.0)
        # the handlers of the application know all others; that nothing can be logged comes first
        unknown = isinstance(error, ValidationError)
        if isinstance(answer, Problem) and problem is not None and (unknown or answer is not problem):
            raise answer from None


def problem_of(error: Exception) -> Problem | None:
    """The problem that a client gets for an error; None if the error is a fault."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return invalid(error)
    if isinstance(error, RequestValidationError):
        return invalid_request(error)
    return refused(error) if isinstance(error, HTTPException) else None
