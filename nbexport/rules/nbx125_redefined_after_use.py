"""A name that is set anew after another cell has computed something from it.

## What it does
Reports a cell that reads both a name and a value computed from it, where a cell in between had set the name to
something else.

## Why is this bad
The two no longer belong together: the value was computed from the old one. Such cells come from trying things out,
and give another result when they are run in another order.

## How to fix
Give the second one a name of its own, or compute the value again after it.

## Limits
Names that are refined step by step (`df = df.dropna()`), loop variables, random generators, and names such as `fig`,
`ax`, `i` that every cell uses again are left alone, and so are changes in place.

## Source
marimo documentation, "Variables must be unique".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis.bindings import Definition, Use
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.names.kinds import BindKind

SEVERITY = Severity.WARNING
SCOPE = "notebook"

GOOD = """\
# %%
size = 3
scale = 2
# %%
rows = [scale] * size
# %% the value is computed again
size = 4
rows = [scale] * size
# %%
print(rows, size)
# %% refined
rows = rows + [1]
# %% a generator of its own for each part
import numpy as np
rng = np.random.default_rng(1)
weights = rng.normal(size=3)
# %%
rng = np.random.default_rng(2)
print(weights * rng.normal(size=3))
# %% read alone
scale = 5
# %%
print(scale)
"""

BAD = """\
# %%
size = 3
# %%
rows = [0] * size
# %%
size = 4
# %%
average = sum(rows) / size  # <- here
"""

_REUSED = frozenset(
    "i j k n _ fig ax axs axes axis plt title label color name text msg message path filename url".split()
)
"""Names that one cell after another uses anew."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Cells that combine a name with a value computed from an older one of that name."""
    rebound = {
        name: found
        for name, found in analysis.definitions.items()
        if len(found) > 1 and name not in _REUSED and sum(map(_is_plain, found)) > 1
    }
    if not rebound:
        return
    computed = _computed_from(analysis, rebound)
    seen: set[tuple[str, str]] = set()
    by_cell: dict[int, dict[str, Use]] = {}
    for index, unit in enumerate(analysis.units):
        here = by_cell.setdefault(unit.cell, {})
        for use in analysis.uses_by_unit.get(index, ()):
            if use.function is None:
                here.setdefault(use.name, use)
    for here in by_cell.values():
        for name in sorted(here.keys() & rebound.keys()):
            now = _only(here[name].definitions)
            if now is None or not _is_plain(now):
                continue
            for value, use in sorted(here.items()):
                made = _only(use.definitions)
                old = computed.get((made, name)) if made is not None else None
                if made is None or old is None or old is now or value == name or (name, value) in seen:
                    continue
                cells = [analysis.units[at.unit].cell for at in (old, made, now)]
                if not (old.unit < made.unit < now.unit and cells[1] < cells[2]) or _same_value(old, now):
                    continue
                if _comes_from(analysis, now, (old, made)):
                    continue
                seen.add((name, value))
                yield Problem(
                    f"`{value}` was computed in cell {cells[1]} from an older `{name}`, "
                    f"which cell {cells[2]} has set anew since",
                    f"compute `{value}` again after cell {cells[2]}, or give the new `{name}` another name",
                    *analysis.place(max(use, here[name], key=lambda read: read.unit)),
                    name,
                )


def _computed_from(
    analysis: Analysis, rebound: Mapping[str, tuple[Definition, ...]]
) -> dict[tuple[Definition, str], Definition]:
    """(A value, a name it was computed from) → what the name stood for then."""
    computed: dict[tuple[Definition, str], Definition] = {}
    for name, found in analysis.definitions.items():
        for made in found if name not in _REUSED else ():
            node = analysis.units[made.unit].node
            if (
                made.how is not BindKind.ASSIGN
                or not isinstance(node, ast.Assign | ast.AnnAssign)
                or made.function is not None
            ):
                continue
            for use in analysis.uses_by_unit.get(made.unit, ()):
                old = _only(use.definitions)
                if use.name in rebound and not use.deferred and old is not None:
                    if _is_plain(old):
                        computed[made, use.name] = old
    return computed


def _only(definitions: frozenset[Definition]) -> Definition | None:
    return next(iter(definitions)) if len(definitions) == 1 else None


def _is_plain(definition: Definition) -> bool:
    """Whether a binding is `name = value`, of no function and of no random generator, which every draw changes."""
    plain = definition.how is BindKind.ASSIGN and definition.unit >= 0 and definition.function is None
    return plain and not definition.generates


def _comes_from(analysis: Analysis, now: Definition, earlier: tuple[Definition, ...]) -> bool:
    """Whether a binding was computed, over however many steps, from one of these."""
    seen: set[int] = set()
    pending = [now.unit]
    while pending:
        unit = pending.pop()
        if unit not in seen:
            seen.add(unit)
            read = {d for use in analysis.uses_by_unit.get(unit, ()) for d in use.definitions if d.unit >= 0}
            if not read.isdisjoint(earlier):
                return True
            pending.extend(d.unit for d in read)
    return False


def _same_value(old: Definition, now: Definition) -> bool:
    values = [d.op.value for d in (old, now) if d.op is not None and d.op.value is not None]
    return len({ast.dump(value) for value in values}) == 1
