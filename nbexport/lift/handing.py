"""Files that one notebook hands on to another → values of the stages, so that what a stage needs of another is seen.

    rows.to_csv("clean.csv")            clean_csv = "clean.csv"           an output of the stage that writes it,
                                        rows.to_csv(clean_csv)
    rows = pd.read_csv("./clean.csv")   rows = pd.read_csv(clean_csv)     an input of the one that reads it

The path itself stays what it was, in the folder that each run has for itself. So where a path stands that this module
leaves alone, in a helper or put together at run time, it still names the same file.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from posixpath import basename, normpath

from nbexport.analysis.joined import handed, home
from nbexport.analysis.notebook import Analysis
from nbexport.lift.layout import Layout
from nbexport.lift.literal_paths import Literals, literals_of
from nbexport.lift.split import OWN_NAMES
from nbexport.model import Cell, Notebook, Problem, Related
from nbexport.record import record, replace

_OPENING = re.compile(r"(?:read_|to_|load|save|open|dump|genfromtxt|Path$|write_|[A-Z]\w*File$|connect$)")
"""How the names begin of what does nothing with a path but open it."""


@record
class _Mention:
    """An expression that names a file in a statement of a stage."""

    unit: int
    node: ast.expr
    spelled: str
    """The path as it is written there."""
    maker: str
    """What makes a path of a text, as it is written there; empty for a plain text."""
    opened: bool
    """Whether it is given to something that only opens the file."""


def explicit(layout: Layout) -> Notebook | None:
    """The document with a name for each file that is handed on, wherever stages mention it; None where none is."""
    named = {path: mentions for path in _paths(layout.analysis) if (mentions := _mentions(layout, path))}
    if not named:
        return None
    cells = list(layout.analysis.notebook.cells)
    edits: dict[int, list[tuple[int, int, int, int, str]]] = {}
    taken = _taken(layout.analysis)
    for path, mentions in named.items():
        name = _name(path, taken)
        taken.add(name)
        for number, edit in _edits(layout.analysis, name, mentions):
            edits.setdefault(number, []).append(edit)
    for index, cell in enumerate(cells):
        if cell.number in edits:
            cells[index] = replace(cell, code=_edited(cell, edits[cell.number]))
    return replace(layout.analysis.notebook, cells=tuple(cells))


def unseen(layout: Layout) -> Iterator[Problem]:
    """The files that are handed on unseen, which no pipeline can have: it repeats an evaluation and what that needs."""
    for one in handed(layout.analysis):
        if not one.backwards and not _mentions(layout, one.path):
            (cell, span), (writer, there) = one.reader, one.writer
            yield Problem(
                f"cell {cell} reads `{one.path}` of cell {writer}, but the path does not stand in both, so a pipeline "
                "cannot see that one needs the other",
                f'write "{one.path}" where the file is written and where it is read, not in a helper or a parameter',
                cell,
                span,
                one.path,
                related=(Related(writer, there, f"`{one.path}` is written here"),),
            )


def _paths(analysis: Analysis) -> list[str]:
    return sorted({one.path for one in handed(analysis) if not one.backwards})


def _mentions(layout: Layout, path: str) -> list[_Mention]:
    """Every mention of a file by stages, the writing one first; none where not all can be told, or none is needed."""
    analysis = layout.analysis
    mentions = [mention for unit in layout.code for mention in _within(analysis, unit, path)]
    mentions = [one for one in mentions if not _is_bound_in_stage(layout, one)]
    if not mentions or any(_parameter(layout, one) for one in mentions):
        return []
    writers = {home(one.writer[0]) for one in handed(analysis) if one.path == path}
    readers = {home(one.reader[0]) for one in handed(analysis) if one.path == path}
    where = {home(analysis.units[one.unit].cell) for one in mentions}
    if home(analysis.units[mentions[0].unit].cell) not in writers or not readers <= where:
        return []
    same = all((one.spelled, one.maker) == (mentions[0].spelled, mentions[0].maker) or one.opened for one in mentions)
    plain = not any(analysis.cell_of(one.unit).magics for one in mentions)
    return mentions if same and plain else []


def _within(analysis: Analysis, unit: int, path: str) -> Iterator[_Mention]:
    """The outermost expressions of a statement that name a file, those of its functions left out."""
    literals = literals_of(analysis, unit)

    def visit(node: ast.AST, parent: ast.AST) -> Iterator[_Mention]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return
        if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store):
            known = literals.paths(node)
            if {normpath(text) for text in known} == {path} and len(known) == 1:
                (spelled,) = known
                yield _Mention(unit, node, spelled, _maker(literals, node), _is_opened(parent))
                return
        if isinstance(node, ast.JoinedStr):
            return
        for child in ast.iter_child_nodes(node):
            yield from visit(child, node)

    yield from visit(analysis.units[unit].node, analysis.units[unit].node)


def _maker(literals: Literals, node: ast.expr) -> str:
    """What makes a path object in an expression, as it stands there; empty for an expression that is a text."""
    if isinstance(node, ast.Call):
        if (literals.full_name(node.func) or "").startswith("pathlib."):
            return ast.unparse(node.func)
        return _maker(literals, node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _maker(literals, node.left) or "Path"
    if isinstance(node, ast.Name):
        return next((_maker(literals, value) for value in literals.values(node.id)), "")
    return ""


def _is_opened(parent: ast.AST) -> bool:
    """Whether an expression around a path only opens the file."""
    if isinstance(parent, ast.keyword):
        return parent.arg in ("path", "path_or_buf", "filepath_or_buffer", "file", "fname", "filename", "io")
    called = parent.func if isinstance(parent, ast.Call) else parent
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return isinstance(parent, ast.Call | ast.Attribute) and bool(_OPENING.match(name))


def _is_bound_in_stage(layout: Layout, mention: _Mention) -> bool:
    """Whether a mention is a name that a stage has bound to the path, which is a mention itself."""
    if not isinstance(mention.node, ast.Name):
        return False
    reaching = layout.analysis.before[mention.unit].get(mention.node.id, frozenset())
    return any(definition.unit in layout.code for definition in reaching)


def _parameter(layout: Layout, mention: _Mention) -> bool:
    """Whether a mention is a parameter, which every stage that reads it takes already."""
    return isinstance(mention.node, ast.Name) and mention.node.id in layout.parameters


def _taken(analysis: Analysis) -> set[str]:
    names = {reference.name for unit in analysis.units for reference in unit.references}
    inner = {node.id for unit in analysis.units for node in unit.nodes if isinstance(node, ast.Name)}
    given = {node.arg for unit in analysis.units for node in unit.nodes if isinstance(node, ast.arg)}
    return {*names, *inner, *given, *analysis.definitions, *dir(builtins), *keyword.kwlist, *OWN_NAMES}


def _name(path: str, taken: set[str]) -> str:
    """A name for a file that nothing else has: `clean_csv`."""
    name = re.sub(r"\W+", "_", basename(path), flags=re.ASCII).strip("_").lower()
    if not name.isidentifier():
        name = f"file_{name}".rstrip("_")
    while name in taken:
        name += "_file"
    return name


def _edits(
    analysis: Analysis, name: str, mentions: list[_Mention]
) -> Iterator[tuple[int, tuple[int, int, int, int, str]]]:
    """(cell, (row, column, end row, end column, text)), columns from 0, of what gives a file its name and uses it."""
    first = mentions[0]
    unit = analysis.units[first.unit]
    text = ast.unparse(first.node)
    start = unit.code_span()
    row, column = start.row, start.column - 1
    alone = not unit.lines[row - 1][:column].strip()
    yield unit.cell, (row, column, row, column, f"{name} = {text}\n{' ' * column}" if alone else f"{name} = {text}; ")
    for mention in mentions:
        statement = analysis.units[mention.unit]
        span = statement.code_span(mention.node)
        used = name
        if mention.maker != first.maker:
            used = f"{mention.maker or 'str'}({name})"
        yield statement.cell, (span.row, span.column - 1, span.end_row, span.end_column - 1, used)


def _edited(cell: Cell, edits: list[tuple[int, int, int, int, str]]) -> str:
    """The code of a cell with some stretches replaced, none of which overlap."""
    rows = cell.code.split("\n")
    for row, column, end_row, end_column, text in sorted(edits, reverse=True):
        before, after = rows[row - 1][:column], rows[end_row - 1][end_column:]
        rows[row - 1 : end_row] = f"{before}{text}{after}".split("\n")
    return "\n".join(rows)
