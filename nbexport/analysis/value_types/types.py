"""Types as annotations name them: a class by its full name, what it holds, and what is known of it beside that.

>>> str(parsed("tuple[pandas.DataFrame, int]"))
'tuple[pandas.DataFrame, int]'
>>> str(join(parsed("int"), parsed("float"))), str(join(parsed("int"), parsed("str")))
('float', 'typing.Any')
"""

from __future__ import annotations

import ast
from functools import cache

from nbexport.record import record, replace

OWN = "."
"""What the name of a class begins with that the notebook defines."""
PARTS = "parts"
"""The name of a list of which each part is known, as long as it is being taken apart."""
_NUMBERS = ("bool", "int", "float")
_MUTABLE = ("list", "dict", "set")


@record
class Type:
    """A class, or what stands for several."""

    name: str
    of: tuple[Type, ...] = ()
    """What it holds, as an annotation says it in brackets."""
    regular: bool = False
    """For a frame, that a header has one line; for an array, that it has a dimension: what is known of items then."""
    unit: int = -1
    """For a class that the notebook defines, the statement."""

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.of))}]" if self.of else self.name


ANY = Type("typing.Any")
NEVER = Type("")
"""The type of a value that is still being looked at: joined with another type it gives the other."""
NONE = Type("None")
BOOL, INT, FLOAT, STR = (Type(name) for name in ("bool", "int", "float", "str"))
FRAME, SERIES = Type("pandas.DataFrame", regular=True), Type("pandas.Series", regular=True)
ARRAY, TENSOR = Type("numpy.ndarray", regular=True), Type("torch.Tensor", regular=True)
MORE = Type("...")
"""After an element of a tuple: any number of them."""


def join(one: Type, other: Type) -> Type:
    """The type of a value that is one or the other; `ANY` where no annotation is true of both."""
    if one == other or other == NEVER:
        return one
    if one == NEVER:
        return other
    if one.name == other.name and one.unit == other.unit:
        both = replace(one, regular=one.regular and other.regular)
        if one.of == other.of:
            return both
        if len(one.of) == len(other.of) and MORE not in (*one.of, *other.of):
            return replace(both, of=tuple(map(join, one.of, other.of)))
        return replace(both, of=()) if one.name not in ("tuple", *_MUTABLE) else ANY
    if one.name in _NUMBERS and other.name in _NUMBERS:
        return max(one, other, key=lambda number: _NUMBERS.index(number.name))
    return ANY


def joined(types: list[Type]) -> Type:
    """The type of a value that is any of these; `NEVER` where there is none."""
    whole = NEVER
    for one in types:
        whole = join(whole, one)
    return whole


def sequence(name: str, element: Type) -> Type:
    """A list or a set of elements."""
    return Type(name, (ANY if element == NEVER else element,))


def mapping(key: Type, value: Type) -> Type:
    """A dict."""
    return Type("dict", (ANY if key == NEVER else key, ANY if value == NEVER else value))


def element(of: Type) -> Type:
    """What iterating a value gives."""
    if of.name in ("list", "set", "dict") and of.of:
        return of.of[0]
    if of.name in ("tuple", PARTS) and of.of:
        return joined([part for part in of.of if part != MORE])
    return {"range": INT, "str": STR, TENSOR.name: TENSOR, "": NEVER}.get(of.name, ANY)


def part(of: Type, at: int, total: int) -> Type:
    """What one of the names is given that a value is taken apart for."""
    if of.name in ("tuple", PARTS) and len(of.of) == total and MORE not in of.of:
        return of.of[at]
    return element(of)


@cache
def parsed(text: str, *, regular: bool = False) -> Type:
    """The type that a text names."""
    return replace(_of(ast.parse(text, mode="eval").body), regular=regular)


def _of(node: ast.expr) -> Type:
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return replace(_of(node.value), of=tuple(map(_of, parts)))
    if isinstance(node, ast.Constant) and node.value is Ellipsis:
        return MORE
    text = ast.unparse(node)
    return ANY if text == "Any" else Type(text, regular=text in (SERIES.name, TENSOR.name))
