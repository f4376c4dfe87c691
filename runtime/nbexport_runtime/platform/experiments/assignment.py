"""The arm of an id: the same that the service gives it, since both ask `traffic/split.py`."""

from __future__ import annotations

from nbexport_runtime.platform.experiments.plan import Plan
from nbexport_runtime.traffic import split, traffic
from nbexport_runtime.traffic.placements import Placement
from nbexport_runtime.traffic.traffic import Traffic


def traffic_of(plan: Plan, placed: str = "", started: str = "") -> Traffic:
    """The file of the traffic for an experiment.

    Args:
        plan: The plan.
        placed: The time of the placing that holds; a traffic without one is only good for asking who is where.
        started: When it begins, in UTC.
    """
    arms = tuple(traffic.Arm(arm.version, arm.share_percent, arm.name) for arm in plan.arms)
    return Traffic(
        generation=0,
        production=plan.control.version,
        mode="split",
        salt=plan.salt,
        key_header=plan.key_header,
        started=started,
        arms=arms,
        placed=placed,
        experiment=plan.name,
    )


def runs(plan: Plan, state: Traffic | None, placement: Placement | None) -> bool:
    """Whether a traffic is that of an experiment, with the arms and shares of its plan."""
    if state is None or state.stale(placement):
        return False
    return (state.experiment, state.salt, state.mode) == (plan.name, plan.salt, "split") and state.arms == traffic_of(
        plan
    ).arms


def assign(plan: Plan, key: str) -> str:
    """The name of the arm of an id.

    Args:
        plan: The plan.
        key: The id, as the header of a request has it.

    Raises:
        ValueError: There is no id: production answers, outside of the experiment.
    """
    if not key:
        raise ValueError("an id is needed to be in an arm")
    version = split.chosen(traffic_of(plan), key)
    return next(arm.name for arm in plan.arms if arm.version == version)
