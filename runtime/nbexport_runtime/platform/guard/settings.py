"""The table `[guard]` of `platform.toml`."""

from __future__ import annotations

from dataclasses import dataclass

from nbexport_runtime.pipeline.outcome import PipelineError

PERSON, GUARD = "person", "guard"


@dataclass(frozen=True)
class Guard:
    """What a model may cost before it is taken back, and how a rollout goes on."""

    error_budget: float = 0.02
    """The share of requests that a model may fail."""
    latency_budget: float = 0.05
    """The share of requests that may take longer than `latency_limit_ms`; 0 looks at no latency."""
    latency_limit_ms: float = 0.0
    """0 is twice what 95 % of the requests to production take, and at least 20."""
    answers_budget: float = 0.2
    """How far the answers may be from production's: as a share of requests; 0 compares no answers."""
    invalid_budget: float = 0.1
    """How many more inputs may be invalid than in production, as a share; 0 looks at none."""
    outcome_budget: float = 0.1
    """How many more predictions may turn out worse than production's, as a share; 0 looks at no outcomes."""
    false_alarms: float = 0.01
    """The share of models within all budgets that may be taken back."""
    step_minutes: float = 60.0
    """How long each step of a rollout takes at least."""
    step_requests: int = 500
    """How many requests the candidate has answered at least before the next step."""
    finish: str = PERSON
    """Who makes a candidate production after the last step: `guard` or `person`."""
    watch_hours: float = 24.0
    """How long production is watched after it was placed; 0 does not."""

    def __post_init__(self) -> None:
        """Look at what must lie within limits.

        Raises:
            PipelineError: It does not.
        """
        for name in ("error_budget", "false_alarms"):
            if not 0 < getattr(self, name) < 1:
                raise PipelineError(f"`platform.toml` [guard]: {name} is a share above 0 and below 1, such as 0.02")
        for name in ("latency_budget", "answers_budget", "invalid_budget", "outcome_budget"):
            if not 0 <= getattr(self, name) < 1:
                raise PipelineError(f"`platform.toml` [guard]: {name} is a share from 0, which switches it off, to 1")
        for name in ("latency_limit_ms", "step_minutes", "step_requests", "watch_hours"):
            if not getattr(self, name) >= 0:
                raise PipelineError(f"`platform.toml` [guard]: {name} is at least 0")
        if self.finish not in (PERSON, GUARD):
            raise PipelineError(f'`platform.toml` [guard]: finish is "{PERSON}" or "{GUARD}"')
