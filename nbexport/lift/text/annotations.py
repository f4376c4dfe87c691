"""Types → annotations of `model.py`, by the names that it has for them.

    pandas.DataFrame    pd.DataFrame      where the file has `import pandas as pd`
    .SmallCNN           SmallCNN          which it imports from `definitions`
    numpy.ndarray       "np.ndarray"      where it imports no NumPy: for type checkers alone, it imports it

A type that the file has no name for, and could give none without hiding another, stays `Any`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nbexport.analysis.value_types.tables import library, root_of
from nbexport.analysis.value_types.types import ANY, MORE, NEVER, OWN, Type
from nbexport.lift.layout import Layout
from nbexport.lift.text.imports import Line
from nbexport.program import Parameter

_WHOLE = frozenset({"numpy", "pandas", "torch", "xgboost", "lightgbm", "catboost", "collections", "pathlib"})
"""Packages whose parts can be reached once they are imported."""
_PLAIN = frozenset("bool int float str list dict set tuple range bytes None".split())


class Annotations:
    """Writes annotations, and notes what type checkers need imported for them."""

    def __init__(self, layout: Layout, lines: Iterable[Line], taken: Collection[str]) -> None:
        """Begin.

        Args:
            layout: Where everything stands.
            lines: The imports of the file.
            taken: The names that mean something in it.
        """
        self._layout = layout
        self._lines = [line for line in lines if line.bound not in layout.origins.contested]
        self._taken = {*taken, *(line.bound for line in lines)}
        self.checked: list[Line] = []
        """What is imported for type checkers alone."""

    def of(self, kind: Type) -> str:
        """The annotation of one value."""
        before = len(self.checked)
        text = self._text(kind)
        return f'"{text}"' if self._is_checked(text) or len(self.checked) > before else text

    def returned(self, kinds: list[Type]) -> str:
        """The annotation of what a stage gives."""
        if not kinds:
            return "None"
        if len(kinds) == 1:
            return self.of(kinds[0])
        if all(self._text(kind) == "Any" for kind in kinds):
            return "tuple[Any, ...]"
        return self.of(Type("tuple", tuple(kinds)))

    def _is_checked(self, text: str) -> bool:
        words = text.replace("[", " ").replace("]", " ").replace(",", " ").replace(".", " ").split()
        return any(line.bound in words for line in self.checked)

    def _text(self, kind: Type) -> str:
        if kind == MORE:
            return "..."
        if kind in (ANY, NEVER):
            return "Any"
        name = self._name(kind)
        if name is None:
            return "Any"
        return f"{name}[{', '.join(map(self._text, kind.of))}]" if kind.of else name

    def _name(self, kind: Type) -> str | None:
        if kind.name.startswith(OWN):
            return self._own(kind)
        if kind.name in _PLAIN:
            return None if self._hidden(kind.name) else kind.name
        module, _, short = kind.name.rpartition(".")
        for line in self._lines:
            if line.origin == kind.name and line.name:
                return line.bound
        for line in self._lines:
            if line.origin == module:
                return f"{line.bound}.{short}" if not line.is_plain else kind.name
        for line in self._lines:
            if line.is_plain and line.module in _WHOLE and kind.name.startswith(f"{line.module}."):
                return kind.name
            if line.module in _WHOLE and line.origin == line.module and kind.name.startswith(f"{line.module}."):
                return line.bound + kind.name.removeprefix(line.module)
        return self._for_checkers(kind, module, short)

    def _own(self, kind: Type) -> str | None:
        name = kind.name.removeprefix(OWN)
        line = Line("definitions", name)
        at_module_level = self._layout.definitions.get(name) == kind.unit
        return name if at_module_level and line in self._lines else None

    def _hidden(self, name: str) -> bool:
        """Whether a name of Python's means something else in the file."""
        return name in self._taken

    def _for_checkers(self, kind: Type, module: str, short: str) -> str | None:
        """The name of a class that only type checkers import."""
        root = root_of(kind.name)
        habit = library(root).bound
        line = Line(root, alias=habit if habit != root else "") if habit and module == root else Line(module, short)
        if line not in self.checked:
            if line.bound in self._taken:
                return None
            self.checked.append(line)
            self._taken.add(line.bound)
        return f"{line.bound}.{short}" if line.module == root and not line.name else line.bound


def annotation(parameter: Parameter) -> str:
    """The type of a parameter as an annotation."""
    kind = {"json": "Any", "Literal": "Any", "dict": "dict[str, Any]"}.get(parameter.type, parameter.type)
    return f"{kind} | None" if parameter.optional and kind != "Any" else kind
