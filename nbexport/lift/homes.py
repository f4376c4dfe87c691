"""Where a binding lives when the notebook has become functions: in a stage, among the parameters, in a module."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from nbexport.analysis.bindings import Definition, State
from nbexport.analysis.notebook import Analysis
from nbexport.lift.layout import Layout
from nbexport.lift.split import Segment
from nbexport.names.operations import Function
from nbexport.record import record


class Home(StrEnum):
    """Where a binding lives that is no stage's."""

    MODULE = "module"
    PARAMETER = "parameter"


@record(frozen=False, eq=False)
class Flow:
    """Who needs what of whom."""

    layout: Layout
    segment_of: dict[int, int]
    """Statement → index of its segment."""
    module_names: list[set[str]]
    """For each segment, names that it reads from module level although it binds them too."""

    def home(self, definition: Definition) -> int | Home | None:
        """Where a binding lives: index of a segment, a home outside of them, or None if it is not lifted."""
        if definition.marker == "missing":
            return Home.MODULE
        if definition.unit < 0 or definition.marker:
            return None
        if definition.unit in self.segment_of:
            return self.segment_of[definition.unit]
        if definition.unit == self.layout.parameters.get(definition.name):
            return Home.PARAMETER
        if definition.unit in self.layout.analysis.lifted or self.layout.is_import(definition):
            return Home.MODULE
        return None


def bound_names(layout: Layout, segment: Segment) -> set[str]:
    """Names that the segment's statements bind."""
    return {name for unit in segment.units for name in layout.analysis.units[unit].bound}


def functions_in(layout: Layout, unit: int) -> Iterator[Function]:
    """The functions, classes and lambdas of a statement, methods included."""
    for function in layout.analysis.units[unit].functions:
        yield from function.with_methods()


def state_after(analysis: Analysis, unit: int) -> State:
    """The bindings that hold after a statement."""
    return analysis.before[unit + 1] if unit + 1 < len(analysis.before) else analysis.final


def end_state(layout: Layout) -> State:
    """The bindings that hold when the last exported statement has run; what cells left behind do later is theirs."""
    return state_after(layout.analysis, layout.code[-1]) if layout.code else layout.analysis.final
