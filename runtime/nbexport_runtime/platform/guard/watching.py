"""New lines of the logs become what was seen of each version that is watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.guard.arm import Arm, Role, moment_of
from nbexport_runtime.platform.guard.labels import Label
from nbexport_runtime.platform.guard.reference import Reference
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.platform.guard.state import Memory
from nbexport_runtime.traffic import traffic
from nbexport_runtime.traffic.placements import PROMOTED, ROLLOUT_FINISHED, Journal, Placement
from nbexport_runtime.traffic.traffic import Traffic

REFERENCES = 6
"""Productions that are remembered."""


@dataclass(frozen=True)
class Situation:
    """What holds now, by the journal of placings and the traffic."""

    journal: Journal
    rollout: Traffic | None = None
    """None where production answers all."""
    step_since: float = 0.0
    """When the traffic was last changed, in seconds."""

    @property
    def production(self) -> Placement | None:
        """What is in production."""
        return self.journal.production

    @property
    def step(self) -> str:
        """What changes with each step of the rollout."""
        if self.rollout is None:
            return ""
        return f"{self.rollout.generation}/{self.rollout.production}"


def situation_of(project: Project) -> Situation:
    """What holds now; a damaged or stale traffic is none.

    Raises:
        PipelineError: The journal cannot be read.
    """
    try:
        since = project.traffic.stat().st_mtime
        state = traffic.read(project.traffic)
    except (OSError, ValueError):
        state, since = None, 0.0
    # after the traffic: a placing that came between makes it stale
    journal = project.journal
    if state is None or not state.candidates or state.stale(journal.production):
        return Situation(journal)
    return Situation(journal, state, since)


def follow(memory: Memory, situation: Situation, settings: Guard, now: float) -> None:
    """Watch the versions that are to be watched now, and no others.

    Args:
        memory: What was seen.
        situation: What holds.
        settings: The budgets.
        now: The time in seconds.
    """
    wanted: dict[str, Arm] = {}
    placement, state = situation.production, situation.rollout
    if state is not None and placement is not None:
        role: Role = "shadow" if state.mode == "shadow" else "candidate"
        identity = f"{placement.time}/{state.salt}/{state.mode}"
        for each in state.candidates:
            wanted[f"{identity}/{each.version}"] = Arm.begun(each.version, role, identity, state.started, settings)
    if placement is not None and watched(situation, settings, now):
        key = f"{placement.time}/{placement.version}"
        wanted[key] = Arm.begun(placement.version, "production", key, placement.time, settings)
    memory.arms = {key: memory.arms.get(key, arm) for key, arm in wanted.items()}
    for arm in memory.arms.values():
        arm.at_step(situation.step)


def watched(situation: Situation, settings: Guard, now: float) -> bool:
    """Whether production was placed lately, by anything but a rollback."""
    placement = situation.production
    if (
        placement is None
        or placement.reason not in (PROMOTED, ROLLOUT_FINISHED)
        or len(situation.journal.placements) < 2
    ):
        return False
    return now - moment_of(placement.time) < settings.watch_hours * 3600


def take(
    memory: Memory, records: Iterable[Mapping[str, Any]], situation: Situation, settings: Guard, member: str = ""
) -> int:
    """Count lines of the prediction log; how many said something about a version that is watched.

    Args:
        memory: What was seen.
        records: The lines.
        situation: What holds.
        settings: The budgets.
        member: The member of an answer that is compared; empty is the first number.
    """
    references, arms = memory.references, list(memory.arms.values())
    count = 0
    for record in records:
        if record.get("arm") == "production":
            version = str(record.get("model_version"))
            if version not in references:
                references[version] = Reference(version)
                while len(references) > REFERENCES:
                    del references[next(iter(references))]
            references[version].add(record, member)
        for arm in arms:
            arm.prepare(references.get(compared_with(arm, situation)), settings)
            count += arm.add(record, member)
    return count


def compared_with(arm: Arm, situation: Situation) -> str:
    """The version that one is compared with: production, or the production before; empty where there is none."""
    if arm.role == "production":
        previous = situation.journal.previous
        return previous.version if previous else ""
    return situation.production.version if situation.production else ""


def learn(memory: Memory, labels: Iterable[Label], situation: Situation, settings: Guard) -> None:
    """Count how far predictions were from what happened."""
    for label in labels:
        reference = memory.references.get(label.version)
        if reference is not None and label.arm == "production":
            reference.losses.append(label.loss)
        for arm in memory.arms.values():
            arm.prepare(memory.references.get(compared_with(arm, situation)), settings)
            if arm.version == label.version and arm.role == label.arm and arm.after(label.time):
                arm.add_loss(label.loss)


def stamp(now: float) -> str:
    """A moment as text, in UTC."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
