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
from itertools import chain

from nbexport.analysis.bindings import MISSING, Definition, Marker, Use
from nbexport.analysis.early import early_uses
from nbexport.analysis.notebook import Analysis
from nbexport.model import Cell
from nbexport.names.kinds import BindKind
from nbexport.record import record

# compiled where it is first needed, which in most notebooks is nowhere
_HISTORY = r"_{1,3}|_i{1,3}|_i?\d+|_[io]h|_dh|In|Out"


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
    return name.startswith(("_", "In", "Out")) and re.fullmatch(_HISTORY, name) is not None


def caused_by(analysis: Analysis, *kinds: CauseKind) -> Iterator[tuple[Use, Cause]]:
    """The reads of these causes, the first of each name in each cell."""
    return ((use, cause) for use, cause in causes(analysis) if cause.kind in kinds)


def causes(analysis: Analysis) -> tuple[tuple[Use, Cause], ...]:
    """Every read of exported code that no binding reaches, with its cause, in the order of the notebook."""
    return analysis.once(_causes)


def _causes(analysis: Analysis) -> tuple[tuple[Use, Cause], ...]:
    causes: dict[tuple[str, int], tuple[Use, Cause]] = {}
    for use in chain(analysis.judged_uses, early_uses(analysis)):
        if not _is_unbound(use) or is_history(use.name) or analysis.is_provided(use.name, use.unit):
            continue
        if (use.late or use.deferred) and _runs_in_time(analysis, use):
            continue
        cell, _ = analysis.place(use)
        if (use.name, cell) in causes:
            continue
        cause = cause_of(analysis, use)
        if cause is not None:
            causes[use.name, cell] = use, cause
    return tuple(causes.values())


def _runs_in_time(analysis: Analysis, use: Use) -> bool:
    """Whether the lambda or generator that reads a name runs when the name is bound, as far as the code shows it."""
    from nbexport.analysis import late  # few notebooks make one that reads what is bound below

    if not use.late:
        return late.is_kept(analysis, use) and _comes_along(analysis, use.name)
    if use.function is not None and not analysis.whole and not _is_defined(use):
        return False  # an exported function is given values where it is called, and this one is not there yet
    return not late.runs_too_early(analysis, use)


def _comes_along(analysis: Analysis, name: str) -> bool:
    """Whether an export contains every binding of a name."""
    definitions = analysis.definitions.get(name, ())
    return bool(definitions) and all(definition.unit in analysis.lifted for definition in definitions)


def _is_defined(use: Use) -> bool:
    """Whether a name stands for functions, classes and imports alone, which an exported function finds by itself."""
    return all(definition.function is not None or definition.module for definition in use.definitions)


def _is_unbound(use: Use) -> bool:
    """Whether no binding reaches the read; `except … as e` unbinds `e` at its end."""
    if use.late:
        return True
    return all(d is MISSING or d.marker is Marker.EXCEPT for d in use.definitions) and bool(use.definitions)


def cause_of(analysis: Analysis, use: Use) -> Cause | None:
    """Why the read finds nothing; None where something that cannot be seen may have bound the name."""
    from nbexport.analysis import unseen  # most notebooks read no name that nothing binds

    ended = [d for d in use.definitions if d.marker is Marker.EXCEPT]
    if ended:
        return Cause(
            CauseKind.HANDLER, analysis.units[ended[0].unit].cell, "`except … as`, which deletes it at its end"
        )
    here = analysis.units[use.unit].cell
    if use.swallowed and any(d.unit >= use.unit for d in analysis.definitions.get(use.name, ())):
        return None
    later = _later(analysis, use)
    cells = _nearest_first(analysis.notebook.cells, here)
    if later is not None:
        cells = [cell for cell in cells if cell.number < here]
    mentioning = [cell for cell in cells if use.name in cell.source]
    for cell in mentioning:
        if unseen.is_in_text(cell, use.name):
            if cell.kind == "code":
                return Cause(CauseKind.SKIPPED, cell.number, "tagged `skip-execution`")
            return Cause(CauseKind.TEXT, cell.number, f"a {cell.kind} cell")
    for cell in mentioning:
        magic = unseen.binding_magic(cell, use.name)
        if magic:
            return Cause(CauseKind.MAGIC, cell.number, magic)
    if later is not None:
        return Cause(CauseKind.LATER, analysis.units[later.unit].cell)
    if unseen.may_come_from_outside(analysis, mentioning, use.name, here):
        return None
    return _in_scope(analysis, use) or _renamed(analysis, use) or _commented_out(mentioning, use.name)


def _nearest_first(cells: Iterable[Cell], here: int) -> list[Cell]:
    """The cells before `here` from the last to the first, then those after it."""
    return sorted(cells, key=lambda cell: (cell.number > here, abs(cell.number - here)))


def _later(analysis: Analysis, use: Use) -> Definition | None:
    """The first binding that does not itself need the name: `x = x + 1` explains no `x`."""
    needing = {other.unit for other in analysis.uses if other.name == use.name and MISSING in other.definitions}
    definitions = analysis.definitions.get(use.name, ())
    return next((d for d in definitions if d.unit not in needing or d.unit > use.unit), None)


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

    Parameters are not a leak, as many functions have one called `x`; those of a lambda are, and `self`.
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
    from nbexport.analysis.alike import is_alike

    state = analysis.before[use.unit]
    alike = [
        definitions[-1]
        for name, definitions in analysis.definitions.items()
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


def _commented_out(mentioning: list[Cell], name: str) -> Cause:
    """That nothing binds the name, and the cell that does so in a comment."""
    comment = re.compile(rf"^\s*#\s*{re.escape(name)}\s*=[^=]", re.MULTILINE)
    cell = next((cell for cell in mentioning if cell.kind == "code" and comment.search(cell.source)), None)
    return Cause(CauseKind.NOWHERE, cell.number if cell is not None else 0)
