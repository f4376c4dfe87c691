"""Where each lifted statement goes: import, definition, constant, parameter or stage code; and why it cannot."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.lift.origins import DEFINITION, Origins
from nbexport.model import Problem
from nbexport.names.nodes import is_import_like
from nbexport.names.operations import Function, Reference, Unit
from nbexport.record import field, record

Place = tuple[int, int]
"""Row from 1 and column in code points from 0, as libcst counts."""


@record(frozen=False, eq=False)
class Layout:
    """Where each lifted statement goes, and what each definition must be given."""

    analysis: Analysis
    code: list[int] = field(default_factory=list)
    """Stage statements in notebook order."""
    definitions: dict[str, int] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    process: list[int] = field(default_factory=list)
    """Statements that set the process before any stage, at module level of `model.py`."""
    late_settings: list[int] = field(default_factory=list)
    """Statements that do so among the stages, and that a service makes when it loads a model."""
    class_constants: set[str] = field(default_factory=set)
    """Constants of other cells that a class reads, which no call can give them."""
    settings: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Definition → names of stages and parameters that it is given as keyword arguments."""
    renamed: dict[tuple[str, str], str] = field(default_factory=dict)
    """(definition, needed name) → the argument's name where the definition uses that name for itself."""
    problems: list[Problem] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)

    @cached_property
    def origins(self) -> Origins:
        """What the names stand for that stand for more than one thing at module level."""
        return Origins(self)

    def lifted(self, name: str) -> list[Definition]:
        """The lifted bindings of a name, in order."""
        analysis = self.analysis
        return [
            d for d in analysis.definitions.get(name, ()) if d.unit in analysis.lifted and d.unit not in self.dropped
        ]

    def at_module_level(self, definition: Definition) -> bool:
        """Whether a binding is an import, definition, constant or setting of a module."""
        name, unit = definition.name, definition.unit
        if self.is_import(definition):
            return True
        return unit in (self.definitions.get(name), self.constants.get(name))

    def is_import(self, definition: Definition) -> bool:
        """Whether a binding comes from an import statement that stands at module level."""
        return definition.unit >= 0 and is_import_like(self.analysis.units[definition.unit].node)

    def means_definition(self, name: str, unit: int, function: Function | None = None) -> bool:
        """Whether the name of a module-level definition means it in a statement, or in a function's body there."""
        if name not in self.definitions:
            return False
        if name not in self.origins.contested:
            return True
        if function is not None:
            return DEFINITION in self.origins.of_function(function, unit, name)
        if unit == self.definitions[name]:
            return True
        return DEFINITION in self.origins.of(self.analysis.before[unit].get(name, ()), name)

    def function(self, name: str) -> Function:
        """The inside of a module-level definition."""
        definition = next(d for d in self.lifted(name) if d.unit == self.definitions[name])
        if definition.function is None:
            raise AssertionError(f"`{name}` has no body")
        return definition.function

    def refuse(self, message: str, hint: str, unit: int, name: str = "", node: ast.AST | None = None) -> None:
        """Note a reason why this notebook cannot be lifted."""
        statement = self.analysis.units[unit]
        problem = Problem(message, hint, statement.cell, statement.span(node), name)
        if problem not in self.problems:
            self.problems.append(problem)


def place_of(unit: Unit, node: ast.AST) -> Place:
    """The place of a node of a statement as libcst counts it."""
    span = unit.code_span(node)
    return span.row, span.column - 1


def references(layout: Layout, name: str) -> Iterator[tuple[int, Reference]]:
    """Every occurrence of a name in lifted statements."""
    for unit in sorted(layout.analysis.lifted - layout.dropped):
        for reference in layout.analysis.units[unit].references:
            if reference.name == name and isinstance(reference.node.ctx, ast.Load):
                yield unit, reference
