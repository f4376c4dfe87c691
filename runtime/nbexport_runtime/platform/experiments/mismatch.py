"""Sample-ratio mismatch: whether the arms have the shares that were planned, looked at as often as one likes.

The counts of the arms are compared with what shares drawn from a Dirichlet distribution around the planned ones would
give. The ratio of both likelihoods is a martingale where the planned shares hold, so it ever reaches 1 / alpha in at
most a share alpha of all experiments. The planned shares are known, so nothing is asymptotic here.

    >>> log_bayes_factor([503, 497], [0.5, 0.5], 1000, 0.001) < 0
    True
    >>> log_bayes_factor([600, 400], [0.5, 0.5], 1000, 0.001) > 6.9  # 1 / 0.001
    True

**Source**: Lindon and Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022 (section 3). Fabijan et
al., Diagnosing sample ratio mismatch in online controlled experiments, KDD 2019 (why nothing may be concluded then).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from nbexport_runtime.platform.experiments import sequential

SMALLEST_CONCENTRATION = 20.0


def concentration(horizon_units: int, alpha: float) -> float:
    """How close to the planned shares the alternatives lie: so that the smallest mismatch is found by the end.

    Args:
        horizon_units: The units that are planned.
        alpha: How often all looks together may err.
    """
    return max(SMALLEST_CONCENTRATION, horizon_units / sequential.tuning(alpha))


def log_bayes_factor(counts: Sequence[int], shares: Sequence[float], horizon_units: int, alpha: float) -> float:
    """The logarithm of the evidence against the planned shares.

    Args:
        counts: Exposed units of each arm.
        shares: The planned share of each arm; they sum to 1.
        horizon_units: The units that are planned.
        alpha: How often all looks together may err; it is valid at every other level too.
    """
    weight = concentration(horizon_units, alpha)
    total = sum(counts)
    log_marginal = math.lgamma(weight) - math.lgamma(weight + total)
    for count, share in zip(counts, shares, strict=True):
        log_marginal += math.lgamma(weight * share + count) - math.lgamma(weight * share)
    return log_marginal - math.fsum(count * math.log(share) for count, share in zip(counts, shares, strict=True))
