"""What is to be done about a version, by what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbexport_runtime.platform.guard import findings
from nbexport_runtime.platform.guard.arm import Arm, Role
from nbexport_runtime.platform.guard.findings import Finding
from nbexport_runtime.platform.guard.reference import Reference
from nbexport_runtime.platform.guard.settings import GUARD, Guard
from nbexport_runtime.platform.guard.watching import Situation
from nbexport_runtime.traffic import evidence
from nbexport_runtime.traffic.traffic import WHOLE_PERCENT

Action = Literal["hold", "step", "finish", "ready", "back", "rollback", "alarm"]
"""`ready`: a person may finish the rollout. `back`: production answers all. `rollback`: to the production before.
`alarm`: it is over its budget, and the guard cannot or must not help."""

REASONS_TO_END_A_SHADOW = ("errors", "latency")
"""A shadow that answers otherwise harms nobody, and one wants to know how much otherwise."""


@dataclass(frozen=True)
class Decision:
    """What is to be done about one version, and why."""

    action: Action
    version: str
    role: Role
    reason: str
    findings: tuple[Finding, ...] = ()
    percent: float = 0.0
    """Of a step: the share that follows."""
    to: str = ""
    """Of a rollback: where it goes."""


def decide(
    arm: Arm,
    situation: Situation,
    settings: Guard,
    *,
    now: float,
    steps: tuple[float, ...] = (),
    before: Reference | None = None,
) -> Decision:
    """What is to be done about a version.

    Args:
        arm: What was seen of it.
        situation: What holds.
        settings: The budgets and the schedule.
        now: The time in seconds.
        steps: The shares of a rollout in per cent.
        before: Of a production: what is known of the one before.
    """
    tests = tuple(findings.of(arm, 1 / settings.false_alarms))
    over = [each for each in tests if each.over]
    if arm.role == "shadow":
        return _of_shadow(arm, tests, over)
    if arm.role == "production":
        return _of_production(arm, situation, settings, tests, over, before)
    if over:
        return Decision("back", arm.version, arm.role, reason_of(over), tests)
    return _of_candidate(arm, situation, settings, tests, now, steps)


def _of_shadow(arm: Arm, tests: tuple[Finding, ...], over: list[Finding]) -> Decision:
    bad = [each for each in over if each.check in REASONS_TO_END_A_SHADOW]
    if bad:
        return Decision("back", arm.version, arm.role, reason_of(bad), tests)
    if over:
        return Decision(
            "alarm", arm.version, arm.role, f"{reason_of(over)}; it goes on, since it answers nobody", tests
        )
    text = "no copy has been compared yet" if not arm.errors.count else "a shadow is only looked at"
    return Decision("hold", arm.version, arm.role, text, tests)


def _of_production(
    arm: Arm,
    situation: Situation,
    settings: Guard,
    tests: tuple[Finding, ...],
    over: list[Finding],
    before: Reference | None,
) -> Decision:
    if not over:
        text = "within its budgets" if arm.errors.count else "no requests since it was placed"
        return Decision("hold", arm.version, arm.role, text, tests)
    previous = situation.journal.previous
    if previous is None:
        text = "there is no production before it that was not rolled back from; train or name another with promote.py"
        return Decision("alarm", arm.version, arm.role, f"{reason_of(over)}; {text}", tests)
    threshold = 1 / settings.false_alarms
    if before is not None and evidence.enough(
        before.failures, before.answered, settings.error_budget, threshold=threshold
    ):
        text = f"{previous.version} before it failed {before.failures} of {before.answered}: going back would not help"
        return Decision("alarm", arm.version, arm.role, f"{reason_of(over)}; {text}", tests)
    return Decision("rollback", arm.version, arm.role, reason_of(over), tests, to=previous.version)


def _of_candidate(
    arm: Arm, situation: Situation, settings: Guard, tests: tuple[Finding, ...], now: float, steps: tuple[float, ...]
) -> Decision:
    def hold(text: str) -> Decision:
        return Decision("hold", arm.version, arm.role, text, tests)

    state = situation.rollout
    if state is None or state.experiment:
        return hold("an experiment has its own end; its traffic is only watched")
    if not arm.errors.count and arm.not_ready:
        return hold(f"its process is not ready: {arm.not_ready} requests found it starting, and production answered")
    if not arm.errors.count:
        return hold("no requests yet: no traffic is not success")
    minutes = (now - situation.step_since) / 60
    if minutes < settings.step_minutes:
        return hold(f"{minutes:.0f} of {settings.step_minutes:g} minutes of this step")
    if arm.in_step < settings.step_requests:
        return hold(f"{arm.in_step} of {settings.step_requests} requests of this step")
    doubtful = [each for each in tests if each.doubtful]
    if doubtful:
        return hold(f"there is a doubt: {reason_of(doubtful)}")
    if settings.latency_budget and arm.latency is None:
        return hold("too few requests to production to know what is slow")
    open_ = [each for each in tests if each.check in ("errors", "latency") and not each.within]
    if open_:
        return hold(f"not sure yet: {reason_of(open_)}")
    percent = state.percent(arm.version)
    following = next((step for step in steps if step > percent), WHOLE_PERCENT)
    if following < WHOLE_PERCENT:
        text = f"within its budgets at {percent:g} %: {reason_of(tests[:1])}"
        return Decision("step", arm.version, arm.role, text, tests, percent=following)
    text = f"within its budgets at the last step: {reason_of(tests[:1])}"
    if settings.finish == GUARD:
        return Decision("finish", arm.version, arm.role, text, tests)
    return Decision("ready", arm.version, arm.role, f"{text}; `python rollout.py finish` makes it production", tests)


def reason_of(tests: list[Finding] | tuple[Finding, ...]) -> str:
    """Findings in words."""
    return "; ".join(each.text() for each in tests)
