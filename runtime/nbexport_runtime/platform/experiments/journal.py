"""What happened to each experiment: one line an event, only ever appended to.

    frozen    the plan's digest, before anything else happens
    started   the file of the traffic names the experiment
    stopping  somebody ended it; the reason, and the version that is to become production
    stopped   production answers all, by `experiment.py stop`
    shipped   the winner is production
    aborted   the traffic was ended by something else: an emergency, a promotion, a rollback

A kill between two of them leaves a state from which the next command goes on (`running.settle`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.traffic import clock, durable

NAME = "experiments.jsonl"
"""Within `models/`."""
LOCK = ".experiments.lock"
"""Held while the state of experiments is read and a line is appended."""
FROZEN, STARTED, STOPPING, STOPPED = "frozen", "started", "stopping", "stopped"
SHIPPED, ABORTED = "shipped", "aborted"
ENDED = frozenset((STOPPED, SHIPPED, ABORTED))


@dataclass(frozen=True)
class Event:
    """Something that happened to an experiment."""

    time: str
    """When, in UTC."""
    experiment: str
    event: str
    plan_sha256: str
    """The digest of the plan as it was frozen."""
    reason: str = ""
    version: str = ""
    """The version that becomes production, or became it."""


def read(project: Project, name: str = "") -> list[Event]:
    """The events of an experiment, or of all, the oldest first; torn and foreign lines are passed over.

    Raises:
        PipelineError: The journal cannot be read.
    """
    path = project.models / NAME
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PipelineError(f"`{path}` cannot be read: {error.strerror}") from None
    events = [event for line in lines if (event := parsed(line)) is not None]
    return [event for event in events if name in ("", event.experiment)]


def parsed(line: bytes) -> Event | None:
    """The event that a line holds; None where it holds none."""
    try:
        content = json.loads(line)
        values = {entry.name: content[entry.name] for entry in fields(Event)}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Event(**values) if all(isinstance(value, str) for value in values.values()) else None


def append(project: Project, event: str, before: Event | None, **facts: str) -> Event:
    """Write down that something happened; the event, which is on the disk then.

    Args:
        project: The project.
        event: What happened.
        before: The last event of the same experiment; None where `facts` names experiment and digest.
        **facts: The other entries; `time` is now where it is not given.

    Raises:
        PipelineError: It cannot be written.
    """
    if before is not None:
        facts = {"experiment": before.experiment, "plan_sha256": before.plan_sha256, **facts}
    facts.setdefault("time", clock.now().isoformat(timespec="microseconds"))
    happened = Event(event=event, **facts)
    path = project.models / NAME
    try:
        project.models.mkdir(parents=True, exist_ok=True)
        durable.append(path, json.dumps(asdict(happened), ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise PipelineError(f"`{path}` cannot be written: {error.strerror or error}") from None
    return happened


@contextmanager
def alone(project: Project) -> Iterator[None]:
    """Keep two commands from ending the same experiment twice."""
    project.models.mkdir(parents=True, exist_ok=True)
    with durable.locked(project.models / LOCK):
        yield
