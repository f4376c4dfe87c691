"""What `predict` returned, as members of a JSON object, as a response model, and as bytes."""

from collections.abc import Collection
from typing import Any, TypeVar

from fastapi import Response
from pydantic import BaseModel

from nbexport_runtime.service.batch import Answers, RowError
from nbexport_runtime.service.outcomes import members_of
from nbexport_runtime.service.wire import json_bytes

__all__ = ["content_of", "members_of", "response_of", "unchecked", "version_field", "version_in", "versioned"]

Made = TypeVar("Made", bound=BaseModel)


def version_field(members: Collection[str]) -> str:
    """The field that says which model answered: one behind all that the answer has of its own.

    >>> version_field({"p"}), version_field({"model_version"}), version_field({"bundle_version"})
    ('model_version', 'bundle_version', 'bundle_version_')
    """
    own = version_in(members)
    if own is None:
        return "model_version"
    return "bundle_version" if own == "model_version" else f"{own}_"


def versioned(members: dict[str, Any], version: str) -> dict[str, Any]:
    """The members of an answer, and which model gave it."""
    return {**members, version_field(members): version}


def version_in(members: Collection[str]) -> str | None:
    """The field of a complete answer that says which model gave it; None where there is none."""
    longest = max((name for name in members if name.rstrip("_") == "bundle_version"), key=len, default=None)
    return longest or ("model_version" if "model_version" in members else None)


def unchecked(model: type[Made], members: dict[str, Any]) -> Made:
    """A model with some members as they are, whatever their names and types.

    It takes a third of the time of `model_construct`.
    """
    answer = model.__new__(model)
    object.__setattr__(answer, "__dict__", members)
    object.__setattr__(answer, "__pydantic_fields_set__", set(members))
    object.__setattr__(answer, "__pydantic_extra__", {})
    object.__setattr__(answer, "__pydantic_private__", None)
    return answer


def response_of(answer: Any) -> Response:
    """What an endpoint returned, as it is sent: NaN is null, arrays are lists."""
    if isinstance(answer, Response):
        return answer
    return Response(content_of(answer), media_type="application/json")


def content_of(answer: Any) -> bytes:
    """The JSON text of an answer.

    The members of a model are written as the values that they are, not as the types that it declares: a notebook's
    `predict` may return a numpy number where its annotation says `float`.
    """
    if isinstance(answer, Answers):
        rows = b",".join(content_of(row) for row in answer.predictions)
        return b'{"predictions":[' + rows + b'],"model_version":' + json_bytes(answer.model_version) + b"}"
    if isinstance(answer, RowError):
        return b'{"error":' + content_of(answer.error) + b"}"
    if isinstance(answer, BaseModel):
        return json_bytes({**vars(answer), **answer.model_extra} if answer.model_extra else vars(answer))
    return json_bytes(answer)
