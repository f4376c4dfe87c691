"""The text of a Python file → the files and folders that it reads, as far as its text names them.

json.loads((Path(__file__).parent / "labels.json").read_text())     labels.json beside the file
def load(name): return pd.read_csv(os.path.join("in", name))
load("rows.csv")                                                    in/rows.csv beside the notebook
sorted(Path("parts").glob("*.txt"))                                 the folder parts
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from nbexport.analysis.written_files import OPENERS, mode_of, written_paths
from nbexport.lift.literal_paths import Literals
from nbexport.lift.sources import ASKS_A_DATABASE
from nbexport.names import effects
from nbexport.names.nodes import imported_names
from nbexport.record import field, record

_LISTING = frozenset(
    "os.listdir os.scandir os.walk glob.glob glob.iglob os.path.walk sklearn.datasets.load_files".split()
)
_LISTING_METHODS = frozenset({"glob", "rglob", "iterdir", "walk"})
_READING_METHODS = frozenset({"read_text", "read_bytes", "open", "read_csv"})
_PATH_KEYWORDS = frozenset("filepath_or_buffer path path_or_buf fname file io root source filename fp".split())
_SQLITE = re.compile(r"^sqlite(?:\+\w+)?:///(?!:memory:)")
"""Beginning of the address of a database that is a file."""


@record
class Reads:
    """What a file reads."""

    paths: frozenset[str]
    """What may be the path of a file that it reads: as written, or absolute where `__file__` is part of it."""
    certain: frozenset[str]
    """Those of them that a call opens, whether they are there or not."""
    folders: frozenset[str]
    """Folders of which it reads whatever lies there."""
    unknown: tuple[int, ...]
    """Lines that look for a file beside the module, and of which only a run knows what they look for."""


@record
class Source:
    """A parsed file, and what its names may stand for."""

    nodes: tuple[ast.AST, ...]
    imported: Mapping[str, str]
    """Name → dotted name that an import binds it to."""
    given: Mapping[str, tuple[ast.expr, ...]] = field(default_factory=dict)
    """Name, or `self.name` → the expressions that it may stand for."""

    def literals(self, file: str = "") -> Literals:
        """What its expressions name.

        Args:
            file: What `__file__` is.
        """
        return Literals(self.full_name, lambda name: self.given.get(name, ()), file)

    def full_name(self, node: ast.expr) -> str | None:
        """The dotted name of an expression, where an import begins it."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id)
        if isinstance(node, ast.Attribute):
            inner = self.full_name(node.value)
            return None if inner is None else f"{inner}.{node.attr}"
        return None

    def texts(self) -> set[str]:
        """Every string in it."""
        constants = (node.value for node in self.nodes if isinstance(node, ast.Constant))
        return {value for value in constants if isinstance(value, str)}


def parsed(*texts: str | bytes) -> Source:
    """Some files as one; those that do not parse are left out, which running them will say better."""
    nodes: list[ast.AST] = []
    for text in texts:
        try:
            nodes += ast.walk(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    given: dict[str, list[ast.expr]] = {}
    for name, value in _given(nodes):
        given.setdefault(name, []).append(value)
    return Source(tuple(nodes), dict(imported_names(nodes)), {name: tuple(values) for name, values in given.items()})


def reads(source: Source, *, file: str = "") -> Reads:
    """What a file reads.

    Args:
        source: The file.
        file: What `__file__` is; empty where there is none.
    """
    literals, own = source.literals(file), str(PurePosixPath(file).parent) if file else None
    written = {path for node in source.nodes for path in written_paths(node, literals.paths)}
    paths: set[str] = set()
    certain: set[str] = set()
    folders: set[str] = set()
    unknown: set[int] = set()
    for node in source.nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
            paths |= {_SQLITE.sub("", path) for path in literals.paths(node)}
        if not isinstance(node, ast.Call):
            continue
        for listed in _listed(node, source):
            known = {_folder_of(path) for path in literals.paths(listed)}
            folders |= known - {own}
            if own in known or (not known and _is_beside(listed, source)):
                unknown.add(node.lineno)
        for read in _read(node, source):
            named = literals.paths(read)
            certain |= named
            if not named:
                known = literals.known_folder(read)
                folders |= known - {own}
                if own in known:
                    unknown.add(node.lineno)
    return Reads(frozenset(paths - written), frozenset(certain - written), frozenset(folders), tuple(sorted(unknown)))


def _folder_of(path: str) -> str:
    """The folder of a pattern, as `parts` of `parts/*.csv`."""
    parts = PurePosixPath(path).parts
    plain = [part for position, part in enumerate(parts) if not any(set("*?[") & set(p) for p in parts[: position + 1])]
    return str(PurePosixPath(*plain)) if plain else "."


def _listed(node: ast.Call, source: Source) -> Iterator[ast.expr]:
    """What a call lists the members of."""
    full = source.full_name(node.func)
    if full in _LISTING:
        yield from node.args[:1]
    elif isinstance(node.func, ast.Attribute) and node.func.attr in _LISTING_METHODS and full is None:
        yield node.func.value


def _read(node: ast.Call, source: Source) -> Iterator[ast.expr]:
    """The expressions by which a call knows what to read."""
    full = source.full_name(node.func)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in OPENERS and mode_of(node) & set("wax"):
        return
    if full is None and isinstance(node.func, ast.Attribute) and name in _READING_METHODS:
        yield node.func.value
    if full is not None and full.startswith(ASKS_A_DATABASE):
        return
    if (full is not None and full.startswith(tuple(effects.DATA_READERS))) or (full is None and name == "open"):
        yield from node.args[:1]
        yield from (keyword.value for keyword in node.keywords if keyword.arg in _PATH_KEYWORDS)


def _is_beside(node: ast.expr, source: Source) -> bool:
    """Whether an expression has to do with where the file lies."""
    pending, seen = [node], set()
    while pending:
        for part in ast.walk(pending.pop()):
            if isinstance(part, ast.Name) and part.id not in seen:
                seen.add(part.id)
                if part.id == "__file__":
                    return True
                pending += source.given.get(part.id, ())
    return False


def _given(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """(name, expression that it may stand for): assignments, loops over literals, arguments of the file's functions."""
    calls: dict[str, list[ast.Call]] = {}
    functions: list[tuple[str, ast.arguments, int]] = []
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from ((name, node.value) for target in node.targets if (name := _name(target)))
        elif (
            isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None and (name := _name(node.target))
        ):
            yield name, node.value
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.List | ast.Tuple):
            yield from ((name, element) for element in node.iter.elts if (name := _name(node.target)))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.append((node.name, node.args, 0))
        elif isinstance(node, ast.ClassDef):
            functions += [
                (node.name if part.name == "__init__" else part.name, part.args, 1)
                for part in node.body
                if isinstance(part, ast.FunctionDef)
            ]
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            calls.setdefault(called, []).append(node)
    for name, arguments, first in functions:
        yield from _arguments(arguments, calls.get(name, ()), first)


def _arguments(arguments: ast.arguments, calls: Iterable[ast.Call], first: int) -> Iterator[tuple[str, ast.expr]]:
    places = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    yield from zip(reversed(places), reversed(arguments.defaults), strict=False)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument.arg, default
    for call in calls:
        yield from zip(places[first:], call.args, strict=False)
        yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None)


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        return f"self.{target.attr}"
    return target.id if isinstance(target, ast.Name) else ""
