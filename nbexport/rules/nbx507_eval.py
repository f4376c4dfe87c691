"""Text is run as code.

## What it does
Reports `eval` of anything but a literal.

## Why is this bad
What the text says runs with all rights of the service.

## How to fix
Use `ast.literal_eval`, `json.loads` or a dict of functions.

## Limits
`exec` is NBX110; methods called `eval` (`model.eval()`, `df.eval(…)`) are something else.

## Source
Python documentation, `eval`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("eval",)

GOOD = """\
# %%
import ast
value = ast.literal_eval("[1, 2]")
class Model:
    def eval(self):
        return self
Model().eval()
two = eval("1 + 1")
"""

BAD = """\
# %%
text = "[1, 2]"
rows = eval(text)  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls of the built-in `eval`."""
    for call in analysis.calls:
        func, args = call.node.func, call.node.args
        if not (isinstance(func, ast.Name) and func.id == "eval") or analysis.provides("eval"):
            continue
        if args and not isinstance(args[0], ast.Constant):
            yield Problem(
                "`eval` runs text as code",
                "use `ast.literal_eval`, `json.loads` or a dict of functions",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
            )
