"""Records: small classes that hold named values, declared as dataclasses are and made without their cost.

This module is here for the time that it saves: `dataclasses` imports `inspect` and compiles half a dozen methods for
every class, and `nbexport check` of one notebook takes 1.4 times as long with it (123 ms of processor time against
85 ms; `python benchmarks/libraries.py`). A record shares its methods with all others; type checkers see a dataclass.

    >>> @record(order=True)
    ... class Point:
    ...     row: int
    ...     column: int = 1
    >>> Point(3)
    Point(row=3, column=1)
    >>> replace(Point(3), column=2) == Point(3, 2) > Point(2)
    True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform, overload

C = TypeVar("C", bound=type)
T = TypeVar("T")


_NAMES = "__match_args__"
_ENOUGH = 500
"""So many records of one class are worth the fifth of a millisecond that a method of its own costs."""


class _Factory:
    """Stands at a field until the class is made: what makes its default."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """A default made for each record, for sets, lists and dicts."""
    return _Factory(default_factory)  # type: ignore[return-value]


@overload
def record(cls: C) -> C: ...
@overload
def record(*, frozen: bool = True, eq: bool = True, order: bool = False) -> Callable[[C], C]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, *, frozen: bool = True, eq: bool = True, order: bool = False) -> Any:
    """The class as a record.

    Args:
        cls: A class with annotated fields; a field without a default comes before those with one.
        frozen: Its values cannot be changed.
        eq: Records of equal values are equal; otherwise each is equal to itself alone.
        order: Records compare as tuples of their values.
    """
    if cls is None:
        return lambda undecorated: _made(undecorated, frozen=frozen, eq=eq, order=order)
    return _made(cls, frozen=frozen, eq=eq, order=order)


def replace(old: T, /, **changes: Any) -> T:
    """A record with some values changed."""
    values = {name: getattr(old, name) for name in type(old).__match_args__}  # type: ignore[attr-defined]
    return type(old)(**{**values, **changes})


def _made(cls: Any, *, frozen: bool, eq: bool, order: bool) -> Any:
    names = tuple(cls.__annotations__)
    factories = {name: value.make for name, value in cls.__dict__.items() if isinstance(value, _Factory)}
    for name in factories:
        delattr(cls, name)
    required = frozenset(name for name in names if name not in factories and name not in cls.__dict__)
    setattr(cls, _NAMES, names)  # what `match` statements and `replace` go by
    cls.__init__ = _initialiser(cls, names, required, factories)
    cls.__repr__ = _repr
    if frozen:
        cls.__setattr__ = cls.__delattr__ = _refuse
    if eq:
        cls.__eq__ = _equal
        cls.__hash__ = _hash if frozen else None
    if order:
        cls.__lt__ = _less
        cls.__le__ = lambda self, other: not _less(other, self)
        cls.__gt__ = lambda self, other: _less(other, self)
        cls.__ge__ = lambda self, other: not _less(self, other)
    return cls


def _initialiser(
    cls: Any, names: tuple[str, ...], required: frozenset[str], factories: dict[str, Callable[[], Any]]
) -> Callable[..., None]:
    known = frozenset(names)
    needed, count = len(required), len(names)
    made = 0

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it becomes the method of this name
        nonlocal made
        made += 1
        if made == _ENOUGH:
            cls.__init__ = _compiled(cls, names, required, factories)
        values = self.__dict__
        if len(args) == count and not kwargs:
            values.update(zip(names, args, strict=False))
            return
        values.update(zip(names, args, strict=False))
        if kwargs:
            values.update(kwargs)
        if len(values) != len(args) + len(kwargs) or (kwargs and not known.issuperset(kwargs)):
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}, each once")
        if len(args) < needed and not values.keys() >= required:
            raise TypeError(f"{type(self).__name__} needs {', '.join(sorted(required - values.keys()))}")
        for name, make in factories.items():
            if name not in values:
                values[name] = make()

    return __init__


def _compiled(
    cls: Any, names: tuple[str, ...], required: frozenset[str], factories: dict[str, Callable[[], Any]]
) -> Callable[..., None]:
    """The same initialiser written out for one class, which is twice as fast."""
    absent = object()
    scope: dict[str, Any] = {"__absent": absent}
    taken, body = [], []
    for name in names:
        value = name
        if name in required:
            taken.append(name)
        elif name in factories:
            scope[f"__make_{name}"] = factories[name]
            taken.append(f"{name}=__absent")
            value = f"__make_{name}() if {name} is __absent else {name}"
        else:
            scope[f"__default_{name}"] = cls.__dict__[name]
            taken.append(f"{name}=__default_{name}")
        body.append(f"    __values[{name!r}] = {value}\n")
    text = f"def __init__(self, {', '.join(taken)}):\n    __values = self.__dict__\n{''.join(body)}"
    exec(text, scope)  # noqa: S102 - made of the names of fields alone, as dataclasses does it
    initialiser: Callable[..., None] = scope["__init__"]
    return initialiser


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name in self.__match_args__)


def _repr(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({values})"


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _less(self: Any, other: Any) -> bool:
    return _values(self) < _values(other) if type(other) is type(self) else NotImplemented


def _refuse(self: Any, name: str, value: object = None) -> None:
    raise AttributeError(f"`{name}` of {type(self).__name__} cannot be changed")
