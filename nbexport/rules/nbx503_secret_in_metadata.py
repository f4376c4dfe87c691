"""A secret in the metadata.

## What it does
Reports keys, tokens and private keys, known by their form, in the metadata of cells and of the notebook.

## Why is this bad
Metadata is published with the notebook and shown by no editor.

## How to fix
Revoke it and remove the entry.

## Limits
An export that takes nothing from the cell is not refused for it. A finding in the notebook's own metadata is shown at
the first cell.

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
# %% papermill={"duration": 3}
x = 1
"""

BAD = """\
# %% connection={"address": "postgres://ann:pl4ntedpass@db.example.org/rows"} execution_count=1
x = 1  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Secrets in metadata."""
    notebook = analysis.notebook
    places = [(notebook.metadata, notebook.cells[0].number if notebook.cells else 0, "the notebook's metadata")]
    places += [(cell.metadata, cell.number, "the metadata of this cell") for cell in notebook.cells]
    for metadata, cell, where in places:
        if not cell or not metadata:
            continue
        first = next((secret for text in secrets.strings_in(metadata) for secret in secrets.in_text(text)), None)
        if first is not None:
            yield Problem(
                f"{first.kind} `{first.masked}` stands in {where}",
                "revoke it, and remove the entry",
                cell,
                Span(1, 1, 1, 1),
            )
