"""`POST /outcome`: what became of a prediction, sent by whoever knows."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import FastAPI, Request
from prometheus_client import Counter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, ValidationError
from starlette.concurrency import run_in_threadpool

from nbexport_runtime.platform.outcomes.record import Outcome, trouble, utc
from nbexport_runtime.platform.outcomes.writing import Sink
from nbexport_runtime.platform.units import unit_of
from nbexport_runtime.service.body import body_of
from nbexport_runtime.service.problems import MEDIA_TYPE, Problem, ProblemDocument, invalid, wrong_input
from nbexport_runtime.traffic import clock

BODY_BYTES = 10_000
"""Largest body."""

RECEIVED = Counter("outcomes_received", "Outcomes that were sent: ok, invalid, error", ["outcome"])

logger = logging.getLogger(__name__)


class OutcomeRequest(BaseModel):
    """What became of a prediction; name what it is about by `request_id`, or by `key` or `unit`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    request_id: str = Field("", description="the X-Request-ID of the prediction's answer")
    row: Annotated[int | None, Field(strict=True)] = Field(None, description="the row of a batch, from 0")
    key: str = Field("", description="the id that the prediction's request was sent with; it is hashed and not kept")
    unit: str = Field("", description="the hash of that id, as the log has it")
    name: str = Field("", description="what happened; empty takes the name in platform.toml")
    value: StrictBool | Annotated[float, Field(strict=True)] = Field(description="a number, or true or false")
    time: AwareDatetime | None = Field(None, description="when it happened, with its zone; the default is now")


class OutcomeResponse(BaseModel):
    """What was written down."""

    id: str
    """The same for the same subject, name and time."""
    name: str
    value: float
    time: str


def install(app: FastAPI, sink: Sink, salt: str, name: str) -> None:
    """Add the route to an application.

    Args:
        app: The application.
        sink: Where outcomes go.
        salt: What units are hashed with.
        name: The name of an outcome that has none.
    """
    for label in ("ok", "invalid", "error"):
        # a counter that begins at 1 has not increased, for Prometheus
        RECEIVED.labels(label)
    document = {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema(mode="serialization")}}
    responses = {
        413: "The body is too large",
        422: "The outcome is not what this document describes; `errors` says what is wrong",
        503: "The outcome cannot be written down: send it again",
    }

    @app.post(
        "/outcome",
        responses={status: {"description": text, "content": document} for status, text in responses.items()},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": OutcomeRequest.model_json_schema()}},
            }
        },
    )
    async def outcome(http: Request) -> OutcomeResponse:
        """Write down what became of a prediction; the same subject, name and time again is a correction."""
        try:
            return await kept(await body_of(http, BODY_BYTES), sink, salt, name)
        except Problem as problem:
            RECEIVED.labels("error" if problem.status >= 500 else "invalid").inc()
            raise


async def kept(body: bytes, sink: Sink, salt: str, name: str) -> OutcomeResponse:
    """An outcome, once it is on the disk.

    Raises:
        Problem: It is invalid, or cannot be written.
    """
    now = clock.now()
    try:
        sent = OutcomeRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    if sent.key and sent.unit:
        raise wrong("unit", "send `key` or `unit`, not both")
    outcome = Outcome(
        name=sent.name or name,
        value=float(sent.value),
        time=sent.time or now,
        request_id=sent.request_id,
        row=sent.row,
        unit=sent.unit or unit_of(salt, sent.key),
        timeless=sent.time is None and bool(sent.request_id),
    )
    problem = trouble(outcome, now)
    if problem is not None:
        raise wrong(*problem)
    try:
        # it waits for the disk, and predictions must not wait with it
        await run_in_threadpool(sink.add, [outcome], now)
    except OSError as error:
        logger.error("an outcome cannot be written: %s", error.strerror)
        raise Problem(503, "error", "The outcome cannot be written down", retry_after_s=5) from None
    RECEIVED.labels("ok").inc()
    return OutcomeResponse(id=outcome.id, name=outcome.name, value=outcome.value, time=utc(outcome.time))


def wrong(member: str, text: str) -> Problem:
    """What is wrong with one member."""
    errors: list[dict[str, Any]] = [{"loc": [member], "msg": f"`{member}` {text}", "type": "value_error"}]
    return wrong_input(errors)
