"""Problem documents (RFC 9457): why a client gets no result.

Exceptions and their texts go to the log, with the request's id.
"""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from nbexport_runtime.masking import masked_traceback
from nbexport_runtime.service.request_ids import request_id
from nbexport_runtime.service.wire import json_bytes

MEDIA_TYPE = "application/problem+json"
SHOWN_ERRORS = 20

logger = logging.getLogger(__name__)

OUTCOMES = {404: "invalid", 405: "invalid", 408: "too_slow", 413: "too_large"}
"""What a status of FastAPI's own errors stands for in log and metrics; any other is a refusal."""
DESCRIPTIONS = {
    408: "The body did not arrive in time",
    413: "The body is too large",
    422: "The input is not what this document describes",
    500: "The model failed on this input; the log says more under the request's id",
    503: "Too many requests wait, it took too long, the model is started again, or it cannot be logged: try again",
}


class ProblemDocument(BaseModel):
    """Why a request was not answered."""

    type: str
    title: str
    status: int
    detail: str = ""
    request_id: str = ""
    errors: list[dict[str, Any]] = []


class Problem(Exception):  # noqa: N818 - the noun of RFC 9457
    """A request that is not answered; `outcome` is its label in log and metrics."""

    def __init__(
        self,
        status: int,
        outcome: str,
        title: str,
        *,
        detail: str = "",
        errors: list[dict[str, Any]] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.outcome = outcome
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

    def document(self, request: str) -> dict[str, Any]:
        """The members of the document; `request` is the request's id."""
        members: dict[str, Any] = {
            "type": f"urn:problem:{self.outcome}",
            "title": self.title,
            "status": self.status,
            "request_id": request,
        }
        if self.detail:
            members["detail"] = self.detail
        if self.errors is not None:
            members["errors"] = self.errors
        return members

    def response(self, request: str) -> Response:
        """The document as an answer."""
        content = json_bytes(self.document(request))
        headers = {"Retry-After": str(self.retry_after_s)} if self.retry_after_s else None
        return Response(content, self.status, headers, MEDIA_TYPE)


def invalid(error: ValidationError) -> Problem:
    """What is wrong with an input, without repeating it: it may be secret, or not even be JSON."""
    all_errors = error.errors(include_url=False, include_context=False, include_input=False)
    return wrong_input([{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in all_errors[:SHOWN_ERRORS]])


def wrong_input(errors: list[dict[str, Any]]) -> Problem:
    """What is wrong with an input; each error has `loc`, `msg` and `type`."""
    return Problem(422, "invalid", "The input is not what /docs describes", errors=errors)


def invalid_request(error: RequestValidationError) -> Problem:
    """What is wrong with a request to a route that FastAPI reads, without repeating it."""
    errors = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()[:SHOWN_ERRORS]]
    return Problem(422, "invalid", "The request is not what /docs describes", errors=errors)


def refused(error: HTTPException) -> Problem:
    """What FastAPI, or an endpoint or dependency of the project's own, answers instead of a result."""
    title = HTTPStatus(error.status_code).phrase
    detail = error.detail if isinstance(error.detail, str) and error.detail != title else ""
    outcome = OUTCOMES.get(error.status_code, "refused")
    return Problem(error.status_code, outcome, title, detail=detail)


def documented() -> dict[int | str, dict[str, Any]]:
    """What a route that asks the model may answer instead of a result, as FastAPI's `responses` takes it."""
    content = {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema(mode="serialization")}}
    return {status: {"description": text, "content": content} for status, text in DESCRIPTIONS.items()}


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem document."""

    @app.exception_handler(Problem)
    async def known(request: Request, error: Problem) -> Response:
        return error.response(request_id(request))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        response = refused(error).response(request_id(request))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> Response:
        return invalid_request(error).response(request_id(request))

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody reads it

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> Response:
        identity = request_id(request)
        logger.error("request %s\n%s", identity, masked_traceback(error))
        response = Problem(500, "error", "The service failed").response(identity)
        # the middleware does not see this answer
        response.headers["X-Request-ID"] = identity
        return response
