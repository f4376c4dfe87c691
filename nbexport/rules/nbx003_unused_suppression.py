"""A suppression that silences nothing.

## What it does
Reports `# noqa: NBX…`, `# nbexport: ignore[NBX…]` and `"nbexport": {"ignore": […]}` in a cell's metadata when a code
they name is not found where they stand.

## Why is this bad
The reader believes that something is wrong there, and the day something is, nobody hears of it.

## How to fix
Remove the suppression, or the code from its list; `nbexport check --fix` removes comments.

## Limits
A bare `# noqa` and codes of other tools are never reported. A code of a rule that did not judge the notebook (NBX2xx
where no cell has a role) is not called unused. Metadata is reported and left to you.

## Source
ruff documentation, "unused-noqa (RUF100)".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Trait

SEVERITY = Severity.WARNING
SCOPE = "notebook"
TRAITS = frozenset({Trait.OF_SUPPRESSION})

GOOD = """\
# %%
print(lost)  # noqa: NBX101
# %%
# nbexport: ignore[NBX1] bound by the course's own kernel
print(bonus)
# %% nbexport={"ignore": ["NBX101"]}
print(given)
# %%
x = 1  # noqa
y = 2  # noqa: E501
text = "# noqa: NBX101"
"""

BAD = """\
# %%
x = 1  # noqa: NBX101  # <- here
y = x  # nbexport: ignore[NBX108] not any more  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Nothing here: only when all rules have spoken is it known what was not needed (`nbexport.judge.suppression`)."""
    yield from ()
