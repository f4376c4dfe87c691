"""A name that nothing binds, while a name much like it is bound.

## What it does
Reports a read of a name that nothing binds where a cell above binds nearly the same one: another case, a plural, one
letter of a long name.

## Why is this bad
The name was changed where it is bound and not where it is read; the kernel still held the old one. On a fresh kernel
the cell fails.

## How to fix
Read the name as it is bound now.

## Limits
Names that differ in a digit or in a part of one letter (`X_train`, `y_train`) are taken for two names: NBX101 reports
them.

## Source
Pimentel et al., "A Large-Scale Study About Quality and Reproducibility of Jupyter Notebooks", MSR 2019.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.undefined import CauseKind, caused_by
from nbexport.model import Edit, Fix, Problem, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
rows = [1, 2]
X_train = y_train = rows
# %%
for row in rows:
    print(row, X_train, y_train)
"""

BAD = """\
# %%
rows = [1, 2]
accuracy = 0.5
# %%
print(len(row))  # <- here
print(accurracy)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads of names that are bound nearly so."""
    for use, cause in caused_by(analysis, CauseKind.RENAME):
        cell, span = analysis.place(use)
        definition = next(d for d in analysis.definitions[cause.what] if analysis.units[d.unit].cell == cause.cell)
        yield Problem(
            f"`{use.name}` is bound nowhere; cell {cause.cell} binds `{cause.what}`, which may be its new name",
            f"read `{cause.what}` here, or bind `{use.name}`",
            cell,
            span,
            use.name,
            Fix(f"read `{cause.what}` instead", (Edit(cell, span, cause.what),), safe=False),
            missing=True,
            related=(analysis.bound_here(definition, f"`{cause.what}` is bound here"),),
        )
