"""What is known of libraries: which calls change what, draw, set and keep; read from the tables in `libraries/`.

    [[functions]]                     one group: what `numpy.put` and others do to their arguments
    within = "numpy"
    names = "put copyto place"
    changes = [0]

Of the groups that name a call, the first holds whose conditions on keywords are met. What a library's table does not
name leaves its arguments alone where the table says that it names all that does not (`unlisted = "leaves"`), and is
unknown elsewhere, as is every call into a library without a table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

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
    seeds: tuple[str, ...] = ()
    mode: str = ""
    copies: bool = False
    writes: int | str | None = None
    reads: int | str | None = None
    writes_self: bool = False
    also: bool = False
    unknown: bool = False
    """Whether nothing is known of the call."""
    of: frozenset[str] = frozenset()
    """Kinds of receivers; all where it is empty."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """`if_true`, `unless_true`, `if_false`, `if_given`, `unless_given` → keyword, with `@position` or not."""


@record(eq=False)
class Setting:
    """State of the process that a library keeps."""

    key: str
    display: bool
    set_by: Patterns
    attributes: Patterns
    read_by: Patterns
    restored_by: Patterns


class Patterns:
    """Names and patterns of names."""

    __slots__ = ("_beginnings", "_exact", "_wild")

    def __init__(self, names: str, within: str = "") -> None:
        full = [f"{within}.{name}" if within else name for name in names.split()]
        self._exact = frozenset(name for name in full if "*" not in name and "?" not in name and "[" not in name)
        wild = [name for name in full if name not in self._exact]
        plain = [name for name in wild if name.endswith("*") and not set(name[:-1]) & set("*?[")]
        self._beginnings = tuple(name[:-1] for name in plain)
        self._wild = tuple(name for name in wild if name not in plain)

    def match(self, name: str) -> bool:
        """Whether one of them is the name, or fits it."""
        return (
            name in self._exact
            or name.startswith(self._beginnings)
            or any(fnmatchcase(name, pattern) for pattern in self._wild)
        )


_CONDITIONS = ("if_true", "unless_true", "if_false", "if_given", "unless_given")
UNKNOWN = Behavior(unknown=True)
LEAVES = Behavior()


class Table:
    """What one library does."""

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self.name = name
        self.leaves = content.get("unlisted") == "leaves"
        self.unlisted = Behavior(result=content.get("unlisted_result", "")) if self.leaves else UNKNOWN
        self._kinds = [(word, Patterns(names)) for word, names in content.get("kinds", {}).items()]
        self.words = frozenset(content.get("kinds", {}))
        self._functions = [_group(group) for group in content.get("functions", ())]
        self._methods = [_group(group) for group in content.get("methods", ())]
        attributes = content.get("attributes", {})
        self.scalars = Patterns(attributes.get("scalars", ""))
        self.moving = Patterns(attributes.get("changes", ""))
        self.settings = tuple(_setting(one) for one in content.get("settings", ()))
        self._function_cache: dict[str, tuple[Behavior, ...]] = {}
        self._method_cache: dict[str, tuple[Behavior, ...]] = {}

    def functions(self, full: str) -> tuple[Behavior, ...]:
        """The groups that name a function."""
        groups = self._function_cache.get(full)
        if groups is None:
            groups = tuple(behavior for names, behavior in self._functions if names.match(full))
            self._function_cache[full] = groups
        return groups

    def methods(self, name: str) -> tuple[Behavior, ...]:
        """The groups that name a method."""
        groups = self._method_cache.get(name)
        if groups is None:
            groups = tuple(behavior for names, behavior in self._methods if names.match(name))
            self._method_cache[name] = groups
        return groups

    def kind_of(self, full: str) -> str:
        """The word for what a function gives back; empty for what has none."""
        return next((word for word, names in self._kinds if names.match(full)), "")


def _group(group: Mapping[str, Any]) -> tuple[Patterns, Behavior]:
    changes = group.get("changes", ())
    behavior = Behavior(
        changes=tuple(changes) if isinstance(changes, list) else (changes,) if changes != () else (),
        parameters=tuple(group.get("parameters", "").split()),
        deep=group.get("deep", False),
        overwrites=group.get("overwrites", False),
        result=group.get("result", ""),
        kind=group.get("kind", ""),
        draws=group.get("draws", ""),
        seeds=tuple(group.get("seeds", ())),
        mode=group.get("mode", ""),
        copies=group.get("copies", False),
        writes=group.get("writes"),
        reads=group.get("reads"),
        writes_self=group.get("writes_self", False),
        also=group.get("also", False),
        unknown=group.get("unknown", False),
        of=frozenset(group.get("of", "").split()),
        conditions={key: group[key] for key in _CONDITIONS if key in group},
    )
    return Patterns(group["names"], group.get("within", "")), behavior


def _setting(one: Mapping[str, Any]) -> Setting:
    return Setting(
        key=one["key"],
        display=one.get("display", False),
        set_by=Patterns(one.get("set_by", "")),
        attributes=Patterns(one.get("attributes", "")),
        read_by=Patterns(one.get("read_by", "")),
        restored_by=Patterns(one.get("restored_by", "")),
    )


@lru_cache(maxsize=1)
def _known_libraries() -> frozenset[str]:
    return frozenset(
        entry.name.removesuffix(".toml")
        for entry in files("nbexport.analysis.effects").joinpath("libraries").iterdir()
        if entry.name.endswith(".toml")
    )


@cache
def table_of(root: str) -> Table | None:
    """The table of a library by the name that it is imported by; None where there is none."""
    if root not in _known_libraries():
        return None
    path = files("nbexport.analysis.effects").joinpath("libraries", f"{root}.toml")
    return Table(root, tomllib.loads(path.read_text(encoding="utf-8")))


class Libraries:
    """The tables that a notebook needs."""

    def __init__(self) -> None:
        self._loaded: dict[str, Table | None] = {}
        self.of("builtins")

    def of(self, root: str) -> Table | None:
        """The table of a library, remembered as one that this notebook uses."""
        if root not in self._loaded:
            self._loaded[root] = table_of(root)
        return self._loaded[root]

    def loaded(self) -> Iterator[Table]:
        """The tables that have been asked for so far."""
        return (table for table in self._loaded.values() if table is not None)

    def with_word(self, word: str) -> Table | None:
        """The table that has a word for a kind of objects."""
        return next((table for table in self.loaded() if word in table.words), None)

    def methods_named(self, name: str) -> list[Behavior]:
        """What methods of a name do in any of the libraries."""
        return [behavior for table in self.loaded() for behavior in table.methods(name)]
