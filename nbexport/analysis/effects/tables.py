"""What is known of libraries: which calls change what, draw, set and keep; read from the tables in `libraries/`.

    {"within": "numpy", "names": "put copyto place", "changes": [0]}     one group: they change their first argument

Of the groups that name a call, the first holds whose conditions on keywords are met. What a library's table does not
name leaves its arguments alone where the table says that it names all that does not (`"unlisted": "leaves"`), and is
unknown elsewhere, as is every call into a library without a table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from nbexport.record import field, record


@record(eq=False)
class Behavior:
    """What the calls of one group do."""

    changes: tuple[int | str, ...] = ()
    parameters: tuple[str, ...] = ()
    deep: bool = False
    overwrites: bool = False
    result: str = ""
    kind: str = ""
    draws: str = ""
    advances: str = ""
    """The global generator that it draws from though its result does not depend on it."""
    peeks: str = ""
    """The global generator that it looks at without moving it."""
    shallow: bool = False
    """Whether what shares the receiver's memory does not change."""
    seeds: tuple[str, ...] = ()
    mode: str = ""
    copies: bool = False
    writes: int | str | None = None
    reads: int | str | None = None
    writes_self: bool = False
    also: bool = False
    leaves: bool = False
    """Whether not even an iterator or a generator that is passed moves on."""
    unknown: bool = False
    """Whether nothing is known of the call."""
    of: frozenset[str] = frozenset()
    """Kinds of receivers; all where it is empty."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """`if_true`, `unless_true`, `if_false`, `if_given`, `unless_given` → keyword, with `@position` or not."""


@record(eq=False)
class Runs:
    """Which methods of the notebook's classes the methods of a library run."""

    names: Patterns
    methods: Patterns
    clones: bool = False
    """Whether they run on clones of what is passed."""
    given: bool = False
    """Whether they run on what is passed, and not only on what an object holds."""


@record(eq=False)
class Setting:
    """State of the process that a library keeps."""

    key: str
    display: bool
    set_by: Patterns
    attributes: Patterns
    read_by: Patterns
    restored_by: Patterns
    returned_by: Patterns
    arguments: tuple[tuple[int | str, str], ...] = ()
    """(position or keyword, pattern): every argument of what sets it has to fit one of them."""


class Patterns:
    """Names and patterns of names."""

    __slots__ = ("_beginnings", "_wild", "exact")
    exact: frozenset[str]
    """Names without a wild card."""
    _beginnings: tuple[str, ...]
    _wild: tuple[tuple[str, str], ...]
    """(what the name begins with, pattern): most names differ there, and need no regular expression."""

    def __init__(self, names: str, within: str = "") -> None:
        full = [f"{within}.{name}" for name in names.split()] if within else names.split()
        if "*" not in names and "?" not in names and "[" not in names:
            self.exact, self._beginnings, self._wild = frozenset(full), (), ()
            return
        begun = [(name, _literal_beginning(name)) for name in full]
        self.exact = frozenset(name for name, begins in begun if name == begins)
        self._beginnings = tuple(begins for name, begins in begun if name == begins + "*")
        self._wild = tuple((begins, name) for name, begins in begun if name not in (begins, begins + "*"))

    def __bool__(self) -> bool:
        return bool(self.exact or self._beginnings or self._wild)

    @property
    def has_wild(self) -> bool:
        """Whether there are patterns among them."""
        return bool(self._beginnings or self._wild)

    def match(self, name: str) -> bool:
        """Whether one of them is the name, or fits it."""
        return (
            name in self.exact
            or name.startswith(self._beginnings)
            or any(name.startswith(begins) and fnmatchcase(name, pattern) for begins, pattern in self._wild)
        )


def _literal_beginning(pattern: str) -> str:
    """What stands before the first wild card of a pattern."""
    return next((pattern[:index] for index, character in enumerate(pattern) if character in "*?["), pattern)


Relation = Literal["set_by", "attributes", "restored_by", "returned_by"]
"""What a name may be to a setting."""
_RELATIONS: tuple[Relation, ...] = get_args(Relation)
_CONDITIONS = ("if_true", "unless_true", "if_false", "if_given", "unless_given", "if_value")
UNKNOWN = Behavior(unknown=True)
LEAVES = Behavior()


class Table:
    """What one library does."""

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self.name = name
        self.leaves = content.get("unlisted") == "leaves"
        self.unlisted = Behavior(result=content.get("unlisted_result", "")) if self.leaves else UNKNOWN
        kinds = content.get("kinds", {})
        self.words = tuple(kinds)
        self._kinds = _Index([Patterns(_text(names)) for names in kinds.values()])
        self._functions = _Groups(content.get("functions", ()))
        self._methods = _Groups(content.get("methods", ()))
        attributes = content.get("attributes", {})
        self.scalars = Patterns(_text(attributes.get("scalars", "")))
        self.moving = Patterns(_text(attributes.get("changes", "")))
        self._settings = tuple(_setting(one) for one in content.get("settings", ()))
        self.says_runs = "runs" in content
        """Whether it says which methods of the notebook's classes are run; where not, any may be."""
        self._runs = tuple(
            Runs(
                Patterns(_text(one["names"])),
                Patterns(_text(one["methods"])),
                one.get("clones", False),
                one.get("given", False),
            )
            for one in content.get("runs", ())
        )
        self._running = _Index([one.names for one in self._runs])
        self._related = {
            relation: _Index([getattr(one, relation) for one in self._settings]) for relation in _RELATIONS
        }

    def functions(self, full: str) -> tuple[Behavior, ...]:
        """The groups that name a function."""
        return self._functions.naming(full.removeprefix("builtins."))

    def methods(self, name: str) -> tuple[Behavior, ...]:
        """The groups that name a method."""
        return self._methods.naming(name)

    def kind_of(self, full: str) -> str:
        """The word for what a function gives back; empty for what has none."""
        return next((self.words[index] for index in self._kinds.naming(full.removeprefix("builtins."))), "")

    def runs(self, name: str) -> tuple[Runs, ...]:
        """What a function or method of the library runs, by its last name."""
        return tuple(self._runs[index] for index in self._running.naming(name))

    def settings(self, relation: Relation, full: str) -> tuple[Setting, ...]:
        """The settings that name a function or an attribute in this relation, in order."""
        return tuple(self._settings[index] for index in self._related[relation].naming(full))


class _Index:
    """Which of many `Patterns` hold a name, remembered for each name."""

    __slots__ = ("_exact", "_named", "_wild")

    def __init__(self, every: Sequence[Patterns]) -> None:
        self._exact = [(index, names.exact) for index, names in enumerate(every) if names.exact]
        self._wild = [(index, names) for index, names in enumerate(every) if names.has_wild]
        self._named: dict[str, list[int]] = {}

    def naming(self, name: str) -> list[int]:
        """The positions of those that hold a name, in order."""
        known = self._named.get(name)
        if known is None:
            known = [index for index, names in self._exact if name in names]
            wild = [index for index, names in self._wild if names.match(name)]
            if wild:
                known = sorted({*known, *wild})
            self._named[name] = known
        return known


class _Groups:
    """The groups of a table, read when a call is looked up that one of them names."""

    def __init__(self, groups: Sequence[Mapping[str, Any]]) -> None:
        self._groups = groups
        self._index = _Index([Patterns(_text(group["names"]), group.get("within", "")) for group in groups])
        self._named: dict[str, tuple[Behavior, ...]] = {}

    def naming(self, name: str) -> tuple[Behavior, ...]:
        """The groups that name a call, in order."""
        behaviors = self._named.get(name)
        if behaviors is None:
            behaviors = tuple(_behavior(self._groups[index]) for index in self._index.naming(name))
            self._named[name] = behaviors
        return behaviors


def _behavior(group: Mapping[str, Any]) -> Behavior:
    changes = group.get("changes", ())
    return Behavior(
        changes=tuple(changes) if isinstance(changes, list) else (changes,) if changes != () else (),
        parameters=tuple(_text(group.get("parameters", "")).split()),
        deep=group.get("deep", False),
        overwrites=group.get("overwrites", False),
        result=group.get("result", ""),
        kind=group.get("kind", ""),
        draws=group.get("draws", ""),
        advances=group.get("advances", ""),
        peeks=group.get("peeks", ""),
        shallow=group.get("shallow", False),
        seeds=tuple(group.get("seeds", ())),
        mode=group.get("mode", ""),
        copies=group.get("copies", False),
        writes=group.get("writes"),
        reads=group.get("reads"),
        writes_self=group.get("writes_self", False),
        also=group.get("also", False),
        leaves=group.get("leaves", False),
        unknown=group.get("unknown", False),
        of=frozenset(_text(group.get("of", "")).split()),
        conditions={key: _text(group[key]) for key in _CONDITIONS if key in group},
    )


def _setting(one: Mapping[str, Any]) -> Setting:
    return Setting(
        key=one["key"],
        display=one.get("display", False),
        set_by=Patterns(_text(one.get("set_by", ""))),
        attributes=Patterns(_text(one.get("attributes", ""))),
        read_by=Patterns(_text(one.get("read_by", ""))),
        restored_by=Patterns(_text(one.get("restored_by", ""))),
        returned_by=Patterns(_text(one.get("returned_by", ""))),
        arguments=tuple(
            (int(place) if place.isdigit() else place, pattern)
            for place, _, pattern in (word.partition("=") for word in _text(one.get("arguments", "")).split())
        ),
    )


_FOLDER = Path(__file__).parent / "libraries"


def _text(value: Any) -> str:
    """Words, which a table writes on one line or on several."""
    return value if isinstance(value, str) else " ".join(value)


@lru_cache(maxsize=1)
def _known_libraries() -> frozenset[str]:
    return frozenset(name.removesuffix(".json") for name in os.listdir(_FOLDER))


@cache
def table_of(root: str) -> Table | None:
    """The table of a library by the name that it is imported by; None where there is none."""
    if root not in _known_libraries():
        return None
    return Table(root, json.loads((_FOLDER / f"{root}.json").read_bytes()))


class Libraries:
    """The tables that a notebook needs."""

    def __init__(self) -> None:
        self._loaded: dict[str, Table | None] = {}
        self._settings: dict[tuple[Relation, str], tuple[Setting, ...]] = {}
        self.of("builtins")

    def of(self, root: str) -> Table | None:
        """The table of a library, remembered as one that this notebook uses."""
        if root not in self._loaded:
            self._loaded[root] = table_of(root)
            self._settings.clear()
        return self._loaded[root]

    def loaded(self) -> Iterator[Table]:
        """The tables that have been asked for so far."""
        return (table for table in self._loaded.values() if table is not None)

    def settings(self, relation: Relation, full: str) -> tuple[Setting, ...]:
        """The settings that name a function or an attribute in this relation, in order."""
        settings = self._settings.get((relation, full))
        if settings is None:
            settings = tuple(setting for table in self.loaded() for setting in table.settings(relation, full))
            self._settings[relation, full] = settings
        return settings

    def with_word(self, word: str) -> Table | None:
        """The table that has a word for a kind of objects."""
        return next((table for table in self.loaded() if word in table.words), None)

    def methods_named(self, name: str) -> list[Behavior]:
        """What methods of a name do in any of the libraries."""
        return [behavior for table in self.loaded() for behavior in table.methods(name)]
