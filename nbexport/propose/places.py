"""Where an expression stands, and what its names are bound to there: in a cell, or in a function that a cell calls.

def score(net, rows):                  the place of `net(rows)` is the call `score(model, X_test)`, so
    return net(rows).mean()            `net` is `model`, and `rows` is `X_test` of the cell
score(model, X_test)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis.bindings import Definition, State
from nbexport.analysis.notebook import Analysis
from nbexport.record import field, record

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_FITS = frozenset({"fit", "fit_transform", "partial_fit", "fit_predict", "adapt", "fit_on_texts"})


@record(eq=False)
class Place:
    """A statement of a cell, or a row of a function that it calls."""

    unit: int
    function: FunctionNode | None = None
    given: Mapping[str, tuple[ast.expr, Place]] = field(default_factory=dict)
    """Argument of the function → what the caller gives it, and where the caller stands."""
    row: int = 0
    """The row up to which the function, or the statement of a cell, has run; 0 for before all of it."""


@record(eq=False)
class Bound:
    """What a name is bound to: the value, or one part of it."""

    value: ast.expr
    place: Place
    position: tuple[int, int] | None = None
    """(which, of how many) parts of the value, where it is unpacked."""
    iterated: bool = False
    """Whether it is one item of the value after the other."""
    definition: Definition | None = None
    """The binding, where it is one of a cell."""


class Places:
    """The names of one notebook as they stand below one of its statements, where a new cell goes."""

    def __init__(self, analysis: Analysis, last: int) -> None:
        self.analysis = analysis
        self.last = last
        """The last statement above the new cell."""
        self.there: State = analysis.before[last + 1] if last + 1 < len(analysis.units) else analysis.final

    def bound(self, name: str, place: Place) -> Bound | None:
        """What a name is bound to; None where that is not one plain value."""
        if place.function is not None:
            if (local := self._local(name, place)) is not None:
                return local
            if name in place.given:
                value, outer = place.given[name]
                return Bound(value, outer)
            if name in _locals(place.function):
                return None
        elif place.row and (local := self._local(name, place)) is not None:
            return local
        definitions = self.definitions(name, place)
        return self.value_of(definitions[0]) if len(definitions) == 1 else None

    def definitions(self, name: str, place: Place) -> list[Definition]:
        """The bindings of the cells that a name may stand for."""
        before = self.analysis.before[place.unit].get(name, ())
        return sorted((d for d in before if d.unit >= 0 and not d.marker), key=lambda d: d.place)

    def value_of(self, definition: Definition) -> Bound | None:
        """What a binding of a cell binds."""
        if definition.module or definition.function is not None:
            return None
        place = Place(definition.unit)
        for statement in ast.walk(self.analysis.units[definition.unit].node):
            own = definition.op is None or definition.op.node in list(ast.walk(statement))
            if isinstance(statement, ast.stmt) and own and (made := _made(statement, definition.name, place)):
                return Bound(made.value, made.place, made.position, made.iterated, definition)
        return None

    def _local(self, name: str, place: Place) -> Bound | None:
        """The last value that the function, or a loop of a cell, has bound to a name up to this row."""
        binding = None
        body = place.function.body if place.function is not None else [self.analysis.units[place.unit].node]
        for statement in _statements(body):
            if statement.lineno < place.row or (isinstance(statement, ast.For) and statement.lineno <= place.row):
                inside = Place(place.unit, place.function, place.given, statement.lineno)
                binding = _made(statement, name, inside) or binding
        return binding

    # ------------------------------------------------------------------ what can be written in the new cell

    def text(self, node: ast.expr, place: Place) -> str | None:
        """The expression as the new cell writes it; None where one of its names is not there, or is another thing."""
        own = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        own |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        swapped: dict[str, str] = {}
        for name in sorted({part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - own):
            if place.function is not None and name in place.given and self._local(name, place) is None:
                given = self.text(*place.given[name])
                if given is None:
                    return None
                swapped[name] = given
            elif place.function is not None and name in _locals(place.function):
                return None
            elif place.row and place.function is None and self._local(name, place) is not None:
                return None
            elif not self.is_held(name, place.unit):
                return None
        if not swapped:
            return ast.unparse(node)
        parsed = {name: ast.parse(text, mode="eval").body for name, text in swapped.items()}
        return ast.unparse(_Swap(parsed).visit(ast.parse(ast.unparse(node), mode="eval").body))

    def is_held(self, name: str, unit: int) -> bool:
        """Whether a name stands in the new cell for what it stands for here."""
        there = {d for d in self.there.get(name, ()) if not d.marker}
        if not there:
            return self.analysis.is_provided(name, unit) and name not in self.analysis.definitions
        here = {d for d in self.analysis.before[unit].get(name, ()) if not d.marker}
        return there == here or (any(d.module or d.function is not None for d in there) and bool(there & here))

    def changed(self, name: str, place: Place, *, after: bool) -> list[int]:
        """The statements that change what a name stands for in place, after this one or between its binding and it."""
        definitions = self.definitions(name, place)
        units = set()
        for change in self.analysis.changes:
            for definition in definitions:
                if not change.mode_only and definition in change.definitions:
                    inside = (
                        place.unit < change.unit <= self.last if after else definition.unit < change.unit < place.unit
                    )
                    if inside:
                        units.add(change.unit)
        return sorted(units)

    def is_refitted(self, name: str, place: Place) -> bool:
        """Whether what a name stands for is fitted again below this statement."""
        definitions = set(self.definitions(name, place))
        return any(
            change.method in _FITS
            and place.unit < change.unit <= self.last
            and not definitions.isdisjoint(change.definitions)
            for change in self.analysis.changes
        )

    def module(self, name: str) -> str:
        """The name under which the new cell knows a module; empty where it does not."""
        for known, definitions in self.there.items():
            if any(definition.module == name for definition in definitions):
                return known
        return ""

    def function(self, call: ast.Call, place: Place) -> FunctionNode | None:
        """The notebook's own function that a call runs."""
        if not isinstance(call.func, ast.Name) or call.func.id in place.given:
            return None
        for definition in self.analysis.before[place.unit].get(call.func.id, ()):
            node = definition.function.node if definition.function is not None else None
            if isinstance(node, FunctionNode):
                return node
        return None

    def inside(self, call: ast.Call, function: FunctionNode, place: Place, row: int) -> Place:
        """The place of a row of a function, as this call runs it."""
        arguments = [*function.args.posonlyargs, *function.args.args]
        given = {argument.arg: (value, place) for argument, value in zip(arguments, call.args, strict=False)}
        given |= {keyword.arg: (keyword.value, place) for keyword in call.keywords if keyword.arg}
        defaults = function.args.defaults
        for argument, value in zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True):
            given.setdefault(argument.arg, (value, Place(place.unit)))
        return Place(place.unit, function, given, row)


class _Swap(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def _made(statement: ast.stmt, name: str, place: Place) -> Bound | None:
    """What one statement binds to a name."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name) and target.id == name:
                return Bound(statement.value, place)
            if isinstance(target, ast.Tuple | ast.List):
                names = [part.id if isinstance(part, ast.Name) else "" for part in target.elts]
                if name in names:
                    return _unpacked(statement.value, names.index(name), len(names), place)
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
        return Bound(statement.value, place) if statement.target.id == name else None
    if isinstance(statement, ast.For):
        target = statement.target
        if isinstance(target, ast.Name) and target.id == name:
            return Bound(statement.iter, place, None, iterated=True)
        if isinstance(target, ast.Tuple):
            names = [part.id if isinstance(part, ast.Name) else "" for part in target.elts]
            if name in names:
                return Bound(statement.iter, place, (names.index(name), len(names)), iterated=True)
    return None


def _unpacked(value: ast.expr, which: int, count: int, place: Place) -> Bound:
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == count:
        return Bound(value.elts[which], place)
    return Bound(value, place, (which, count))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body in order, with those inside of them but for those of inner functions."""
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        inner = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.stmt)]
        pending += reversed(inner)


def _locals(function: FunctionNode) -> set[str]:
    """The names that belong to a function."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    stored = {
        part.id
        for statement in _statements(function.body)
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    return {argument.arg for argument in arguments} | stored
