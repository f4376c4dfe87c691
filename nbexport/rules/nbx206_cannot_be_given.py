"""A function or class that reads a value of a stage which it cannot be given.

## What it does
Reports what the lift cannot place: a method, a stored lambda or a closure that reads a name which a later stage
binds, a served object of a class that lives inside a stage or of a library whose objects have no safe form on disk, one
name with two meanings inside one stage.

## Why is this bad
A function receives what it reads as arguments; nobody can pass arguments to a method that a library calls. Exported
all the same, it would see another value than in the notebook, or none.

## How to fix
Hand the value over where the object is made: to `__init__`, or as a default argument. Of an object that cannot be
saved, keep what `predict` reads: arrays, numbers, the model inside.

## Limits
A method may read imports, other definitions, constants and parameters, and what its own stage binds.

## Source
Johnsson, "Lambda Lifting: Transforming Programs to Recursive Equations", FPCA 1985.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.OF_LIFT})

GOOD = """\
# %% tags=["train"]
class Scaler:
    def __init__(self, factor):
        self.factor = factor
    def scale(self, x):
        return x * self.factor
model = Scaler(2)
# %% tags=["evaluate"]
metrics = {"n": model.scale(2)}
"""

BAD = """\
# %% tags=["train"]
class Scaler:  # <- here
    def scale(self, x):
        return x * factor
model = Scaler()
# %% tags=["evaluate"]
import json
factor = json.loads("2")
metrics = {"n": model.scale(2)}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Nothing here: the lift itself reports these, since only it knows what it can place."""
    yield from ()
