"""A package installed without a version: `%pip install torch`.

## What it does
Reports packages that `pip install` or `conda install` is given by their bare name, with no version or bound.

## Why is this bad
What gets installed is whatever is newest on the day: the notebook that ran in March fails, or computes something else,
in June.

## How to fix
Name the version that you use: `%pip install torch==2.4.1`, or install from a file of requirements.

## Limits
`-r` and `-c` files are believed to name versions. `pip`, `setuptools` and `wheel` need none.

## Source
pip documentation, "Repeatable installs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Span

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("install",)

GOOD = """\
# %%
# %pip install torch==2.4.1 "numpy>=2,<3"
# %pip install -q -r requirements.txt
# %pip install -U pip setuptools wheel
# %pip install -e . && echo done
# %pip install torch -c constraints.txt
# %pip install git+https://host.example/group/tool@v1.2
# %pip install https://host.example/tool-1.0-py3-none-any.whl $extra {package}
# %conda install -c channel numpy=2.1
# !pip uninstall -y numpy
"""

BAD = """\
# %%
# %pip install torch  # <- here
# %%
# !pip install -q --index-url https://host.example/simple "numpy[all]" pandas==2.2  # <- here
# %%
# %conda install -y -c channel numpy  # <- here
# %%
%%bash
pip install torch  # <- here
"""

# compiled where they are first needed: most notebooks install nothing
_COMMAND = (
    r"(?:sudo[ \t]+)?(?:(?:\S*python3?[\d.]*|\{sys\.executable\})[ \t]+-m[ \t]+)?(pip3?|conda|mamba)"
    r"(?:[ \t]+-\S+)*[ \t]+install[ \t]+(.*)"
)
_WORD = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'])+"
_NAME = r"[A-Za-z0-9][\w.-]*(?:\[[\w,.-]*\])?"
_TAKES_VALUE = frozenset(
    """-i --index-url --extra-index-url -f --find-links -t --target -e --editable --proxy --retries --timeout
    --trusted-host --upgrade-strategy --progress-bar --prefix --root --src --platform --python-version --abi
    --implementation --no-binary --only-binary --log --cache-dir --cert --channel -n --name -p --config-settings
    --global-option""".split()
)
_FILES = ("-r", "--requirement", "-c", "--constraint", "--file")
_TOOLS = frozenset({"pip", "setuptools", "wheel", "conda", "python"})
_ENDS = r"[|;<>&#]|\\$|\d?>"


def find(analysis: Analysis) -> Iterator[Problem]:
    """Installs of packages without a version."""
    for cell in analysis.notebook.cells:
        for magic in cell.magics:
            if magic.kind == "shell":
                yield from _problem(magic.argument, cell.number, magic.span)
            elif magic.kind == "line" and magic.name in ("pip", "conda", "mamba"):
                yield from _problem(f"{magic.name} {magic.argument}", cell.number, magic.span)
            elif magic.kind == "cell" and magic.name in ("bash", "sh"):
                for row, text in enumerate(cell.source.split("\n"), start=1):
                    first = len(text) - len(text.lstrip()) + 1
                    yield from _problem(text.strip(), cell.number, Span(row, first, row, len(text.rstrip()) + 1))


def _problem(command: str, cell: int, span: Span) -> Iterator[Problem]:
    match = re.match(_COMMAND, command)
    names = list(_unpinned(match[2], conda=match[1] not in ("pip", "pip3"))) if match else []
    if names:
        several = len(names) > 1
        yield Problem(
            f"{', '.join(f'`{name}`' for name in names)} {'are' if several else 'is'} installed without a version",
            f"name the version that you use: `{names[0]}==…`",
            cell,
            span,
        )


def _unpinned(arguments: str, *, conda: bool) -> Iterator[str]:
    """The packages among the arguments that stand alone by their name."""
    words = [word.group() for word in re.finditer(_WORD, arguments)]
    if not conda and any(word.startswith(_FILES) for word in words):
        return
    skip = False
    for word in words:
        if re.match(_ENDS, word):
            return
        if skip or word.startswith("-"):
            skip = not skip and (word in _TAKES_VALUE or (conda and word in ("-c", "--file")))
            continue
        name = word.strip("\"'")
        if (
            re.fullmatch(_NAME, name)
            and name.lower() not in _TOOLS
            and not name.endswith((".whl", ".gz", ".zip", ".txt"))
        ):
            yield name
        if word.endswith(";"):
            return
