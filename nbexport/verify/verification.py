"""The verdict on a project, and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

PREDICTION_TOLERANCE = 1e-6
"""Predictions may differ by so much: where an array lies in memory decides how its products are rounded."""


class DifferenceKind(StrEnum):
    """What a difference is about."""

    METRIC = "metric"
    VALUE = "value"
    PREDICTION = "prediction"
    SERVICE = "service"
    LOAD = "service under load"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the project computes differently."""

    kind: DifferenceKind
    name: str
    notebook: str
    project: str


@dataclass(frozen=True, slots=True)
class Unrepeated:
    """One thing that a second run of the same project computes differently from the first."""

    kind: DifferenceKind
    name: str
    first: str
    second: str


class Cause(StrEnum):
    """Why two runs of the same code differ, as far as further runs have shown it."""

    HASH = "hash"
    """Texts are hashed with another seed in every process."""
    UNSEEDED = "unseeded"
    """Random numbers come from a generator that nothing seeds."""
    CHANCE = "chance"
    """The same, and two runs of the project happened to be equal."""
    TIME = "time"
    """It reads the clock."""
    THREADS = "threads"
    """Threads finish in another order, and sums are rounded in it."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Turned:
    """A request that is answered differently when the members of its objects come in the opposite order."""

    body: str
    answer: str
    turned: str
    """The answer in the opposite order."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A cell that failed in the notebook's run, and that nothing exported needs."""

    cell: int
    error: str
    notebook: str = ""
    """File name of the notebook that it belongs to, where several became one project."""


class StepOutcome(StrEnum):
    """What became of a step of a workflow."""

    DONE = "done"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What became of one step of a workflow."""

    workflow: str
    job: str
    step: str
    outcome: StepOutcome
    said: str = ""
    """The last lines of what a failed step said, or why it was left out."""
    stand_ins: tuple[str, ...] = ()
    """How `docker` and `gh` were called."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What became of a short simulation of a platform."""

    outcome: StepOutcome
    said: str = ""
    """The last lines of what a failed command said."""
    days: int = 0
    requests: int = 0
    findings: Mapping[str, str] = field(default_factory=dict)
    """What the guard, the experiment, the drift check and the outcomes came to, a sentence each."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """The empty environment that the project ran in."""

    installer: str
    """`uv` or `pip`."""
    packages: int
    """How many were installed for the training."""
    tests_passed: bool | None
    """None where the project has no tests."""
    said: str = ""
    """The last lines of tests that failed."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, for people (`verification.json`) and for programs."""

    notebook: str
    digest: str
    equal: bool
    tolerance: float
    metrics: tuple[str, ...]
    values: tuple[str, ...]
    predictions: int
    differences: tuple[Difference, ...]
    edited: tuple[str, ...]
    """Files of the project that were changed by hand since the export."""
    missing: tuple[str, ...] = ()
    """Names that one side does not have, so that nothing was compared."""
    served: int | None = None
    """Examples and rows of the evaluation that the live service was asked; None where the project is not a service."""
    rehearsed: tuple[Rehearsed, ...] = ()
    """The steps of the project's workflows, where these were rehearsed."""
    simulated: Simulated | None = None
    """A few days of traffic, where they were simulated."""
    cause: Cause | None = None
    """Why runs differ where it is not that notebook and project are different programs; None where nothing shows it."""
    explained: bool = False
    """Whether notebook and project are equal once the cause is held still."""
    unrepeated: tuple[Unrepeated, ...] = ()
    """What two runs of the project compute differently, so that no comparison with the notebook could be believed."""
    passed_over: tuple[PassedOver, ...] = ()
    partial: tuple[tuple[str, str], ...] = ()
    """Values too large or too deep to be compared as a whole, and what was left out."""
    under_load: int = 0
    """Requests that the live service was sent at the same time as others."""
    turned: tuple[Turned, ...] = ()
    """Requests whose answer depends on the order of their members, which no client of a service promises to keep."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """The metrics that the project's first run computed."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """The named values that were compared, each as the project's first run has it, in a few words."""
    answers: tuple[tuple[str, str], ...] = ()
    """Source text of the example calls, and what the project's first run answers, in a few words."""
    machine: Mapping[str, str] = field(default_factory=dict)
    """The machine that it ran on, as the project's own tests describe it; empty where they do not."""
    fresh: Fresh | None = None
    """The environment of the project's requirements alone that it ran in; None where it ran in this one."""
    at: str = ""
    """When `nbexport.lock` recorded notebook and project as verified, in ISO 8601; empty where it did not."""

    @property
    def hashed(self) -> bool:
        """Whether the runs differ only because each process hashes texts in its own way."""
        return self.cause is Cause.HASH and self.explained

    @property
    def proves(self) -> bool:
        """Whether it shows that the export assumed rightly: equal to the last digit, as a whole."""
        return self.equal and not self.tolerance and not self.partial

    @property
    def passed(self) -> bool:
        """Whether the two are equal, every rehearsal did its work, and no test failed in a fresh environment."""
        tested = self.fresh is None or self.fresh.tests_passed is not False
        outcomes = [step.outcome for step in self.rehearsed]
        if self.simulated is not None:
            outcomes.append(self.simulated.outcome)
        return self.equal and tested and StepOutcome.FAILED not in outcomes

    def as_json(self) -> str:
        """The text of `verification.json`."""
        return (
            json.dumps({**asdict(self), "verified": bool(self.at)}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        )
