"""Expression → the paths that it may name, as far as the text says so; no path where only a run knows.

ROOT = Path.cwd().parent
str(ROOT / "src")                         ../src
for name in ("a", "b"): open(f"{name}.csv")    a.csv, b.csv
os.path.join(os.path.dirname(__file__), "k.json")    k.json beside the file
"""

from __future__ import annotations

import ast
import itertools
import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from nbexport.analysis.notebook import Analysis
from nbexport.names.kinds import BindKind
from nbexport.record import field, record

_SAME = frozenset(
    """os.path.abspath os.path.realpath os.path.normpath os.path.expanduser os.fspath pathlib.Path pathlib.PurePath
    pathlib.PosixPath str""".split()
)
"""Calls that give the path they are given."""
_SAME_METHODS = frozenset("resolve absolute as_posix expanduser __str__ strip".split())
_HERE = frozenset({"os.getcwd", "pathlib.Path.cwd", "os.curdir"})
MOST = 64
"""Paths of one expression; what may name more is not known."""


@record
class Literals:
    """Answers for the expressions of one file or notebook."""

    full_name: Callable[[ast.expr], str | None]
    """Resolves a dotted expression through the imports."""
    values: Callable[[str], Iterable[ast.expr]]
    """The expressions that a name, or an attribute as `self.name`, may stand for."""
    file: str = ""
    """What `__file__` is; empty in a notebook, which has none."""
    _open: set[str] = field(default_factory=set)

    def paths(self, node: ast.expr) -> set[str]:
        """Every path that an expression may name."""
        if isinstance(node, ast.Constant):
            return {node.value} if isinstance(node.value, str) else set()
        full = self.full_name(node) if isinstance(node, ast.Name | ast.Attribute) else None
        if full in _HERE:
            return {"."}
        if full == "os.pardir":
            return {".."}
        if isinstance(node, ast.Name) and node.id == "__file__":
            return {self.file} if self.file else set()
        if isinstance(node, ast.Name):
            return self._through(node.id, self.paths)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined([node.left, node.right])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._glued([node.left, node.right])
        if isinstance(node, ast.JoinedStr):
            return self._glued([part.value if isinstance(part, ast.FormattedValue) else part for part in node.values])
        if isinstance(node, ast.Attribute):
            if node.attr == "parent":
                return {_up(path) for path in self.paths(node.value)}
            return self._through(f"self.{node.attr}", self.paths) if ast.unparse(node.value) == "self" else set()
        if isinstance(node, ast.Subscript):
            return self._ancestor(node)
        if isinstance(node, ast.IfExp):
            return self.paths(node.body) | self.paths(node.orelse)
        return self._called(node) if isinstance(node, ast.Call) else set()

    def known_folder(self, node: ast.expr) -> set[str]:
        """The folder that a path begins with, of which only a run knows how it goes on."""
        parts: Sequence[ast.expr] = ()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            parts = [node.left]
        elif isinstance(node, ast.Call) and self._function(node) == "os.path.join":
            parts = node.args[:1]
        elif isinstance(node, ast.Call) and (self._function(node) in _SAME or _method(node) == "joinpath"):
            parts = (
                [node.func.value]
                if isinstance(node.func, ast.Attribute) and _method(node) == "joinpath"
                else node.args[:1]
            )
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            return {str(node.values[0].value).rpartition("/")[0]} - {""}
        elif isinstance(node, ast.Name):
            return self._through(node.id, self.known_folder)
        return {path for part in parts for path in self.paths(part) or self.known_folder(part)}

    def _function(self, node: ast.Call) -> str | None:
        full = self.full_name(node.func)
        return "str" if full is None and isinstance(node.func, ast.Name) and node.func.id == "str" else full

    def _through(self, name: str, paths_of: Callable[[ast.expr], set[str]]) -> set[str]:
        """What a name stands for, asked of each of its values; none for one that stands for itself."""
        if name in self._open:
            return set()
        self._open.add(name)
        paths = {path for value in self.values(name) for path in paths_of(value)}
        self._open.discard(name)
        return paths if len(paths) <= MOST else set()

    def _ancestor(self, node: ast.Subscript) -> set[str]:
        """`path.parents[1]`."""
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if not isinstance(node.value, ast.Attribute) or node.value.attr != "parents" or not isinstance(index, int):
            return set()
        paths = self.paths(node.value.value)
        for _ in range(min(index, 20) + 1):
            paths = {_up(path) for path in paths}
        return paths

    def _called(self, node: ast.Call) -> set[str]:
        full, method = self._function(node), _method(node)
        if full in _HERE:
            return {"."}
        if full == "os.path.join":
            return self._joined(node.args)
        if full == "os.path.dirname" and len(node.args) == 1:
            return {_up(path) for path in self.paths(node.args[0])}
        if full in _SAME:
            return self._joined(node.args or [ast.Constant(".")])
        if isinstance(node.func, ast.Attribute) and method in _SAME_METHODS:
            return self.paths(node.func.value)
        if isinstance(node.func, ast.Attribute) and method == "joinpath":
            return self._joined([node.func.value, *node.args])
        return set()

    def _joined(self, nodes: Sequence[ast.expr]) -> set[str]:
        return {posixpath.normpath(posixpath.join(*parts)) for parts in self._products(nodes)}

    def _glued(self, nodes: Sequence[ast.expr]) -> set[str]:
        return {"".join(parts) for parts in self._products(nodes)}

    def _products(self, nodes: Sequence[ast.expr]) -> list[tuple[str, ...]]:
        """Every choice of one path for each node; none where one is not known or there are too many."""
        choices = [sorted(self.paths(node)) for node in nodes]
        count = 1
        for choice in choices:
            count *= len(choice)
        return list(itertools.product(*choices)) if choices and count <= MOST else []


def literals_of(analysis: Analysis, unit: int) -> Literals:
    """What the expressions of a statement of a notebook name, through the names that are bound before it."""

    def values(name: str) -> Iterator[ast.expr]:
        for definition in analysis.before[unit].get(name, ()):
            if definition.op is not None and definition.op.value is not None:
                if definition.how in (BindKind.ASSIGN, BindKind.ANNOTATED):
                    yield definition.op.value

    return Literals(partial(analysis.full_name, unit), values)


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _up(path: str) -> str:
    return posixpath.normpath(posixpath.join(path, ".."))
