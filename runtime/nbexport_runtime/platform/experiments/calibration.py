"""How often the analysis errs, by simulated experiments on a rate; the same functions as in a report.

false_alarms(0.05)         the share of A/A tests in which any look would have named a difference
power(0.05, 0.07)          the share of A/B tests in which one would have found it
"""

from __future__ import annotations

from typing import Any

from nbexport_runtime.platform.experiments import effects, sequential

LOOK_UNITS = 50
"""How many units come between two looks, both arms together."""


def named(rates: tuple[float, float], *, experiments: int, units_per_arm: int, alpha: float, seed: int) -> Any:
    """Whether any look, and whether the last one, names a difference: `(experiments, 2)` bool.

    Args:
        rates: How often a unit of the control, and of the other arm, has the outcome.
        experiments: How many are simulated.
        units_per_arm: The units of each arm, which are those that were planned.
        alpha: How often all looks together may err.
        seed: Of the random numbers.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    results: Any = np.zeros((experiments, 2), dtype=bool)
    units = 2 * units_per_arm
    looks: Any = np.arange(LOOK_UNITS, units + 1, LOOK_UNITS) - 1
    for number in range(experiments):
        arms = random.permutation(units) < units_per_arm
        y = (random.random(units) < np.where(arms, rates[1], rates[0])).astype(float)
        sides = [side(y, mask)[looks] for mask in (~arms, arms)]
        difference, error, _ = effects.estimates(sides[0], sides[1], False, 0.0)
        counts = [one[:, 0] for one in sides]
        enough = np.minimum(counts[0], counts[1]) >= sequential.MIN_UNITS
        progress = counts[0] * counts[1] / (counts[0] + counts[1]) / (units_per_arm / 2)
        bounds = np.array([sequential.boundary(alpha, float(part)) for part in progress])
        outside = enough & (np.abs(difference) > bounds * error)
        results[number] = outside.any(), outside[-1]
    return results


def side(y: Any, mask: Any) -> Any:
    """The cumulated sums of one arm after every unit: `(units, 6)` float64, as `sums.Sums` has them."""
    import numpy as np

    zero = np.zeros(len(y))
    return np.stack([mask, y * mask, y * y * mask, zero, zero, zero], axis=1).astype(float).cumsum(axis=0)


def false_alarms(
    rate: float, *, experiments: int = 300, units_per_arm: int = 5000, alpha: float = 0.05, seed: int = 0
) -> float:
    """The share of A/A tests in which any look would have named a difference."""
    results = named((rate, rate), experiments=experiments, units_per_arm=units_per_arm, alpha=alpha, seed=seed)
    return float(results[:, 0].mean())


def power(
    before: float,
    after: float,
    *,
    experiments: int = 300,
    units_per_arm: int = 5000,
    alpha: float = 0.05,
    seed: int = 0,
) -> float:
    """The share of A/B tests in which the difference was found by the last look, and is still there at it."""
    results = named((before, after), experiments=experiments, units_per_arm=units_per_arm, alpha=alpha, seed=seed)
    return float(results[:, 1].mean())
