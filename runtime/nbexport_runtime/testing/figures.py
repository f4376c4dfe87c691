"""Metrics of a run against the notebook's figures: to the last digit on the machine that made them.

On any other machine, a CI among them, figures may be a little away, and each that is gives a warning: processors round
sums differently, and training a network multiplies such differences. With the kernels of older processors on one and
the same machine (ATEN_CPU_CAPABILITY, DNNL_MAX_CPU_ISA), a classifier of digits ended with a loss that was 4.7 % away
and an accuracy that was 0.2 % away.
"""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from nbexport_runtime.testing.machine import this_machine

OF_NETWORKS, OF_OTHERS = 0.05, 1e-6
"""Largest relative difference on another machine, for what torch trains and for everything else."""
UNKNOWN_MACHINE = (
    "{name} is {found}, and {shown} in the notebook. Which machine made the notebook's figures is not known. If it was "
    "this one, the project computes something else. `nbexport verify` runs both here and remembers the machine; "
    "FIGURE_TOLERANCE=0.05 allows for another one."
)


def known_figures(project: Path) -> Mapping[str, Any] | None:
    """What `nbexport verify` found equal: figures and machine; None where the notebook was exported again since."""
    try:
        known = json.loads((project / "tests" / "verified.json").read_text(encoding="utf-8"))
        lock = json.loads((project / "nbexport.lock").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return dict(known) if known["notebook"] == lock["notebook_sha256"] else None


def compare(project: Path, metrics: Mapping[str, Any]) -> None:
    """Compare the metrics of a run with what the notebook shows, and with what `nbexport verify` found.

    Args:
        project: The project's folder.
        metrics: What the run has computed.

    Raises:
        AssertionError: A figure is further away than its digits, or the machine, explain.
    """
    assert metrics
    machine, known = this_machine(project), known_figures(project)
    if known is not None and known["machine"] == machine:
        assert json.dumps(metrics) == json.dumps(known["metrics"])
        return
    shown_in_notebook = json.loads((project / "tests" / "figures.json").read_text(encoding="utf-8"))
    figures = known["metrics"] if known is not None else shown_in_notebook
    numbers = {name: shown for name, shown in figures.items() if is_number(shown)}
    digits = max((decimals(shown) for shown in numbers.values()), default=0)
    setting = os.environ.get("FIGURE_TOLERANCE")
    tolerance = float(setting or (OF_NETWORKS if "torch" in machine else OF_OTHERS))
    elsewhere = known is not None or setting is not None or "CI" in os.environ
    for name, shown in numbers.items():
        value = metrics[name]
        if is_as_shown(value, shown, digits):
            continue
        assert elsewhere, UNKNOWN_MACHINE.format(name=name, found=value, shown=shown)
        # a loss near zero has no digits that last
        near = math.isclose(value, shown, rel_tol=tolerance, abs_tol=tolerance / 50)
        assert near, f"{name} is {value}, and {shown} in the notebook: further away than processors explain"
        warnings.warn(
            f"{name} is {value}, and {shown} on the machine that made the figures: accepted, since it is less than "
            f"{tolerance:g} of it away",
            stacklevel=2,
        )


def is_number(value: Any) -> bool:
    """Whether a metric is one that can be compared within a tolerance."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_as_shown(value: float, shown: float, digits: int) -> bool:
    """Whether a figure has as many digits in common as the notebook shows."""
    if value == shown or (math.isnan(value) and math.isnan(shown)):
        return True
    if digits > 9:
        return math.isclose(value, shown, rel_tol=1e-9)
    # rounded numbers, float32
    return math.isclose(value, shown, rel_tol=1e-7, abs_tol=0.5 * 10.0**-digits)


def decimals(number: float) -> int:
    """How many digits stand behind the point."""
    exponent = Decimal(repr(number)).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
