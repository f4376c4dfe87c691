"""Many inputs in one request: each is validated by itself, so that a bad one does not fail its neighbors.

{"inputs": [{"n": 1}, {"n": "x"}]}
→ {"predictions": [{"result": 2.0, …}, {"error": {"status": 422, …}}], "model_version": "…"}
"""

from typing import Generic, TypeVar

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


def rows_of(body: bytes, row: type[Input], limit: int, bounds: Bounds) -> list[Input | Problem]:
    """The inputs of a batch; where one is not valid, its problem.

    Args:
        body: JSON text, an object with `inputs`.
        row: What each input must be.
        limit: How many inputs a batch may have.
        bounds: What no input may exceed.

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
    rows: list[Input | Problem] = []
    for value in inputs:
        try:
            if long:
                bounds.check_lengths(value)
            # strict types accept more from JSON (a date as text) than from Python objects
            valid = row.model_validate_json(to_json(value, inf_nan_mode="constants"))
            bounds.check(valid)
            rows.append(valid)
        except ValidationError as error:
            rows.append(invalid(error))
        except Problem as problem:
            rows.append(problem)
    return rows


def _wrong(text: str) -> ValidationError:
    detail = InitErrorDetails(type="value_error", loc=("inputs",), input=None, ctx={"error": ValueError(text)})
    return ValidationError.from_exception_data("Rows", [detail])
