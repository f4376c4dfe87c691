"""The table `[drift]` of `platform.toml`."""

from __future__ import annotations

from dataclasses import dataclass

from nbexport_runtime.pipeline.outcome import PipelineError


@dataclass(frozen=True)
class Drift:
    """When a difference from training is an alarm."""

    alpha: float = 0.05
    """How often a check may speak where nothing has changed, over all columns and windows together."""
    windows: int = 3
    """The newest windows that a check looks at,"""
    needed: int = 2
    """and in how many of them a column must have drifted before the check speaks."""
    min_psi: float = 0.1
    """A population stability index below this is not drift, however many rows show it,"""
    min_share: float = 0.1
    """unless this share of the rows lies elsewhere than in training."""
    ignore: tuple[str, ...] = ()
    """Columns that are not compared."""
    retrain: bool = False
    """Whether a check that finds drift starts `retrain.py --because`, once for each version in production."""

    def __post_init__(self) -> None:
        """Look at what must lie within limits.

        Raises:
            PipelineError: It does not.
        """
        where = "`platform.toml` [drift]"
        if not 0 < self.alpha < 1:
            raise PipelineError(f"{where}: alpha is above 0 and below 1")
        if not 1 <= self.needed <= self.windows:
            raise PipelineError(f"{where}: needed is from 1 to windows, which is {self.windows}")
        if not self.min_psi > 0 or not 0 < self.min_share < 1:
            raise PipelineError(f"{where}: min_psi is above 0, and min_share is above 0 and below 1")
