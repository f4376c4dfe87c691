"""What the guard remembers from one look to the next; where that is lost, the logs are read again from the start."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from nbexport_runtime.platform.guard.arm import Arm, Share
from nbexport_runtime.platform.guard.reference import KEPT, Reference, Spread
from nbexport_runtime.traffic import durable
from nbexport_runtime.traffic.comparing import Comparison
from nbexport_runtime.traffic.tail import Place

FORMAT = 1
IDS = 20_000
"""Outcomes whose ids are remembered, so that one that is sent again does not count again."""


@dataclass
class Memory:
    """Where the logs were read to, and what was seen."""

    predictions: Place = field(default_factory=Place)
    outcomes: Place = field(default_factory=Place)
    references: dict[str, Reference] = field(default_factory=dict)
    """Each production that was seen."""
    arms: dict[str, Arm] = field(default_factory=dict)
    """Each version that is watched, by what it is watched for."""
    known: dict[str, None] = field(default_factory=dict)
    """Ids of outcomes that were counted, oldest first."""

    def fresh(self, identity: str) -> bool:
        """Whether an outcome was not counted yet; it counts as known from now on."""
        if identity in self.known:
            return False
        self.known[identity] = None
        if len(self.known) > IDS:
            del self.known[next(iter(self.known))]
        return True


def load(path: Path, settings: Mapping[str, Any]) -> Memory:
    """What was remembered; nothing where there is no file, it is damaged, or other settings held.

    Args:
        path: The file.
        settings: The budgets: what was counted under others is counted again.
    """
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT or content["settings"] != dict(settings):
            return Memory()
        return Memory(
            Place(**content["predictions"]),
            Place(**content["outcomes"]),
            {version: _reference(entry) for version, entry in content["references"].items()},
            {key: _arm(entry) for key, entry in content["arms"].items()},
            dict.fromkeys(content["known"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Memory()


def save(path: Path, memory: Memory, settings: Mapping[str, Any]) -> None:
    """Remember it, in one step.

    Raises:
        OSError: It cannot be written.
    """
    content = {
        "format": FORMAT,
        "settings": dict(settings),
        "predictions": asdict(memory.predictions),
        "outcomes": asdict(memory.outcomes),
        "references": {version: _plain(reference) for version, reference in memory.references.items()},
        "arms": {key: _plain(arm) for key, arm in memory.arms.items()},
        "known": list(memory.known),
    }
    durable.replace(path, json.dumps(content).encode())


def _plain(value: Any) -> Any:
    """Plain data; lines that wait for their other half are not kept, since that comes within milliseconds."""
    if isinstance(value, Comparison):
        entry = {name: getattr(value, name) for name in ("version", "tolerance", *COUNTS)}
        return {**entry, "latencies": {name: list(taken) for name, taken in value.latencies.items()}}
    if isinstance(value, Arm | Reference | Spread | Share):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    return [_plain(each) for each in value] if isinstance(value, list | deque | tuple) else value


COUNTS = ("agreed", "differed", "shadow_failed", "production_failed")


def _reference(entry: dict[str, Any]) -> Reference:
    lists = {name: deque(entry[name], maxlen=KEPT) for name in ("latencies", "answers", "losses")}
    return Reference(**{**entry, **lists})


def _arm(entry: dict[str, Any]) -> Arm:
    shares = {
        name: Share(**entry[name]) if entry[name] is not None else None
        for name in ("errors", "latency", "invalid", "disagreement")
    }
    spreads = {name: _spread(entry[name]) for name in ("answers", "outcomes")}
    seen = entry["compared"]
    compared = None
    if seen is not None:
        compared = Comparison(**{name: seen[name] for name in ("version", "tolerance", *COUNTS)})
        for name, taken in seen["latencies"].items():
            compared.latencies[name].extend(taken)
    return Arm(**{**entry, **shares, **spreads, "compared": compared})


def _spread(entry: dict[str, Any] | None) -> Spread | None:
    if entry is None:
        return None
    return Spread(**{**entry, "edges": tuple(entry["edges"]), "texts": tuple(entry["texts"])})
