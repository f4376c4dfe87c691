"""An experiment as it stands now: its units, its effects, and what follows."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nbexport_runtime.platform.experiments import effects, exposures, mismatch, sums, values, verdict
from nbexport_runtime.platform.experiments.effects import Effect
from nbexport_runtime.platform.experiments.exposures import Counted
from nbexport_runtime.platform.experiments.plan import Plan
from nbexport_runtime.platform.experiments.running import Standing
from nbexport_runtime.platform.experiments.verdict import Verdict
from nbexport_runtime.traffic import clock
from nbexport_runtime.traffic.traffic import WHOLE_PERCENT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Analysis:
    """What is known of an experiment."""

    plan: Plan
    standing: Standing
    analyzed: str
    """When, in UTC."""
    counted: Counted
    times: tuple[str, ...]
    exposed: tuple[tuple[int, ...], ...]
    """Exposed units of each arm by these times: one tuple an arm, in the plan's order."""
    mismatch_log_e_value: float
    """The logarithm of the evidence against the planned shares."""
    effects: tuple[Effect, ...]
    """Empty where nothing may be concluded."""
    verdict: Verdict

    def facts(self) -> dict[str, Any]:
        """The same for programs; numbers that are not known are null."""
        content: dict[str, Any] = finite(
            {
                "experiment": self.plan.name,
                "standing": self.standing.facts(),
                "analyzed": self.analyzed,
                "verdict": self.verdict.facts(),
                "units": asdict(self.counted),
                "mismatch": {"log_e_value": self.mismatch_log_e_value, "limit": -math.log(self.plan.mismatch_alpha)},
                "effects": [effect.facts() for effect in self.effects],
                "exposures": {
                    "times": self.times,
                    **{arm.name: counts for arm, counts in zip(self.plan.arms, self.exposed, strict=False)},
                },
                "plan": self.plan.facts(),
            }
        )
        return content


def finite(value: Any) -> Any:
    """Plain data with null for numbers that JSON does not know, and texts for times."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def analyze(connection: DuckDBPyConnection, plan: Plan, standing: Standing, now: datetime | None = None) -> Analysis:
    """What the data says of an experiment.

    Args:
        connection: Has the tables `predictions` and `outcomes`.
        plan: Its plan, as it was frozen.
        standing: How it stands; it has begun.
        now: What was later is not looked at; None is this moment.
    """
    moment = utc(now or clock.now())
    started = utc(datetime.fromisoformat(standing.started))
    counted = exposures.prepare(connection, plan, started)
    times, exposed = sums.exposures(connection, plan)
    shares = [arm.share_percent / WHOLE_PERCENT for arm in plan.arms]
    evidence = mismatch.log_bayes_factor(
        list(counted.exposed.values()), shares, plan.horizon_units, plan.mismatch_alpha
    )
    invalid = unequal(plan, counted, evidence)
    effects: list[Effect] = []
    if not invalid:
        effects = of_metrics(connection, plan, started, moment)
        invalid = lost(connection, plan, started, moment, effects)
    seen = sum(effect.arm_units for effect in effects if effect.role == "primary") + (
        effects[0].control_units if effects else 0
    )
    decided = verdict.decide(plan, effects, invalid, seen)
    return Analysis(
        plan,
        standing,
        moment.isoformat(timespec="seconds") + "+00:00",
        counted,
        tuple(time.isoformat(timespec="seconds") for time in times),
        tuple(tuple(int(count) for count in counts) for counts in (exposed.T if len(times) else [])),
        evidence,
        () if invalid else tuple(effects),
        decided,
    )


def utc(moment: datetime) -> datetime:
    """A time as the tables have it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def of_metrics(connection: DuckDBPyConnection, plan: Plan, started: datetime, now: datetime) -> list[Effect]:
    """The effects of all metrics, the primary first.

    The primary metric has all of alpha, shared by the arms. Guard rails share another alpha (Bonferroni). Secondary
    metrics share a third: those that e-BH names are significant, and at most alpha of what it names is expected to be
    wrong, however the metrics depend on each other.

    **Source**: Wang and Ramdas, False discovery rate control with e-values, JRSS B 2022 (e-BH).
    """
    all_effects: list[Effect] = []
    treatments = len(plan.treatments)
    for place, metric in enumerate(plan.metrics):
        role, count = role_of(plan, place)
        without = values.points(connection, plan, place, started, now)
        known = sums.read(connection, plan)
        alpha = plan.alpha / treatments / count
        all_effects += [effects.effect(plan, metric, role, arm, known, alpha, without) for arm in plan.treatments]
    named = discovered([effect.log_e_value for effect in all_effects if effect.role == "secondary"], plan.alpha)
    secondary = iter(named)
    return [
        replace(effect, significant=next(secondary)) if effect.role == "secondary" else effect for effect in all_effects
    ]


def role_of(plan: Plan, place: int) -> tuple[str, int]:
    """What a metric of a plan is there for, and how many there are for that."""
    if not place:
        return "primary", 1
    if place <= len(plan.secondary):
        return "secondary", len(plan.secondary)
    return "guard rail", len(plan.guard_rails)


def discovered(log_e_values: list[float], alpha: float) -> list[bool]:
    """Which hypotheses e-BH rejects: the k largest, with the largest k so that all have e ≥ m / (alpha k).

    >>> discovered([5.0, 0.0, 4.0], 0.05)
    [True, False, True]
    """
    total = len(log_e_values)
    ordered = sorted(log_e_values, reverse=True)
    counts = [k for k in range(1, total + 1) if ordered[k - 1] >= math.log(total / (alpha * k))]
    bound = ordered[max(counts) - 1] if counts else math.inf
    return [value >= bound for value in log_e_values]


def unequal(plan: Plan, counted: Counted, evidence: float) -> str:
    """Why the arms' shares forbid any conclusion; empty where they do not."""
    if evidence < -math.log(plan.mismatch_alpha):
        return ""
    counts = ", ".join(f"{name} {count:,}" for name, count in counted.exposed.items())
    shares = ":".join(f"{arm.share_percent:g}" for arm in plan.arms)
    return (
        f"sample-ratio mismatch: {counts} exposed units where {shares} was planned. The analysis is stopped: an arm "
        "loses units, so the others cannot be compared with it. Look for errors and restarts of that arm "
        f"({counted.unanswered:,} units were answered by no arm), then plan a new experiment"
    )


def lost(connection: DuckDBPyConnection, plan: Plan, started: datetime, now: datetime, shown: list[Effect]) -> str:
    """Why the units without a primary value forbid any conclusion: the arms lack different shares of them."""
    if plan.primary.kind == "outcome" and plan.primary.missing == "zero":
        return ""
    if not any(effect.without_value for effect in shown if effect.role == "primary"):
        return ""
    values.points(connection, plan, 0, started, now)
    known = sums.read(connection, plan, "(NOT lacks)::INT")
    for arm in plan.treatments:
        alpha = plan.mismatch_alpha / len(plan.treatments)
        effect = effects.effect(plan, plan.primary, "primary", arm, known, alpha, 0)
        if effect.significant:
            return (
                f"{100 * effect.arm_mean:.3g} % of the units of {arm.name} have a value of {plan.primary.label}, and "
                f"{100 * effect.control_mean:.3g} % of {plan.control.name}: those that lack it may be others, so the "
                "analysis is stopped. Find out where the values stay, then look again"
            )
    return ""
