"""Outcomes that came in, and the predictions that they belong to.

An outcome comes hours or days after its prediction. So the log is searched for the predictions when outcomes come,
instead of remembering every prediction until then; only the ids of a line are looked at until one of them is wanted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport_runtime.platform.guard.arm import moment_of
from nbexport_runtime.platform.guard.reference import compared
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.traffic import tail
from nbexport_runtime.traffic.tail import Place

KEYS = ("request_id", "unit")
"""What an outcome names its prediction by."""


@dataclass(frozen=True)
class Label:
    """A prediction, and what happened."""

    version: str
    arm: str
    time: str
    """When it was predicted."""
    loss: float
    """How far the prediction was from that."""


def usable(record: Mapping[str, Any], name: str) -> bool:
    """Whether an outcome is the one that quality is measured by, and names its prediction."""
    value = record.get("value")
    return (
        record.get("name", name) == name
        and isinstance(value, int | float)
        and math.isfinite(value)
        and any(record.get(key) for key in KEYS)
    )


def labels(log: Path, outcomes: Iterable[Mapping[str, Any]], settings: Outcomes) -> Iterator[Label]:
    """The predictions that outcomes belong to: those of the request, or the last one of the unit before it happened.

    Args:
        log: The prediction log.
        outcomes: Each names a request or a unit.
        settings: Which member of an answer an outcome is compared with, and how late it may be.
    """
    wanted = [record for record in outcomes if usable(record, settings.name)]
    predictions = _predictions(log, wanted)
    for outcome in wanted:
        for prediction in _belonging(outcome, predictions, settings.window_days):
            value = compared(prediction.get("output"), settings.prediction)
            if isinstance(value, float):
                version, arm = str(prediction.get("model_version")), str(prediction.get("arm"))
                yield Label(version, arm, str(prediction.get("time")), abs(value - float(outcome["value"])))


def _predictions(log: Path, wanted: list[Mapping[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The lines of each request and unit that is wanted, oldest first."""
    ids = {key: {str(record[key]).encode() for record in wanted if record.get(key)} for key in KEYS}
    by_row: dict[tuple[str, str], list[dict[str, Any]]] = {}
    if not wanted:
        return by_row
    place = Place()
    while True:
        lines, place = tail.read(log, place)
        if not lines:
            return by_row
        for line in lines:
            for key in KEYS:
                if ids[key] and _text(line, key) in ids[key]:
                    for record in tail.records([line]):
                        if record.get("outcome") == "ok":
                            by_row.setdefault((key, str(record.get(key))), []).append(record)


def _text(line: bytes, key: str) -> bytes:
    """The text behind a key of a line, as it stands there."""
    _, _, rest = line.partition(json.dumps(key).encode() + b":")
    return rest.lstrip()[1:].partition(b'"')[0]


def _belonging(
    outcome: Mapping[str, Any], predictions: Mapping[tuple[str, str], list[dict[str, Any]]], window_days: float
) -> list[dict[str, Any]]:
    if outcome.get("request_id"):
        lines = predictions.get(("request_id", str(outcome["request_id"])), [])
        return [line for line in lines if outcome.get("row") is None or line.get("row") == outcome["row"]]
    moment = moment_of(str(outcome.get("time") or outcome.get("received") or ""))
    lines = predictions.get(("unit", str(outcome["unit"])), [])
    near = [line for line in lines if 0 <= moment - moment_of(str(line.get("time"))) <= window_days * 86_400]
    # a copy for a shadow has the time of its original, about
    last: dict[bool, dict[str, Any]] = {line.get("arm") == "shadow": line for line in near}
    return list(last.values())
