"""A script block that cannot be followed: `# /// script` (PEP 723).

## What it does
Reports a second script block, and one that is not TOML, whose requirements are not requirements, that names packages by
addresses without hashes, or whose `requires-python` leaves no Python that an exported project runs with.

## Why is this bad
juv, uv and marimo install what the block says. An export follows it too: what it names wins over what is installed on
the machine that exports. A block that says nothing would be passed over, and the project would get other versions.

## How to fix
Write it as PEP 723 says:

```python
# /// script
# requires-python = ">=3.12"
# dependencies = ["pandas>=2,<3"]
# ///
```

Instead of a repository (`pkg @ git+https://…`), name a release, or the `https://` address of an archive.

## Limits
Whether the packages exist is known when the project is locked. `[tool]` tables are for the installer that they name.

## Source
PEP 723, "Inline script metadata".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.read.script_block import ScriptBlockError, script_block

SEVERITY = Severity.ERROR
SCOPE = "notebook"
WORDS = ("# /// script",)

GOOD = """\
# %%
# /// script
# requires-python = ">=3.12"
# dependencies = [
#     "pandas>=2,<3",
#     "tool @ https://host.example/tool-1.0-py3-none-any.whl",
# ]
# [tool.uv]
# exclude-newer = "2026-01-01T00:00:00Z"
# ///
import pandas
"""

BAD = """\
# %%
# /// script
# dependencies = ["pandas >> 2"]  # <- here
# ///
import pandas
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """The script block, where it cannot be followed."""
    notebook = analysis.notebook
    try:
        script_block((cell.number, cell.source) for cell in notebook.cells if cell.kind == "code")
    except ScriptBlockError as error:
        cell = notebook.cell(error.cell)
        if cell is not None:
            yield Problem(str(error), error.fix, cell.number, cell.row_span(error.row))
