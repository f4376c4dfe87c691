"""The difference that a metric shows between an arm and the control, at every look.

With a value x of each unit from before the start, y - θ (x - mean x) has the same difference of means, since an arm
cannot change what was before, and a variance that is smaller by the square of their correlation (CUPED):

    θ = cov(x, y) / var(x), within the arms

Where x is unknown it is put at the mean of the others, which changes nothing but how much is gained.

**Source**: Deng, Xu, Kohavi and Walker, Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data, WSDM 2013. For looks at any time: Waudby-Smith et al. 2024 (see `sequential.py`), section 3.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from nbexport_runtime.platform.experiments import sequential
from nbexport_runtime.platform.experiments.plan import Arm, Metric, Plan
from nbexport_runtime.platform.experiments.sums import Sums


@dataclass(frozen=True)
class Point:
    """What one look at the data shows."""

    time: str
    units: int
    """Units of the arm and the control together whose values are final."""
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """The difference of one metric between an arm and the control."""

    metric: str
    role: str
    """`primary`, `secondary` or `guard rail`."""
    direction: str
    arm: str
    control_units: int
    arm_units: int
    control_mean: float
    arm_mean: float
    difference: float
    low: float | None
    """The confidence sequence; None on both sides while there is too little to say anything."""
    high: float | None
    alpha: float
    """How often the sequence may ever miss the true difference."""
    log_e_value: float
    """The logarithm of the evidence against "there is no difference"."""
    variance_reduction_percent: float | None
    """What the time before the start saves; None where it is not used."""
    without_value: int
    """Units that have no value though it would be final."""
    tolerance: float
    significant: bool
    """Of secondary metrics: whether e-BH names it among all of them. Of others: whether the sequence excludes 0."""
    series: tuple[Point, ...] = ()

    @property
    def gain(self) -> tuple[float, float, float]:
        """Lowest, estimated and highest gain, where more is better."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return (low, self.difference, high) if self.direction == "up" else (-high, -self.difference, -low)

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        relative = self.difference / abs(self.control_mean) if self.control_mean else None
        return {**asdict(self), "relative_difference": relative}


def effect(
    plan: Plan, metric: Metric, role: str, arm: Arm, sums: Sums | None, alpha: float, without_value: int
) -> Effect:
    """The difference of a metric between an arm and the control.

    Args:
        plan: The plan.
        metric: The metric.
        role: What it is there for.
        arm: The arm.
        sums: What is known of the metric; None where it is nothing.
        alpha: How often the sequence may ever miss the true difference.
        without_value: Units that have no value though it would be final.
    """
    if sums is None:
        nan = math.nan
        return Effect(
            metric.label, role, metric.direction, arm.name, 0, 0, nan, nan, nan,
            None, None, alpha, 0.0, None, without_value, metric.tolerance, False,
        )  # fmt: skip
    control, treated = sums.values[:, 0], sums.values[:, plan.arms.index(arm)]
    difference, error, plain = estimates(control, treated, sums.adjusts, sums.center if sums.rate else None)
    progress = progress_of(plan, arm, control[:, 0], treated[:, 0])
    enough = (control[:, 0] >= sequential.MIN_UNITS) & (treated[:, 0] >= sequential.MIN_UNITS)
    series = tuple(
        Point(sums.times[look].isoformat(), int(control[look, 0] + treated[look, 0]), *_sequence(
            float(difference[look]), float(error[look]), alpha, float(progress[look])
        ))
        for look in enough.nonzero()[0]
    )  # fmt: skip
    low, high, log_e = None, None, 0.0
    if enough[-1]:
        low, high = series[-1].low, series[-1].high
        z = float(difference[-1] / error[-1]) if error[-1] else 0.0 if not difference[-1] else math.inf
        log_e = sequential.log_e_value(z, alpha, float(progress[-1]))
    gain = 100 * (1 - float(error[-1] ** 2 / plain[-1] ** 2)) if sums.adjusts and plain[-1] > 0 else None
    mean, arm_mean = (
        sums.center + float(side[-1, 1] / side[-1, 0]) if side[-1, 0] else math.nan for side in (control, treated)
    )
    excluded = low is not None and high is not None and not low <= 0 <= high
    return Effect(
        metric.label, role, metric.direction, arm.name, int(control[-1, 0]), int(treated[-1, 0]), mean, arm_mean,
        float(difference[-1]), low, high, alpha, log_e, gain, without_value, metric.tolerance, excluded, series,
    )  # fmt: skip


def _sequence(difference: float, error: float, alpha: float, progress: float) -> tuple[float, float, float]:
    half = error * sequential.boundary(alpha, progress)
    return difference, difference - half, difference + half


def progress_of(plan: Plan, arm: Arm, control: Any, treated: Any) -> Any:
    """The share of the planned information that looks have: `(looks,)` float64."""
    import numpy as np

    planned_control, planned = plan.planned_units(plan.control), plan.planned_units(arm)
    information = control * treated / np.maximum(control + treated, 1)
    return information / (planned_control * planned / (planned_control + planned))


def estimates(control: Any, treated: Any, adjusts: bool, center: float | None = None) -> tuple[Any, Any, Any]:
    """The difference of means at each look, its standard error, and that without the time before the start.

    Args:
        control: `(looks, 6)` float64, see `Sums`.
        treated: The same of the arm.
        adjusts: Whether to use what is known of the time before the start.
        center: Of a rate, what its values are measured from; None where values are not rates.

    Returns:
        Three arrays `(looks,)` float64; a standard error is infinite where it cannot be computed.
    """
    import numpy as np

    sides = [_central(side) for side in (control, treated)]
    theta = np.zeros(len(control))
    if adjusts:
        xx, xy = (sum(side[name] * side["n"] for side in sides) for name in ("xx", "xy"))
        theta = np.divide(xy, xx, out=theta, where=xx > 0)
    error_squared, plain_squared = np.zeros(len(control)), np.zeros(len(control))
    for side in sides:
        degrees = np.maximum(side["n"] - 1, 1)
        doubt = 0 if center is None else np.maximum(_variance(side, center) - side["yy"], 0)
        variance = np.maximum(side["yy"] - 2 * theta * side["xy"] + theta**2 * side["xx"], 0)
        error_squared += (variance + doubt) / degrees
        plain_squared += (side["yy"] + doubt) / degrees
    enough = (sides[0]["n"] > 1) & (sides[1]["n"] > 1)
    ys, xs = (sides[1][name] - sides[0][name] for name in ("y", "x"))
    errors = [np.sqrt(np.where(enough, squared, np.inf)) for squared in (error_squared, plain_squared)]
    return ys - theta * xs, errors[0], errors[1]


def _variance(side: dict[str, Any], center: float) -> Any:
    """The variance of a rate with one unit more that has the outcome, and one that has not: never 0.

    **Source**: Agresti and Caffo, Simple and effective confidence intervals for proportions and differences of
    proportions, The American Statistician 2000.
    """
    rate = ((side["y"] + center) * side["n"] + 1) / (side["n"] + 2)
    return rate * (1 - rate)


def _central(side: Any) -> dict[str, Any]:
    """Means and central second moments of an arm, each `(looks,)`, divided by n."""
    import numpy as np

    n = side[:, 0]
    y, yy, x, xx, xy = (side[:, place] / np.maximum(n, 1) for place in range(1, 6))
    return {"n": n, "y": y, "x": x, "yy": np.maximum(yy - y * y, 0), "xx": np.maximum(xx - x * x, 0), "xy": xy - x * y}
