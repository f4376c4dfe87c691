"""What `/docs` says of routes that read their body themselves, and how a batch is read.

The body is read by Pydantic straight from its bytes: strict, and without a Python object in between.
"""

import inspect
import json
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from pydantic_core import InitErrorDetails, from_json, to_json

from nbexport_runtime import bundle
import model
from schemas import PredictRequest, PredictResponse
from nbexport_runtime.service.problems import MEDIA_TYPE, ProblemDocument
from nbexport_runtime.service.wire import json_bytes

REFERENCE = "#/components/schemas/{model}"
PROBLEMS = {
    413: "The body is too large",
    422: "The input is not what this document describes, or the model cannot use it",
    503: "Too many requests wait, it took too long, or it cannot be logged: try again",
}


class BatchRequest(BaseModel):
    """Inputs, each as `/predict` takes it."""

    inputs: list[PredictRequest]


class Refusal(BaseModel):
    """Why one input of a batch is not answered."""

    error: ProblemDocument


class BatchResponse(BaseModel):
    """An answer for each input, in their order."""

    predictions: list[PredictResponse | Refusal]
    model_version: str


def rows_of(body: bytes, most: int) -> list[PredictRequest | ValidationError]:
    """The inputs of a batch; what is wrong with one stands in its place.

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
    if not 1 <= len(inputs) <= most:
        raise _wrong(f"a batch holds 1 to {most} inputs")
    rows: list[PredictRequest | ValidationError] = []
    for given in inputs:
        try:
            rows.append(
                PredictRequest.model_validate_json(
                    to_json(given, inf_nan_mode="constants")
                )
            )
        except ValidationError as error:
            rows.append(error)
    return rows


def _wrong(text: str) -> ValidationError:
    detail = InitErrorDetails(
        type="value_error",
        loc=("inputs",),
        input=None,
        ctx={"error": ValueError(text)},
    )
    return ValidationError.from_exception_data("BatchRequest", [detail])


def describe(request: type[BaseModel], response: type[BaseModel]) -> dict[str, Any]:
    """Arguments of a route: its request, its response and its problems."""
    problem = {"$ref": REFERENCE.format(model="ProblemDocument")}
    schema = {"$ref": REFERENCE.format(model=request.__name__)}
    content = {"application/json": {"schema": schema}}
    return {
        "operation_id": "predict_batch" if request is BatchRequest else "predict",
        "responses": {
            200: {"model": response},
            **{
                status: {
                    "description": text,
                    "content": {MEDIA_TYPE: {"schema": problem}},
                }
                for status, text in PROBLEMS.items()
            },
        },
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def complete(app: FastAPI) -> None:
    """Add to the document what FastAPI does not see, and the notebook's own examples."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = original()
            known = document.setdefault("components", {}).setdefault("schemas", {})
            _, added = models_json_schema(
                [(BatchRequest, "validation"), (ProblemDocument, "serialization")],
                ref_template=REFERENCE,
            )
            known.update(added["$defs"])
            found = examples(app.state.versions.production.loaded)
            if found:
                known["PredictRequest"]["examples"] = found
                known["BatchRequest"]["examples"] = [{"inputs": found}]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def examples(loaded: bundle.Loaded) -> list[dict[str, Any]]:
    """The notebook's example calls as bodies of requests."""
    signature = inspect.signature(model.predict)
    found = []
    for args, kwargs in loaded.examples:
        # the bundle's values come first
        _, *arguments = signature.bind({}, *args, **kwargs).arguments.items()
        found.append({name: json.loads(json_bytes(value)) for name, value in arguments})
    return found
