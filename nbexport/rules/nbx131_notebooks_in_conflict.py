"""Notebooks that cannot become one project as they are.

## What it does
Reports, where several notebooks are exported as one project, what keeps them apart: a function, class or parameter
that two of them define differently, `metrics` in two of them, a file that is read before it is written, a notebook of
which nothing is exported, and exported code of one that depends on what another one does in its own kernel: a seed,
a setting, a built-in that it hides.

## Why is this bad
Each notebook runs in a kernel of its own, and the project in one process. What they would share there without a word
computes something else than the notebooks did.

## How to fix
Give one of two definitions another name, or keep it in a module beside the notebooks that both import. Seed and set
what a notebook depends on in that notebook. Name the notebooks in the order in which they run.

## Limits
Silent for a notebook that is checked or exported by itself. Functions of equal text are one function, if nothing
but their calls can tell them apart: no decorators, no defaults or attributes that can change.

## Source
PRODUCT rule: an export is never silently different.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import Definition
from nbexport.analysis.joined import crossings, handed, home, homes, repeated
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Related, Role, Severity, Span
from nbexport.names.nodes import is_definition
from nbexport.names.operations import Read

SEVERITY = Severity.ERROR
SCOPE = "lift"

GOOD = """\
# %% tags=["parameters"]
limit = 3
# %% tags=["data"]
def small(rows):
    return [row for row in rows if row < limit]
rows = small([1, 2, 3])
open("rows.txt", "w").write(str(len(rows)))
# ==== next notebook
# %% tags=["parameters"]
limit = 3
# %% tags=["data"]
def small(rows):
    return [row for row in rows if row < limit]
count = int(open("rows.txt").read())
# %% tags=["train", "evaluate"]
metrics = {"small": len(small(range(count)))}
"""

BAD = """\
# %% tags=["parameters"]
limit = 3
# %% tags=["data"]
def small(rows):
    return [row for row in rows if row < limit]
rows = small([1, 2, 3])
open("rows.txt", "w").write(open("count.txt").read())  # <- here
# ==== next notebook
# %% tags=["parameters"]
limit = 4  # <- here
# %% tags=["data"]
def small(rows):  # <- here
    return [row for row in rows if row <= limit]
open("count.txt", "w").write("3")
# %% tags=["train", "evaluate"]
metrics = {"small": len(small([1, 2, 3]))}
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """What keeps joined notebooks apart."""
    if not analysis.notebook.parts:
        return
    yield from _without_roles(analysis)
    yield from _defined_differently(analysis)
    yield from _crossing(analysis)
    yield from _read_first(analysis)


def _without_roles(analysis: Analysis) -> Iterator[Problem]:
    """Notebooks of which nothing is exported."""
    for name in homes(analysis.notebook):
        cells = [cell for cell in analysis.notebook.cells if home(cell.number) == name]
        if not any(set(cell.roles) - {Role.SKIP} for cell in cells):
            yield Problem(
                f"no cell of `{name}` has a role, so the project would take nothing from it",
                f"give its cells roles, or leave `{name}` out",
                cells[0].number,
                Span(1, 1, 1, 1),
            )


def _defined_differently(analysis: Analysis) -> Iterator[Problem]:
    """Names of which two notebooks have a definition or a parameter each, and not the same one."""
    for name, definitions in sorted(analysis.definitions.items()):
        first: dict[str, Definition] = {}
        for definition in definitions:
            if definition.unit in analysis.lifted and _kind(analysis, definition):
                first.setdefault(home(analysis.units[definition.unit].cell), definition)
        known = list(first.values())
        for other in known[1:]:
            if _kind(analysis, known[0]) != _kind(analysis, other):
                continue  # a function here and a value there: each reader gets what it means
            if words := _difference(analysis, known[0], other):
                unit = analysis.units[other.unit]
                yield Problem(
                    f"`{name}` in cell {unit.cell} {words} `{name}` in cell {analysis.units[known[0].unit].cell}",
                    _hint(name, _kind(analysis, other)),
                    unit.cell,
                    unit.span(),
                    name,
                    related=(_related(analysis, known[0].unit, f"`{name}` is defined here too"),),
                )


def _kind(analysis: Analysis, definition: Definition) -> str:
    """What a binding is that the whole project has one of: `definition`, `parameter`, `metrics`; else nothing."""
    if definition.marker or definition.module or definition.unit < 0:
        return ""
    if is_definition(analysis.units[definition.unit].node):
        return "definition"
    if Role.PARAMETERS in analysis.roles_of(definition.unit):
        return "parameter"
    return "metrics" if definition.name == "metrics" else ""


def _difference(analysis: Analysis, one: Definition, other: Definition) -> str:
    """How two bindings of one name differ, in words; empty where one can stand for the other."""
    kind = _kind(analysis, one)
    nodes = analysis.units[one.unit].node, analysis.units[other.unit].node
    if kind == "metrics":
        return "fills the same figures as"
    if kind == "parameter":
        return "" if analysis.binds_same_literal(one, other) else "has another value than"
    if ast.dump(nodes[0]) != ast.dump(nodes[1]):
        return "is defined differently than"
    if _keeps_state(nodes[0]) or _is_changed(analysis, one.name):
        return "is a copy that keeps a state of its own beside"
    return (
        "reads other things under the same names than" if _meanings(analysis, one) != _meanings(analysis, other) else ""
    )


def _meanings(analysis: Analysis, definition: Definition) -> dict[str, frozenset[str]]:
    """What each name that a definition reads stands for in its own notebook.

    Values may differ: a function is given those of its caller, and a class is given none.
    """
    unit = analysis.units[definition.unit]
    own = home(unit.cell)
    reads = {op.name for op in unit.simple_ops if isinstance(op, Read)}
    if definition.function is not None:
        reads |= {read.name for read in definition.function.reads()}
    meanings: dict[str, frozenset[str]] = {}
    for name in reads:
        bound = [one for one in analysis.definitions.get(name, ()) if not one.marker and one.unit in analysis.lifted]
        shared = name in repeated(analysis, own)
        mine = [one for one in bound if shared or home(analysis.units[one.unit].cell) == own]
        meanings[name] = frozenset(_meaning(analysis, one, definition) for one in mine)
    return meanings


def _meaning(analysis: Analysis, bound: Definition, reader: Definition) -> str:
    node = analysis.units[bound.unit].node
    if bound.module:
        return bound.module
    if is_definition(node):
        return "definition"
    given = reader.function is not None and not reader.function.is_class
    return "value" if given else ast.dump(node)


def _is_changed(analysis: Analysis, name: str) -> bool:
    """Whether exported code sets an attribute of a definition, by its name or as the class of an object."""
    for unit in analysis.lifted:
        for part in analysis.units[unit].nodes:
            if isinstance(part, ast.Attribute) and not isinstance(part.ctx, ast.Load):
                owner = part.value
                if isinstance(owner, ast.Name) and owner.id in (name, "cls"):
                    return True
                if isinstance(owner, ast.Call | ast.Attribute):
                    return True  # `type(self).n`, `self.__class__.n`: whose attribute that is, only a run knows
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "setattr":
                return True
    return False


def _hint(name: str, kind: str) -> str:
    if kind == "metrics":
        return "fill `metrics` in one notebook"
    if kind == "parameter":
        return f"give one of them another name than `{name}`, or both the same value"
    return f"give one of them another name than `{name}`, or import it from a module beside the notebooks"


def _keeps_state(node: ast.stmt) -> bool:
    """Whether two copies of a definition can come to differ: by what they hold, or by what they were made from."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and part.decorator_list:
            return True
        if isinstance(part, ast.arguments):
            defaults = [*part.defaults, *(default for default in part.kw_defaults if default is not None)]
            if not all(isinstance(default, ast.Constant | ast.UnaryOp) for default in defaults):
                return True
        if isinstance(part, ast.ClassDef):
            kept = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass)
            if not all(isinstance(inner, kept) or _is_plain(inner) for inner in part.body):
                return True
    return False


def _is_plain(node: ast.stmt) -> bool:
    """Whether a statement of a class binds a literal that cannot change, or is its docstring."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) else None
    return isinstance(value, ast.Constant) or (isinstance(node, ast.AnnAssign) and value is None)


def _crossing(analysis: Analysis) -> Iterator[Problem]:
    """Exported code that depends on another kernel."""
    for one in crossings(analysis):
        (cell, span), (writer, there) = one.reader, one.writer
        what = f"`{one.name}`" if one.name else "what it computes"
        yield Problem(
            f"cell {writer} {one.words}, and {what} in cell {cell} would depend on it, though that is another kernel",
            f"do the same in `{home(cell)}` before it matters, use another name, or hand the value on in a file",
            cell,
            span,
            one.name,
            related=(Related(writer, there, "this would reach it"),),
        )


def _read_first(analysis: Analysis) -> Iterator[Problem]:
    """Files that are read before they are written."""
    for one in handed(analysis):
        if one.backwards:
            (cell, span), (writer, there) = one.reader, one.writer
            yield Problem(
                f"cell {cell} reads `{one.path}`, which cell {writer} writes only afterwards",
                f"name `{home(writer)}` before `{home(cell)}`",
                cell,
                span,
                one.path,
                related=(Related(writer, there, f"`{one.path}` is written here"),),
            )


def _related(analysis: Analysis, unit: int, message: str) -> Related:
    return Related(analysis.units[unit].cell, analysis.span(unit), message)
