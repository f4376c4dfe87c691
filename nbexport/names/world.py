"""What reads the world outside the notebook: files, the environment, the clock, settings of the process."""

from __future__ import annotations

import ast
from collections.abc import Callable

_READERS = (
    *("os.environ", "os.getenv", "os.getcwd", "os.listdir", "os.scandir", "os.walk", "os.stat", "os.path.exists"),
    *("os.path.isfile", "os.path.isdir", "os.path.getsize", "os.path.abspath", "os.path.expanduser"),
    *("pathlib.Path.cwd", "pathlib.Path.home", "glob.", "shutil.", "subprocess.", "socket.", "urllib.", "requests."),
    *("time.", "datetime.datetime.now", "datetime.datetime.today", "datetime.date.today", "locale.", "sys.argv"),
    *("io.open", "gzip.open", "codecs.open", "zipfile.", "sqlite3.", "pickle.load", "json.load", "joblib.load"),
    *("pandas.read_", "polars.read_", "polars.scan_", "numpy.load", "numpy.genfromtxt", "numpy.fromfile"),
    *("torch.load", "torch.get_", "numpy.geterr", "numpy.get_printoptions", "decimal.", "sklearn.get_config"),
    *("pandas.get_option", "pandas.options.", "warnings.filters", "sys.path", "sys.getrecursionlimit"),
)
"""Beginnings of full names."""
_METHODS = frozenset({"read_text", "read_bytes", "exists", "is_file", "is_dir", "iterdir", "rglob", "stat", "resolve"})
"""Methods of paths."""


def reads_world(node: ast.AST, full_name: Callable[[ast.expr], str | None]) -> bool:
    """Whether a node, without what is inside of it, reads something that no name of the notebook stands for.

    Args:
        node: The node.
        full_name: Resolves a dotted expression through the imports.
    """
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in ("open", "input"):
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            return True
    if isinstance(node, ast.Attribute | ast.Name):
        return (full_name(node) or "").startswith(_READERS)
    return False
