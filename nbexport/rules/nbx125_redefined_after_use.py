"""A setting that gets another value after another cell has computed something from it.

## What it does
Reports a statement that reads both a name and a value computed from it, where a cell in between has given the name
another value. Only settings are meant: names that get a literal both times, such as `size = 3` and `size = 4`.

## Why is this bad
The two no longer belong together: the value was computed from the old one. Such cells come from trying things out,
and give another result when they are run in another order.

## How to fix
Give the second one a name of its own, or compute the value again after it.

## Limits
Tables, models and results are left alone, which notebooks often make again under one name, and so are names such as
`title` and `i` that every cell uses again, and changes in place.

## Source
marimo documentation, "Variables must be unique".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis import values
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
# %% a result that is made again
model = fitted(rows)
# %%
answers = model.predict(rows)
# %%
model = fitted(answers)
print(model, answers)
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
"""Names that one cell after another binds again."""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Statements that combine a setting with a value computed from an older one of that name."""
    rebound = {
        name: definitions
        for name, definitions in analysis.definitions.items()
        if len(definitions) > 1 and name not in _REUSED and sum(map(_is_plain, definitions)) > 1
    }
    if not rebound:
        return
    computed = _computed_from(analysis, rebound)
    if not computed:
        return
    seen: set[tuple[str, str]] = set()
    # both are known by name first: few statements read a setting beside something that was computed from it
    settings = {name for _, name in computed}
    values_of = {made.name for made, _ in computed}
    for index in range(len(analysis.units)):
        uses = analysis.uses_by_unit.get(index, ())
        names = {use.name for use in uses}
        if names.isdisjoint(settings) or names.isdisjoint(values_of):
            continue
        here: dict[str, Use] = {}
        for use in uses:
            if use.function is None:
                here.setdefault(use.name, use)
        for name in sorted(here.keys() & settings):
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
                    f"to which cell {cells[2]} has given another value since",
                    f"compute `{value}` again after cell {cells[2]}, or give the new `{name}` another name",
                    *analysis.place(max(use, here[name], key=lambda read: read.unit)),
                    name,
                )


def _computed_from(
    analysis: Analysis, rebound: Mapping[str, tuple[Definition, ...]]
) -> dict[tuple[Definition, str], Definition]:
    """(A value, a name it was computed from) → what the name stood for then."""
    computed: dict[tuple[Definition, str], Definition] = {}
    reading: dict[int, list[Use]] = {}
    for unit, uses in analysis.uses_by_unit.items():
        known = [use for use in uses if use.name in rebound and not use.deferred]
        if known:
            reading[unit] = known
    for name, definitions in analysis.definitions.items() if reading else ():
        for made in definitions if name not in _REUSED else ():
            if made.unit not in reading or made.how is not BindKind.ASSIGN or made.function is not None:
                continue
            if not isinstance(analysis.units[made.unit].node, ast.Assign | ast.AnnAssign):
                continue
            for use in reading[made.unit]:
                old = _only(use.definitions)
                if old is not None and _is_plain(old):
                    computed[made, use.name] = old
    return computed


def _only(definitions: frozenset[Definition]) -> Definition | None:
    return next(iter(definitions)) if len(definitions) == 1 else None


def _is_plain(definition: Definition) -> bool:
    """Whether a binding is `name = value` of a literal: a setting."""
    if definition.how is not BindKind.ASSIGN or definition.unit < 0 or definition.op is None:
        return False
    value = definition.op.value
    return value is not None and not isinstance(value, ast.List | ast.Dict | ast.Set) and values.literal(value)[0]


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
