"""The verdict on a project, and what it rests on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class DifferenceKind(StrEnum):
    """What a difference is about."""

    METRIC = "metric"
    VALUE = "value"
    PREDICTION = "prediction"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the project computes differently."""

    kind: DifferenceKind
    name: str
    notebook: str
    project: str


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
    """Examples and rows of the evaluation that the live service was asked; None where the project is no service."""
    rehearsed: tuple[Rehearsed, ...] = ()
    """The steps of the project's workflows, where these were rehearsed."""
    hashed: bool = False
    """Whether the two differ only because each process hashes texts in its own way."""

    @property
    def passed(self) -> bool:
        """Whether the two are equal, and every step that was rehearsed did its work."""
        return self.equal and all(step.outcome is not StepOutcome.FAILED for step in self.rehearsed)

    def as_json(self) -> str:
        """The text of `verification.json`."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
