"""What every part of a simulation works on: the copy, its service, its commands, the clock and the story."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.simulation.asking import Commands
from nbexport_runtime.platform.simulation.scenario import Scenario
from nbexport_runtime.platform.simulation.server import Server
from nbexport_runtime.platform.simulation.story import Day, Story
from nbexport_runtime.platform.simulation.world import World
from nbexport_runtime.traffic.clock import Hand


@dataclass(frozen=True)
class Stage:
    """Where a simulation happens."""

    world: World
    project: Project
    """The copy."""
    server: Server
    commands: Commands
    hand: Hand
    story: Story
    began_s: float = field(default_factory=time.monotonic)

    @property
    def scenario(self) -> Scenario:
        """How much happens, and when."""
        return self.world.scenario

    @property
    def day(self) -> Day:
        """The day that is under way."""
        return self.story.days[-1]

    @property
    def requests(self) -> int:
        """All requests so far."""
        return sum(day.requests for day in self.story.days)

    def at(self, moment: datetime) -> None:
        """Let it be a moment; with a speed, not before its time."""
        self.hand.set(moment)
        if self.scenario.speed:
            due_s = (moment - self.world.begin).total_seconds() / self.scenario.speed
            time.sleep(max(0.0, due_s - (time.monotonic() - self.began_s)))

    def follow(self, what: str, **facts: Any) -> None:
        """Wait until the service says what the files say.

        Args:
            what: What is waited for.
            **facts: What `/health` must say; `candidate` is the version that has a share.

        Raises:
            PipelineError: It does not.
        """

        def follows() -> bool:
            health: Mapping[str, Any] = self.server.health()
            rollout: Mapping[str, Any] = health.get("rollout") or {}
            shown = {**health, "candidate": rollout.get("model_version", "")}
            ready = rollout.get("state", "serving") != "starting"
            return ready and all(shown.get(name) == value for name, value in facts.items())

        self.server.wait(what, follows)
