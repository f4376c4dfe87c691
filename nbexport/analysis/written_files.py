"""Which files a call writes, as far as literals name them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_WRITERS = frozenset(
    """to_csv to_parquet to_pickle to_json to_excel to_feather to_hdf save savez savez_compressed savetxt dump
    save_file write_text write_bytes imsave imwrite tofile save_pretrained""".split()
)


def written_paths(node: ast.AST) -> Iterator[str]:
    """Literal paths that a call writes."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    texts: list[str] = [text for text in values if isinstance(text, str)]
    if name == "open":
        modes: list[object] = [
            keyword.value.value for keyword in node.keywords if isinstance(keyword.value, ast.Constant)
        ]
        modes += texts[1:2]
        if any(isinstance(mode, str) and set(mode) & set("wax") for mode in modes):
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
