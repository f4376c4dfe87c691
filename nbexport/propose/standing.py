"""What names stand for where a new cell goes: below one statement, and above the next.

model = Ridge().fit(X, y)      made("model")       Ridge().fit(X, y)
model = model.fit(X, y)        made("model")       model.fit(X, y), and what `model` was before
X = None                       is_held(X, fit)     no: it was another one when the model was fitted
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import State
from nbexport.analysis.notebook import Analysis


class Standing:
    """The names of one notebook as they stand where a new cell goes.

    Args:
        analysis: The notebook.
        place: The last statement above the new cell.
    """

    def __init__(self, analysis: Analysis, place: int) -> None:
        self.analysis, self.place = analysis, place

    @property
    def there(self) -> State:
        """What each name stands for."""
        below = self.place + 1
        return self.analysis.before[below] if below < len(self.analysis.units) else self.analysis.final

    def is_kept(self, name: str, unit: int) -> bool:
        """Whether a name that a statement binds or reads stands for the same where the cell goes."""
        there = self.there.get(name, frozenset())
        own = {d for d in self.analysis.definitions.get(name, ()) if d.unit == unit}
        return bool(there & (own or self.analysis.before[unit].get(name, frozenset())))

    def is_held(self, node: ast.expr, unit: int) -> bool:
        """Whether an expression gives the same where the cell goes."""
        bound = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - bound
        there, before = self.there, self.analysis.before[unit]
        return all(
            self.analysis.is_provided(name, unit) or there.get(name, frozenset()) == before.get(name) for name in names
        )

    def maker(self, name: str) -> str:
        """The full name of the library's class or function that made what a name stands for; empty where none did."""
        for at, made in self.made(name, self.there):
            value: ast.expr | None = made
            while isinstance(value, ast.Call):
                if full := self.analysis.full_name(at, value.func):
                    return full
                value = value.func.value if isinstance(value.func, ast.Attribute) else None
        return ""

    def made(self, name: str, state: State) -> Iterator[tuple[int, ast.expr]]:
        """What a name was bound to, and where; that of `model = model.fit(…)` is what `model` was before, too."""
        for definition in sorted(state.get(name, ()), key=lambda definition: definition.unit):
            value = definition.op.value if definition.op is not None else None
            if value is not None:
                yield definition.unit, value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and definition.unit >= 0:
                if isinstance(value.func.value, ast.Name) and value.func.value.id == name:
                    earlier = {d for d in self.analysis.before[definition.unit].get(name, ()) if d != definition}
                    yield from self.made(name, {name: frozenset(d for d in earlier if d.unit < definition.unit)})
