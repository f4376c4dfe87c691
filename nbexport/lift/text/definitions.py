"""The text of `definitions.py`: the functions, classes and constants of the notebook, and nothing of ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from textwrap import fill

import libcst as cst

from nbexport.lift.layout import place_of
from nbexport.lift.parameters import literal
from nbexport.lift.text.edits import edits_of
from nbexport.lift.text.imports import Line, by_name, helper_line, imports_for, modules_in, origin_lines
from nbexport.lift.text.parts import File, Parts, heading, reads_unknown
from nbexport.lift.text.rewrite import module_source

_WIDTH = 100
"""Longest first line of the docstring, in characters."""


def definitions(parts: Parts) -> File:
    """The file; empty when the notebook defines nothing that is lifted."""
    layout, names = parts.placed.layout, parts.placed.definition_names
    statements: list[cst.BaseStatement] = []
    own: list[str] = []
    read: set[str] = set()
    imported: list[str] = []
    helpers: set[str] = set()
    units: list[tuple[int, int]] = []
    for unit, name in _units(parts):
        statement = layout.analysis.units[unit]
        edits, needed = edits_of(layout, unit, name, None)
        for local, origin in sorted(names.local.get(unit, {}).items()):
            lines = origin_lines(layout, local, origin)
            imported += lines
            edits.prologues.setdefault(place_of(statement, statement.node), []).extend(lines)
        secrets = [place_of(statement, node) for node in _secrets(parts, unit)]
        # they are set before anything reads them
        edits.replaced |= dict.fromkeys(secrets, '""')
        helpers |= needed
        taken = parts.text(statement.cell).take(statement, edits)
        # a comment may repeat a secret
        statements += [_bare(part) for part in taken] if secrets else taken
        units.append((unit, len(taken)))
        own += _bound(statement.node)
        read |= {reference.name for reference in statement.references}
    if not statements:
        return File()
    only = {
        name: layout.origins.units(names.shared[name], name) if name in names.shared else frozenset[int]()
        for name in layout.origins.contested
    }
    imports = imports_for(layout, read, unknown=reads_unknown(layout, read), only=only)
    top_lines = list(dict.fromkeys([*imports.future, *map(helper_line, sorted(helpers)), *imports.lines]))
    head = heading(
        f"{_heading(parts)}\n\n"
        "Lifted by nbexport. Values that a function read from the notebook's namespace are keyword arguments."
    )
    top = "\n".join([head, "", *(line.text for line in top_lines), *imports.blocks, ""])
    blocks = list(imports.blocks.values())
    own = [*(name for block in blocks for name in _bound(block)), *own]
    return File(
        f"{top}\n{module_source(statements)}",
        [*imports.modules, *modules_in(imported)],
        imports.lines,
        by_name(top_lines) | {name: Line("definitions", name) for name in own},
        blocks,
        {"": units},
    )


def _heading(parts: Parts) -> str:
    line = f"Functions, classes and constants of {parts.told}, as the notebook defines them."
    if len(line) <= _WIDTH:
        return line
    return "Functions, classes and constants, as the notebooks define them.\n\n" + fill(f"From {parts.told}.", _WIDTH)


def _units(parts: Parts) -> list[tuple[int, str | None]]:
    """(statement, name of the definition that it is; None for a constant) in the notebook's order."""
    layout = parts.placed.layout
    units: list[tuple[int, str | None]] = [(unit, name) for name, unit in layout.definitions.items()]
    units += [(unit, None) for unit in {*layout.constants.values(), *layout.settings.values()}]
    return sorted(units)


def _secrets(parts: Parts, unit: int) -> Iterator[ast.expr]:
    """The literals of secrets in a statement of the file."""
    layout = parts.placed.layout
    for parameter in parts.placed.parameters:
        if parameter.secret and layout.settings.get(parameter.name) == unit:
            node = literal(layout, parameter.name)
            if not isinstance(node, ast.Constant) or node.value:
                yield node


def _bare(statement: cst.BaseStatement) -> cst.BaseStatement:
    """A statement without comments."""
    return statement.with_changes(leading_lines=[], trailing_whitespace=cst.TrailingWhitespace())


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement of the file binds otherwise than by an import."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    else:
        for part in ast.walk(statement):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
