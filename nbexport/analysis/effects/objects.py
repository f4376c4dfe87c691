"""Objects of the abstract run: where they were made, what they hold, and what an expression may stand for.

    rows = [1, 2]             a container, made by statement 0
    table = {"a": rows}       another, whose elements are {rows}
    first = table["a"]        `first` may stand for {rows}: changing it changes `rows`

A value is the set of objects that it may be. Numbers, text and others that cannot change are not objects (the empty
set), but for literals, whose value a call may depend on: `train(False)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import count
from typing import Any, ClassVar

from nbexport.record import record


class Kind(Enum):
    """What an object is to the abstract run."""

    __hash__ = object.__hash__

    LITERAL = auto()
    """A number, text, `True`, `None`; `extra` is its value."""
    LIBRARY = auto()
    """Something that an import gives; `name` is its full name: `numpy.random.rand`."""
    FUNCTION = auto()
    """A `def` or lambda of the notebook."""
    CLASS = auto()
    """A class of the notebook."""
    INSTANCE = auto()
    """An object of such a class; `extra` is the class."""
    METHOD = auto()
    """A notebook function with its first argument: fields `function` and `self`."""
    LIBRARY_METHOD = auto()
    """A method of an object that is not a notebook function: field `self`, `name`."""
    OBJECT = auto()
    """What a library made; `name` is the full name of what made it, `word` its kind in the library's table."""
    CONTAINER = auto()
    """A list, tuple, set, dict or deque; `word` says which."""
    ITERATOR = auto()
    """What takes from its sources when it is iterated; `word` says how: `zip`, `map` …"""
    GENERATOR = auto()
    """A generator function that has been called, or a generator expression."""
    PARTIAL = auto()
    """A callable with arguments: fields `function` and `arguments`."""
    WRAPPER = auto()
    """`property`, `classmethod`, `staticmethod` …; `word` says which, field `function`."""
    SUPER = auto()
    """`super()`: field `self`, `extra` is the class after which to look."""
    PLACE = auto()
    """State of the process: a random generator, a setting, a file; `word` says which kind, `name` which one."""
    SCOPE = auto()
    """The variables of a call that inner functions share, or of the notebook."""


ELEMENTS = "[]"
KEYS = "keys"
HELD = "*"
"""What an object of a library keeps, and, for reads and writes, everything about an object."""
BOUND = "bound "
"""Before the name of a variable of the notebook: that it was bound again, as far as functions look it up."""
SHARED = "="
"""Objects whose memory this one shares."""
GRAPH = "graph"
"""What a tensor was computed from."""
MODE = "mode"
POSITION = "position"
CACHE = "cache"
CODE = "code"
FITTED = "fitted"
"""What `fit` sets, as opposed to the parameters of an estimator."""
PART = "part"
"""In `extra`: an attribute of an object, whose value may be one of the objects that it holds."""
OFFERED = "offered"
"""The word of a literal that a parameter has by default."""
SHALLOW = "shallow"
"""In `extra`: a copy that shares what the original holds."""
FUNCTION = "function"
SELF = "self"
SOURCE = "source"

_DATA = frozenset({Kind.INSTANCE, Kind.OBJECT, Kind.CONTAINER, Kind.ITERATOR, Kind.GENERATOR})
_CLOSED = frozenset({Kind.LITERAL, Kind.LIBRARY, Kind.FUNCTION, Kind.PLACE})
"""What is not looked into: a function that is handed over is called instead."""
_CALLABLE = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.LIBRARY_METHOD, Kind.PARTIAL})


class Obj:
    """One abstract object: all that one place of the code makes in one context."""

    __slots__ = (
        "born", "code", "extra", "fields", "kind", "label", "name", "node", "number", "scope", "taints", "word",
    )  # fmt: skip
    numbers: ClassVar[Iterator[int]] = count()
    """Each run counts from 0, so that sets of objects have one order in every process."""

    def __init__(self, kind: Kind, born: int, *, name: str = "", word: str = "", node: ast.AST | None = None) -> None:
        self.number = next(Obj.numbers)
        self.kind = kind
        self.born = born
        """The statement that made it; -1 for what is there from the start."""
        self.code = -1
        """For a function: the statement in which its code stands."""
        self.name = name
        self.word = word
        self.node = node
        self.scope: Scope | None = None
        """For a function: where it was defined."""
        self.extra: Any = None
        self.fields: dict[str, Value] = {}
        self.taints: dict[str, list[Write]] | None = None
        """Field → writes that an export leaves out."""
        self.label = ""
        """What the notebook calls it."""

    def add(self, field: str, value: Value) -> None:
        """A field may stand for these objects too."""
        known = self.fields.get(field)
        if known is None:
            self.fields[field] = value
        elif not value <= known:
            self.fields[field] = known | value

    @property
    def is_data(self) -> bool:
        """Whether it can be changed."""
        return self.kind in _DATA and self.word not in ("tuple", "frozenset")

    @property
    def is_callable(self) -> bool:
        """Whether whoever receives it may call it, and so run code of the notebook or change an object."""
        return self.kind in _CALLABLE

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self is other

    def __repr__(self) -> str:
        return f"<{self.kind.name.lower()} {self.label or self.name or self.word} of {self.born}>"


Value = frozenset[Obj]
NOTHING: Value = frozenset()


class Scope:
    """The variables of the notebook, of a call or of a class body."""

    __slots__ = ("cell", "is_class", "parent", "vars")

    def __init__(self, parent: Scope | None, cell: Obj, *, is_class: bool = False) -> None:
        self.parent = parent
        self.cell = cell
        """Stands for the scope where inner functions write to it."""
        self.is_class = is_class
        self.vars: dict[str, Value] = cell.fields


def literal(value: Value) -> tuple[bool, Any]:
    """Whether a value is one known literal, and which."""
    if len(value) == 1:
        (only,) = value
        if only.kind is Kind.LITERAL:
            return True, only.extra
    return False, None


def texts(value: Value) -> Iterator[str]:
    """The literal texts that a value may be."""
    for obj in value:
        if obj.kind is Kind.LITERAL and isinstance(obj.extra, str):
            yield obj.extra


def reach(value: Iterable[Obj], *, graph: bool = False) -> list[Obj]:
    """The objects and all that they hold, share memory with, or are made of.

    Args:
        value: Where to begin.
        graph: Whether to follow what tensors were computed from.
    """
    reached: dict[Obj, None] = dict.fromkeys(value)
    pending = list(reached)
    while pending:
        obj = pending.pop()
        if obj.kind in _CLOSED:
            continue
        inner: list[Obj] = []
        for field, held in obj.fields.items():
            if field != GRAPH or graph:
                inner += held
        if obj.kind is Kind.INSTANCE:
            inner += _class_data(obj)
        for part in inner:
            if part not in reached:
                reached[part] = None
                pending.append(part)
    return list(reached)


def _class_data(obj: Obj) -> Iterator[Obj]:
    """The lists and other objects that the classes of an instance hold."""
    for owner in obj.extra.extra:
        if owner.kind is Kind.CLASS:
            for value in owner.fields.values():
                yield from (held for held in value if held.kind in _DATA)


def classes_of(obj: Obj) -> tuple[Obj, ...]:
    """The classes of an instance, or of a class itself, in the order in which attributes are looked up."""
    owner = obj.extra if obj.kind is Kind.INSTANCE else obj
    lookup: tuple[Obj, ...] = owner.extra if owner.kind is Kind.CLASS else ()
    return lookup


SINGLE = frozenset({"array", "tensor", "frame"})
"""Kinds of objects that hold numbers and no other objects."""


def root_of(full: str) -> str:
    """The library of a full name."""
    return full.partition(".")[0]


def mutable(value: Value) -> Value:
    """Those of the objects that can be changed."""
    return frozenset(obj for obj in value if obj.is_data)


@record(eq=False)
class Write:
    """A change of an object that an export may leave out."""

    unit: int
    """The statement; -1 for an IPython command, which `cell` and `row` place."""
    node: ast.AST | None
    """The part of the statement that does it."""
    obj: Obj
    field: str
    words: str
    """What is done, for a message: `calls .append()`."""
    call: str
    """The call that does it, as it stands there."""
    reason: str = ""
    """Why it is doubtful that it is harmless; empty where the change is known to happen."""
    magic: tuple[int, int] | None = None
    """(cell, place in the cell's magics) of an IPython command."""


@record(eq=False)
class Conflict:
    """An exported statement reads what a write has changed that the export leaves out."""

    write: Write
    unit: int
    """The exported statement that reads."""
    code: int
    """The statement in which the reading code stands: the same, or the definition of a function that it calls."""
    node: ast.AST | None
    what: str = ""
    """What reads it, for a message: `numpy.random.shuffle`."""
