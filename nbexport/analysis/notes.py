"""What the walk over a notebook has noted down so far, and the trace that it leaves when it is through.

A loop is walked twice and a function whenever it is called, so most things come by again. Each has a key, and what
comes by again with more bindings that may reach it takes the place of what was noted first:

    for row in rows:
        last = row          `row` is read once, from the loop's binding, however often the walk comes by
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from nbexport.analysis.bindings import (
    ASSUMED_SET,
    MISSING_SET,
    Change,
    Definition,
    Definitions,
    RandomKind,
    Randomness,
    State,
    Use,
)
from nbexport.analysis.states import Past
from nbexport.model import Cell, Role
from nbexport.names.kinds import Generator
from nbexport.names.operations import Delete, Function, Mutate, Read, Unit
from nbexport.record import record, replace


@record(eq=False)
class Trace:
    """What a walk leaves behind; see `Analysis` for the fields."""

    units: tuple[Unit, ...]
    uses: tuple[Use, ...]
    uses_by_unit: Mapping[int, tuple[Use, ...]]
    changes: tuple[Change, ...]
    randomness: tuple[Randomness, ...]
    before: Sequence[State]
    final: State
    definitions: Mapping[str, tuple[Definition, ...]]
    star_imports: tuple[int, ...]
    repeated: frozenset[int]


class Notes:
    """Notes on the statement that is being walked, `unit`, and on those before it."""

    def __init__(self, units: tuple[Unit, ...], cells: Mapping[int, Cell]) -> None:
        self.units = units
        self.cells = cells
        self.unit = 0
        self.before = Past()
        self.by_name: dict[str, list[Definition]] = {}
        self.stars: list[int] = []
        self.repeated: set[int] = set()
        self.swallowing = False
        """Whether any failure of the call that is being followed is passed over."""
        self.waiting = False
        """Whether it is only made when something else runs the lambda or generator that it stands in."""
        self._uses: dict[tuple[int, int, int], Use] = {}
        self._late: dict[tuple[int, int, int], bool] = {}
        """Look-ups that wait for whoever runs the lambda or generator that they stand in, and whether one may fail."""
        self._changes: dict[tuple[int, Hashable, str], Change] = {}
        self._randomness: dict[tuple[int, int, RandomKind, Generator], Randomness] = {}

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The names of its own namespace that the notebook has a word for."""
        return frozenset(reference.name for unit in self.units for reference in unit.references)

    def cell_of(self, unit: int) -> Cell:
        """The cell of a statement."""
        return self.cells[self.units[unit].cell]

    def has_role(self, unit: int) -> bool:
        """Whether a statement stands in a cell that is exported for its role."""
        roles = self.cell_of(unit).roles
        return bool(roles) and Role.SKIP not in roles

    def use(self, op: Read | Delete, definitions: Definitions, function: Function | None) -> None:
        """Note a look-up of a name, by a statement or by a function that it calls."""
        key = (self.unit, id(op), id(function))
        known = self._uses.get(key)
        if known is None:
            deferred = isinstance(op, Read) and op.deferred
            swallowed = isinstance(op, Read) and (op.swallowed or self.swallowing)
            self._uses[key] = Use(op.name, self.unit, op.node, definitions, function, deferred, swallowed=swallowed)
            if isinstance(op, Read) and (op.waits or self.waiting):
                self._late[key] = op.guarded
        elif not definitions <= known.definitions:
            self._uses[key] = replace(known, definitions=known.definitions | definitions)

    def change(self, key: Hashable, op: Mutate, state: State) -> None:
        """Note a change in place of whatever a name stands for.

        Args:
            key: What tells it from other changes by the same statement.
            op: The change.
            state: What the names stand for.
        """
        definitions = frozenset(d for d in state.get(op.name, MISSING_SET) if d.unit >= 0)
        known = self._changes.get((self.unit, key, op.name))
        if known is None:
            change = Change(op.name, self.unit, op.node, op.kind, op.words, op.method, definitions)
        else:
            change = replace(known, definitions=known.definitions | definitions)
        self._changes[self.unit, key, op.name] = change

    def random(self, kind: RandomKind, generator: Generator, node: ast.AST, what: str) -> None:
        """Note a seeding or a draw."""
        key = (self.unit, id(node), kind, generator)
        if key not in self._randomness:
            self._randomness[key] = Randomness(kind, generator, self.unit, node, what)

    def _run_later(self, use: Use, *, guarded: bool) -> Use:
        """A look-up that waits, with the bindings below its statement where no other reaches it."""
        if any(definition.unit >= 0 and not definition.marker for definition in use.definitions):
            return use
        below = frozenset(made for made in self.by_name.get(use.name, ()) if made.unit >= use.unit)
        if below:
            return replace(use, definitions=below, late=True)
        return replace(use, definitions=ASSUMED_SET) if guarded else use

    def trace(self, final: State) -> Trace:
        """All of it, for good."""
        for key, guarded in self._late.items():
            self._uses[key] = self._run_later(self._uses[key], guarded=guarded)
        uses = tuple(self._uses.values())
        by_unit: dict[int, list[Use]] = {}
        for use in uses:
            by_unit.setdefault(use.unit, []).append(use)
        return Trace(
            units=self.units,
            uses=uses,
            uses_by_unit=MappingProxyType({unit: tuple(members) for unit, members in by_unit.items()}),
            changes=tuple(self._changes.values()),
            randomness=tuple(self._randomness.values()),
            before=self.before,
            final=MappingProxyType(final),
            definitions=MappingProxyType({name: tuple(members) for name, members in self.by_name.items()}),
            star_imports=tuple(self.stars),
            repeated=frozenset(self.repeated),
        )
