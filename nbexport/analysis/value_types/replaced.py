"""What the notebook has put in the place of something in a library: `pd.read_csv = mine`, of which no table tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis


class Replaced:
    """Answers for one notebook."""

    def __init__(self, analysis: Analysis) -> None:
        self._names = frozenset(_replaced(analysis))

    def __contains__(self, full: str) -> bool:
        """Whether a name in a library may stand for something of the notebook's own."""
        return full in self._names or any(
            name.endswith(".*") and full.startswith(name.removesuffix("*")) for name in self._names
        )


def _replaced(analysis: Analysis) -> Iterator[str]:
    """Names in libraries in whose place the notebook has put something of its own; `x.*` for an unknown name in `x`."""
    for index, unit in enumerate(analysis.units):
        for node in unit.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                full = analysis.full_name(index, node)
                if full is not None:
                    yield full
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "setattr"
                and node.args
            ):
                full = analysis.full_name(index, node.args[0])
                if full is not None:
                    yield f"{full}.*"
