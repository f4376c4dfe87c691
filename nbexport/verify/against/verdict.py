"""The verdict on code that nbexport did not write, and what it rests on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from nbexport.verify.against.target import Form
from nbexport.verify.verification import Difference, PassedOver, Unrepeated


@dataclass(frozen=True, slots=True)
class Against:
    """Whether other code computes what a notebook computes."""

    notebook: str
    digest: str
    """Of the notebook's text."""
    against: str
    """The other code, as it was named."""
    form: Form
    python: str
    """The interpreter that ran it; empty for a service."""
    tolerance: float
    """Largest relative difference between numbers that counts as equal."""
    metrics: tuple[str, ...] = ()
    """Names of the metrics that were compared."""
    values: tuple[str, ...] = ()
    examples: int = 0
    """Example calls of the notebook whose predictions were compared."""
    rows: int = 0
    """Rows of the notebook's data whose predictions were compared."""
    differing: int = 0
    """Metrics, values and predictions that differ."""
    differences: tuple[Difference, ...] = ()
    """Where they differ: one prediction may differ in several fields."""
    unrepeated: tuple[Unrepeated, ...] = ()
    """What two runs of the other code compute differently."""
    notebook_unrepeated: tuple[Unrepeated, ...] = ()
    """What two runs of the notebook compute differently."""
    causes: tuple[str, ...] = ()
    """Why they differ, most likely: a sentence each."""
    notes: tuple[str, ...] = ()
    """How the other code was asked, and where its answers were found."""
    left_out: tuple[str, ...] = ()
    """What was not compared: a sentence each."""
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def predictions(self) -> int:
        """How many predictions were compared."""
        return self.examples + self.rows

    @property
    def compared(self) -> int:
        """How many things were compared in all; never zero."""
        return len(self.metrics) + len(self.values) + self.predictions

    @property
    def equal(self) -> bool:
        """Whether all that was compared is equal, and both sides repeat what they compute."""
        return not (self.differences or self.unrepeated or self.notebook_unrepeated)

    def as_json(self) -> str:
        """The verdict for programs."""
        facts = {**asdict(self), "equal": self.equal, "predictions": self.predictions}
        return json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False)
