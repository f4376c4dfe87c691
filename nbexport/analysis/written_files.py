"""Which files a call writes, as far as literals name them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_WRITERS = frozenset(
    """to_csv to_parquet to_pickle to_json to_excel to_feather to_hdf save savez savez_compressed savetxt dump
    save_file write_text write_bytes imsave imwrite tofile save_pretrained""".split()
)


OPENERS = frozenset("open ZipFile PyZipFile TarFile File memmap".split())
"""Functions that open a file to read or to write it, as their second argument says."""


def mode_of(node: ast.Call) -> set[str]:
    """The letters of the mode that a call opens a file with; none where it is not written down."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] or node.args[1:2]
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else None
    return set(mode.partition(":")[0]) if isinstance(mode, str) else set()


def written_paths(node: ast.AST) -> Iterator[str]:
    """Literal paths that a call writes."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    texts: list[str] = [text for text in values if isinstance(text, str)]
    if name in OPENERS:
        if mode_of(node) & set("wax"):
            yield from texts[:1]
    elif name in _WRITERS:
        if name in ("write_text", "write_bytes") and isinstance(node.func, ast.Attribute):
            yield from (
                part.value
                for part in ast.walk(node.func.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
        else:
            yield from texts
