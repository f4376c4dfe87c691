"""A parameter that exported code binds too.

## What it does
Reports an exported statement that binds the name of a parameter too, before or after it, and a second `parameters`
cell that gives it another value after the first one was read.

## Why is this bad
The option of `train.py` would have no effect on anything after that line; and what stands before the parameter would
run after it, since an export has its parameters from the start.

## How to fix
Remove the later line, or give its value to the parameter; two values are two parameters, each with its own name.

## Limits
Values that papermill injected count as the parameter's own, and so does the same value given again.

## Source
PRODUCT rule: parameters live inside stage cells in practically every real notebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Role, Severity
from nbexport.names.kinds import BindKind

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %% tags=["parameters"]
epochs = 3
# %% tags=["train", "evaluate"]
metrics = {"epochs": epochs}
# %% tags=["parameters"]
epochs = 3
# %% tags=["evaluate"]
metrics["again"] = epochs
"""

BAD = """\
# %% tags=["data"]
rows = 5  # <- here
# %% tags=["parameters"]
epochs, rows = 3, 4
# %% tags=["train", "evaluate"]
metrics = {"epochs": epochs}
epochs = 5  # <- here
# %% tags=["parameters"]
epochs = 4  # <- here
# %% tags=["evaluate"]
metrics["again"] = epochs
"""

_BY_ASSIGNMENT = (BindKind.ASSIGN, BindKind.ANNOTATED)


def find(analysis: Analysis) -> Iterator[Problem]:
    """Later exported bindings of parameters."""
    for name, definitions in analysis.definitions.items():
        own = [d for d in definitions if analysis.roles_of(d.unit) == (Role.PARAMETERS,) and d.how in _BY_ASSIGNMENT]
        if not own:
            continue
        read = {d.unit for use in analysis.uses if use.name == name for d in use.definitions} if len(own) > 1 else set()
        for earlier, later in pairwise(own):
            if earlier.unit in read:
                unit = analysis.units[later.unit]
                yield Problem(
                    f"`{name}` is a parameter (cell {analysis.units[earlier.unit].cell}), was read with its value "
                    "there and is given another one here",
                    "give this value a name of its own",
                    unit.cell,
                    unit.span(later.op.node if later.op is not None else None),
                    name,
                    related=(analysis.bound_here(earlier, f"the parameter `{name}`"),),
                )
        for definition in definitions:
            if definition.unit not in analysis.lifted or definition in own:
                continue
            unit = analysis.units[definition.unit]
            if definition.unit < own[0].unit:
                yield Problem(
                    f"`{name}` is bound here and becomes a parameter later (cell {analysis.units[own[0].unit].cell}), "
                    "but an export has its parameters from the start",
                    f"give one of the two another name than `{name}`",
                    unit.cell,
                    unit.span(definition.op.node if definition.op is not None else None),
                    name,
                    related=(analysis.bound_here(own[0], f"`{name}` is a parameter here"),),
                )
                continue
            yield Problem(
                f"`{name}` is a parameter (cell {analysis.units[own[0].unit].cell}) and is overwritten here, "
                f"so `--{name.lower().replace('_', '-')}` would have no effect",
                "remove this line, or move its value to the parameters cell",
                unit.cell,
                unit.span(definition.op.node if definition.op is not None else None),
                name,
                related=(analysis.bound_here(own[0], f"the parameter `{name}`"),),
            )
