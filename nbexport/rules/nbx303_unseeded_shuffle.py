"""A `DataLoader` that shuffles with a generator nothing seeds.

## What it does
Reports `DataLoader(…, shuffle=True)` without `generator=` when nothing seeds torch before the loader is iterated.

## Why is this bad
The batches come in another order in each run, so the trained weights and the figures differ, with the same code and
the same data.

## How to fix
Call `torch.manual_seed(0)` above, or give the loader `generator=torch.Generator().manual_seed(0)`.

## Limits
Only torch's own `DataLoader`, and only a literal `shuffle=True`. A loader that is used both before and after
a seeding counts as seeded.

## Source
PyTorch documentation, "Reproducibility: DataLoader".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.seeding import first_seed
from nbexport.model import Problem, Severity
from nbexport.names.kinds import Generator
from nbexport.names.operations import Call, flatten

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("DataLoader",)

GOOD = """\
# %%
import torch
from torch.utils.data import DataLoader
rows = list(range(9))
# %%
plain = DataLoader(rows, batch_size=3)
same = DataLoader(rows, shuffle=True, generator=torch.Generator().manual_seed(0))
# %%
late = DataLoader(rows, shuffle=True)
# %%
torch.manual_seed(0)
for batch in late:
    print(batch)
"""

BAD = """\
# %%
import torch
from torch.utils.data import DataLoader
rows = list(range(9))
# %%
loader = DataLoader(rows, shuffle=True)  # <- here
# %%
for batch in loader:
    print(batch)
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Shuffling loaders that draw from torch's unseeded generator."""
    loaders = list(_loaders(analysis))
    if not loaders:
        return
    seeded = first_seed(analysis, Generator.TORCH)
    for index, node in loaders:
        statement = analysis.units[index].node
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        name = target.id if isinstance(target, ast.Name) else ""
        # a batch that is looked at before the seeding does not matter to the training after it
        if seeded is not None and (not name or any(use.unit >= seeded for use in analysis.uses if use.name == name)):
            continue
        yield Problem(
            f"{f'`{name}`' if name else 'the loader'} shuffles with torch's global generator, "
            "and nothing seeds it before this line",
            "call `torch.manual_seed(0)` above",
            analysis.units[index].cell,
            analysis.span(index, node),
            name,
        )


def _loaders(analysis: Analysis) -> Iterator[tuple[int, ast.Call]]:
    """(statement, call) of each `DataLoader(…, shuffle=True)` without a generator."""
    for index, unit in analysis.statements_near("shuffle"):
        for op in flatten(unit.ops):
            if not isinstance(op, Call) or not op.dotted.endswith("DataLoader"):
                continue
            given = {keyword.arg: keyword.value for keyword in op.node.keywords}
            shuffle = given.get("shuffle")
            if not isinstance(shuffle, ast.Constant) or shuffle.value is not True or {"generator", None} & given.keys():
                continue
            if (analysis.full_name(index, op.node.func) or "").startswith("torch.utils.data."):
                yield index, op.node
