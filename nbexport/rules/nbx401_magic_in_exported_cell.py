"""IPython syntax in an exported cell that has no Python equivalent.

## What it does
Reports magics and shell commands in cells with a role that can be neither dropped nor translated.

## Why is this bad
Python does not know them, and leaving them out would change what the code does.

## How to fix
Move the line to a cell without a role, or write it in Python (`subprocess`, `pathlib`, `shutil`).

## Limits
Display magics, installs and commands that only look (`!ls`) are dropped; so is `%timeit`, unless what it runs leaves
something changed, or `%%timeit` keeps a name to itself. `%time` keeps its statement.

## Source
IPython documentation, "Built-in magic commands".
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Cell, Magic, Problem, Role, Severity, Span

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %% tags=["train", "evaluate"]
%matplotlib inline
%timeit sorted([2, 1])
metrics = {"n": 1}
"""

BAD = """\
# %% tags=["train", "evaluate"]
!curl -O http://example.org/rows.csv  # <- here
import random
%timeit random.random()  # <- here
metrics = {"n": 1}
rows = []
# %% tags=["train"]
%%timeit -n 3  # <- here
rows.append(1)
# %% tags=["train"]
%%timeit -n 3  # <- here
total = sum(rows)
"""


DROPPED = frozenset(
    """matplotlib load_ext reload_ext unload_ext autoreload config time timeit prun capture pip conda mamba precision
    who whos who_ls ls pwd history hist pinfo pinfo2 pdoc psource lsmagic quickref xmode pylab notebook doctest_mode
    reset_selective memit mprun lprun watermark version_information pprint tensorboard colors page psearch
    logstart logstop""".split()
)
"""Line and cell magics without an effect on what the code computes."""
LOOKS = frozenset(
    "ls pwd cat head tail wc tree which du df echo nvidia-smi date free whoami uname lscpu pip pip3 conda python "
    "python3 apt apt-get".split()
)
"""Shell commands that only look, or install."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Magics of exported cells that cannot be left out."""
    for cell in analysis.notebook.cells:
        if not cell.roles or Role.SKIP in cell.roles or cell.kind != "code":
            continue
        if cell.language != "python":
            yield Problem(
                f"this cell is {cell.language}, which cannot be exported",
                "move it to a cell without a role",
                cell.number,
                Span(1, 1, 1, 1),
            )
            continue
        yield from _measured(cell)
        for magic in cell.magics:
            if _harmless(magic) or magic.name.startswith("%"):
                continue  # a cell magic below the first line is NBX001
            sign = {"shell": "", "cell": "%%"}.get(magic.kind, "%")
            text = f"{magic.name}{'' if magic.kind == 'shell' else ' '}{magic.argument}".strip()
            shown = f"{magic.target} = {sign}{text}" if magic.target else f"{sign}{text}"
            yield Problem(
                f"`{shown.splitlines()[0][:60]}` has no equivalent in the exported code",
                "move it to a cell without a role, or write it in Python",
                cell.number,
                magic.span,
            )
    yield from _unsteady(analysis)


def _unsteady(analysis: Analysis) -> Iterator[Problem]:
    """Measured statements that change something: how often they ran is nowhere written down."""
    touching = {event.unit: event.what for event in analysis.randomness}
    touching |= {change.unit: f"`{change.name}`" for change in analysis.changes}
    for unit, what in sorted(touching.items()):
        magic = analysis.measured(unit) if unit in analysis.lifted else None
        if magic is not None:
            whole = magic.kind == "cell"
            yield Problem(
                f"`{'%%' if whole else '%'}{magic.name}` runs this {'cell' if whole else 'line'} as often as it likes, "
                f"and each time {what} changes",
                "move it to a cell that starts from a seed or a copy of its own, or leave it out",
                analysis.units[unit].cell,
                magic.span,
            )


def _measured(cell: Cell) -> Iterator[Problem]:
    """Cells that a magic measures, so that none of the names which they bind is the notebook's."""
    if not any(magic.kind == "cell" for magic in cell.magics):
        return
    from nbexport.names.measured import measured_body, measuring_magic  # few notebooks measure a cell
    from nbexport.names.scopes import bound_in

    magic = measuring_magic(cell)
    bound = sorted(bound_in(measured_body(cell, magic))[0]) if magic is not None else []
    if magic is not None and bound:
        yield Problem(
            f"`%%{magic.name}` keeps `{bound[0]}` to itself: an export leaves this cell out",
            f"remove `%%{magic.name}`, or move the cell's code to a cell without it",
            cell.number,
            magic.span,
            bound[0],
        )


def _harmless(magic: Magic) -> bool:
    if magic.kind == "help":
        return True
    if magic.kind == "shell":
        words = f"{magic.name} {magic.argument}".replace("!", " ").split()
        return magic.target is None and bool(words) and words[0] in LOOKS and not set(words) & {">", ">>", "|"}
    return (magic.runs_python or magic.name in DROPPED) and (magic.target is None or magic.name in ("time", "capture"))
