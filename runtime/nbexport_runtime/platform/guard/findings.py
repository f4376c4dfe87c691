"""What follows from what was seen: each check has a budget, evidence against it, and an upper bound.

All checks of one version share the false alarms among them: the weights sum to 1, and a check is over its budget where
weight times evidence reaches the threshold. So a version within all its budgets is taken back with a chance of
`false_alarms` at most, however long it is watched (a union bound over tests that hold at all times).

Source: Ville's inequality, see `traffic/evidence.py`; Vovk and Wang, E-values: calibration, combination and
applications, Annals of Statistics 2021, on weights of several tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nbexport_runtime.platform.guard.arm import Arm, Share
from nbexport_runtime.platform.guard.reference import Spread
from nbexport_runtime.traffic import evidence

WEIGHTS = {"errors": 0.5, "latency": 0.15, "answers": 0.1, "inputs": 0.1, "outcomes": 0.15}
"""Each check's part of all false alarms; errors are what is most urgent."""
DOUBT = 10.0
"""Weight times evidence from which on a rollout does not go on."""
WORDS = {
    "errors": "requests that it failed",
    "latency": "requests that took too long",
    "answers": "answers unlike production's",
    "inputs": "inputs that are invalid",
    "outcomes": "predictions that turned out worse",
}


@dataclass(frozen=True)
class Finding:
    """One check of one version."""

    check: str
    count: int
    failures: int
    budget: float
    evidence: float
    """Weight times evidence: 1 / `false_alarms` is enough."""
    upper_percent: float
    """At most so many per cent are wrong, with a confidence of 95 % at all times."""
    over: bool
    doubtful: bool
    detail: str = ""

    @property
    def within(self) -> bool:
        """Whether it is shown to be within its budget."""
        return self.upper_percent < 100 * self.budget

    def text(self) -> str:
        """In words."""
        share = 100 * self.failures / self.count if self.count else 0.0
        detail = f" ({self.detail})" if self.detail else ""
        budget = f"the budget of {100 * self.budget:.3g} %"
        verdict = (
            f"certainly more than {budget}"
            if self.over
            else f"at most {self.upper_percent:.3g} % with 95 % confidence, against {budget}"
        )
        return f"{WORDS[self.check]}{detail}: {self.failures} of {self.count}, {share:.3g} %; {verdict}"

    def facts(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def of(arm: Arm, threshold: float) -> list[Finding]:
    """The findings on a version, in the order of their weight.

    Args:
        arm: What was seen of it.
        threshold: What weight times evidence must reach.
    """
    return [finding for finding in _all(arm, threshold) if finding is not None]


def _all(arm: Arm, threshold: float) -> Iterator[Finding | None]:
    yield _share("errors", arm.errors, threshold)
    if arm.latency is not None:
        yield _share("latency", arm.latency, threshold, f"over {arm.limit_ms:.4g} ms")
    if arm.disagreement is not None:
        yield _share("answers", arm.disagreement, threshold, "on the same request")
    yield _spread("answers", arm.answers, threshold)
    if arm.invalid is not None:
        yield _share("inputs", arm.invalid, threshold)
    yield _spread("outcomes", arm.outcomes, threshold)


def _share(check: str, share: Share, threshold: float, detail: str = "", part: float = 1.0) -> Finding:
    log = _log(share) + math.log(WEIGHTS[check] * part)
    return Finding(
        check,
        share.count,
        share.failures,
        share.budget,
        round(math.exp(min(log, 700.0)), 4),
        100 * evidence.upper_bound(share.failures, share.count, budget=share.budget),
        log >= math.log(threshold),
        log >= math.log(DOUBT),
        detail,
    )


def _spread(check: str, spread: Spread | None, threshold: float) -> Finding | None:
    """The part with the most evidence against it; all parts share the weight of the check."""
    parts = spread.parts() if spread is not None else []
    if not parts:
        return None
    shares = {part.name: Share(part.budget, part.count, part.inside) for part in parts}
    name = max(shares, key=lambda each: _log(shares[each]))
    detail = f"distance {name}" if check == "outcomes" else name
    return _share(check, shares[name], threshold, detail, 1 / len(parts))


def _log(share: Share) -> float:
    return evidence.log_evidence(share.failures, share.count, share.budget)
