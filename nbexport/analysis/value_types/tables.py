"""What is known of libraries: the types that their calls, methods and attributes give; read from `libraries/`.

    {"within": "pandas", "names": "read_csv read_table", "unless_given": "chunksize", "gives": "pandas.DataFrame"}

Of the groups that name a call, the first holds whose conditions are met. A call that no group names gives anything.
`gives` is a type, or `class` (what is called makes instances of itself), `self` (what the method is called on),
`argument` (the type of the first argument, where that is among `where`). A method that only shows is among `looks`, one
that shows what it computes among `computes`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from nbexport.analysis.value_types.types import Type
from nbexport.record import field, record

_FOLDER = Path(__file__).parent / "libraries"


@record(eq=False)
class Group:
    """Calls that give the same."""

    names: tuple[str, ...]
    gives: str
    regular: bool = False
    like_self: bool = False
    """Whether the result is as regular as what the method is called on."""
    like_argument: bool = False
    """Whether the result is as regular as the first argument; a list is."""
    if_given: tuple[str, ...] = ()
    unless_given: tuple[str, ...] = ()
    """Keywords, with `@position` or not; one that is None or False counts as left out."""
    unless_named: tuple[str, ...] = ()
    """Keywords that must not stand there at all."""
    where: tuple[str, ...] = ()

    def names_call(self, name: str) -> bool:
        """Whether it speaks of a call."""
        return any(name == known or ("*" in known and fnmatchcase(name, known)) for known in self.names)

    def holds(self, call: ast.Call) -> bool | None:
        """Whether its conditions are met; None where the arguments do not tell."""
        if not self.if_given and not self.unless_given and not self.unless_named:
            return True
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return None
        if any(keyword.arg is None for keyword in call.keywords):
            return None
        given = {keyword.arg for keyword in call.keywords if not _is_default(keyword.value)}

        def is_given(condition: str) -> bool:
            name, _, at = condition.partition("@")
            return name in given or (bool(at) and len(call.args) > int(at))

        named = any(keyword.arg in self.unless_named for keyword in call.keywords)
        if named or any(map(is_given, self.unless_given)):
            return False
        return not self.if_given or any(map(is_given, self.if_given))


@record(eq=False)
class Library:
    """What one library gives."""

    bound: str = ""
    """How code imports it by habit: `pd`."""
    functions: tuple[Group, ...] = ()
    methods: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    """Class, or a pattern of classes → its methods."""
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    looks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Class → methods and attributes that show and do nothing."""
    computes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Class → methods that show what they compute: they may warn, and somebody may listen for that."""


@cache
def library(root: str) -> Library:
    """The table of a library by the name of its package; an empty one where there is none."""
    path = _FOLDER / f"{root}.json"
    if not root.isidentifier() or not path.is_file():
        return Library()
    content = json.loads(path.read_text(encoding="utf-8"))
    return Library(
        content.get("bound", ""),
        tuple(map(_group, content.get("functions", ()))),
        {name: tuple(map(_group, groups)) for name, groups in content.get("methods", {}).items()},
        content.get("attributes", {}),
        {name: frozenset(_words(words)) for name, words in content.get("looks", {}).items()},
        {name: frozenset(_words(words)) for name, words in content.get("computes", {}).items()},
    )


def functions(full: str) -> Iterator[Group]:
    """The groups that speak of a function or class, in order."""
    return (group for group in library(root_of(full)).functions if group.names_call(full))


def methods(of: Type, name: str) -> Iterator[Group]:
    """The groups that speak of a method, in order."""
    for owner, groups in library(root_of(of.name)).methods.items():
        if fnmatchcase(of.name, owner):
            yield from (group for group in groups if group.names_call(name))


def attribute(of: Type, name: str) -> str:
    """The type of an attribute as text; empty where it is not known. `!` behind it: a regular one."""
    for owner, attributes in library(root_of(of.name)).attributes.items():
        if fnmatchcase(of.name, owner) and name in attributes:
            return attributes[name]
    return ""


def only_shows(of: Type, name: str, *, heard: bool) -> bool:
    """Whether a method or attribute of a class changes nothing, draws nothing and prints nothing.

    Args:
        of: The class.
        name: The method or attribute.
        heard: Whether somebody may listen for what a computation warns of.
    """
    table = library(root_of(of.name))
    every = [table.looks] if heard else [table.looks, table.computes]
    return any(fnmatchcase(of.name, owner) and name in names for looks in every for owner, names in looks.items())


def root_of(name: str) -> str:
    """The table in which a class or function stands."""
    return name.partition(".")[0] if "." in name else "builtins"


def _group(content: Mapping[str, Any]) -> Group:
    within = content.get("within", "")
    return Group(
        tuple(f"{within}.{name}" if within else name for name in _words(content["names"])),
        content["gives"],
        content.get("regular") is True,
        content.get("regular") == "self",
        content.get("regular") == "argument",
        tuple(_words(content.get("if_given", ""))),
        tuple(_words(content.get("unless_given", ""))),
        tuple(_words(content.get("unless_named", ""))),
        tuple(_words(content.get("where", ""))),
    )


def _words(text: str | Sequence[str]) -> list[str]:
    return (text if isinstance(text, str) else " ".join(text)).split()


def _is_default(value: ast.expr) -> bool:
    """Whether an argument says what is the case without it: `None` or `False`."""
    return isinstance(value, ast.Constant) and (value.value is None or value.value is False)
