"""Why a cell stays untagged, in words."""

from __future__ import annotations

import ast

from nbexport.analysis.notebook import Analysis
from nbexport.lift.slicing import PLOT_MODULES
from nbexport.model import Cell, Role
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.propose.cells import Cells, bound_names, named
from nbexport.propose.result import Result, fitted_names
from nbexport.propose.scores import scores_copies


def reason(analysis: Analysis, cells: Cells | None, result: Result | None, cell: Cell) -> str:
    """Why this cell gets no role."""
    if cell.language != "python":
        return f"runs {cell.language}, not Python"
    if cell.number in analysis.broken:
        return "does not parse"
    units = analysis.units_of(cell.number)
    nodes = [analysis.units[unit].node for unit in units if not isinstance(analysis.units[unit].node, ast.Pass)]
    if not nodes:
        return "runs magics or shell lines only" if cell.magics else "empty"
    if all(is_import_like(node) for node in nodes):
        return "only imports: an export takes those it needs from any cell"
    working = [unit for unit in units if not is_import_like(analysis.units[unit].node)]
    if all(unit in analysis.configuring for unit in working):
        return "only seeds or settings: exported without a tag"
    if result is None or cells is None:
        return "nothing in this notebook is scored or fitted"
    if all(is_definition(analysis.units[unit].node) for unit in working):
        bound = named(bound_names(analysis, working))
        if any(unit in cells.sliced for unit in working):
            return f"only definitions, {bound}: those that are needed are exported without a tag"
        return f"defines {bound}, which {result.shown} does not need"
    return _of_code(analysis, cells, result, working)


def _of_code(analysis: Analysis, cells: Cells, result: Result, units: list[int]) -> str:
    bound = bound_names(analysis, units)
    after = _towards(result) if min(units) > _last(analysis, result) else ""
    trained = next((s for u in units for s in cells.kinds.evidence(u) if s.role is Role.TRAIN and s.weight >= 5), None)
    if trained is not None:
        fitted = fitted_names(analysis, cells.kinds, units)
        again = "fit" if set(fitted) & set(result.models) else "model"
        words = f"fits {named(list(fitted))}" if fitted else trained.why
        if after:
            return f"{words} after {after}: another {again}, which the result does not need"
        return f"{words}: another {again} than the one behind {result.shown}"
    scored = [unit for unit in units if unit in result.rivals or cells.kinds.scores(unit) is not None]
    if scored:
        return _of_score(analysis, cells, result, scored[0])
    if _plots(analysis, units):
        return "draws, and nothing exported needs it"
    if not bound:
        return "shows values; binds nothing"
    if after:
        return f"comes after {after}, and binds {named(bound)}, which the result does not need"
    return f"binds {named(bound)}, which {result.shown} does not need"


def _last(analysis: Analysis, result: Result) -> int:
    """The last statement of the result and of the cell of `predict`."""
    beside = [unit for at in result.predict for unit in analysis.units_of(analysis.units[at].cell)]
    return max([*result.units, *beside])


def _towards(result: Result) -> str:
    served = "" if result.shown == "`predict`" or not result.predict else " and `predict`"
    return f"{result.shown}{served}"


def _of_score(analysis: Analysis, cells: Cells, result: Result, unit: int) -> str:
    """Why a score is not the result: what it scores, and what the result is about instead."""
    sign = cells.kinds.scores(unit)
    words = sign.why if sign is not None else "asserts"
    reach = cells.flow.reach(unit)
    if scores_copies(analysis, cells.flow, cells.kinds, unit):
        return f"{words}: cross validation fits copies of a model and keeps none of them"
    if reach & set(result.units):
        return f"{words}, made of {result.shown}: only shown"
    fits = [needed for needed in reach if cells.kinds.trains(needed)]
    if not fits:
        return f"{words}, but no fitted model has part in it"
    scored, wanted = fitted_names(analysis, cells.kinds, fits), result.models
    if not scored or not wanted:
        return f"{words}, and the result is {result.shown}"
    words = f"scores {named(list(scored))}" + (f" with `{sign.score}`" if sign is not None else "")
    if not set(scored) & set(wanted):
        return f"{words}; the result, {result.shown}, is about {named(list(wanted))}"
    same = {needed for at in result.units for needed in cells.flow.reach(at)} & set(fits)
    return f"{words} too; the result is {result.shown}" + ("" if same else ", of another fit")


def _plots(analysis: Analysis, units: list[int]) -> bool:
    for unit in units:
        for part in ast.walk(analysis.units[unit].node):
            if isinstance(part, ast.Call):
                full = analysis.full_name(unit, part.func) or ""
                if full.partition(".")[0] in PLOT_MODULES - {"IPython"}:
                    return True
                if isinstance(part.func, ast.Attribute) and part.func.attr in ("plot", "hist", "boxplot", "scatter"):
                    return True
    return False
