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
from nbexport_runtime.service.predictor import Predictor, Row
from nbexport_runtime.service.problems import Problem, invalid, invalid_request, refused


class Call:
    """A context in which a request is answered by one model; whatever becomes of it leaves a line in the log.

    Rows that reach the model leave one line each; a body that holds none, or a refusal by a dependency, leaves one.
    """

    __slots__ = ("_began", "_noted", "predictor", "request_id", "route")

    def __init__(self, predictor: Predictor | Copying, route: str, request_id: str) -> None:
        """Nothing is measured yet.

        Args:
            predictor: The model.
            route: The path of the route.
            request_id: The request's id.
        """
        self.predictor = predictor
        self.route = route
        self.request_id = request_id
        self._noted = False
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        metrics.IN_FLIGHT.inc()
        self.predictor.answering += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        metrics.IN_FLIGHT.dec()
        self.predictor.answering -= 1
        metrics.latency(self.route, self.predictor.version).observe(time.perf_counter() - self._began)
        if error is not None and not self._noted:
            self._note(error)

    async def answer(self, rows: Sequence[Row]) -> list[dict[str, Any] | Problem]:
        """The members of each answer, or the problem in its place; each row has its line in the log.

        Raises:
            Problem: Too many requests wait, or it took too long.
        """
        self._noted = True
        return await self.predictor.answer(self.route, self.request_id, rows)

    def _note(self, error: BaseException) -> None:
        """Write down a request that never reached the model.

        Raises:
            Problem: The client gets it instead of the error.
        """
        if isinstance(error, ClientDisconnect) or not isinstance(error, Exception):
            return
        problem = problem_of(error)
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
