"""Why a cell stays untagged, in words."""

from __future__ import annotations

import ast

from nbexport.analysis.notebook import Analysis
from nbexport.lift.slicing import PLOT_MODULES
from nbexport.model import Cell, Role
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.propose.cells import Cells, bound_names, named
from nbexport.propose.result import Result


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
    trained = next((s for u in units for s in cells.kinds.evidence(u) if s.role is Role.TRAIN and s.weight >= 5), None)
    if trained is not None:
        return f"{trained.why}: another model than the one behind {result.shown}"
    scored = [unit for unit in units if unit in result.rivals or cells.kinds.scores(unit) is not None]
    if scored:
        sign = cells.kinds.scores(scored[0])
        words = sign.why if sign is not None else "asserts"
        if cells.flow.reach(scored[0]) & set(result.units):
            return f"{words}, after {result.shown}"
        return f"{words}, and the result is {result.shown}"
    if _plots(analysis, units):
        return "draws, and nothing exported needs it"
    if not bound:
        return "shows values; binds nothing"
    if min(units) > max(result.units):
        return f"comes after {result.shown} (binds {named(bound)})"
    return f"binds {named(bound)}, which {result.shown} does not need"


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
