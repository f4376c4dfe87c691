"""A widget in an exported cell.

## What it does
Reports `ipywidgets` in cells with a role.

## Why is this bad
A script shows no sliders: the value that somebody chose with one is nowhere written down.

## How to fix
Put the chosen value into a `parameters` cell, and the widget into a cell without a role.

## Limits
Widgets of other libraries are not known.

## Source
ipywidgets documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "lift"
WORDS = ("ipywidgets",)

GOOD = """\
# %%
import ipywidgets
ipywidgets.IntSlider()
# %% tags=["train", "evaluate"]
metrics = {"n": 1}
"""

BAD = """\
# %% tags=["train", "evaluate"]
import ipywidgets as widgets
from ipywidgets import interact
rate = widgets.FloatSlider(value=0.5)  # <- here
interact(print, x=3)  # <- here
metrics = {"n": 1}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls of ipywidgets in exported statements."""
    for call in analysis.calls:
        if call.unit in analysis.lifted and (call.full or "").startswith("ipywidgets."):
            yield Problem(
                f"`{(call.full or '').rpartition('.')[2]}` is a widget, which a script does not show",
                "put the chosen value into a `parameters` cell",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
            )
