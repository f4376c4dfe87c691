"""Where a binding lives when the notebook has become functions: in a stage, among the parameters, in a module."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from nbexport.analysis.bindings import Definition, State
from nbexport.analysis.notebook import Analysis
from nbexport.lift.layout import Layout
from nbexport.lift.origins import BUILTIN, Origin
from nbexport.lift.split import Segment
from nbexport.names.kinds import BindKind
from nbexport.names.operations import Bind, Delete, Function
from nbexport.record import record


class Home(StrEnum):
    """Where a binding lives that is not a stage's."""

    MODULE = "module"
    PARAMETER = "parameter"


@record(frozen=False, eq=False)
class Flow:
    """Who needs what of whom."""

    layout: Layout
    segment_of: dict[int, int]
    """Statement → index of its segment."""
    bound: list[set[str]]
    """For each segment, the names that its statements bind."""
    module_names: list[set[str]]
    """For each segment, names that it reads from module level although it binds them too."""
    arriving: list[dict[str, set[Origin]]]
    """For each segment, then for the example calls: what names of several meanings stand for where it begins."""
    inline: list[set[tuple[int, str]]]
    """For each segment: (statement, name) of imports that stay where they stand, as its own reads mean them."""

    @property
    def shared(self) -> dict[str, Origin]:
        """What names of several meanings stand for at module level of `model.py`, where their readers agree."""
        meant: dict[str, set[Origin]] = {}
        for index, names in enumerate(self.arriving):
            for name, origins in names.items():
                if not self.binds(index, name):
                    meant.setdefault(name, set()).update(origins)
        return {name: next(iter(origins)) for name, origins in meant.items() if len(origins) == 1}

    def local(self, index: int) -> dict[str, Origin]:
        """What a stage must import by itself: names that stand for something else at module level, or for nothing."""
        shared = self.shared
        return {
            name: next(iter(origins))
            for name, origins in self.arriving[index].items()
            if self.binds(index, name) or (shared.get(name, BUILTIN) not in origins)
        }

    def binds(self, index: int, name: str) -> bool:
        """Whether a segment binds a name itself, so that no read in it sees module level."""
        if index == len(self.bound):
            return False
        return name in self.bound[index] or any(inline == name for _, inline in self.inline[index])

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
    """Names that the segment's statements bind or delete, which makes them its function's own."""
    return {
        op.name
        for unit in segment.units
        for op in layout.analysis.units[unit].simple_ops
        if isinstance(op, Delete) or (isinstance(op, Bind) and op.how is not BindKind.STAR)
    }


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
