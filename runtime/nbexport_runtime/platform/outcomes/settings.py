"""The table `[outcomes]` of `platform.toml`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcomes:
    """What an outcome is."""

    name: str = "outcome"
    """What an outcome is called that has no name; quality is measured by it."""
    prediction: str = ""
    """The member of an answer that it is compared with, such as `scores[1]`; empty takes the first number."""
    window_days: float = 30.0
    """How long after a prediction an outcome belongs to it."""
