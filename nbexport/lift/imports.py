"""Which import lines a generated file needs: only those it uses, each once.

`import numpy as np, pandas as pd` is taken apart; `import torch` and `import torch.nn` both come along when `torch` is
used, since each makes an attribute of the other reachable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nbexport.lift.layout import Layout
from nbexport.names.nodes import is_import_like
from nbexport.names.operations import Bind, flatten
from nbexport.record import field, record

_SIDE_EFFECTS = ("sklearn.experimental", "skops", "intel_extension_for_pytorch")


@record(frozen=False)
class Imports:
    """Import lines of one file."""

    future: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    """`try: import … except ImportError: …` as they stand in the notebook."""
    modules: list[str] = field(default_factory=list)
    """Dotted modules, for the requirements."""
    bound: dict[str, str] = field(default_factory=dict)
    """Name → the line that binds it."""


def imports_for(layout: Layout, names: Iterable[str], *, unknown: bool) -> Imports:
    """The imports that bind `names`.

    Args:
        layout: Where everything stands.
        names: Names that the file reads.
        unknown: Whether the file reads a name that nothing binds, so that star imports are needed.
    """
    wanted = set(names)
    result = Imports()
    for unit in layout.analysis.units:
        node = unit.node
        if not is_import_like(node) or not _exported(layout, unit.cell):
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                if bound in wanted:
                    line = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                    _add(result, line, bound, alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                if module == "__future__":
                    line = f"from __future__ import {alias.name}"
                    if line not in result.future:
                        result.future.append(line)
                elif alias.name == "*":
                    if unknown:
                        _add(result, f"from {module} import *", "*", module)
                else:
                    bound = alias.asname or alias.name
                    if bound in wanted or module.startswith(_SIDE_EFFECTS):
                        line = f"from {module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                        _add(result, line, bound, module)
        else:
            bound_here = {op.name for op in flatten(unit.ops) if isinstance(op, Bind)}
            if bound_here & wanted:
                block = ast.unparse(node)
                if block not in result.blocks:
                    result.blocks.append(block)
                for part in ast.walk(node):
                    if isinstance(part, ast.Import):
                        result.modules += [alias.name for alias in part.names]
                    elif isinstance(part, ast.ImportFrom) and part.module and not part.level:
                        result.modules.append(part.module)
    return result


def _exported(layout: Layout, cell: int) -> bool:
    return "skip" not in layout.analysis.cells[cell].roles


def _add(result: Imports, line: str, bound: str, module: str) -> None:
    if line in result.lines:
        return
    # a later import of the same name from elsewhere wins, as in the notebook
    plain = line.startswith("import ") and " as " not in line
    earlier = result.bound.get(bound)
    if earlier is not None and bound != "*" and not plain:
        result.lines.remove(earlier)
    result.lines.append(line)
    if not plain or earlier is None:
        result.bound[bound] = line
    result.modules.append(module)
