"""Which import lines a generated file needs: only those it uses, each once.

`import numpy as np, pandas as pd` is taken apart; `import torch` and `import torch.nn` both come along when `torch` is
used, since each makes an attribute of the other reachable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from nbexport.lift.layout import Layout
from nbexport.lift.origins import Origin, OriginKind
from nbexport.model import Role
from nbexport.names.nodes import is_import_like
from nbexport.names.operations import Bind
from nbexport.names.star_names import star_names
from nbexport.record import field, record

_SIDE_EFFECTS = ("sklearn.experimental", "skops", "intel_extension_for_pytorch")


@record
class Line:
    """`import module`, or `from module import name`, with or without an alias."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def text(self) -> str:
        """The line as it is written."""
        head = f"from {self.module} import {self.name}" if self.name else f"import {self.module}"
        return f"{head} as {self.alias}" if self.alias else head

    @property
    def bound(self) -> str:
        """The name that it binds."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def origin(self) -> str:
        """The dotted name of what it binds."""
        if self.name:
            return f"{self.module.lstrip('.')}.{self.name}"
        return self.module if self.alias else self.bound

    @property
    def is_plain(self) -> bool:
        """Whether it is `import a.b`, which adds to what another such line of `a` binds."""
        return not self.name and not self.alias


@record(frozen=False)
class Imports:
    """Import lines of one file."""

    future: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    blocks: dict[str, ast.stmt] = field(default_factory=dict)
    """`try: import … except ImportError: …` as they stand in the notebook, by their text."""
    modules: list[str] = field(default_factory=list)
    """Dotted modules, for the requirements."""
    bound: dict[str, Line] = field(default_factory=dict)
    """Name → the line that binds it."""


def imports_for(
    layout: Layout,
    names: AbstractSet[str],
    *,
    unknown: bool,
    only: Mapping[str, AbstractSet[int]] = MappingProxyType({}),
) -> Imports:
    """The imports that bind `names`.

    Args:
        layout: Where everything stands.
        names: Names that the file reads.
        unknown: Whether the file reads a name that nothing binds, so that star imports are needed.
        only: For names that are imported as several things, the statements that may bind them here.
    """
    result = Imports()
    for index, unit in enumerate(layout.analysis.units):
        node = unit.node
        if not is_import_like(node) or not _exported(layout, unit.cell):
            continue
        lifted = index in layout.analysis.lifted

        def binds(name: str, *, index: int = index, lifted: bool = lifted) -> bool:
            if name not in names:
                return False
            # what only a function reads that nobody is seen to call is imported from anywhere
            return index in only[name] if name in only else lifted or not layout.lifted(name)

        if isinstance(node, ast.Import):
            for alias in node.names:
                line = Line(alias.name, alias=alias.asname or "")
                if binds(line.bound) or (line.is_plain and line.bound in names and _is_module(layout, line.bound)):
                    _add(result, line)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                line = Line(module, alias.name, alias.asname or "")
                if module == "__future__":
                    if line not in result.future:
                        result.future.append(line)
                elif alias.name == "*":
                    known = star_names(module) if not node.level else None
                    for name in filter(binds, sorted(known or ())):
                        _add(result, Line(module, name))
                    if known is None and unknown:
                        _add(result, line)
                elif binds(line.bound) or module.startswith(_SIDE_EFFECTS):
                    _add(result, line)
        else:
            bound_here = {op.name for op in unit.simple_ops if isinstance(op, Bind)}
            if any(map(binds, bound_here)):
                result.blocks.setdefault(ast.unparse(node), node)
                for part in ast.walk(node):
                    if isinstance(part, ast.Import):
                        result.modules += [alias.name for alias in part.names]
                    elif isinstance(part, ast.ImportFrom) and part.module and not part.level:
                        result.modules.append(part.module)
    asked = {
        part.id
        for block in result.blocks.values()
        for part in ast.walk(block)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }
    # what the tests around imports ask must be there for them
    return imports_for(layout, names | asked, unknown=unknown, only=only) if asked - names else result


def _is_module(layout: Layout, name: str) -> bool:
    """Whether exported code takes a name for one module, of which each `import name.part` makes more known."""
    return {definition.module for definition in layout.lifted(name)} == {name}


def helper_line(name: str) -> Line:
    """The line that imports what edits of the notebook's code call."""
    return Line("functools", name) if name == "partial" else Line(name)


def by_name(lines: Iterable[Line]) -> dict[str, Line]:
    """Name → the line that binds it in a file, whose lines are sorted: the last one wins."""
    ordered = sorted(lines, key=lambda line: (bool(line.name), line.module.lower(), line.module))
    return {line.bound: line for line in ordered}


def origin_lines(layout: Layout, name: str, origin: Origin) -> list[str]:
    """The lines that import what a name of several meanings stands for, into a function."""
    if origin.kind is OriginKind.BUILTIN:
        return [Line("builtins", name).text]
    if origin.kind is OriginKind.DEFINITION:
        return [Line("definitions", name).text]
    return import_lines(layout, name, layout.origins.units(origin, name))


def import_lines(layout: Layout, name: str, units: AbstractSet[int]) -> list[str]:
    """The lines that bind a name as these statements of the notebook do."""
    imports = imports_for(layout, {name}, unknown=False, only={name: units})
    return [*(line.text for line in imports.lines), *imports.blocks]


def modules_in(lines: Iterable[object]) -> list[str]:
    """The dotted modules of the notebook that lines inside of functions import, for the requirements."""
    modules: list[str] = []
    for line in lines:
        for node in ast.walk(ast.parse(line)) if isinstance(line, str) else ():
            if isinstance(node, ast.Import):
                modules += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules.append("." * node.level + (node.module or ""))
    return [module for module in modules if module not in ("builtins", "definitions")]


def modules_in_functions(text: str) -> list[str]:
    """The dotted modules that functions of a file import when they run."""
    functions = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    lines = [ast.unparse(n) for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
    return list(dict.fromkeys(modules_in(lines)))


def _exported(layout: Layout, cell: int) -> bool:
    return Role.SKIP not in layout.analysis.cells[cell].roles


def _add(result: Imports, line: Line) -> None:
    if line in result.lines:
        return
    # a later import of the same name from elsewhere wins, as in the notebook
    earlier = result.bound.get(line.bound)
    if earlier is not None and line.bound != "*" and not line.is_plain:
        result.lines.remove(earlier)
    result.lines.append(line)
    if not line.is_plain or earlier is None:
        result.bound[line.bound] = line
    result.modules.append(line.module)
