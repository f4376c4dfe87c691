"""What was seen of one version that is watched: a candidate, a shadow, or a production that was just placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from nbexport_runtime.platform.guard.reference import HIGHEST, Reference, Spread, compared
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.traffic.comparing import FAILED, Comparison

Role = Literal["candidate", "shadow", "production"]

NOT_READY = "starting"
"""Why production answered for a candidate whose process is only being started: no evidence for or against it."""


@dataclass
class Share:
    """Requests that something was wrong with, of all that could be looked at."""

    budget: float
    count: int = 0
    failures: int = 0

    def add(self, failed: bool) -> None:
        """Count a request."""
        self.count += 1
        self.failures += failed


@dataclass
class Arm:
    """A version, since a moment."""

    version: str
    role: Role
    identity: str
    """What it is watched for: the rollout, or the placing; another one starts over."""
    since: str
    """Lines before it, in ISO 8601, do not count."""
    errors: Share
    latency: Share | None = None
    limit_ms: float = 0.0
    invalid: Share | None = None
    answers: Spread | None = None
    outcomes: Spread | None = None
    disagreement: Share | None = None
    """Of a shadow: answers that differ from production's."""
    not_ready: int = 0
    """Requests that found it starting."""
    step: str = ""
    """The step of the rollout that is under way: generation of the traffic and share."""
    in_step: int = 0
    """Requests that count since that step began."""
    compared: Comparison | None = field(default=None, repr=False)

    @classmethod
    def begun(cls, version: str, role: Role, identity: str, since: str, settings: Guard) -> Arm:
        """A version of which nothing was seen yet."""
        arm = cls(version, role, identity, since, Share(settings.error_budget))
        if role == "shadow":
            arm.compared = Comparison(version)
            if settings.answers_budget:
                arm.disagreement = Share(settings.answers_budget)
        return arm

    def prepare(self, reference: Reference | None, settings: Guard) -> None:
        """Fix the limits that follow from production, once enough is known of it."""
        if self.latency is None and settings.latency_budget:
            limit = settings.latency_limit_ms or (reference.limit_ms() if reference else None)
            if limit is not None:
                self.latency, self.limit_ms = Share(settings.latency_budget), limit
        if reference is None:
            return
        if self.invalid is None and settings.invalid_budget and self.role != "shadow":
            share = reference.invalid_share()
            if share is not None and share + settings.invalid_budget <= HIGHEST:
                self.invalid = Share(share + settings.invalid_budget)
        if self.answers is None and settings.answers_budget and self.role != "shadow":
            self.answers = reference.answers_spread(settings.answers_budget)
        if self.outcomes is None and settings.outcome_budget:
            self.outcomes = reference.losses_spread(settings.outcome_budget)

    def add(self, record: Mapping[str, Any], member: str) -> bool:
        """Count a line of the log; whether it says something about this version.

        Args:
            record: The line.
            member: The member of an answer that is compared; empty is the first number.
        """
        if not self.after(str(record.get("time", ""))):
            return False
        if self.compared is not None:
            return self._of_shadow(record)
        meant, outcome = record.get("meant"), record.get("outcome")
        if self.role == "candidate" and isinstance(meant, Mapping) and meant.get("model_version") == self.version:
            return self._answered_by_production(str(meant.get("reason")), outcome)
        if record.get("model_version") != self.version or record.get("arm") != self.role:
            return False
        if outcome == "invalid":
            if self.invalid is not None:
                self.invalid.add(True)
            return True
        if outcome == "overloaded" and self.role == "production":
            # too many requests are not the model's fault
            return False
        if outcome != "ok" and outcome not in FAILED:
            return False
        self._count(outcome != "ok")
        if self.invalid is not None:
            self.invalid.add(False)
        if outcome == "ok":
            self._took(record)
            value = compared(record.get("output"), member)
            if value is not None and self.answers is not None:
                self.answers.add(value)
        return True

    def add_loss(self, loss: float) -> None:
        """Count how far a prediction of this version was from what happened."""
        if self.outcomes is not None:
            self.outcomes.add(loss)

    def at_step(self, step: str) -> None:
        """Count the requests of a step from its beginning."""
        if step != self.step:
            self.step, self.in_step = step, 0

    def after(self, moment: str) -> bool:
        """Whether a moment is not before the beginning."""
        return moment_of(moment) >= moment_of(self.since)

    # ------------------------------------------------------------------ details

    def _count(self, failed: bool) -> None:
        self.errors.add(failed)
        self.in_step += 1

    def _answered_by_production(self, reason: str, outcome: Any) -> bool:
        if outcome in FAILED:
            # production fails on it too: it is the input
            return False
        if reason == NOT_READY:
            self.not_ready += 1
            return True
        self._count(True)
        return True

    def _took(self, record: Mapping[str, Any]) -> None:
        took_ms = record.get("latency_ms")
        if self.latency is not None and isinstance(took_ms, int | float):
            self.latency.add(took_ms > self.limit_ms)

    def _of_shadow(self, record: Mapping[str, Any]) -> bool:
        if self.compared is None:
            return False
        pair = self.compared.add(record)
        if record.get("arm") == "shadow" and record.get("outcome") == "ok":
            self._took(record)
        if pair is None or pair == "production failed":
            return False
        self._count(pair == "shadow failed")
        if self.disagreement is not None and pair in ("agree", "differ"):
            self.disagreement.add(pair == "differ")
        return True


@lru_cache(maxsize=1024)
def moment_of(text: str) -> float:
    """A moment in ISO 8601 as seconds; 0 where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
