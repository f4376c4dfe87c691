"""Many inputs in one request: each is validated by itself, so that a bad one does not fail its neighbors.

{"inputs": [{"n": 1}, {"n": "x"}]}
→ {"predictions": [{"result": 2.0, …}, {"error": {"status": 422, …}}], "model_version": "…"}
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import InitErrorDetails, from_json, to_json

from nbexport_runtime.service.bounds import Bounds
from nbexport_runtime.service.problems import Problem, ProblemDocument, invalid

Input = TypeVar("Input", bound=BaseModel)
Output = TypeVar("Output", bound=BaseModel)


class Rows(BaseModel, Generic[Input]):
    """Inputs, each as `/predict` takes it; in place of one that is not valid stands its problem."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    inputs: list[Input | SkipJsonSchema[Problem]]


class RowError(BaseModel):
    """Why one input of a batch is not answered."""

    error: ProblemDocument


class Answers(BaseModel, Generic[Output]):
    """An answer for each input, in their order."""

    model_config = ConfigDict(protected_namespaces=())

    predictions: list[Output | RowError]
    model_version: str


Completed = Callable[[Any], tuple[Any, dict[str, Any]]]
"""Adds to an input what it does not have; and what its line in the log says of that."""


def rows_of(
    body: bytes,
    row: type[Input],
    limit: int,
    bounds: Bounds,
    completed: Completed | None = None,
    say: Callable[[Input, dict[str, Any]], None] | None = None,
) -> list[Input | Problem]:
    """The inputs of a batch; where one is not valid, its problem.

    Args:
        body: JSON text, an object with `inputs`.
        row: What each input must be.
        limit: How many inputs a batch may have.
        bounds: What no input may exceed.
        completed: Adds to an input what it does not have; None adds nothing.
        say: Keeps what the log says of an input that was added to.

    Raises:
        ValidationError: The body holds no list of inputs, or too many.
    """
    try:
        content = from_json(body)
    except ValueError:
        content = None
    inputs = content.get("inputs") if isinstance(content, dict) else None
    if not isinstance(inputs, list) or content.keys() != {"inputs"}:
        raise _wrong("the body is an object with a list `inputs` and nothing else")
    if not 1 <= len(inputs) <= limit:
        raise _wrong(f"a batch holds 1 to {limit} inputs")
    long = len(body) > bounds.harmless_bytes
    return [row_of(value, row, bounds, long=long, completed=completed, say=say) for value in inputs]


def row_of(
    value: Any,
    row: type[Input],
    bounds: Bounds,
    *,
    long: bool,
    completed: Completed | None = None,
    say: Callable[[Input, dict[str, Any]], None] | None = None,
) -> Input | Problem:
    """One input; where it is not valid, its problem.

    Args:
        value: The input, as JSON holds it.
        row: What it must be.
        bounds: What it may not exceed.
        long: Whether it may hold what is too long.
        completed: Adds to it what it does not have; None adds nothing.
        say: Keeps what the log says of an input that was added to.
    """
    try:
        if long:
            bounds.check_lengths(value)
        said: dict[str, Any] = {}
        if completed is not None and isinstance(value, dict):
            value, said = completed(value)
        # strict types accept more from JSON (a date as text) than from Python objects
        valid = row.model_validate_json(to_json(value, inf_nan_mode="constants"))
        bounds.check(valid)
    except ValidationError as error:
        return invalid(error)
    except Problem as problem:
        return problem
    if said and say is not None:
        say(valid, said)
    return valid


def _wrong(text: str) -> ValidationError:
    detail = InitErrorDetails(type="value_error", loc=("inputs",), input=None, ctx={"error": ValueError(text)})
    return ValidationError.from_exception_data("Rows", [detail])
