"""A secret in a stored output.

## What it does
Reports keys, tokens and private keys, known by their form, in printed text, results and tracebacks that the notebook
stores.

## Why is this bad
An output is published with the notebook, also where the cell itself is clean.

## How to fix
Revoke it and clear the output.

## Limits
An export that takes nothing from the cell is not refused for it. The first 200,000 characters of each text are read;
images are not.

## Source
The token formats documented by their issuers.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis import secrets
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Span, Trait

SEVERITY = Severity.ERROR
SCOPE = "file"
TRAITS = frozenset({Trait.OF_STORED})

GOOD = """\
# %% execution_count=1
print("AKIA is how they begin")
#> AKIA is how they begin
"""

BAD = """\
# %% execution_count=1
import os; print(os.environ["DATABASE"])  # <- here
#> postgres://ann:pl4ntedpass@db.example.org/rows
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Secrets in stored outputs."""
    for cell in analysis.notebook.cells:
        for output in cell.outputs:
            for text in secrets.texts_of(output):
                secret = next(secrets.in_text(text), None)
                if secret is not None:
                    yield Problem(
                        f"{secret.kind} `{secret.masked}` stands in an output of this cell",
                        "revoke it, and clear the output",
                        cell.number,
                        Span(1, 1, 1, len(cell.source.split("\n", 1)[0]) + 1),
                    )
                    break
