"""States: what each name may stand for at each place of a notebook; they share what they have in common.

    x = 1              x → {1}
    y = 2              y → {2}
    if small:          a layer of its own for the branch, which holds no more than what the branch binds
        x = 3              x → {3} in that layer; `y` is looked up in the layer below
                       joined: x → {1, 3}

A notebook of 20,000 statements has 20,000 states, and each differs from the one before it in a name or two: copies
would take the square of that. So only the changes are kept, for the states that the walk is in as for the past ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar, overload

from nbexport.analysis.bindings import MISSING_SET, Definitions

T = TypeVar("T")
Changes = dict[str, Definitions]
"""The names that differ from the layer below, with what they stand for now."""


class OpenState(Mapping[str, Definitions]):
    """A state that is still walked through: a layer of changes over another state."""

    __slots__ = ("below", "own")

    def __init__(self, below: Mapping[str, Definitions], own: Changes | None = None) -> None:
        self.below = below
        self.own: Changes = {} if own is None else own

    def fork(self, own: Changes | None = None) -> OpenState:
        """A state over this one, which must not change while the other is walked through."""
        return OpenState(self, own)

    def over(self, below: Mapping[str, Definitions]) -> OpenState:
        """This state as it is now, as one layer over one of those below it."""
        layers: list[Changes] = []
        state: Mapping[str, Definitions] = self
        while isinstance(state, OpenState) and state is not below:
            layers.append(state.own)
            state = state.below
        own: Changes = {}
        for layer in reversed(layers):
            own.update(layer)
        return OpenState(below, own)

    @overload
    def get(self, key: str, /) -> Definitions | None: ...
    @overload
    def get(self, key: str, default: Definitions | T, /) -> Definitions | T: ...
    def get(self, key: str, default: object = None, /) -> object:
        """The bindings of a name, or the default."""
        state: Mapping[str, Definitions] = self
        while type(state) is OpenState:
            definitions = state.own.get(key)
            if definitions is not None:
                return definitions
            state = state.below
        return state.get(key, default)

    def __getitem__(self, key: str) -> Definitions:
        definitions = self.get(key)
        if definitions is None:
            raise KeyError(key)
        return definitions

    def __setitem__(self, key: str, definitions: Definitions) -> None:
        self.own[key] = definitions

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        yield from self.below
        yield from (name for name in self.own if name not in self.below)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def join(states: Sequence[OpenState], below: Mapping[str, Definitions], absent: Definitions = MISSING_SET) -> Changes:
    """How the union of states differs from the one that all of them are layers over.

    Args:
        states: Layers over `below`.
        below: What they have in common.
        absent: Stands for a name that one of them does not have.
    """
    if len(states) == 1:
        return states[0].own
    changes: Changes = {}
    for state in states:
        for name in state.own:
            if name in changes:
                continue
            before = below.get(name, absent)
            # most often only some have bound it, or all have bound the same
            first, *others = [state.own.get(name, before) for state in states]
            for definitions in others:
                if definitions is not first:
                    first |= definitions
            changes[name] = first
    return changes


class Past(Sequence[Mapping[str, Definitions]]):
    """For each statement, the state before it; kept as the changes that each name went through."""

    def __init__(self) -> None:
        self._units: dict[str, list[int]] = {}
        self._definitions: dict[str, list[Definitions]] = {}
        self._count = 0

    def begin(self) -> None:
        """Another statement begins."""
        self._count += 1

    def note(self, changes: Iterable[tuple[str, Definitions]]) -> None:
        """From the next statement on, these names stand for these bindings."""
        for name, definitions in changes:
            self._units.setdefault(name, []).append(self._count)
            self._definitions.setdefault(name, []).append(definitions)

    def at(self, unit: int, name: str) -> Definitions | None:
        """The bindings of a name before a statement; None where it had none yet."""
        units = self._units.get(name)
        if units is None or units[0] > unit:
            return None
        return self._definitions[name][bisect_right(units, unit) - 1]

    def names(self, unit: int) -> Iterator[str]:
        """The names that had a binding before a statement."""
        return (name for name, units in self._units.items() if units[0] <= unit)

    @overload
    def __getitem__(self, unit: int) -> StateAt: ...
    @overload
    def __getitem__(self, unit: slice) -> Sequence[StateAt]: ...
    def __getitem__(self, unit: int | slice) -> StateAt | Sequence[StateAt]:
        if isinstance(unit, slice):
            return [StateAt(self, at) for at in range(*unit.indices(self._count))]
        if not -self._count <= unit < self._count:
            raise IndexError(unit)
        return StateAt(self, unit % self._count)

    def __len__(self) -> int:
        return self._count


class StateAt(Mapping[str, Definitions]):
    """The state before one statement."""

    __slots__ = ("_past", "_unit")

    def __init__(self, past: Past, unit: int) -> None:
        self._past = past
        self._unit = unit

    @overload
    def get(self, key: str, /) -> Definitions | None: ...
    @overload
    def get(self, key: str, default: Definitions | T, /) -> Definitions | T: ...
    def get(self, key: str, default: object = None, /) -> object:
        """The bindings of a name, or the default."""
        definitions = self._past.at(self._unit, key)
        return default if definitions is None else definitions

    def __getitem__(self, key: str) -> Definitions:
        definitions = self._past.at(self._unit, key)
        if definitions is None:
            raise KeyError(key)
        return definitions

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._past.at(self._unit, key) is not None

    def __iter__(self) -> Iterator[str]:
        return self._past.names(self._unit)

    def __len__(self) -> int:
        return sum(1 for _ in self)
