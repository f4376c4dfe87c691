"""A value that a cell that stays in the notebook changes between its exported write and an exported read.

## What it does
Reports exported code that reads a value after a cell without a role has bound it again or changed it in place:
`df["x"] = …`, `.append(…)`, `inplace=True`, a helper that changes its argument, another name for the same object, a
draw from a random generator of the notebook's own (`rng.normal()`, or `rng` given to a function).

## Why is this bad
The export lacks the change. It runs, and computes something else than the notebook did.

## How to fix
Tag the cell that makes the change, or let it work on a copy.

## Limits
Functions of the notebook are followed wherever they are called from. What a call into a library changes is known from
tables; what no table knows is an assumption, not a finding of this rule. A write that an exported write overrides is
no finding.

## Source
PRODUCT rule: a silently different result is the one unforgivable failure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import Use
from nbexport.analysis.effects.account import account, place_of, reading_of
from nbexport.analysis.effects.objects import BOUND, Conflict, Kind
from nbexport.analysis.notebook import Analysis
from nbexport.fix.take_along import take_along_fix
from nbexport.model import Problem, Related, Severity, Trait

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


def find(analysis: Analysis) -> Iterator[Problem]:
    """Rebindings and changes in place that exported code would miss."""
    seen: set[int] = set()
    yield from _rebound(analysis, seen)
    yield from _changed(analysis, seen)


def _rebound(analysis: Analysis, seen: set[int]) -> Iterator[Problem]:
    for use in analysis.judged_uses:
        for definition in sorted(use.definitions, key=lambda d: d.place):
            unit = definition.unit
            if unit < 0 or definition.marker or unit in analysis.lifted or unit in seen:
                continue
            if not any(d.unit in analysis.lifted and d.unit < use.unit for d in analysis.definitions[use.name]):
                continue
            before = analysis.before[unit].get(use.name, ())
            if before and all(analysis.binds_same_literal(definition, other) for other in before):
                continue
            seen.add(unit)
            yield _problem(
                analysis, unit, definition.op.node if definition.op else None, use.name, "binds it again", use
            )


def _changed(analysis: Analysis, rebinding: set[int]) -> Iterator[Problem]:
    seen: set[tuple[int, str]] = set()
    for conflict in account(analysis).of("", "figure"):
        write = conflict.write
        name = write.obj.label or ("" if write.obj.word == "figure" else write.obj.name)
        if write.obj.kind is Kind.SCOPE:
            name = write.field.removeprefix(BOUND)
            # what functions look up that are called by their names is judged by the bindings that reach the call
            if name != write.field and (write.unit in rebinding or not _reaches(analysis, name, conflict)):
                continue
        if (write.unit, name) in seen:
            continue
        seen.add((write.unit, name))
        cell, span = place_of(analysis, write)
        reading = analysis.units[conflict.unit].cell
        by = " by a function that is called" if conflict.code not in (conflict.unit, -1) else ""
        shown = f"`{name}`" if name else "what it changes"
        written = [
            d for d in analysis.definitions.get(name, ()) if d.unit in analysis.lifted and d.unit < conflict.unit
        ]
        yield Problem(
            f"cell {cell} stays in the notebook, but {write.words}: {shown} is read afterwards{by} in cell {reading}",
            f"give cell {cell} a role, or let it work on a copy of {shown}",
            cell,
            span,
            name,
            fix=take_along_fix(analysis, write.unit, conflict.unit) if write.magic is None else None,
            related=(
                *(analysis.bound_here(d, f"the last exported write of `{name}`") for d in written[-1:]),
                reading_of(analysis, conflict, f"{shown} is read here"),
            ),
        )


def _reaches(analysis: Analysis, name: str, conflict: Conflict) -> bool:
    """Whether what a statement binds to a name is what the name stands for before the one that reads it."""
    bound = {d for d in analysis.definitions.get(name, ()) if d.unit == conflict.write.unit}
    return not bound or not bound.isdisjoint(analysis.before[conflict.unit].get(name, ()))


def _problem(analysis: Analysis, unit: int, node: ast.AST | None, name: str, words: str, use: Use) -> Problem:
    reading = analysis.units[use.unit].cell
    behind = analysis.units[unit]
    by = f" by `{use.function.name}`, called" if use.function is not None else ""
    written = [d for d in analysis.definitions.get(use.name, ()) if d.unit in analysis.lifted and d.unit < use.unit]
    return Problem(
        f"cell {behind.cell} stays in the notebook, but {words}: `{name}` is read afterwards{by} in cell {reading}",
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
