"""Why a name is not bound where it is read: one cause for each such read, so that one rule reports it.

    cell 1 (markdown)   rows = load()
    cell 2              fit(rows)         `rows` is read here; cell 1 would bind it, but is text now

The causes are asked in the order of how much they explain: text cells, bodies of cell magics, scopes that keep the
name to themselves, a later binding, a similar name. What an unknown magic, `%run` or a cell that does not parse may
have bound has no cause here: other rules report those, or they are right.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache

from nbexport.analysis.bindings import MISSING, Definition, Marker, Use
from nbexport.analysis.notebook import Analysis
from nbexport.model import Cell, Notebook
from nbexport.names.cell import units_of_source
from nbexport.names.kinds import BindKind
from nbexport.names.operations import Bind, flatten
from nbexport.read.magic_names import AUTOMAGIC, CELL_LANGUAGES, NAMESPACE_CELLS, REPEATED
from nbexport.record import record

_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[io]h|_dh|In|Out")
# compiled where they are first needed, which in most notebooks is nowhere
_FENCE = r"(?ms)^(`{3,}|~{3,})[^\n`]*\n(.*?)^\1"
_SHELL_BINDING = r"^\s*(?:export\s+|let\s+|var\s+|const\s+)?{}\s*="
_BINDING = r"^\s*(?:(?:async\s+)?def|class|import)\s+{0}\b|^[^#\n=(]*\b{0}\b[^\n=(]*=(?!=)|\b(?:import|as|for)\s+{0}\b"
_OUTSIDE = frozenset({"run", "store", "pylab", "macro", "rerun", "recall", "rep", "load", "loadpy"})
"""Line magics that may bind names which no cell shows."""
_RUN_TIME = r"\b(?:exec|globals|locals|vars)\s*\(|\buser_ns\b"
_ASKS = r"""(["'])\w+\1\s+(?:not\s+)?in\s+(?:globals|locals|vars|dir)\(\)(?:\.keys\(\))?|\bglobals\s*=\s*globals\(\)"""
"""What looks names up and binds none: `"x" in globals()`, `timeit(…, globals=globals())`."""
_HOSTED = frozenset({"spark", "sc", "sqlContext", "dbutils", "displayHTML"})
"""Names that notebooks on Spark are given."""
_QUIET_LINES = frozenset({"autoreload", "watermark", "tensorboard", "reload_ext", "cache"})


class CauseKind(StrEnum):
    """What keeps a name from being bound."""

    TEXT = "text"
    """A cell of text would bind it."""
    SKIPPED = "skipped"
    """A code cell that is tagged `skip-execution` would bind it."""
    MAGIC = "magic"
    """It is bound in the body of a magic that keeps it to itself."""
    SCOPE = "scope"
    """It is bound in a function, class, lambda or comprehension."""
    HANDLER = "handler"
    """`except … as e` has deleted it at its end."""
    LATER = "later"
    RENAME = "rename"
    NOWHERE = "nowhere"


@record
class Cause:
    """Why a name is not bound."""

    kind: CauseKind
    cell: int = 0
    """The one to look at; 0 for none."""
    what: str = ""
    """What there is in it, for a message: the magic, the scope, the name that is nearly the same."""


def is_history(name: str) -> bool:
    """Whether IPython keeps its history under this name."""
    return _HISTORY.fullmatch(name) is not None


def caused_by(analysis: Analysis, *kinds: CauseKind) -> Iterator[tuple[Use, Cause]]:
    """The reads of these causes, the first of each name in each cell."""
    return ((use, cause) for use, cause in causes(analysis) if cause.kind in kinds)


@lru_cache(maxsize=1)
def causes(analysis: Analysis) -> tuple[tuple[Use, Cause], ...]:
    """Every read of exported code that no binding reaches, with its cause, in the order of the notebook."""
    found: dict[tuple[str, int], tuple[Use, Cause]] = {}
    for use in analysis.judged_uses():
        if not _is_unbound(use) or is_history(use.name) or analysis.is_provided(use.name):
            continue
        cell, _ = analysis.place(use)
        if (use.name, cell) in found:
            continue
        cause = cause_of(analysis, use)
        if cause is not None:
            found[use.name, cell] = use, cause
    return tuple(found.values())


def _is_unbound(use: Use) -> bool:
    """Whether no binding reaches the read; `except … as e` unbinds `e` at its end."""
    return all(d is MISSING or d.marker is Marker.EXCEPT for d in use.definitions) and bool(use.definitions)


def cause_of(analysis: Analysis, use: Use) -> Cause | None:
    """Why the read finds nothing; None where something that cannot be seen may have bound the name."""
    ended = [d for d in use.definitions if d.marker is Marker.EXCEPT]
    if ended:
        return Cause(
            CauseKind.HANDLER, analysis.units[ended[0].unit].cell, "`except … as`, which deletes it at its end"
        )
    here = analysis.units[use.unit].cell
    later = _later(analysis, use)
    cells = _nearest_first(analysis.notebook.cells, here)
    if later is not None:
        cells = [cell for cell in cells if cell.number < here]
    mentioning = [cell for cell in cells if use.name in cell.source]
    for cell in mentioning:
        cause = _in_text(cell, use.name)
        if cause is not None:
            return cause
    for cell in mentioning:
        magic = _in_magic(cell, use.name)
        if magic:
            return Cause(CauseKind.MAGIC, cell.number, magic)
    if later is not None:
        return Cause(CauseKind.LATER, analysis.units[later.unit].cell)
    if _may_come_from_outside(analysis, mentioning, use.name, here):
        return None
    return _in_scope(analysis, use) or _renamed(analysis, use) or _commented_out(mentioning, use.name)


def _nearest_first(cells: Iterable[Cell], here: int) -> list[Cell]:
    """The cells before `here` from the last to the first, then those after it."""
    return sorted(cells, key=lambda cell: (cell.number > here, abs(cell.number - here)))


def _later(analysis: Analysis, use: Use) -> Definition | None:
    """The first binding that does not itself need the name: `x = x + 1` explains no `x`."""
    needing = {other.unit for other in analysis.uses if other.name == use.name and MISSING in other.definitions}
    found = analysis.definitions.get(use.name, ())
    return next((d for d in found if d.unit not in needing or d.unit > use.unit), None)


# --------------------------------------------------------------------------- cells that do not run as Python


def _in_text(cell: Cell, name: str) -> Cause | None:
    """That the cell would bind the name and is not run."""
    if cell.kind == "code":
        if cell.language != "python" or "skip-execution" not in cell.tags or not _binds(cell.code, name):
            return None
        return Cause(CauseKind.SKIPPED, cell.number, "tagged `skip-execution`")
    texts = [cell.source, *(block[2] for block in re.finditer(_FENCE, cell.source))]
    binds = any(_binds(text, name) for text in texts)
    return Cause(CauseKind.TEXT, cell.number, f"a {cell.kind} cell") if binds else None


def _in_magic(cell: Cell, name: str) -> str:
    """The magic whose body would bind the name, where it keeps it from the notebook."""
    if cell.kind != "code":
        return ""
    for magic in cell.magics:
        if magic.kind == "line" and magic.name in REPEATED and _binds(magic.argument, name):
            return f"`%{magic.name}`"
        if magic.kind != "cell" or magic.name in NAMESPACE_CELLS:
            continue
        if magic.name in REPEATED or magic.name in CELL_LANGUAGES or magic.name == "script":
            body = "\n".join(cell.source.split("\n")[magic.span.end_row :])
            if magic.name in REPEATED:
                body = f"{magic.argument}\n{body}" if _binds(magic.argument, name) else body
            if _binds(body, name) or re.search(_SHELL_BINDING.format(re.escape(name)), body, re.MULTILINE):
                return f"`%%{magic.name}`"
    return ""


def _binds(text: str, name: str) -> bool:
    """Whether a text is Python that binds the name at its top level."""
    if name not in text:
        return False
    try:
        units = units_of_source(_without_magics(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(op, Bind) and op.name == name for unit in units for op in flatten(unit.ops))


def _without_magics(text: str) -> str:
    from nbexport.read.magics import recognise

    return recognise(text).code


def _commented_out(mentioning: list[Cell], name: str) -> Cause:
    """That nothing binds the name, and the cell that does so in a comment."""
    comment = re.compile(rf"^\s*#\s*{re.escape(name)}\s*=[^=]", re.MULTILINE)
    cell = next((cell for cell in mentioning if cell.kind == "code" and comment.search(cell.source)), None)
    return Cause(CauseKind.NOWHERE, cell.number if cell is not None else 0)


def _may_come_from_outside(analysis: Analysis, mentioning: list[Cell], name: str, here: int) -> bool:
    """Whether a magic, another file, a cell that does not parse or what is made at run time may bind the name.

    What `%run` and the like bring is no help to an export, which leaves them out: there the name is bound nowhere.
    """
    for cell in analysis.notebook.cells if analysis.whole else ():
        for magic in cell.magics:
            if magic.name in _OUTSIDE and (magic.name != "store" or "-r" in magic.argument):
                return True
    if name in _HOSTED and _runs_on_spark(analysis.notebook):
        return True
    word = re.compile(rf"\b{re.escape(name)}\b")
    quoted = re.compile(rf"[\"'][^\"'\n]*\b{re.escape(name)}\b")
    for cell in mentioning:
        if cell.kind != "code":
            continue
        if cell.number <= here and re.search(_RUN_TIME, cell.source):
            binding = re.sub(_ASKS, "", cell.source)
            if re.search(_RUN_TIME, binding) and quoted.search(binding):
                return True
        if cell.number in analysis.broken and re.search(_BINDING.format(re.escape(name)), cell.source, re.MULTILINE):
            return True
        for magic in cell.magics:
            if magic.kind == "cell":
                known = {*NAMESPACE_CELLS, *REPEATED, *CELL_LANGUAGES} - {"R"}
                if magic.name not in known and word.search(cell.source):
                    return True
                if magic.name == "R" and word.search(magic.argument):
                    return True
            elif magic.kind == "line" and magic.name not in AUTOMAGIC | _QUIET_LINES and not magic.runs_python:
                if word.search(magic.argument):
                    return True
    return False


def _runs_on_spark(notebook: Notebook) -> bool:
    kernel = str(notebook.metadata.get("kernelspec", "")).lower()
    return "spark" in kernel or any("databricks" in str(key) for key in notebook.metadata)


# --------------------------------------------------------------------------- scopes and similar names


def _in_scope(analysis: Analysis, use: Use) -> Cause | None:
    """The function, class or comprehension that binds the name for itself, the last one before the read."""
    for index in range(use.unit, -1, -1):
        unit = analysis.units[index]
        if not any(use.name in line for line in unit.lines):
            continue
        what = next(_scopes(ast.Module([unit.node], []), use.name, "", ""), "")
        if what:
            return Cause(CauseKind.SCOPE, unit.cell, what)
    return None


def _scopes(node: ast.AST, name: str, scope: str, owner: str) -> Iterator[str]:
    """In words, each inner scope in which the name is bound.

    Parameters are no leak, as many functions have one called `x`; those of a lambda are, and `self`.
    """
    for child in ast.iter_child_nodes(node):
        inner, inner_owner = scope, owner
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if scope and child.name == name:
                yield scope
            is_class = isinstance(child, ast.ClassDef)
            what = "class" if is_class else "method" if owner else "function"
            inner = f"the {what} `{owner}{child.name}`"
            inner_owner = f"{child.name}." if is_class else ""
        elif isinstance(child, ast.Lambda):
            inner = "a lambda"
        elif isinstance(child, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            inner = "a comprehension"
        elif not scope:
            pass
        elif isinstance(child, ast.Name) and child.id == name and isinstance(child.ctx, ast.Store):
            yield scope
        elif isinstance(child, ast.arg) and child.arg == name and (scope == "a lambda" or name in ("self", "cls")):
            yield scope
        elif isinstance(child, ast.ExceptHandler) and child.name == name:
            yield scope
        elif isinstance(child, ast.alias) and (child.asname or child.name.partition(".")[0]) == name:
            yield scope
        yield from _scopes(child, name, inner, inner_owner)


def _renamed(analysis: Analysis, use: Use) -> Cause | None:
    """A name bound before the read that differs by one slip or one ending."""
    state = analysis.before[use.unit]
    alike = [
        found[-1]
        for name, found in analysis.definitions.items()
        if is_alike(use.name, name) and any(_may_be_renamed(d, use.name) for d in state.get(name, ()))
    ]
    if not alike:
        return None
    nearest = max(alike, key=lambda definition: (definition.unit, definition.name))
    return Cause(CauseKind.RENAME, analysis.units[nearest.unit].cell, nearest.name)


def _may_be_renamed(definition: Definition, name: str) -> bool:
    """Whether a binding may be what once had the name: no module, and no class where the name is its instance's."""
    if definition.unit < 0 or definition.marker or definition.module:
        return False
    return definition.how is not BindKind.CLASS or name[:1].isupper()


def is_alike(name: str, other: str) -> bool:
    """Whether two names are plainly the same word: another case, a plural, one slip in a long one.

    Names that differ in a digit or in a part of one letter (`X_train`, `y_train`) are siblings, not slips.

    >>> is_alike("row", "rows"), is_alike("Xtrain", "X_train"), is_alike("accurracy", "accuracy")
    (True, True, True)
    >>> is_alike("x1", "x2"), is_alike("X_train", "y_train"), is_alike("train", "brain"), is_alike("df", "dff")
    (False, False, False, False)
    """
    if name == other or min(len(name), len(other)) < 3 or abs(len(name) - len(other)) > 1:
        return False
    if re.sub(r"\D", "", name) != re.sub(r"\D", "", other):
        return False
    plain, plain_other = name.replace("_", "").lower(), other.replace("_", "").lower()
    if plain == plain_other or plain + "s" == plain_other or plain_other + "s" == plain:
        return True
    parts, other_parts = name.split("_"), other.split("_")
    if len(parts) != len(other_parts):
        return False
    changed = [(a, b) for a, b in zip(parts, other_parts, strict=True) if a != b]
    if len(changed) != 1:
        return False
    first, second = changed[0]
    return min(len(first), len(second)) >= 6 and _one_slip(first, second)


def _one_slip(first: str, second: str) -> bool:
    """Whether one letter is added, left out or changed, or two neighbours are swapped."""
    if len(first) > len(second):
        first, second = second, first
    same = next((at for at, letter in enumerate(first) if letter != second[at]), len(first))
    rest, other = first[same:], second[same:]
    if len(first) < len(second):
        return rest == other[1:]
    return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
