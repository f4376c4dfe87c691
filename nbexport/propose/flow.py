"""Which statements a statement needs: the edges along which a backward slice walks.

    rows = load()            # 0
    model = SVC()            # 1
    other = SVC()            # 2
    other.fit(rows)          # 3
    model.fit(rows)          # 4: needs 0 and 1
    model.score(rows)        # 5: needs 0, 1 and, since it changed `model`, 4

A statement needs those that bound what it reads, in its own text or in the notebook functions it calls, and those that
changed the same objects in between. A refit forgets the fits before it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from nbexport.analysis.bindings import Definition, State, sharing
from nbexport.analysis.notebook import Analysis
from nbexport.names.kinds import ChangeKind
from nbexport.names.operations import Function, Mutate, Read, flatten

_REFITTED = ("sklearn.", "xgboost.", "lightgbm.", "catboost.")
"""Libraries whose `fit` starts afresh."""


class Flow:
    """The data flow between the statements of one notebook."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self._needs: dict[int, frozenset[int]] = {}
        self._needed_by: dict[int, list[int]] | None = None
        self._reach: dict[int, frozenset[int]] = {}
        self._changes: dict[Definition, list[tuple[int, bool, bool]]] = {}
        for change in analysis.changes:
            fits = change.kind is ChangeKind.METHOD and change.method == "fit"
            self._note(change.definitions, change.unit, change.mode_only, fits)
        for unit in range(len(analysis.units)):
            for function in self.called(unit):
                for op in function.all_ops():
                    if isinstance(op, Mutate):
                        mode_only = op.kind is ChangeKind.MODE
                        self._note(analysis.before[unit].get(op.name, ()), unit, mode_only, False)

    def changed(self, unit: int, definitions: Iterable[Definition]) -> None:
        """Note that a statement changes objects in a way that the analysis cannot see (`train(model)` of a library)."""
        self._note(definitions, unit, False, False)
        self._needs.clear()
        self._needed_by = None
        self._reach.clear()

    def _note(self, definitions: Iterable[Definition], unit: int, mode_only: bool, fits: bool) -> None:
        for definition in sharing(definitions):
            if not definition.module:
                self._changes.setdefault(definition, []).append((unit, mode_only, fits))

    def needs(self, unit: int) -> frozenset[int]:
        """The statements that this one needs directly."""
        needed = self._needs.get(unit)
        if needed is None:
            needed = self._needs[unit] = frozenset(self._needed(unit))
        return needed

    def slice(self, units: Iterable[int]) -> set[int]:
        """The statements that these need, directly or not, themselves included."""
        return _closure(units, self.needs)

    def needing(self, units: Iterable[int]) -> set[int]:
        """The statements that need one of these, directly or not, themselves included."""
        if self._needed_by is None:
            self._needed_by = {}
            for unit in range(len(self.analysis.units)):
                for needed in self.needs(unit):
                    self._needed_by.setdefault(needed, []).append(unit)
        needed_by = self._needed_by
        return _closure(units, lambda unit: needed_by.get(unit, ()))

    def reach(self, unit: int) -> frozenset[int]:
        """The backward slice of one statement; `slice` and `needing` answer for many at once."""
        known = self._reach.get(unit)
        if known is None:
            known = self._reach[unit] = frozenset(self.slice([unit]))
        return known

    def read_by(self, unit: int) -> set[Definition]:
        """The bindings that the statement reads, in its functions too."""
        analysis = self.analysis
        definitions = {d for use in analysis.uses_by_unit.get(unit, ()) for d in use.definitions}
        state = analysis.before[unit]
        for function in self.called(unit):
            for read in function.reads():
                definitions |= state.get(read.name, frozenset())
        return {d for d in definitions if d.unit >= 0 and not d.marker}

    def changes_after(self, definitions: Iterable[Definition]) -> set[int]:
        """The statements that change these objects, wherever they stand."""
        return {unit for d in definitions for unit, mode_only, _ in self._changes.get(d, ()) if not mode_only}

    def free_state(self, function: Function, *, after: int = -1) -> set[Definition]:
        """What a function that is called later reads: neither imports nor other definitions alone.

        Args:
            function: The function.
            after: The statement below which it is called; by default it is called after the last cell. A name that is
                bound only further below is taken from there.
        """
        final = self.analysis.final
        there = self.analysis.before[after + 1] if 0 <= after < len(self.analysis.units) - 1 else final
        state: set[Definition] = set()
        for inner in self._followed([function], final):
            for read in inner.reads():
                bound = {d for d in there.get(read.name, ()) if d.unit >= 0 and not d.marker}
                state |= bound or {d for d in final.get(read.name, ()) if d.unit >= 0 and not d.marker}
        return state

    def called(self, unit: int) -> list[Function]:
        """The notebook functions and classes that a statement may run."""
        analysis = self.analysis
        state = analysis.before[unit]
        first = [
            function
            for op in flatten(analysis.units[unit].ops)
            if isinstance(op, Read)
            for d in state.get(op.name, ())
            for function in (d.function, d.instance_of)
            if function is not None
        ]
        return self._followed(first, state)

    def _followed(self, first: Iterable[Function], state: State) -> list[Function]:
        functions: dict[int, Function] = {}
        pending = list(first)
        while pending:
            function = pending.pop()
            if id(function) in functions:
                continue
            functions[id(function)] = function
            pending += [
                inner
                for read in function.reads()
                for d in state.get(read.name, ())
                for inner in (d.function, d.instance_of)
                if inner is not None
            ]
        return list(functions.values())

    def _needed(self, unit: int) -> Iterator[int]:
        for definition in self.read_by(unit):
            if definition.unit != unit:
                yield definition.unit
            if definition.module or definition.function is not None:
                continue
            yield from self._changed_before(unit, definition)

    def _changed_before(self, unit: int, definition: Definition) -> Iterator[int]:
        """Changes of the object between its binding and this statement."""
        refits = self._refits(definition)
        own = self._changes.get(definition, ())
        last_fit = max((at for at, _, fits in own if fits and at <= unit), default=-1) if refits else -1
        modes: list[int] = []
        for shared in sharing((definition,)):
            for at, mode_only, fits in self._changes.get(shared, ()):
                if not definition.unit < at < unit or (fits and at < last_fit):
                    continue
                if mode_only:
                    modes.append(at)
                else:
                    yield at
        if modes:
            yield max(modes)

    def _refits(self, definition: Definition) -> bool:
        value = definition.op.value if definition.op is not None else None
        if not isinstance(value, ast.Call):
            return False
        return (self.analysis.full_name(definition.unit, value.func) or "").startswith(_REFITTED)


def _closure(units: Iterable[int], neighbours: Callable[[int], Iterable[int]]) -> set[int]:
    """These statements and all that can be reached from them."""
    reached = set(units)
    pending = list(reached)
    while pending:
        for unit in neighbours(pending.pop()):
            if unit not in reached:
                reached.add(unit)
                pending.append(unit)
    return reached
