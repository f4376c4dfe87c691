"""What a service knows of its inputs: their bounds, the names that a log may show, and what training saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from nbexport_runtime.service import metrics
from nbexport_runtime.service.bounds import FIRST_YEAR, LAST_YEAR, Bounds
from nbexport_runtime.service.problems import Problem, wrong_input
from nbexport_runtime.service.ranges import WRONG, Ranges
from nbexport_runtime.service.remarks import reasons
from nbexport_runtime.service.settings import Settings

MEANINGS = {
    "below": "the value is far below all that the model has learned from",
    "above": "the value is far above all that the model has learned from",
    "unseen": "the model has learned from no such value",
    "no_date": "the value is not a date such as 2026-03-01",
    "date_out_of_range": f"the year is not one from {FIRST_YEAR} to {LAST_YEAR}",
}


class Inputs:
    """The inputs of one service."""

    def __init__(self, request: type[BaseModel], settings: Settings) -> None:
        """Nothing is known of what a model has learned from.

        Args:
            request: What an input is.
            settings: Its bounds.
        """
        self.bounds = Bounds(request, settings)
        self._names = frozenset(names_in(request.model_json_schema())) | {"inputs"}
        self._mode = settings.input_ranges
        self.version = ""
        """The version whose ranges these are."""
        self._ranges = Ranges({})

    def follow(self, version: str, facts: Mapping[str, Any]) -> None:
        """Take the ranges of a version."""
        self.version = version
        self._ranges = Ranges(facts.get("inputs") if self._mode != "off" else None)

    def reasons(self, problem: Problem) -> list[dict[str, str]]:
        """Field and kind of what is wrong with an input, as the log may show it."""
        return reasons(problem.errors or [], self._names)

    def unusual(self, row: BaseModel) -> list[dict[str, str]]:
        """Field and kind of each value that is beside what was learned; they are counted.

        Raises:
            Problem: One is wrong, or unusual where such inputs are refused.
        """
        remarks = self._ranges.unusual(row)
        if not remarks:
            return remarks
        for one in remarks:
            metrics.UNUSUAL.labels(one["field"], one["kind"]).inc()
        if self._mode == "error" or any(one["kind"] in WRONG for one in remarks):
            raise wrong_input(
                [{"loc": one["field"].split("."), "msg": MEANINGS[one["kind"]], "type": one["kind"]} for one in remarks]
            )
        return remarks


def names_in(schema: Any) -> Iterator[str]:
    """The names of all properties in a JSON schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from map(str, properties)
        for inner in schema.values():
            yield from names_in(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from names_in(inner)
