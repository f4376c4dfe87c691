"""Where the features of a view belong in a request: among the arguments of `predict`, or inside of one.

predict(plan: str, fee: float)              {"plan": …, "fee": …}
predict(customer: Customer, top: int = 1)   {"customer": {"plan": …, "fee": …}}     a TypedDict, dataclass or model
predict(customer: dict)                     the same; a dict takes every feature
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json
from typing_extensions import is_typeddict


@dataclass(frozen=True)
class Place:
    """Where one feature belongs."""

    argument: str
    """The argument that it is inside of; empty where it is one itself."""
    accepts: TypeAdapter[Any] | None
    """Validates its values; None takes any."""
    nullable: bool
    """Whether a missing value is one of them."""

    def takes(self, value: Any) -> bool:
        """Whether a value, as JSON has it, is one that `predict` takes."""
        if self.accepts is None:
            return True
        try:
            self.accepts.validate_json(to_json(value), strict=True)
        except ValidationError:
            return False
        return True


def places(request: type[BaseModel], names: Iterable[str]) -> dict[str, Place]:
    """Feature → where it belongs; features that the request has no place for are left out.

    Args:
        request: What an input is.
        names: The features.
    """
    arguments = arguments_of(request)
    inside = {argument: members for argument, kind in arguments.items() if (members := members_of(kind)) is not None}
    open_ones = [argument for argument, members in inside.items() if not members]
    by_column = {}
    for name in names:
        if name in arguments:
            by_column[name] = place("", arguments[name])
            continue
        of = next((argument for argument, members in inside.items() if name in members), None)
        if of is not None:
            by_column[name] = place(of, inside[of][name])
        elif len(open_ones) == 1:
            by_column[name] = Place(open_ones[0], None, nullable=True)
    return by_column


def place(argument: str, kind: Any) -> Place:
    """A place for values of a type."""
    accepts: TypeAdapter[Any] = TypeAdapter(kind)
    result = Place(argument, accepts, nullable=False)
    return Place(argument, accepts, nullable=result.takes(None))


def arguments_of(request: type[BaseModel]) -> dict[str, Any]:
    """Name, as a body has it → type of each field."""
    arguments = {}
    for name, field in request.model_fields.items():
        kind: Any = field.annotation
        for part in field.metadata:
            kind = typing.Annotated[kind, part]
        arguments[field.alias or name] = kind
    return arguments


def members_of(kind: Any) -> Mapping[str, Any] | None:
    """Name → type of the members of an object; empty where it takes any; None where it is not an object."""
    origin = typing.get_origin(kind)
    if origin in (typing.Annotated, typing.Union, types.UnionType):
        inner = [
            members_of(part) for part in typing.get_args(kind) if isinstance(part, type) or typing.get_origin(part)
        ]
        return next((members for members in inner if members is not None), None)
    if kind is dict or origin is dict or origin is Mapping:
        return {}
    if is_typeddict(kind):
        return {name: bare(part) for name, part in typing.get_type_hints(kind, include_extras=True).items()}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return arguments_of(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {field.name: hints[field.name] for field in fields(kind)}
    return None


def bare(kind: Any) -> Any:
    """A type without what only says whether a TypedDict must have it."""
    wrapped = getattr(typing.get_origin(kind), "__name__", str(typing.get_origin(kind)))
    return typing.get_args(kind)[0] if wrapped in ("typing.Required", "typing.NotRequired") else kind
