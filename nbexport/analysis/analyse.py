"""Notebook → Analysis: read its cells, walk its statements, see what is lifted, and freeze the result."""

from __future__ import annotations

from types import MappingProxyType

from nbexport.analysis.dataflow import walk
from nbexport.analysis.lifted import has_no_roles, lifted_units
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.settings import configuring_units
from nbexport.model import Notebook
from nbexport.names.cell import Parse, units_of
from nbexport.names.nodes import postpones_annotations
from nbexport.names.operations import Unit


def analyse(notebook: Notebook, *, level: int | None = None, parse: Parse | None = None) -> Analysis:
    """The analysis of a notebook; cells that do not parse are noted in `broken` and take no part.

    Args:
        notebook: What was read.
        level: The maturity level that is asked for, which the contract rules judge by.
        parse: What reads the code of a cell, if not `names.units_of_source`.
    """
    units, broken = _statements(notebook, parse)
    cells = MappingProxyType({cell.number: cell for cell in notebook.cells})
    trace = walk(units, cells)
    whole = has_no_roles(notebook.cells)
    configuring = dict(configuring_units(trace))
    return Analysis(
        notebook=notebook,
        units=units,
        cells=cells,
        broken=MappingProxyType(broken),
        uses=trace.uses,
        uses_by_unit=trace.uses_by_unit,
        changes=trace.changes,
        randomness=trace.randomness,
        before=trace.before,
        final=trace.final,
        definitions=trace.definitions,
        star_imports=trace.star_imports,
        configuring=frozenset(configuring),
        settings=MappingProxyType({unit: kind for unit, kind in configuring.items() if kind is not None}),
        repeated=trace.repeated,
        lifted=frozenset(range(len(units))) if whole else lifted_units(trace, cells, configuring),
        whole=whole,
        owners=MappingProxyType(
            {
                id(inner): index
                for index, unit in enumerate(units)
                for function in unit.functions
                for inner in function.with_methods()
            }
        ),
        level=level,
    )


def _postpones(unit: Unit) -> bool:
    return postpones_annotations(unit.node)


def _statements(notebook: Notebook, parse: Parse | None) -> tuple[tuple[Unit, ...], dict[int, SyntaxError]]:
    """The statements of the cells that run, in order, and why a cell has none."""
    units: list[Unit] = []
    broken: dict[int, SyntaxError] = {}
    postponed = False
    for cell in notebook.cells:
        if not cell.runs:
            continue
        try:
            units.extend(units_of(cell, parse, postponed=postponed))
            postponed = postponed or ("__future__" in cell.code and any(map(_postpones, units)))
        except SyntaxError as error:
            broken[cell.number] = error
        except ValueError as error:
            broken[cell.number] = SyntaxError(f"cannot be parsed: {error}")
    return tuple(units), broken
