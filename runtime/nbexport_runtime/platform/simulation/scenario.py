"""What is simulated: how much, and on which day what happens.

    day     1    2    3    4    5    6    7    8    9   10   11   12   13   14
    14      .    broken   .    experiment ……………………………………   drift …………………………
    3       .    broken, experiment, drift ……

Days are numbered from 1. The broken candidate is sent in on its day at noon, so that the day also shows what was
before; the experiment starts the moment after it, or on a day of its own where there are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from nbexport_runtime.pipeline.outcome import PipelineError

SHORTEST_DAYS, LONGEST_DAYS = 2, 366
FEWEST_USERS = 50
VISITS = 1 / 3
"""The share of the users that sends a request on a day."""


@dataclass(frozen=True)
class Scenario:
    """How much happens, and when."""

    days: int = 14
    seed: int = 1
    users: int = 3000
    speed: float = 0.0
    """Simulated seconds in a real one; 0 is as fast as the service answers."""
    drift_column: str = ""
    """The input that drifts; empty is the first that can."""
    canary_percent: float = 10.0
    """The share of the traffic that the broken candidate gets."""
    broken_share: float = 0.5
    """The share of its requests that the broken candidate fails."""
    base_rate: float = 0.3
    """How often an answer of production ends in a success."""
    better_rate: float = 0.4
    """How often an answer of the better candidate does."""
    drift_factor: float = 1.6
    """What numbers of the drifting input are multiplied with."""
    drift_share: float = 0.6
    """The share of the requests whose drifting input is changed."""

    def __post_init__(self) -> None:
        if not SHORTEST_DAYS <= self.days <= LONGEST_DAYS:
            raise PipelineError(f"`--days {self.days}` cannot be simulated; choose {SHORTEST_DAYS} to {LONGEST_DAYS}")
        if self.users < FEWEST_USERS:
            raise PipelineError(f"`--users {self.users}` shows nothing; choose at least {FEWEST_USERS}")
        if self.speed < 0:
            raise PipelineError("`--speed` is simulated seconds in a real one; choose 0 for as fast as possible")

    @property
    def requests(self) -> int:
        """Requests on a day."""
        return round(self.users * VISITS)

    @property
    def broken_day(self) -> int:
        """The day on which the broken candidate comes, at noon."""
        return 2 if self.days >= 7 else 1

    @property
    def experiment_day(self) -> int:
        """The day with which the better candidate's experiment starts."""
        return max(2, 1 + self.days * 3 // 14)

    @property
    def window_days(self) -> float:
        """How long after a user's first request the experiment waits for outcomes."""
        return 2.0 if self.days >= 7 else 1.0

    @property
    def drift_day(self) -> int:
        """The day from which on an input drifts."""
        return max(2, 1 + self.days * 8 // 14)
