"""What a judgement rests on: figures, differences and what could not be computed. Only data, no opinion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Score:
    """One model's figures."""

    version: str
    metrics: dict[str, Any]
    rows: int = 0
    remark: str = ""
    """Why these are the recorded figures, or why rows cannot be drawn."""
    again: bool = True
    """Whether the model was scored now; otherwise the figures are those of its training."""


@dataclass(frozen=True)
class Difference:
    """How much better the candidate is in one metric; above 0 is better, whatever the metric's direction."""

    metric: str
    candidate: float
    baseline: float
    gain: float
    low: float | None = None
    high: float | None = None
    drawings: int = 0
    """How often rows were drawn for the interval."""
    on: str = "held back"
    """The rows: `held back`, `fresh`, or a slice of those held back."""


@dataclass(frozen=True)
class Significance:
    """A difference, and whether chance explains it."""

    difference: Difference
    clear: bool = False
    """Whether the gain is above 0 (of fresh rows: below 0) beyond chance."""
    problem: str = ""
    """Why there is no interval; empty where there is one."""


@dataclass(frozen=True)
class SliceGain:
    """The difference on a slice."""

    name: str
    column: str
    named: bool
    """Whether a person named its column."""
    rows: int
    difference: Difference | None = None
    worse: float = 1.0
    """How likely so bad a difference is by chance, where the slice is worse by just what is tolerated."""
    problem: str = ""
    """Why it is not judged; empty where it is."""
    few: bool = False
    """Whether that is because it has too few rows, or other slices have more."""
    lost: bool = False
    """Whether production has a figure for it and the candidate has none."""


@dataclass(frozen=True)
class Ratio:
    """How much more of something the candidate needs."""

    candidate: float = 0.0
    baseline: float = 0.0
    unit: str = ""
    ratio: float = 0.0
    problem: str = ""
    """Why it is not known; empty where it is."""


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    mine: Score
    theirs: Score | None = None
    """None where there is no production yet."""
    problem: str = ""
    """Why the candidate cannot be compared at all; empty where it can."""
    main: Significance | None = None
    """In the metric that decides."""
    guards: dict[str, Difference | None] = field(default_factory=dict)
    """Metric → difference; None where one of the two has no number."""
    slices: tuple[SliceGain, ...] = ()
    unknown: tuple[str, ...] = ()
    """Columns that a person named, and that are not slices."""
    slices_problem: str = ""
    """Why slices cannot be judged at all."""
    slices_remark: str = ""
    """Why there are no slices; empty where there are."""
    fresh: Significance | None = None
    fresh_remark: str = ""
    """Why there are no fresh rows; empty where there are."""
    fresh_problem: str = ""
    """Why fresh rows cannot be scored."""
    latency: Ratio = Ratio()
    size: Ratio = Ratio()
    baselines: tuple[Significance, ...] = ()
    """What a first model is compared with; `on` of their differences is the baseline's name."""
    no_baseline: tuple[str, ...] = ()
    """Why others are not computed."""
    remarks: tuple[str, ...] = ()
