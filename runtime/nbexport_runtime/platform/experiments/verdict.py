"""Ship, keep, or no answer yet, by a rule that is written down before the start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nbexport_runtime.platform.experiments.effects import Effect
from nbexport_runtime.platform.experiments.plan import Plan

SHIP, KEEP, NO_ANSWER = "ship", "keep", "no answer yet"
RULE = (
    "No answer yet, whatever the figures say, where the arms do not have the shares that were planned.",
    "Ship the arm whose confidence sequence of the primary metric shows a gain and reaches the minimum effect.",
    "Of several such arms, ship the one with the largest gain.",
    "A guard rail vetoes an arm that is shown to be worse by more than its tolerance.",
    "Where a guard rail has a tolerance above 0, an arm waits until it is shown not to be worse by more.",
    "Keep production where every arm is vetoed, or is shown to gain less than the minimum effect.",
    "Keep production where the planned units were seen and no arm can be shipped.",
    "Else no answer yet. The primary metric alone decides; secondary metrics explain.",
)


@dataclass(frozen=True)
class Verdict:
    """What an experiment says."""

    answer: str
    """`ship`, `keep` or `no answer yet`."""
    reasons: tuple[str, ...]
    arm: str = ""
    """The winner."""
    version: str = ""
    """Its version."""

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {**asdict(self), "rule": RULE}


def decide(plan: Plan, effects: list[Effect], invalid: str, seen_units: int) -> Verdict:
    """What the rule says.

    Args:
        plan: The plan.
        effects: Those of all metrics and arms.
        invalid: Why nothing may be concluded; empty where something may.
        seen_units: Units whose value of the primary metric is final.
    """
    if invalid:
        return Verdict(NO_ANSWER, (invalid,))
    over = seen_units >= plan.horizon_units
    primary = [effect for effect in effects if effect.role == "primary"]
    vetoes = {effect.arm: veto(effects, effect.arm) for effect in primary}
    doubts = {effect.arm: doubt(effects, effect.arm) for effect in primary}
    good = [effect for effect in primary if effect.gain[0] > 0 and effect.gain[2] >= plan.minimum_effect]
    free = [effect for effect in good if not vetoes[effect.arm] and not doubts[effect.arm]]
    if free:
        best = max(free, key=lambda effect: effect.gain[1])
        arm = next(arm for arm in plan.arms if arm.name == best.arm)
        return Verdict(SHIP, (f"{best.metric}: {interval(best)}, all of it a gain",), arm.name, arm.version)
    reasons, open_arms = [], []
    for effect in primary:
        reason, closed = judged(plan, effect, vetoes[effect.arm], doubts[effect.arm])
        reasons.append(reason)
        open_arms += [] if closed else [effect.arm]
    if over:
        reasons.append(f"{seen_units:,} units were seen, {plan.horizon_units:,} were planned")
    elif open_arms:
        reasons.append(f"{seen_units:,} of {plan.horizon_units:,} planned units were seen")
    return Verdict(KEEP if over or not open_arms else NO_ANSWER, tuple(reasons))


def judged(plan: Plan, effect: Effect, vetoed: str, doubted: str) -> tuple[str, bool]:
    """What is to be said of an arm that is not shipped, and whether that is final."""
    low, _, high = effect.gain
    if vetoed:
        return vetoed, True
    if effect.low is None:
        return f"{effect.arm}: too few units have a final value of {effect.metric}", False
    if high < 0:
        return f"{effect.arm} is worse: {effect.metric} {interval(effect)}", True
    if high < plan.minimum_effect:
        return (
            f"{effect.arm} gains less than the minimum effect of {plan.minimum_effect:g}: "
            f"{effect.metric} {interval(effect)}"
        ), True
    if low > 0 and doubted:
        return f"{effect.arm} gains on {effect.metric} ({interval(effect)}), but {doubted}", False
    return f"{effect.arm}: {effect.metric} {interval(effect)} neither shows nor excludes a gain", False


def veto(effects: list[Effect], arm: str) -> str:
    """Why a guard rail forbids an arm; empty where none does."""
    for effect in effects:
        if effect.role == "guard rail" and effect.arm == arm and -effect.gain[2] > effect.tolerance:
            return f"the guard rail {effect.metric} vetoes {arm}: {interval(effect)}, tolerance {effect.tolerance:g}"
    return ""


def doubt(effects: list[Effect], arm: str) -> str:
    """Which guard rail is not yet shown to hold; empty where all are, or need not be."""
    for effect in effects:
        if effect.role != "guard rail" or effect.arm != arm or not effect.tolerance:
            continue
        if -effect.gain[0] >= effect.tolerance:
            return (
                f"the guard rail {effect.metric} may still be worse by more than {effect.tolerance:g}: "
                f"{interval(effect)}"
            )
    return ""


def interval(effect: Effect) -> str:
    """A difference with its confidence sequence."""
    if effect.low is None or effect.high is None:
        return "too few units"
    return f"{effect.difference:+.4g} ({effect.low:+.4g} to {effect.high:+.4g})"
