"""What the OpenAPI document says of entities: an id may stand for the features that are not sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from nbexport_runtime.platform.features.places import Place

REFERENCE = "#/components/schemas/"
Told = Sequence[tuple[str, Mapping[str, Place]]]
"""The entity of each view, and where its features belong."""


def tell(app: FastAPI, request: str, views: Told) -> None:
    """Let an application's document speak of entities.

    Args:
        app: The application.
        request: The name of the input's schema.
        views: Entities and their features.
    """
    usual: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        before = app.openapi_schema
        document = usual()
        if document is not before:
            schemas = document.get("components", {}).get("schemas", {})
            if request in schemas:
                loosen(schemas, schemas[request], views)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def loosen(schemas: dict[str, Any], request: dict[str, Any], views: Told) -> None:
    """Let a schema take an entity in the place of its features.

    Args:
        schemas: All schemas of the document.
        request: The one of the input.
        views: Entities and their features.
    """
    required = list(request.get("required", []))
    either: list[dict[str, Any]] = []
    for entity, places in views:
        text = f"Its features that are not sent come from the online store: {', '.join(places)}. What is sent wins."
        known = request.setdefault("properties", {}).setdefault(
            entity, {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}
        )
        known["description"] = f"{known.get('description', '')} {text}".strip()
        spared = [name for name, place in places.items() if not place.argument and name in required]
        for argument in dict.fromkeys(place.argument for place in places.values() if place.argument):
            inside = {name for name, place in places.items() if place.argument == argument}
            if argument in required and not still_needed(schemas, request["properties"][argument], inside):
                spared.append(argument)
        if spared:
            required = [name for name in required if name not in spared]
            either.append({"anyOf": [{"required": [entity]}, {"required": spared}]})
    request["required"] = required
    if either:
        request["allOf"] = [*request.get("allOf", []), *either]


def still_needed(schemas: dict[str, Any], argument: dict[str, Any], features: set[str]) -> list[str]:
    """What an argument must have beside features, which it need not have from now on.

    Args:
        schemas: All schemas of the document.
        argument: The schema of the argument.
        features: Its features.
    """
    schema = schemas.get(str(argument.get("$ref", "")).removeprefix(REFERENCE), argument)
    left = [name for name in schema.get("required", []) if name not in features]
    if "required" in schema:
        schema["required"] = left
    return left
