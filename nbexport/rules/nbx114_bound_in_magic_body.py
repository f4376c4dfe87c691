"""A name bound only in the body of a magic that keeps it from the notebook.

## What it does
Reports a read of a name that nothing binds but the body of `%%bash`, `%%writefile`, `%%timeit`, `%%html`, `%%script`
and the like, or the statement of `%timeit`.

## Why is this bad
Such a body runs in another process, in a scope of its own, or not at all: the name never reaches the notebook.

## How to fix
Bind the name in a code cell. `%%time` measures and binds; `%%bash --out name` hands output over.

## Limits
Magics that nbexport does not know get the benefit of the doubt.

## Source
IPython documentation, "Built-in magic commands".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.run_order import head
from nbexport.analysis.undefined import CauseKind, caused_by
from nbexport.model import Problem, Related, Severity

SEVERITY = Severity.ERROR
SCOPE = "notebook"

GOOD = """\
# %%
%%time
rows = [1, 2]
# %%
%%bash --out listing
ls
# %%
%%unknown_magic
table = 3
# %%
print(rows, listing, table)
"""

BAD = """\
# %%
%%timeit
total = sum(range(9))
# %%
print(total)  # <- here
# %%
%%bash
folder=data
# %%
print(folder)  # <- here
# %%
%%writefile helpers.py
def scaled(x):
    return 2 * x
# %%
print(scaled(2))  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Reads whose binding stands in the body of a magic."""
    for use, cause in caused_by(analysis, CauseKind.MAGIC):
        cell, span = analysis.place(use)
        yield Problem(
            f"`{use.name}` is bound only under {cause.what} in cell {cause.cell}, which keeps it from the notebook",
            f"bind `{use.name}` in a code cell without {cause.what}",
            cell,
            span,
            use.name,
            missing=True,
            related=(
                Related(
                    cause.cell, head(analysis.cells[cause.cell]), f"`{use.name}` is bound here, under {cause.what}"
                ),
            ),
        )
