"""Which files a call writes, as far as literals name them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

_WRITERS = frozenset(
    """to_csv to_parquet to_pickle to_json to_excel to_feather to_hdf save savez savez_compressed savetxt dump
    save_file write_text write_bytes imsave imwrite tofile save_pretrained""".split()
)


_PATHS = frozenset("path path_or_buf path_or_buffer fname file filename filepath excel_writer f".split())
"""Keywords by which writers are given a path."""
_LONGEST_MODE = 3
OPENERS = frozenset("open ZipFile PyZipFile TarFile File memmap".split())
"""Functions that open a file to read or to write it, as their second argument says."""


def mode_of(node: ast.Call) -> set[str]:
    """The letters of the mode that a call opens a file with; none where it is not written down."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] or node.args[1:2]
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else None
    return set(mode.partition(":")[0]) if isinstance(mode, str) else set()


def literal_path(node: ast.expr) -> set[str]:
    """The path that an expression is written out as; none where it is computed."""
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def written_paths(node: ast.AST, paths: Callable[[ast.expr], Iterable[str]] = literal_path) -> Iterator[str]:
    """The paths that a call writes.

    Args:
        node: The call; anything else writes nothing.
        paths: What tells the paths that an expression may name.
    """
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    method = node.func.value if isinstance(node.func, ast.Attribute) else None
    texts = [text for argument in node.args for text in sorted(paths(argument))]
    if name in OPENERS:
        # `open("x", "w")`, and `Path("x").open("w")`, whose first argument is the mode
        if mode_of(node) & set("wax"):
            yield from list(paths(node.args[0])) if node.args else ()
        elif method is not None and _mode_first(node) & set("wax"):
            yield from paths(method)
    elif name in _WRITERS:
        if name in ("write_text", "write_bytes") and method is not None:
            yield from paths(method)
            yield from (
                part.value
                for part in ast.walk(method)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
        else:
            yield from texts
            yield from (text for keyword in node.keywords if keyword.arg in _PATHS for text in paths(keyword.value))


def _mode_first(node: ast.Call) -> set[str]:
    """The letters of a mode that is the first argument of a call."""
    mode = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    return set(mode) if isinstance(mode, str) and len(mode) <= _LONGEST_MODE else set()
