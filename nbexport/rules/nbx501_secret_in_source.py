"""A secret in a cell.

## What it does
Reports keys, tokens, passwords and private keys written into a cell of any kind: by their form (AWS, GitHub, GitLab,
Slack, OpenAI, Anthropic, Hugging Face, Google, Stripe, npm, PyPI, JSON web tokens, private keys, passwords in
addresses), and strings that are assigned to names such as `api_key` or `password`.

## Why is this bad
Whoever can read the notebook, or its history, can use it; an export would copy it into the project.

## How to fix
Revoke it, read it from the environment (`os.environ["API_KEY"]`), and remove it from the history too.

## Limits
An export that takes nothing from the cell is not refused for it. Placeholders (`xxx`, `<token>`, `your-key`,
`changeme`) are left alone, and so are values that look like words. Messages show no more than the first four
characters.

## Source
The token formats documented by their issuers.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis import secrets
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Span

SEVERITY = Severity.ERROR
SCOPE = "file"

GOOD = """\
# %%
import os
api_key = os.environ["API_KEY"]
password = "changeme"
token = "<your token>"
secret = getattr(os, "x", None)
key = "petal_width"
address = "postgres://user:{password}@host/db"
api_key_name = "OPENAI_API_KEY"
"""

BAD = """\
# %%
password = "pl4nted-Hunter-2931"  # <- here
client = dict(api_key="9f8e7d6c5b4a39281706f5e4d3c2b1a0")  # <- here
address = "postgres://ann:pl4ntedpass@db.example.org/rows"  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Secrets in the text of cells, and in what is assigned to telling names."""
    everything = "\n".join(cell.source for cell in analysis.notebook.cells)
    forms, given = secrets.forms_in(everything), secrets.may_give(everything)
    for cell in analysis.notebook.cells if forms or given else ():
        seen: set[tuple[int, int]] = set()
        for secret in secrets.in_text(cell.source, forms):
            seen.add((secret.start, secret.end))
            yield _problem(secret, cell.number, secrets.span_of(cell.source, secret.start, secret.end))
        for secret in (
            secrets.in_assignments(cell.source)
            if given and cell.kind == "code" and secrets.may_give(cell.source)
            else ()
        ):
            if not any(start <= secret.start < end for start, end in seen):
                yield _problem(secret, cell.number, secrets.span_of(cell.source, secret.start, secret.end))


def _problem(secret: secrets.Secret, cell: int, span: Span) -> Problem:
    return Problem(
        f"{secret.kind} `{secret.masked}` stands in this cell",
        "revoke it, and read it from the environment",
        cell,
        span,
        secret=True,
    )
