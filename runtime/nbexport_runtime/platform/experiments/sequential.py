"""A test that may be looked at as often as one likes.

Where the difference of two means is d with the standard error s, z = d / s. A likelihood ratio of "the difference is
drawn from a normal distribution around 0" against "there is none" is, with u for how far the prior is spread in units
of the variance of d,

    e = exp(z² / 2 · u / (1 + u)) / √(1 + u)

It is a nonnegative martingale where there is no difference, so it ever reaches 1 / alpha in at most a share alpha of
all experiments (Ville), however often one looks. The differences that it does not exclude form a confidence sequence:

    d ± s · √((1 + 1/u) · ln((1 + u) / alpha²))

u grows with the units seen: u = k · t, where t is the share of the planned units. The sequence is narrowest at t = 1
for the k that solves k = ln((1 + k) / alpha²); there its half width is s · √(k + 1). For alpha = 0.05 that is 3.04
standard errors, against 1.96 for a test that may be looked at once:

    >>> round(boundary(0.05, 1.0), 2)
    3.04

Standard errors are estimated, so the guarantee is asymptotic: one of a look after at least `MIN_UNITS` units an arm.

**Source**: Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical Statistics
1970 (the mixture); Johari, Koomen, Pekelis and Walsh, Always valid inference, Operations Research 2022 (mSPRT, 2.3);
Howard, Ramdas, McAuliffe and Sekhon, Time-uniform confidence sequences, Annals of Statistics 2021 (3.5: tuning);
Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence sequences,
Annals of Statistics 2024 (theorem 2.2: estimated variance, differences of means).
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

MIN_UNITS = 30
"""Units that each arm must have before anything is said."""
POWER = 0.8
"""How often a difference of the minimum effect is to be found by the end."""


@cache
def tuning(alpha: float) -> float:
    """The spread k of the mixture that makes the sequence narrowest when all planned units were seen.

    Args:
        alpha: How often all looks together may err.
    """
    constant = -2 * math.log(alpha)
    spread = constant
    for _ in range(100):
        spread = constant + math.log1p(spread)
    return spread


def boundary(alpha: float, progress: float) -> float:
    """How many standard errors a difference must be away from what is excluded.

    Args:
        alpha: How often all looks together may err.
        progress: The share of the planned units that was seen; above 0, may exceed 1.
    """
    u = tuning(alpha) * progress
    return math.sqrt((1 + 1 / u) * (math.log1p(u) - 2 * math.log(alpha)))


def log_e_value(z: float, alpha: float, progress: float) -> float:
    """The logarithm of the e-value against "there is no difference".

    Args:
        z: The difference in standard errors.
        alpha: The level that the mixture is tuned for; the e-value is valid at every other one too.
        progress: The share of the planned units that was seen.
    """
    u = tuning(alpha) * progress
    return (z * z * u / (1 + u) - math.log1p(u)) / 2


def units_needed(alpha: float, variance: float, effect: float, shares: tuple[float, float]) -> int:
    """How many units both arms together need so that the minimum effect is found with `POWER` by the end.

    Args:
        alpha: How often all looks together may err.
        variance: That of the metric, of unit to unit.
        effect: The difference to find, in the unit of the metric.
        shares: Those of the two arms.
    """
    bound = boundary(alpha, 1.0) + NormalDist().inv_cdf(POWER)
    total = sum(shares)
    part = shares[0] / total * (shares[1] / total)
    return math.ceil(bound**2 * variance / part / effect**2)
