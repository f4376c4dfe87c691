"""A value that a cell which stays behind changes between its exported write and an exported read.

## What it does
Reports exported code that reads a value after a cell without a role has bound it anew or changed it in place:
`df["x"] = …`, `.append(…)`, `inplace=True`, a helper that changes its argument, another name for the same object, a
draw from a random generator of the notebook's own (`rng.normal()`, or `rng` given to a function).

## Why is this bad
The export lacks the change. It runs, and computes something else than the notebook did.

## How to fix
Tag the cell that makes the change, or let it work on a copy.

## Limits
Which objects share memory is followed through plain assignments, containers, views and the known holders
(optimisers, data loaders, pipelines), not through arbitrary calls. A write that an exported write overrides is no
finding.

## Source
PRODUCT rule: a silently different result is the one unforgivable failure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import Change, Definition, Use, sharing
from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Problem, Related, Severity, Trait
from nbexport.names.kinds import ChangeKind

SEVERITY = Severity.ERROR
SCOPE = "lift"
TRAITS = frozenset({Trait.ROLE_FIXES})

GOOD = """\
# %% tags=["data"]
rows = [1, 2]
# %%
copy = list(rows)
copy.append(3)
# %% tags=["train", "evaluate"]
model = sum(rows)
metrics = {"sum": model}
"""

BAD = """\
# %% tags=["data"]
rows = [1, 2]
# %%
rows.append(3)  # <- here
# %% tags=["train", "evaluate"]
model = sum(rows)
metrics = {"sum": model}
"""


_ONLY_DISPLAY = frozenset(
    "matplotlib mpl_toolkits seaborn plotly pandas IPython warnings logging sys os tqdm altair bokeh".split()
)
"""Libraries whose settings, set by attribute, change what is shown and not what is computed."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Rebindings and changes in place that exported code would miss."""
    yield from _rebound(analysis)
    yield from _changed(analysis)


def _rebound(analysis: Analysis) -> Iterator[Problem]:
    seen: set[int] = set()
    for use in analysis.judged_uses():
        for definition in sorted(use.definitions, key=lambda d: d.place):
            unit = definition.unit
            if unit < 0 or definition.marker or unit in analysis.lifted or unit in seen:
                continue
            if not any(d.unit in analysis.lifted and d.unit < use.unit for d in analysis.definitions[use.name]):
                continue
            seen.add(unit)
            yield _problem(
                analysis, unit, definition.op.node if definition.op else None, use.name, "binds it anew", use
            )


def _changed(analysis: Analysis) -> Iterator[Problem]:
    seen: set[tuple[int, str]] = set()
    for change in analysis.changes:
        if change.unit in analysis.lifted or (change.unit, change.name) in seen:
            continue
        touched = {d for d in sharing(change.definitions) if d.unit in analysis.lifted and _matters(change, d)}
        if not touched:
            continue
        for use in analysis.judged_uses():
            if use.unit <= change.unit or not sharing(use.definitions) & touched:
                continue
            if _done_again(analysis, change, use):
                break
            seen.add((change.unit, change.name))
            yield _problem(analysis, change.unit, change.node, change.name, change.words, use)
            break


def _matters(change: Change, definition: Definition) -> bool:
    """A library is changed by replacing a part of it (`nn.Linear.forward = …`); settings of display do not count."""
    if not definition.module:
        return True
    library = definition.module.partition(".")[0]
    return change.kind is ChangeKind.ATTRIBUTE and library not in _ONLY_DISPLAY


def _done_again(analysis: Analysis, change: Change, use: Use) -> bool:
    """Whether the next exported statement does the same again, so that the change left behind does not matter."""
    again = [other for other in analysis.changes if other.unit == use.unit and other.name == use.name]
    if change.mode_only:
        return any(other.mode_only for other in again)
    return _fits(change) and any(map(_fits, again))


def _fits(change: Change) -> bool:
    return change.kind is ChangeKind.METHOD and change.method == "fit"


def _problem(analysis: Analysis, unit: int, node: ast.AST | None, name: str, words: str, use: Use) -> Problem:
    reading = analysis.units[use.unit].cell
    behind = analysis.units[unit]
    by = f" by `{use.function.name}`, called" if use.function is not None else ""
    written = [d for d in analysis.definitions.get(use.name, ()) if d.unit in analysis.lifted and d.unit < use.unit]
    return Problem(
        f"cell {behind.cell} stays behind, but {words}: `{name}` is read afterwards{by} in cell {reading}",
        f"give cell {behind.cell} a role, or let it work on a copy of `{name}`",
        behind.cell,
        behind.span(node),
        name,
        fix=take_along_fix(analysis, unit, use.unit),
        related=(
            *(analysis.bound_here(d, f"the last exported write of `{use.name}`") for d in written[-1:]),
            Related(*analysis.place(use), f"`{use.name}` is read here"),
        ),
    )
