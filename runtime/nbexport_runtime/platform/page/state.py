"""What a report knows: the state of each part, or what to do to get one."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Urgency = Literal["act", "look"]


@dataclass(frozen=True)
class Attention:
    """Something that a person should see first."""

    urgency: Urgency
    """`act`: users are affected, or will be; `look`: somebody should decide."""
    text: str
    action: str = ""
    """What to do: a command, or a sentence."""


@dataclass(frozen=True)
class Event:
    """Something that happened."""

    time: datetime
    """In UTC, without a zone."""
    part: str
    """`production`, `guard`, `experiment`, `drift` or `retraining`."""
    text: str
    alarm: bool = False
    """Whether something was taken back, or should be looked at."""


@dataclass(frozen=True)
class Arm:
    """A version that answers now, or gets copies."""

    version: str
    percent: float
    role: str


@dataclass(frozen=True)
class Production:
    """What answers."""

    version: str
    since: datetime
    reason: str
    before: str
    arms: tuple[Arm, ...] = ()
    why: tuple[str, ...] = ()
    """What it was compared by when it was accepted."""
    mode: str = ""
    """`rollout`, `experiment NAME`, `shadow`, or empty where production answers all."""


@dataclass(frozen=True)
class Hour:
    """One hour of traffic."""

    begin: datetime
    requests: int
    failed: int
    """Answered with an error of this side."""
    invalid: int
    """Refused, since the input was wrong."""
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class Served:
    """One version in one arm."""

    version: str
    arm: str
    requests: int
    failed: int
    mean_ms: float
    """Milliseconds of the model for one request."""
    total_s: float
    """Seconds of the model for all of them."""
    last: datetime
    meant: int = 0
    """Requests that production answered in its place."""


@dataclass(frozen=True)
class Share:
    """What one arm was asked on one day."""

    date: datetime
    version: str
    arm: str
    requests: int


@dataclass(frozen=True)
class Day:
    """One day of predictions of one version."""

    date: datetime
    version: str
    predictions: int
    labels: int
    value: float | None
    """The metric."""


@dataclass(frozen=True)
class Quality:
    """What became of the predictions."""

    outcome: str
    shown: str
    """What people call the metric."""
    metric: str
    """The metric of the days; empty before there is an outcome."""
    days: tuple[Day, ...]
    versions: tuple[tuple[str, int, int, dict[str, float]], ...]
    """Version, predictions, outcomes and metrics."""
    late: int
    """Predictions whose outcome should be known by now and is not."""
    unmatched: int

    @property
    def labels(self) -> int:
        """Outcomes that are known."""
        return sum(labels for _, _, labels, _ in self.versions)

    @property
    def predictions(self) -> int:
        """Predictions that may have one."""
        return sum(predictions for _, predictions, _, _ in self.versions)


@dataclass(frozen=True)
class Drifted:
    """One column in the newest check."""

    name: str
    status: str
    psi: float
    share: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Experiment:
    """One experiment."""

    name: str
    hypothesis: str
    status: str
    answer: str
    """`ship`, `keep` or `no answer yet`; empty where nobody has asked."""
    reasons: tuple[str, ...]
    arms: tuple[tuple[str, str, int], ...]
    """Name, version and units of each arm."""
    effect: tuple[float, float, float] | None = None
    """Lower end, middle and upper end of what the primary metric gains."""
    metric: str = ""


@dataclass(frozen=True)
class Fresh:
    """The features of one view, as predictions have used them."""

    name: str
    max_age_days: float
    median_age_h: float | None
    oldest_age_h: float | None
    used: int


@dataclass(frozen=True)
class State:
    """Everything."""

    project: str
    made: datetime
    days: float
    attention: tuple[Attention, ...] = ()
    events: tuple[Event, ...] = ()
    production: Production | None = None
    hours: tuple[Hour, ...] = ()
    served: tuple[Served, ...] = ()
    shares: tuple[Share, ...] = ()
    quality: Quality | None = None
    drift: tuple[Drifted, ...] = ()
    drift_checked: datetime | None = None
    experiments: tuple[Experiment, ...] = ()
    features: tuple[Fresh, ...] = ()
    trouble: dict[str, str] = field(default_factory=dict)
    """Part → why it cannot be told."""

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)

    @property
    def requests(self) -> int:
        """All requests of the period."""
        return sum(hour.requests for hour in self.hours)

    @property
    def last_day(self) -> tuple[Hour, ...]:
        """The hours of the last day."""
        return tuple(hour for hour in self.hours if (self.made - hour.begin).total_seconds() <= 25 * 3600)
