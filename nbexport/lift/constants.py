"""Which names are constants: bound once, to a value that any module can make, which nothing exported changes.

    SIDE = 4
    AREA = SIDE * SIDE          a constant, as `SIDE` is one
    rows = load(AREA)           none: what `load` gives is for a stage to ask

One constant may be made of another, in chains as long as the notebook.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import cached_property

from nbexport.analysis import values
from nbexport.analysis.bindings import Definition
from nbexport.lift.layout import Layout
from nbexport.lift.process_settings import is_governed
from nbexport.names.operations import Read


class Constants:
    """The constants of a notebook, as its definitions stand now."""

    def __init__(
        self, layout: Layout, may_change: Callable[[int], bool], *, without: AbstractSet[str] = frozenset()
    ) -> None:
        """Nothing is looked at before it is asked for.

        Args:
            layout: Where everything stands.
            may_change: Whether a lifted statement is one that may change a constant: a definition at module level.
            without: Names that are not constants, whatever they are bound to.
        """
        self.without = without
        self.layout = layout
        self.may_change = may_change
        self._known: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        """Whether a name is a constant, with all that it is made of."""
        waiting = [name]
        open_names: set[str] = set()
        while waiting:
            at = waiting[-1]
            if at in self._known:
                waiting.pop()
                continue
            needed = self._needed(at)
            if needed is None or any(self._known.get(other) is False for other in needed):
                self._known[at] = False
            elif all(self._known.get(other) for other in needed):
                self._known[at] = True
            elif at in open_names:
                # it is made of itself
                self._known[at] = False
            else:
                open_names.add(at)
                waiting += [other for other in needed if other not in self._known]
        return self._known[name]

    def promote(self, name: str) -> None:
        """Have a constant stand at module level, and what it is made of."""
        waiting = [name]
        while waiting:
            at = waiting.pop()
            if at not in self.layout.constants:
                self.layout.constants[at] = self.layout.lifted(at)[0].unit
                waiting += self._needed(at) or ()

    def _needed(self, name: str) -> list[str] | None:
        """The names that must be constants for this one to be; None where it cannot be one."""
        layout = self.layout
        analysis = layout.analysis
        definitions = layout.lifted(name)
        if len(definitions) != 1 or name in layout.parameters or name in self.without:
            return None
        [definition] = definitions
        unit = analysis.units[definition.unit]
        value = _assigned(unit.node)
        if value is None or not values.is_pure(value, lambda part: analysis.full_name(definition.unit, part)):
            return None
        if is_governed(layout, definition.unit, value):
            return None
        if not all(map(self.may_change, self._changed.get(definition, ()))):
            return None
        needed: list[str] = []
        for op in unit.ops:
            if isinstance(op, Read):
                others = self.unsettled(definition.unit, op)
                if others is None:
                    return None
                needed += others
        return needed

    def unsettled(self, unit: int, read: Read) -> list[str] | None:
        """What a read, when its statement runs, may find that must become a constant; None where something cannot."""
        layout = self.layout
        needed: list[str] = []
        for definition in layout.analysis.before[unit].get(read.name, frozenset()):
            if definition.unit < 0 or definition.unit == unit or layout.at_module_level(definition):
                continue
            if definition.unit not in layout.analysis.lifted or definition.name in layout.parameters:
                return None
            needed.append(definition.name)
        return needed

    @cached_property
    def _changed(self) -> dict[Definition, set[int]]:
        """Binding → the lifted statements that change its object."""
        analysis = self.layout.analysis
        changed: dict[Definition, set[int]] = {}
        for change in analysis.changes:
            if change.unit in analysis.lifted:
                for definition in change.definitions:
                    changed.setdefault(definition, set()).add(change.unit)
        return changed


def _assigned(node: ast.stmt) -> ast.expr | None:
    """The value of a statement that binds one name to it."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.value
    return None
