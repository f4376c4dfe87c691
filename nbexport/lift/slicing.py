"""What may be left behind: display lines that provably do nothing, and plotting that nothing else depends on.

df.shape                      # dropped: looking changes nothing
df.head()                     # dropped where `df` is surely a frame
clf.fit(X, y)                 # kept: looks the same, but trains
fig, ax = plt.subplots()      # dropped together with …
ax.plot(losses)               # … this, since only plotting reads `fig` and `ax`
plt.imshow(next(batches))     # kept, runs headless: `next` moves an iterator
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeGuard

from nbexport.analysis.bindings import Definition
from nbexport.analysis.effects.account import account
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types.showing import only_shows
from nbexport.names.kinds import BindKind
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.names.operations import Bind, Delete, Function, Jump, Mutate, flatten

PLOT_MODULES = frozenset(
    "matplotlib mpl_toolkits pylab seaborn plotly bokeh altair IPython missingno yellowbrick graphviz".split()
)
PLOT_METHODS = frozenset("plot hist boxplot bar barh scatter pie area line density kde hexbin box show".split())
_DISPLAY_ATTRIBUTES = frozenset("shape dtype dtypes columns index size ndim T device names".split())
_QUIET_METHODS = frozenset(
    """detach cpu numpy item tolist reshape squeeze flatten ravel view permute transpose mean sum min max std
    var abs corr round argmax argmin astype head tail copy keys values items format join index loc iloc
    value_counts sort_values sort_index groupby size count unique nunique isnull isna dropna reset_index
    set_title set_xlabel set_ylabel cumsum upper lower title replace strip split""".split()
)
_QUIET_BUILTINS = frozenset(
    """len range int float str bool tuple list dict set min max sum abs round sorted zip enumerate isinstance
    type repr format print display""".split()
)
_QUIET_FUNCTIONS = frozenset({"pandas.DataFrame", "pandas.Series", "torch.no_grad", "time.sleep"})
"""Of libraries; the pause is for whoever watches a plot."""


class _Effect(StrEnum):
    """What a call does that nothing else needs."""

    PLOT = "plot"
    QUIET = "quiet"


def droppable(analysis: Analysis) -> set[int]:
    """Lifted statements that the export leaves out without changing anything it computes."""
    dropped = {
        unit
        for unit in analysis.lifted
        if unit in analysis.repeated or _is_idle(analysis, unit) or isinstance(analysis.units[unit].node, ast.Pass)
    }
    effects = account(analysis)
    outlasting = set(_read_in_functions(analysis)) | {"metrics"}
    plots = {
        unit
        for unit in analysis.lifted - dropped
        if unit not in effects.busy and not outlasting & analysis.units[unit].bound and _is_plot(analysis, unit)
    }
    readers: dict[int, set[int]] = {}
    for use in analysis.uses:
        for definition in use.definitions:
            if definition.unit >= 0 and use.unit in analysis.lifted and use.unit not in dropped:
                readers.setdefault(definition.unit, set()).add(use.unit)
    for drawing, reading in effects.drawn:
        readers.setdefault(drawing, set()).add(reading)
    changed = True
    while changed:
        needed = {unit for unit in plots if readers.get(unit, set()) - plots - dropped - {unit}}
        changed = bool(needed)
        plots -= needed
    return dropped | plots


def _read_in_functions(analysis: Analysis) -> Iterator[str]:
    """Names that exported functions read, whoever calls them: what `predict` reads is asked for after the run."""
    for unit in analysis.lifted:
        for function in analysis.units[unit].functions:
            yield from (read.name for read in function.reads())


def _is_idle(analysis: Analysis, unit: int) -> bool:
    """An expression whose evaluation provably does nothing: names, constants, `df.shape`, `df.head()`."""
    node = analysis.units[unit].node
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    shown = value.args if _is_display(value) else [value]
    return all(_is_look(argument) for argument in shown) or all(only_shows(analysis, unit, part) for part in shown)


def _is_display(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "display"


def _is_look(node: ast.expr) -> bool:
    """What needs no knowledge of types."""
    if isinstance(node, ast.Name | ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr in _DISPLAY_ATTRIBUTES and _is_look(node.value)
    if isinstance(node, ast.Tuple | ast.List):
        return all(_is_look(element) for element in node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "type"):
        return all(_is_look(argument) for argument in node.args) and not node.keywords
    return False


_NEVER_DRAWS = (ast.Lambda, ast.Await, ast.Assert, ast.Raise)


def _is_plot(analysis: Analysis, unit: int) -> bool:
    """A statement all of whose calls draw, or prepare what is drawn without touching anything else."""
    statement = analysis.units[unit]
    if is_definition(statement.node) or is_import_like(statement.node):
        return False
    if any(event.unit == unit for event in analysis.randomness):
        return False
    if any(isinstance(part, _NEVER_DRAWS) for part in statement.nodes):
        return False
    plots = False
    for part in statement.nodes:
        if isinstance(part, ast.Call):
            kind = _call_kind(analysis, unit, part)
            if kind is None:
                return False
            plots |= kind is _Effect.PLOT
    if isinstance(statement.node, ast.Assign) and not plots:
        return False
    prints = any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "print"
        for part in statement.nodes
    )
    return plots and not prints


def _call_kind(analysis: Analysis, unit: int, node: ast.Call, within: frozenset[int] = frozenset()) -> _Effect | None:
    """What a call does; None for one that may do something else.

    Args:
        analysis: The notebook's.
        unit: The statement.
        node: The call.
        within: Identities of the functions whose bodies are being looked at, which may call one another.
    """
    full = analysis.full_name(unit, node.func)
    if full is not None:
        root = full.partition(".")[0]
        if root in PLOT_MODULES:
            return _Effect.PLOT
        if root == "numpy" and not full.startswith("numpy.random") and full.rpartition(".")[2] not in ("save", "savez"):
            return _Effect.QUIET
        return _Effect.QUIET if full in _QUIET_FUNCTIONS else None
    if isinstance(node.func, ast.Name):
        if node.func.id == "display":
            return _Effect.PLOT
        if node.func.id in _QUIET_BUILTINS and not analysis.before[unit].get(node.func.id):
            return _Effect.QUIET
        functions = [d.function for d in analysis.before[unit].get(node.func.id, ())]
        if functions and all(
            f is not None and not f.is_class and _only_plots(analysis, unit, f, within) for f in functions
        ):
            return _Effect.PLOT
        return None
    if isinstance(node.func, ast.Attribute):
        method = node.func.attr
        if method in PLOT_METHODS or _is_plot_object(analysis, unit, node.func.value):
            return _Effect.PLOT
        return _Effect.QUIET if method in _QUIET_METHODS else None
    return None


def _is_plot_object(analysis: Analysis, unit: int, node: ast.expr, within: frozenset[Definition] = frozenset()) -> bool:
    """`ax`, `axes[0]`, `fig` … : bound by a plotting call, or an element of one.

    Args:
        analysis: The notebook's.
        unit: The statement.
        node: The object.
        within: The bindings that are being looked at, which may be made of one another.
    """
    while isinstance(node, ast.Subscript | ast.Attribute) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ):
        node = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Attribute) and node.attr == "plot":
            return True
    if not isinstance(node, ast.Name):
        return False
    definitions = analysis.definitions.get(node.id, ())
    reaching = [d for d in definitions if d in analysis.before[unit].get(node.id, ()) or d.unit == unit]
    return bool(reaching) and all(d not in within and _bound_by_plot(analysis, d, within | {d}) for d in reaching)


def is_picture(analysis: Analysis, definition: Definition) -> bool:
    """Whether a binding is to a plot or a part of one."""
    return _bound_by_plot(analysis, definition, frozenset({definition}))


def _bound_by_plot(analysis: Analysis, definition: Definition, within: frozenset[Definition]) -> bool:
    unit, op = definition.unit, definition.op
    if op is None or op.value is None:
        return False
    for part in ast.walk(op.value):
        if isinstance(part, ast.Call):
            full = analysis.full_name(unit, part.func)
            if full is not None and full.partition(".")[0] in PLOT_MODULES:
                return True
            if isinstance(part.func, ast.Attribute) and part.func.attr in PLOT_METHODS | {"add_subplot"}:
                return True
    if op.how in (BindKind.FOR, BindKind.UNPACK):
        return any(
            isinstance(part, ast.Name) and part.id != op.name and _is_plot_object(analysis, unit, part, within)
            for part in ast.walk(op.value)
            if isinstance(part, ast.Name) and part.id.startswith(("ax", "fig"))
        )
    return False


def _only_plots(analysis: Analysis, unit: int, function: Function, within: frozenset[int]) -> bool:
    """Whether a notebook function draws and does nothing else; one that comes back to itself may not end."""
    if function.mutated_params or function.mode_params or id(function) in within:
        return False
    if any(isinstance(op, Bind | Delete | Mutate) for op in flatten(function.ops) if not isinstance(op, Jump)):
        return False
    plots = False
    for part in ast.walk(function.node):
        if isinstance(part, ast.Call):
            kind = _call_kind(analysis, unit, part, within | {id(function)})
            local_object = (
                isinstance(part.func, ast.Attribute)
                and isinstance(part.func.value, ast.Name | ast.Subscript)
                and part.func.attr.startswith(("set_", "plot", "imshow", "axis", "legend", "add_", "tick", "annotate"))
            )
            if kind is None and not local_object:
                return False
            plots |= kind is _Effect.PLOT or local_object
    return plots
