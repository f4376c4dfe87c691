"""What a name stands for that stands for more than one thing at module level: asked for each reader by itself.

    import datetime                          one binding of `datetime`
    def day(): return datetime.date.today()      called here: reads the module
    a = day()                            data
    from datetime import datetime            another binding of the same name
    b = datetime.now()                   train   reads the class

At module level of a generated file a name stands for one thing. So where all readers in a file agree, its import stands
there; where they do not, each function has the import that its own reads found in the notebook. A built-in that the
notebook hides later is one of these things, and so is a definition of the notebook's own.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.model import Role
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.names.operations import Function
from nbexport.record import record


class OriginKind(StrEnum):
    """Where a reader gets what a name stands for."""

    IMPORT = "import"
    BUILTIN = "built-in"
    DEFINITION = "definition"
    """A function, class or constant of `definitions.py`."""
    VALUE = "value"
    """Whatever a stage or an option has made of it."""


@record
class Origin:
    """One thing that a name may stand for."""

    kind: OriginKind
    what: str = ""
    """What tells it from others of its kind: the full name of what is imported."""


BUILTIN = Origin(OriginKind.BUILTIN)
DEFINITION = Origin(OriginKind.DEFINITION)
VALUE = Origin(OriginKind.VALUE)


class Laid(Protocol):
    """What is asked of a layout: where bindings stand."""

    analysis: Analysis
    definitions: dict[str, int]
    dropped: set[int]

    def lifted(self, name: str) -> list[Definition]:
        """The lifted bindings of a name, in order."""

    def at_module_level(self, definition: Definition) -> bool:
        """Whether a binding is an import, definition, constant or setting of a module."""

    def is_import(self, definition: Definition) -> bool:
        """Whether a binding comes from an import statement that stands at module level."""


class Origins:
    """The names that stand for several things, and which of them each reader means."""

    def __init__(self, layout: Laid) -> None:
        self.layout = layout

    @cached_property
    def contested(self) -> frozenset[str]:
        """Names that lifted code binds to several things, or uses as a built-in and for something else too."""
        layout = self.layout
        names = {
            name
            for name in layout.analysis.definitions
            if len({self._identity(definition) for definition in layout.lifted(name)}) > 1
        }
        for use in layout.analysis.uses:
            if use.name in names or not hasattr(builtins, use.name) or use.unit not in layout.analysis.lifted:
                continue
            if any(d.unit < 0 or d.marker for d in use.definitions) and layout.lifted(use.name):
                names.add(use.name)
        return frozenset(names)

    def of(self, definitions: Iterable[Definition], name: str) -> frozenset[Origin]:
        """What the bindings that reach a read stand for; nothing for a name that is bound nowhere."""
        origins = (self._origin(definition, name) for definition in definitions)
        return frozenset(origin for origin in origins if origin is not None)

    def of_function(self, function: Function, unit: int, name: str) -> frozenset[Origin]:
        """What a name stands for whenever the body of a function, or of a method, reads it.

        Args:
            function: The function, in a lifted statement.
            unit: That statement.
            name: A name that the body reads.
        """
        layout = self.layout
        reaching = set(self._read_by_functions.get((id(function), name), ()))
        if not reaching or self._called_unseen(function, unit):
            reaching |= layout.analysis.before[unit].get(name, frozenset())
            reaching |= {definition for definition in layout.lifted(name) if definition.unit > unit}
            if not reaching:
                return frozenset({BUILTIN}) if hasattr(builtins, name) else frozenset()
        return self.of(reaching, name)

    def units(self, origin: Origin, name: str) -> frozenset[int]:
        """The lifted imports that bind a name to this."""
        bindings = self.layout.lifted(name)
        return frozenset(definition.unit for definition in bindings if self._origin(definition, name) == origin)

    def _origin(self, definition: Definition, name: str) -> Origin | None:
        layout = self.layout
        if definition.unit < 0 or definition.marker:
            return BUILTIN if hasattr(builtins, name) else None
        if layout.is_import(definition):
            return Origin(OriginKind.IMPORT, self._imported(definition))
        unit = definition.unit
        if layout.at_module_level(definition) or (unit in layout.dropped and name in layout.definitions):
            return DEFINITION
        return VALUE

    def _identity(self, definition: Definition) -> str:
        node = self.layout.analysis.units[definition.unit].node
        if is_import_like(node):
            return self._imported(definition)
        return f"{ast.dump(node)}" if is_definition(node) else f"{definition.unit}"

    def _imported(self, definition: Definition) -> str:
        """The full name that an import binds; the text of a `try` around imports, which binds one of several."""
        node = self.layout.analysis.units[definition.unit].node
        return definition.module if isinstance(node, ast.Import | ast.ImportFrom) else ast.dump(node)

    @cached_property
    def _read_by_functions(self) -> dict[tuple[int, str], set[Definition]]:
        """(identity of a function, name) → what the name stood for when lifted statements called the function."""
        analysis = self.layout.analysis
        reads: dict[tuple[int, str], set[Definition]] = {}
        for use in analysis.uses:
            tried = Role.PREDICT in analysis.roles_of(use.unit)
            if use.function is not None and (use.unit in analysis.lifted or tried):
                reads.setdefault((id(use.function), use.name), set()).update(use.definitions)
        return reads

    @cached_property
    def _passed_on(self) -> frozenset[str]:
        """Names that lifted statements read without calling them."""
        analysis = self.layout.analysis
        return frozenset(
            reference.name
            for unit in analysis.lifted
            for reference in analysis.units[unit].references
            if reference.call is None and isinstance(reference.node.ctx, ast.Load)
        )

    def _called_unseen(self, function: Function, unit: int) -> bool:
        """Whether something may call a function without its name: whoever has it, or an instance of its class."""
        outer = next(
            (f for f in self.layout.analysis.units[unit].functions if any(g is function for g in f.with_methods())),
            function,
        )
        return outer.is_class or outer.name in self._passed_on
