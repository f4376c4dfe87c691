"""Lines of the prediction log as the service writes them, drawn with a seed, and a situation to judge them in."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from nbexport_runtime.platform.guard.deciding import Decision, decide
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.platform.guard.state import Memory
from nbexport_runtime.platform.guard.watching import Situation, follow, take
from nbexport_runtime.traffic.placements import PROMOTED, Journal, Placement
from nbexport_runtime.traffic.traffic import Traffic, split_of

NOW = 1_800_000_000.0
STARTED = "2026-03-01T00:00:00+00:00"
LATER = "2026-03-01T01:00:00.000+00:00"
OLD = Placement(1, "2026-01-01T00:00:00+00:00", "v0", "0" * 64, PROMOTED, None)
PLACED = Placement(2, "2026-02-01T00:00:00+00:00", "v1", "0" * 64, PROMOTED, "v0")


def rollout(percent: float = 10, mode: Any = "split", **more: Any) -> Traffic:
    """A rollout of v2."""
    state = split_of(PLACED, {"v2": percent}, salt="s", key_header="X-Rollout-Key", started=STARTED, mode=mode)
    return Traffic(**{**vars(state), "generation": 3, **more})


def situation(state: Traffic | None = None, *placements: Placement) -> Situation:
    """v1 is in production, and v2 gets a share."""
    return Situation(Journal(placements or (OLD, PLACED)), state, NOW - 7200)


def line(version: str, arm: str, outcome: str = "ok", **more: Any) -> dict[str, Any]:
    """A line of the log."""
    output = {"result": 0.5} if outcome == "ok" else None
    record = {"time": LATER, "request_id": "r", "model_version": version, "arm": arm, "outcome": outcome}
    return {**record, "latency_ms": 1.0, "output": output, **more}


def meant(reason: str = "error", outcome: str = "ok") -> dict[str, Any]:
    """Production answered for the candidate."""
    return line("v1", "production", outcome, meant={"arm": "candidate", "model_version": "v2", "reason": reason})


def requests(random: Random, failing: float, share: float = 0.1) -> Iterator[dict[str, Any]]:
    """Requests without an end, of which a share goes to a candidate that fails some of them."""
    while True:
        value = {"result": random.random()}
        took_ms = random.lognormvariate(1, 0.5)
        if random.random() >= share:
            yield line("v1", "production", latency_ms=took_ms, output=value)
        elif random.random() < failing:
            yield meant()
        else:
            yield line("v2", "candidate", latency_ms=took_ms, output=value)


class Story:
    """The guard's decision code, fed with lines instead of files."""

    def __init__(self, state: Traffic | None = None, settings: Guard | None = None, *placements: Placement) -> None:
        self.settings = settings or Guard()
        self.situation = situation(state, *placements)
        self.memory = Memory()
        follow(self.memory, self.situation, self.settings, NOW)

    def take(self, *records: dict[str, Any]) -> None:
        """Count lines."""
        take(self.memory, records, self.situation, self.settings)

    def decisions(self) -> list[Decision]:
        """What follows."""
        found = []
        for arm in self.memory.arms.values():
            version = "v1" if arm.role != "production" else "v0"
            before = self.memory.references.get(version)
            found.append(decide(arm, self.situation, self.settings, now=NOW, steps=(10, 50, 100), before=before))
        return found

    def decision(self) -> Decision:
        """What follows about the only version that is watched."""
        (found,) = self.decisions()
        return found
