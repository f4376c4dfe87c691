"""Settings of the process: what sets them, what they govern, and what puts them back.

np.seterr(all="raise")        set, also by assignment: `pd.options.mode.copy_on_write = True`
np.log(rows)                  governed by it
with np.errstate(all="ignore"): …     put back at the end of the block
pd.Series.doubled = double    a part of a library that is replaced governs all of it
"""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase

from nbexport.analysis.effects.machine import Arguments, Machine
from nbexport.analysis.effects.objects import (
    HELD,
    NOTHING,
    Kind,
    Obj,
    Value,
    literal,
    reach,
    root_of,
)
from nbexport.analysis.effects.tables import Setting

FIGURE = "matplotlib.figure"
"""The setting that stands for the current picture, of which `plot` takes care."""


REPLACED = "replaced"
"""The word of what a call gives back that changes a setting: what it was before, in `extra`."""
_RESTORING = {"torch.random.fork_rng": ("random", "torch")}


def set_by(m: Machine, full: str, shown: str, node: ast.AST, *, arguments: Arguments | None = None) -> bool:
    """Note that a setting is changed, by a function where there are arguments, else by an assignment; if it is one."""
    for setting in m.libraries.settings("attributes" if arguments is None else "set_by", full):
        if setting.key == FIGURE or (arguments is not None and not _fit(setting, arguments)):
            continue
        if not setting.display or setting.read_by:
            _change(m, setting, shown, node, arguments.all() if arguments is not None else NOTHING)
        return True
    return False


def _change(m: Machine, setting: Setting, shown: str, node: ast.AST, passed: Value) -> None:
    place = m.place("setting", setting.key)
    m.settings[setting.key] = (setting, place)
    before = [obj.extra[1] for obj in passed if obj.word == REPLACED and obj.extra[0] == setting.key]
    if before and not m.ledger.is_exported:
        m.ledger.restore(place, before[0])
        return
    m.replaced = (setting.key, m.ledger.saved(place))
    m.write(place, HELD, node, f"sets `{shown}`")


def _fit(setting: Setting, arguments: Arguments) -> bool:
    """Whether every argument fits a pattern of the setting."""
    if not setting.arguments:
        return True
    given: list[tuple[int | str, Value]] = [*enumerate(arguments.positional), *(arguments.keywords or {}).items()]
    for place, value in given:
        known, constant = literal(value)
        text = str(constant) if known else "?"
        if not any(name == place and fnmatchcase(text, pattern) for name, pattern in setting.arguments):
            return False
    return not arguments.rest


def looked_up(m: Machine, full: str, node: ast.AST) -> None:
    """What runs depends on the settings that govern a function."""
    if not m.ledger.is_exported:
        return
    for setting, place in m.settings.values():
        if place.taints and setting.read_by.match(full):
            m.read(place, HELD, node)
    root = full.partition(".")[0]
    for part in m.patched:
        if part.taints and part.name.partition(".")[0] == root:
            m.read(part, HELD, node)


def written_out(m: Machine, value: Value, node: ast.AST) -> None:
    """Objects become text, as the settings of their libraries say; what is only printed is nobody's value."""
    if m.printing or not m.ledger.is_exported:
        return
    for root in {root_of(obj.name) for obj in reach(value) if obj.kind is Kind.OBJECT}:
        for name in ("__str__", "__repr__", "__format__"):
            looked_up(m, f"{root}.{name}", node)


def item_read(m: Machine, obj: Obj, node: ast.AST) -> None:
    """An entry of a library's own table is read: `plt.rcParams["font.size"]`."""
    looked_up(m, f"{obj.name}.__getitem__", node)


def operated(m: Machine, obj: Obj, node: ast.AST) -> None:
    """An operator on an object of a library."""
    looked_up(m, f"{obj.name.partition('.')[0]}.operator", node)


def restored_by(m: Machine, node: ast.expr, manager: Value) -> list[Obj]:
    """The state of the process that a context manager puts back at its end."""
    places: list[Obj] = []
    for obj in manager:
        if obj.kind is not Kind.OBJECT:
            continue
        if obj.name in _RESTORING:
            places.append(m.place(*_RESTORING[obj.name]))
        table = m.table_for(obj)
        for setting in table.settings("restored_by", obj.name) if table is not None else ():
            place = m.place("setting", setting.key)
            places.append(place)
            if obj.word == REPLACED and obj.extra[0] == setting.key:
                # called for a block alone: `with torch.set_grad_enabled(False)`
                m.ledger.restore(place, obj.extra[1])
    return places


def set_attribute(m: Machine, called: Obj, name: str, node: ast.AST) -> None:
    """Assign to an attribute of a library: a setting, or a part of it that is replaced."""
    full = f"{called.name}.{name}"
    if not set_by(m, full, full, node) and not set_by(m, called.name, full, node):
        m.patched[called] = None
    m.write(called, name, node, f"sets `{full}`")
