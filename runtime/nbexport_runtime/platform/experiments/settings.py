"""The table `[experiments]` of `platform.toml`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Experiments:
    """How experiments are judged."""

    alpha: float = 0.05
    """How often a difference may be found where there is none, over all looks together."""
    mismatch_alpha: float = 0.001
    """How often a sample-ratio mismatch may be found where there is none."""
