"""The columns of a frame with their types and, where the notebook or a file beside it shows one, a real row.

    df = pd.DataFrame({"age": [31, 45], "town": ["a", "b"]})      age: int = 31, town: str = "a"
    df = pd.read_csv("rows.csv")                                  read off the file's first rows
    X = df.drop(columns="town")                                   age: int = 31

Nothing is run: a table is read as text. A column that a statement fills with something else has no type any more.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from pathlib import Path

from nbexport.analysis import values
from nbexport.analysis.notebook import Analysis
from nbexport.propose.first_rows import first_rows
from nbexport.propose.looks import Look, Looks
from nbexport.propose.places import Place, Places
from nbexport.propose.steps import is_drop
from nbexport.record import record

_DEPTH = 24
_READERS = {"pandas.read_csv": ",", "pandas.read_table": "\t"}
_SAME = frozenset(
    """copy reset_index sample head tail dropna drop_duplicates sort_values sort_index query fillna ffill
    bfill""".split()
)
_EMPTY = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "None", "NULL", "n/a"})
_DRAWS = {
    "normal": "float",
    "uniform": "float",
    "random": "float",
    "rand": "float",
    "randn": "float",
    "linspace": "float",
    "exponential": "float",
    "gamma": "float",
    "beta": "float",
    "lognormal": "float",
    "integers": "int",
    "randint": "int",
    "poisson": "int",
    "binomial": "int",
}


@record
class Sample:
    """One column: its type, and a value of it."""

    type: str
    """`int`, `float`, `str` or `bool`."""
    value: str = ""
    """Source text of a real value; empty where only the type is known."""


Columns = Mapping[str, Sample]


class Samples:
    """The columns of the frames of one notebook.

    Args:
        analysis: The notebook.
        places: Where its names are bound.
        looks: What its values look like.
        within: The folder outside of which no table is read; None for no such limit.
    """

    def __init__(self, analysis: Analysis, places: Places, looks: Looks, within: Path | None = None) -> None:
        self.analysis, self.places, self.looks, self.within = analysis, places, looks, within

    def names(self, node: ast.expr, place: Place) -> list[str] | None:
        """The columns that a list names: `["a", "b"]`, `numbers + ["c"]`, a name bound to one."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.names(node.left, place), self.names(node.right, place)
            return [*left, *right] if left is not None and right is not None else None
        if isinstance(node, ast.Name):
            bound = self.places.bound(node.id, place)
            plain = bound is not None and bound.position is None and not bound.iterated
            if bound is None or not plain or self.places.changed(node.id, place, after=False):
                return None
            return self.names(bound.value, bound.place)
        known, literal = values.literal(node)
        if known and isinstance(literal, str):
            return [literal]
        if known and isinstance(literal, list | tuple) and literal and all(isinstance(one, str) for one in literal):
            return list(literal)
        return None

    def of(self, node: ast.expr, place: Place, depth: int = 0) -> Columns | None:
        """The columns of a frame; None where they are not to be seen."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Name):
            return self._of_name(node, place, depth)
        if isinstance(node, ast.Subscript):
            return self._of_part(node, place, depth)
        if not isinstance(node, ast.Call):
            return None
        full = self.analysis.full_name(place.unit, node.func) or ""
        if full == "pandas.DataFrame" and node.args and isinstance(node.args[0], ast.Dict):
            return self._of_literal(node.args[0], place)
        if full in _READERS:
            return self._of_file(node, _READERS[full], place)
        if full or not isinstance(node.func, ast.Attribute):
            return None
        base = node.func.value
        if is_drop(node):
            return self._dropped(self.of(base, place, depth + 1), node, place)
        if node.func.attr in _SAME:
            return self.of(base, place, depth + 1)
        return None

    def _of_name(self, node: ast.Name, place: Place, depth: int) -> Columns | None:
        bound = self.places.bound(node.id, place)
        if bound is None or bound.iterated:
            return None
        if bound.position is not None:
            call = bound.value
            if not isinstance(call, ast.Call) or self.looks.of(node, place) is not Look.FRAME:
                return None
            which = bound.position[0] // 2
            columns = self.of(call.args[which], bound.place, depth + 1) if which < len(call.args) else None
        else:
            columns = self.of(bound.value, bound.place, depth + 1)
        if columns is None or place.function is not None:
            return columns
        for unit in self.places.changed(node.id, place, after=False):
            columns = self._changed(columns, node.id, unit)
            if columns is None:
                return None
        return columns

    def _changed(self, columns: Columns, name: str, unit: int) -> Columns | None:
        """The columns after a statement that changes the frame in place."""
        node = self.analysis.units[unit].node
        place = Place(unit)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            column = _column(target, name)
            if column is not None:
                same = _is_filled(node.value, name, column)
                return {**columns, column: columns[column] if same and column in columns else Sample("")}
        call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            own = isinstance(owner, ast.Name) and owner.id == name
            if own and is_drop(call):
                return self._dropped(columns, call, place)
            if own and call.func.attr == "pop" and call.args and isinstance(call.args[0], ast.Constant):
                return {key: value for key, value in columns.items() if key != call.args[0].value}
            if own and call.func.attr in _SAME:
                return columns
            if call.func.attr in ("fillna", "replace") and _column(owner, name) is not None:
                return columns
        return None

    def _dropped(self, columns: Columns | None, call: ast.Call, place: Place) -> Columns | None:
        if columns is None:
            return None
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        axis = keywords.get("axis", call.args[1] if len(call.args) > 1 else None)
        is_columns = isinstance(axis, ast.Constant) and axis.value in (1, "columns")
        named = keywords.get("columns") or (call.args[0] if call.args and is_columns else keywords.get("labels"))
        if named is None:
            return columns  # rows
        names = self.names(named, place)
        return {key: value for key, value in columns.items() if key not in names} if names is not None else None

    def _of_part(self, node: ast.Subscript, place: Place, depth: int) -> Columns | None:
        owner, index = node.value, node.slice
        if isinstance(owner, ast.Attribute) and owner.attr in ("loc", "iloc"):
            columns = self.of(owner.value, place, depth + 1)
            if not isinstance(index, ast.Tuple):
                return columns
            if columns is None or len(index.elts) != 2:
                return None
            if owner.attr == "loc":
                names = self.names(index.elts[1], place)
                return _chosen(columns, names) if names is not None else None
            known, place_of = _slice(index.elts[1])
            return dict(list(columns.items())[place_of]) if known else None
        if isinstance(index, ast.Slice | ast.Compare) or self.looks.of(index, place) is Look.MASK:
            return self.of(owner, place, depth + 1)
        names = self.names(index, place)
        if names is None:
            return None
        return _chosen(self.of(owner, place, depth + 1) or {}, names)

    # ------------------------------------------------------------------ where columns are to be seen

    def _of_literal(self, node: ast.Dict, place: Place) -> Columns | None:
        columns: dict[str, Sample] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None
            columns[key.value] = self._of_items(value, place, 0)
        return columns

    def _of_items(self, node: ast.expr, place: Place, depth: int) -> Sample:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
            node = node.left
        if isinstance(node, ast.Name) and depth < 4:
            bound = self.places.bound(node.id, place)
            if bound is not None and bound.position is None and not bound.iterated:
                return self._of_items(bound.value, bound.place, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < 8:
            left, right = (self._of_items(side, place, depth + 1) for side in (node.left, node.right))
            return left if left.type == right.type else Sample("")
        known, items = values.literal(node)
        if known and isinstance(items, list) and items:
            return _typed(items)
        if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.JoinedStr):
            return Sample("str")
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name == "choice" and node.args:
                return Sample(self._of_items(node.args[0], place, depth + 1).type)
            return Sample(_DRAWS.get(name, ""))
        return Sample("")

    def _of_file(self, node: ast.Call, separator: str, place: Place) -> Columns | None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if not node.args or set(keywords) & {
            "names",
            "header",
            "skiprows",
            "usecols",
            "dtype",
            "parse_dates",
            "index_col",
        }:
            return None
        known, path = values.literal(self._constant(node.args[0], place))
        if "sep" in keywords or "delimiter" in keywords:
            is_literal, separator = values.literal(keywords.get("sep", keywords.get("delimiter", node)))
            known = known and is_literal and isinstance(separator, str) and len(separator) == 1
        if not known or not isinstance(path, str) or "://" in path:
            return None
        rows = first_rows(Path(self.analysis.notebook.path).parent / path, separator, within=self.within)
        if len(rows) < 2 or len(set(rows[0])) != len(rows[0]):
            return None
        body = [row for row in rows[1:] if len(row) == len(rows[0])]
        whole = next((row for row in body if not _EMPTY.intersection(row)), None)
        columns = {}
        for at, name in enumerate(rows[0]):
            kind = _type_of_texts([row[at] for row in body])
            columns[name] = Sample(kind, _literal(whole[at], kind) if whole is not None else "")
        return columns

    def _constant(self, node: ast.expr, place: Place) -> ast.expr:
        if isinstance(node, ast.Name):
            bound = self.places.bound(node.id, place)
            if bound is not None and bound.position is None and not bound.iterated:
                return bound.value
        return node


def _chosen(columns: Columns, names: list[str]) -> Columns:
    return {name: columns.get(name, Sample("")) for name in names}


def _slice(node: ast.expr) -> tuple[bool, slice]:
    if not isinstance(node, ast.Slice):
        return False, slice(None)
    ends = [values.literal(end) if end is not None else (True, None) for end in (node.lower, node.upper, node.step)]
    return all(known for known, _ in ends), slice(*[end for _, end in ends])


def _column(target: ast.expr, name: str) -> str | None:
    """The column of `df["a"]` or `df.a`, as it is assigned or changed."""
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name:
        return (
            target.slice.value
            if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str)
            else None
        )
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == name:
        return target.attr
    return None


def _is_filled(value: ast.expr, name: str, column: str) -> bool:
    """Whether a column only has its gaps filled."""
    filled = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "fillna"
    return (
        filled
        and isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and (_column(value.func.value, name) == column)
    )


def _typed(items: list[object]) -> Sample:
    kinds = {type(item).__name__ for item in items if item is not None}
    kind = "float" if kinds == {"int", "float"} else kinds.pop() if len(kinds) == 1 else ""
    if kind not in ("int", "float", "str", "bool"):
        return Sample("")
    first = items[0]
    return Sample(kind, "" if first is None else quoted(first) if isinstance(first, str) else repr(first))


def _type_of_texts(texts: list[str]) -> str:
    """The type that pandas reads these as, were they a column; numbers with gaps become floats."""
    filled = [text.strip() for text in texts if text not in _EMPTY]
    if not filled:
        return ""
    if all(text in ("True", "False", "TRUE", "FALSE") for text in filled):
        return "bool" if len(filled) == len(texts) else ""
    try:
        numbers = [float(text) for text in filled]
    except ValueError:
        return "str"
    whole = len(filled) == len(texts) and all(text.lstrip("+-").isdigit() for text in filled)
    return "int" if whole else "float" if all(map(math.isfinite, numbers)) else ""


def _literal(text: str, kind: str) -> str:
    if kind == "bool":
        return text.title()
    if kind in ("int", "float"):
        return repr(int(text) if kind == "int" else float(text))
    return quoted(text) if kind else ""


def quoted(text: str) -> str:
    """A text as Python writes it, in the quotes that formatters put around it."""
    plain = text.isprintable() and not {'"', "\\"} & {*text}
    return f'"{text}"' if plain else repr(text)
