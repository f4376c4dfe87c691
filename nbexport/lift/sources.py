"""Statements of `data` that read from outside → the default of `--data`, and where the option enters the code.

rows = pd.read_csv("data/rows.csv")       --data data/rows.csv     rows = pd.read_csv(data)
a = open("in/a.txt"); b = open("in/b.txt")    --data in            open(data / "a.txt"), open(data / "b.txt")
digits = load_digits()                    no path: the notebook's own code makes the data
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from enum import StrEnum
from functools import partial

from nbexport.analysis.joined import comes_from_another
from nbexport.analysis.written_files import OPENERS, mode_of, written_paths
from nbexport.lift.layout import Layout, Place, place_of
from nbexport.lift.literal_paths import literals_of
from nbexport.lift.path_parameters import path_arguments
from nbexport.lift.split import Segment
from nbexport.model import Role
from nbexport.names import effects
from nbexport.program import Source
from nbexport.record import field, record

_READERS = (
    *effects.DATA_READERS,
    "torch.load",
    "joblib.load",
    "gzip.open",
    "zipfile.ZipFile",
    "sqlite3.connect",
    "glob.glob",
    "os.listdir",
    "os.walk",
    "sklearn.datasets.load_files",
    "sklearn.datasets.load_svmlight_file",
    "cv2.imread",
    "codecs.open",
    "io.open",
)
_IN_MEMORY = ":memory:"
"""What SQLite calls a database that is not a file."""
ASKS_A_DATABASE = ("pandas.read_sql", "pandas.read_gbq", "pandas.read_clipboard", "polars.read_database")
"""Readers whose argument is a question; where the answer comes from says the connection."""
_TAKES_PATH = ("pandas.", "polars.", "numpy.", "torch.load", "pathlib.", "gzip.", "zipfile.", "joblib.", "io.open")
_PATH_METHODS = ("read_text", "read_bytes", "open", "iterdir", "glob", "rglob")
"""Methods of a path that read."""
_GENERATORS = ("sklearn.datasets.", "seaborn.load_dataset", "statsmodels.datasets", "torchvision.datasets.")
_PATH_KEYWORDS = ("filepath_or_buffer", "path", "path_or_buf", "fname", "file", "io", "root", "source")


class _Origin(StrEnum):
    """Where data comes from that no literal path names."""

    GENERATED = "generated"
    UNKNOWN = "unknown"


_DATABASES = frozenset({"sqlite3.connect", "duckdb.connect"})


@record(frozen=False)
class Sources:
    """What was found."""

    default: str | None = None
    found: list[Source] = field(default_factory=list)
    replaced: dict[int, dict[Place, str]] = field(default_factory=dict)
    """Cell → edits that put the option's path where the literal stood."""
    segments: set[int] = field(default_factory=set)
    """Segments whose function takes the path."""
    parameter: str | None = None
    """A parameter that holds the only path: `--data` takes its place."""


@record(frozen=False)
class _Literal:
    path: str
    unit: int
    node: ast.Constant
    wants_text: bool
    reader: int
    """The statement that reads the file, which may be another one than the statement that holds the literal."""
    parameter: str | None = None


def sources(layout: Layout, made: list[Segment], argument: str) -> Sources:
    """The data sources of the notebook.

    Args:
        layout: Where everything stands.
        made: The segments.
        argument: Name of the path argument in the generated function.
    """
    result = Sources()
    literals: list[_Literal] = []
    unknown = False
    for segment in made:
        if segment.role is not Role.DATA:
            continue
        for unit in segment.units:
            for node in ast.walk(layout.analysis.units[unit].node):
                if isinstance(node, ast.Call):
                    read = _reads(layout, unit, node)
                    if read is _Origin.GENERATED:
                        result.found.append(Source(None, layout.analysis.units[unit].cell))
                    elif isinstance(read, _Literal):
                        literals.append(read)
                    elif read is _Origin.UNKNOWN:
                        unknown |= not _is_handed_on(layout, unit, node)
                    else:
                        literals += _through_helper(layout, unit, node)
    literals = _from_outside(layout, literals)
    if not literals or unknown:
        result.found += [Source(read.path, layout.analysis.units[read.unit].cell) for read in literals]
        return result
    paths = {posixpath.normpath(read.path) for read in literals}
    from_parameter = [read for read in literals if read.parameter is not None]
    result.found += [Source(path, layout.analysis.units[literals[0].unit].cell) for path in sorted(paths)]
    if from_parameter:
        if len(paths) == 1 and all(read.parameter == from_parameter[0].parameter for read in literals):
            result.default, result.parameter = literals[0].path, from_parameter[0].parameter
        return result
    if len(paths) == 1:
        result.default = literals[0].path
    elif all(not path.startswith("/") for path in paths):
        result.default = posixpath.commonpath([posixpath.dirname(path) or "." for path in paths]) or "."
    else:
        return result
    home = {unit: index for index, segment in enumerate(made) for unit in segment.units}
    for read in literals:
        if read.unit not in home:
            return Sources(found=result.found)
    for read in literals:
        statement = layout.analysis.units[read.unit]
        relative = posixpath.relpath(posixpath.normpath(read.path), result.default)
        text = argument if len(paths) == 1 else f"{argument} / {relative!r}"
        if read.wants_text:
            text = f"str({text})"
        result.replaced.setdefault(statement.cell, {})[place_of(statement, read.node)] = text
        result.segments.add(home[read.unit])
    return result


def _reads(layout: Layout, unit: int, node: ast.Call) -> _Literal | _Origin | None:
    full = layout.analysis.full_name(unit, node.func)
    if full is None and isinstance(node.func, ast.Name) and node.func.id == "open":
        full = "io.open"
    if full is not None and full.rpartition(".")[2] in OPENERS and mode_of(node) & set("wax"):
        return None
    if full is None:
        return _chained(layout, unit, node)
    if full.startswith(ASKS_A_DATABASE):
        return None
    if full.startswith(_READERS):
        argument = _path_argument(node)
        if argument is None:
            return _Origin.UNKNOWN if full != "pathlib.Path" else None
        wants_text = not full.startswith(_TAKES_PATH)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            if argument.value == _IN_MEMORY:
                return None
            if "://" in argument.value:
                return _Origin.UNKNOWN
            return _Literal(argument.value, unit, argument, wants_text, unit)
        if isinstance(argument, ast.Name):
            return _through_name(layout, argument.id, unit)
        return _Origin.UNKNOWN
    return _Origin.GENERATED if full.startswith(_GENERATORS) else None


def _through_helper(layout: Layout, unit: int, node: ast.Call) -> Iterator[_Literal]:
    """The literal paths that a function of the notebook is called with, and reads."""
    for argument in path_arguments(layout.analysis, unit, node, partial(_path_of, layout)):
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "://" not in argument.value:
            if argument.value != _IN_MEMORY:
                yield _Literal(argument.value, unit, argument, True, unit)
        elif isinstance(argument, ast.Name):
            read = _through_name(layout, argument.id, unit)
            if isinstance(read, _Literal):
                yield read
        elif isinstance(argument, ast.Call) and layout.analysis.full_name(unit, argument.func) == "pathlib.Path":
            inner = argument.args[0] if len(argument.args) == 1 else None
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield _Literal(inner.value, unit, inner, False, unit)


def _path_of(layout: Layout, unit: int, node: ast.Call) -> ast.expr | None:
    """The path that a call of a library reads; None for all other calls."""
    full = layout.analysis.full_name(unit, node.func)
    if full is None and isinstance(node.func, ast.Name) and node.func.id == "open":
        full = "io.open"
    if full is None:
        made = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr in _PATH_METHODS else None
        if isinstance(made, ast.Call) and layout.analysis.full_name(unit, made.func) == "pathlib.Path":
            return made.args[0] if len(made.args) == 1 else None
        return made if isinstance(made, ast.Name) else None
    if full.rpartition(".")[2] in OPENERS and mode_of(node) & set("wax"):
        return None
    return _path_argument(node) if full.startswith(_READERS) and not full.startswith(ASKS_A_DATABASE) else None


def _from_outside(layout: Layout, literals: list[_Literal]) -> list[_Literal]:
    """The literals without the files that exported code itself writes before it reads them."""
    if not literals:
        return []
    first: dict[str, int] = {}
    connected: set[str] = set()
    fills = False
    for unit in sorted(layout.analysis.lifted):
        paths = literals_of(layout.analysis, unit).paths
        for node in layout.analysis.units[unit].nodes:
            for path in written_paths(node, paths):
                first.setdefault(posixpath.normpath(path), unit)
            if isinstance(node, ast.Call) and layout.analysis.full_name(unit, node.func) in _DATABASES:
                connected |= {str(part.value) for part in node.args[:1] if isinstance(part, ast.Constant)}
            fills |= _makes_table(node)
    # a data base whose tables the notebook makes is not data that it is given
    own = connected if fills else set()
    return [
        read
        for read in literals
        if read.path not in own
        and first.get(posixpath.normpath(read.path), read.reader) >= read.reader
        and not comes_from_another(layout.analysis, read.reader, read.path)
    ]


def _is_handed_on(layout: Layout, unit: int, node: ast.Call) -> bool:
    """Whether a call reads files that another notebook writes, whose paths are put together of literals."""
    argument = _path_argument(node)
    paths = literals_of(layout.analysis, unit).paths(argument) if argument is not None else set()
    return bool(paths) and all(comes_from_another(layout.analysis, unit, path) for path in paths)


def _makes_table(node: ast.AST) -> bool:
    """Whether a node is SQL that makes a table, or pandas doing so."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return "create table" in " ".join(node.value.lower().split())
    return isinstance(node, ast.Attribute) and node.attr == "to_sql"


def _chained(layout: Layout, unit: int, node: ast.Call) -> _Literal | None:
    """`Path("x.txt").read_text()` and its kin; a bare `Path("x")` may as well be written to."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in _PATH_METHODS:
        return None
    made = node.func.value
    if not isinstance(made, ast.Call) or layout.analysis.full_name(unit, made.func) != "pathlib.Path":
        return None
    inner = made.args[0] if len(made.args) == 1 else None
    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
        return _Literal(inner.value, unit, inner, False, unit)
    return None


def _through_name(layout: Layout, name: str, unit: int) -> _Literal | _Origin | None:
    """The literal path that a name stands for."""
    analysis = layout.analysis
    reaching = [d for d in analysis.before[unit].get(name, ()) if d.unit >= 0]
    if len(reaching) != 1 or reaching[0].op is None:
        return _Origin.UNKNOWN
    value = reaching[0].op.value
    if isinstance(value, ast.Constant) and value.value == _IN_MEMORY:
        return None
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and "://" not in value.value:
        parameter = name if layout.parameters.get(name) == reaching[0].unit else None
        return _Literal(value.value, reaching[0].unit, value, True, unit, parameter)
    if isinstance(value, ast.Call) and analysis.full_name(reaching[0].unit, value.func) == "pathlib.Path":
        inner = value.args[0] if len(value.args) == 1 else None
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            return _Literal(inner.value, reaching[0].unit, inner, False, unit)
    return _Origin.UNKNOWN


def _path_argument(node: ast.Call) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg in _PATH_KEYWORDS:
            return keyword.value
    if node.args and not isinstance(node.args[0], ast.Starred):
        return node.args[0]
    return None


def path_argument(layout: Layout) -> str:
    """A name for the path argument that the notebook does not use."""
    used = set(layout.analysis.definitions)
    return next(name for name in ("data", "data_path", "source_path", "nbexport_data") if name not in used)
