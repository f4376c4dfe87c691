"""Where each statement of the lifted files comes from, and the statements of such a file read back.

    # cell 5                                cell 5, row 2
    df = pd.read_csv(data)          ←       df = pd.read_csv("customers.csv")

Formatting keeps the order of statements. So the n-th statement of a stage in the file, imports left out, is the n-th
that the lift put there, and lines need not be followed through the formatter.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

from nbexport.analysis.notebook import Analysis
from nbexport.lift.split import OWN_NAMES
from nbexport.model import own_place
from nbexport.program import Program, Statement
from nbexport.record import record

DEFINITIONS, MODEL = "definitions.py", "model.py"
LIFTED = (MODEL, DEFINITIONS)
"""The files that hold the notebook's own statements."""
_MARK = re.compile(r"[ \t]*# cell \d+(?: of `[^`]*`)?[ \t]*")


@record
class Block:
    """A statement of a lifted file, with the comments above it."""

    first: int
    last: int
    """Its lines in the file."""
    text: str
    """Its text at no indentation, without the comment that names the cell."""
    key: str
    """What it is known by when its text has changed: its kind and the names that it binds."""


@record
class Located:
    """A statement of a lifted file whose place in the notebook is known."""

    statement: Statement
    block: Block


def statements(
    analysis: Analysis, units: Mapping[str, Mapping[str, Sequence[tuple[int, int]]]]
) -> tuple[Statement, ...]:
    """Where the statements of the lifted files stand in the notebook.

    Args:
        analysis: The notebook's.
        units: File → stage function, or nothing → statements, each with how many it has become.
    """
    return tuple(
        _statement(analysis, unit, file, function, count)
        for file, functions in units.items()
        for function, members in functions.items()
        for unit, count in members
    )


def _statement(analysis: Analysis, unit: int, file: str, function: str, count: int) -> Statement:
    cell = analysis.units[unit].cell
    others = [analysis.span(other) for other in analysis.units_of(cell) if other != unit]
    span = analysis.span(unit)
    decorators = [analysis.span(unit, part).row for part in getattr(analysis.units[unit].node, "decorator_list", ())]
    begin = min([span.row, *decorators])
    row = max([0, *(other.end_row for other in others if other.end_row < begin)]) + 1
    rows = analysis.cells[cell].source.split("\n")
    while row < begin and not rows[row - 1].strip():
        row += 1
    alone = not any(other.row <= span.end_row and begin <= other.end_row for other in others)
    code = "\n".join(analysis.cells[cell].code.split("\n")[row - 1 : span.end_row])
    return Statement(file, function, cell, row, span.end_row, count, alone, code)


def located(program: Program) -> tuple[Located, ...]:
    """The statements of the lifted files with their lines; without stages where the two cannot be matched.

    Args:
        program: The program, formatted.
    """
    pairs: list[Located] = []
    for file, text in ((MODEL, program.model), (DEFINITIONS, program.definitions)):
        for function, there in blocks(file, text).items():
            of_function = [one for one in program.statements if (one.file, one.function) == (file, function)]
            if sum(one.count for one in of_function) == len(there):
                repeated = [one for one in of_function for _ in range(one.count)]
                pairs += map(Located, repeated, there)
    return tuple(pairs)


def origins(program: Program) -> dict[str, str]:
    r"""File → where its lines come from, for the runtime: one run of lines on each line.

    `30-32 5:2` says that lines 30 to 32 of the file are rows 2 to 4 of cell 5, and `33-33 5:9 a.ipynb` that 33 is row 9
    of cell 5 of another notebook than the one that the project is named after.

    Args:
        program: The program, formatted.
    """
    lines_of: dict[str, list[str]] = {}
    texts = {MODEL: program.model, DEFINITIONS: program.definitions}
    for one in located(program):
        rows = texts[one.statement.file].split("\n")[: one.block.last]
        runs = _runs(_parsed(rows, one.block.first), _parsed(one.statement.code.split("\n"), 1))
        if one.statement.count == 1:
            cell, notebook = own_place(one.statement.cell)
            lines_of.setdefault(one.statement.file, []).extend(
                f"{first}-{last} {cell}:{one.statement.row + row - 1} {notebook}".rstrip() for first, last, row in runs
            )
    return {file: "\n".join(lines) for file, lines in lines_of.items()}


def _parsed(rows: Sequence[str], first: int) -> ast.stmt | None:
    """The last statement that begins at a row or below, with the rows that it has there."""
    text = "\n".join(rows[first - 1 :])
    indented = text.lstrip("\n")[:1] == " "
    try:
        body = ast.parse(f"if 1:\n{text}" if indented else f"\n{text}").body
    except (SyntaxError, ValueError):
        return None
    if indented and isinstance(body[0], ast.If):
        body = body[0].body
    return ast.increment_lineno(body[-1], first - 2) if body else None


def _runs(there: ast.AST | None, here: ast.AST | None) -> Iterator[tuple[int, int, int]]:
    """(first line, last line, row) of the stretches in which the lines of two statements go together."""
    if there is None or here is None:
        return
    first, last, row, end_row = _rows(there), _end(there), _rows(here), _end(here)
    if last - first == end_row - row:
        yield first, last, row
        return
    inner = [
        (one, other)
        for name in ("body", "handlers", "orelse", "finalbody", "cases")
        for one, other in zip(
            reversed(getattr(there, name, None) or []), reversed(getattr(here, name, None) or []), strict=False
        )
    ]
    begin = min([last + 1, *(_rows(one) for one, _ in inner)])
    most = min([end_row + 1, *(_rows(other) for _, other in inner)]) - 1
    for line in range(first, begin):
        yield line, line, min(row + line - first, max(row, most))
    for one, other in sorted(inner, key=lambda pair: _rows(pair[0])):
        yield from _runs(one, other)


def _rows(node: ast.AST) -> int:
    decorators = [part.lineno for part in getattr(node, "decorator_list", ())]
    return int(min([getattr(node, "lineno", 0) or getattr(getattr(node, "pattern", None), "lineno", 0), *decorators]))


def _end(node: ast.AST) -> int:
    inner = getattr(node, "body", None)
    end = getattr(node, "end_lineno", None) or (_end(inner[-1]) if isinstance(inner, list) and inner else 0)
    return int(end)


def blocks(file: str, text: str) -> dict[str, tuple[Block, ...]]:
    """Stage function, or nothing at module level → the notebook's statements in a lifted file.

    Args:
        file: Its name.
        text: What it holds, perhaps edited by hand.

    Raises:
        SyntaxError: It is not Python.
    """
    if not text:
        return {}
    lines, body = text.splitlines(), ast.parse(text).body
    inside = _inside_strings(text)
    if file == DEFINITIONS:
        return {"": tuple(_blocks(lines, body, inside))}
    return {
        node.name: tuple(_blocks(lines, node.body, inside))
        for node in body
        if isinstance(node, ast.FunctionDef) and node.name not in OWN_NAMES
    }


def _blocks(lines: Sequence[str], body: Sequence[ast.stmt], inside: frozenset[int]) -> Iterator[Block]:
    indent = body[0].col_offset if body else 0
    before = 0
    for number, node in enumerate(body):
        first, last = (before or node.lineno - 1) + 1, node.end_lineno or node.lineno
        before = last
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or _is_generated(node) or (indent and isinstance(node, ast.Return)):
            continue
        shown = [
            line if row in inside else line[indent:] if not line[:indent].strip() else line.lstrip()
            for row, line in enumerate(lines[first - 1 : last], start=first)
            if row in inside or not _MARK.fullmatch(line)
        ]
        while shown and not shown[0].strip():
            del shown[0]
        yield Block(first, last, "\n".join(line.rstrip() if line.isspace() else line for line in shown), _key(node))


def _is_generated(node: ast.stmt) -> bool:
    """Whether a statement is an import, perhaps with a way out, which the lift gathers."""
    if isinstance(node, ast.Try):
        return all(isinstance(part, ast.Import | ast.ImportFrom) for part in node.body)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)


def _key(node: ast.stmt) -> str:
    names = [getattr(node, "name", "")]
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        names += [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    return f"{type(node).__name__} {' '.join(names)}"


def _inside_strings(text: str) -> frozenset[int]:
    """The lines that begin inside a string: their indentation is a part of it."""
    rows: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.end[0] > token.start[0] and tokenize.tok_name[token.type] in ("STRING", "FSTRING_MIDDLE"):
            rows.update(range(token.start[0] + 1, token.end[0] + 1))
    return frozenset(rows)
