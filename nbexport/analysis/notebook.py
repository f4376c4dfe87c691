"""What is known of a notebook: for every read, which bindings reach it in a top-to-bottom run.

The whole notebook is walked once over the operations that `names` found, keeping for each name the set of bindings that
may hold. In

    cell 1   rows = load()            rows → {1}
    cell 2   rows = rows.dropna()     reads rows from {1};  rows → {2}     (say this cell is not tagged)
    cell 3   fit(rows)                reads rows from {2}

cell 3 is exported and cell 2 is not, so the export would fit `{1}` where the notebook fitted `{2}`: that is what
rule NBX104 reads off. A function's names are looked up where it is **called**; branches join, loops run until
nothing changes, `del` binds a marker. The same walk notes changes in place and random draws, so every question that
the rules ask is a query on the result. The result is frozen: rules share it, and none sees what another has done to it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeVar

from nbexport.analysis import values
from nbexport.analysis.bindings import Change, Definition, Randomness, State, Use, full_name
from nbexport.model import Cell, Magic, Notebook, Related, Role, Span
from nbexport.names.kinds import BindKind
from nbexport.names.operations import Unit
from nbexport.names.settings import SettingKind
from nbexport.read.magic_names import REPEATED
from nbexport.record import record

T = TypeVar("T")
BUILTINS = frozenset(dir(builtins))
NOTEBOOK_NAMES = frozenset("display get_ipython __name__ __doc__ __builtins__ __annotations__ exit quit".split())
"""Names that IPython provides; its history (`_`, `Out`) is another matter, see NBX108."""
SCRIPT_NAMES = frozenset({"__file__"})
"""Names that a file has which Python runs, as it runs a py:percent file, and that no kernel has."""


@record(eq=False)
class Called:
    """One call."""

    unit: int
    node: ast.Call
    full: str | None
    """The dotted name of what is called, its import resolved; None for a name or method of the notebook's own."""

    def keyword(self, name: str) -> ast.expr | None:
        """The value of a keyword argument."""
        return next((keyword.value for keyword in self.node.keywords if keyword.arg == name), None)


@record(eq=False)
class Analysis:
    """Everything the rules and the lift ask about one notebook; made once, then only read."""

    notebook: Notebook
    units: tuple[Unit, ...]
    """The statements of the cells that run, in order; elsewhere a statement goes by its place here."""
    cells: Mapping[int, Cell]
    broken: Mapping[int, SyntaxError]
    """Cell → why it does not parse."""
    uses: tuple[Use, ...]
    uses_by_unit: Mapping[int, tuple[Use, ...]]
    changes: tuple[Change, ...]
    randomness: tuple[Randomness, ...]
    before: Sequence[State]
    """For each statement, the bindings that hold before it."""
    final: State
    definitions: Mapping[str, tuple[Definition, ...]]
    """Every binding of each name, in order."""
    star_imports: tuple[int, ...]
    configuring: frozenset[int]
    """Statements that only seed generators or set the process."""
    settings: Mapping[int, SettingKind]
    """Those of them that set the process, with what they govern."""
    repeated: frozenset[int]
    """Statements of `parameters` cells that bind a parameter to the value it has already."""
    lifted: frozenset[int]
    """Statements that the export contains; every statement when the notebook has no roles."""
    whole: bool
    """Whether the notebook has no roles and is judged as if run top to bottom."""
    owners: Mapping[int, int]
    """Identity of a function or method → the statement that defines it."""
    level: int | None = None
    """The maturity level that is asked for; None for a plain check."""

    def cell_of(self, unit: int) -> Cell:
        """The cell of a statement."""
        return self.cells[self.units[unit].cell]

    def roles_of(self, unit: int) -> tuple[Role, ...]:
        """The roles of the statement's cell."""
        return self.cell_of(unit).roles

    def span(self, unit: int, node: ast.AST | None = None) -> Span:
        """Where the statement, or a node in it, stands in its cell."""
        return self.units[unit].span(node)

    def units_of(self, cell: int) -> tuple[int, ...]:
        """The places of a cell's statements, in order."""
        return self._units_by_cell.get(cell, ())

    @cached_property
    def _units_by_cell(self) -> Mapping[int, tuple[int, ...]]:
        places: dict[int, list[int]] = {}
        for index, unit in enumerate(self.units):
            places.setdefault(unit.cell, []).append(index)
        return MappingProxyType({cell: tuple(indices) for cell, indices in places.items()})

    @cached_property
    def bound_in(self) -> Mapping[int, tuple[str, ...]]:
        """Statement → the names that it binds, sorted."""
        by_unit: dict[int, set[str]] = {}
        for name, definitions in self.definitions.items():
            for definition in definitions:
                if not definition.marker:
                    by_unit.setdefault(definition.unit, set()).add(name)
        return MappingProxyType({unit: tuple(sorted(names)) for unit, names in by_unit.items()})

    @cached_property
    def changed_in(self) -> Mapping[int, tuple[Change, ...]]:
        """Statement → what it changes in place."""
        by_unit: dict[int, list[Change]] = {}
        for change in self.changes:
            by_unit.setdefault(change.unit, []).append(change)
        return MappingProxyType({unit: tuple(changes) for unit, changes in by_unit.items()})

    def statements_near(self, *words: str) -> Iterator[tuple[int, Unit]]:
        """(place, statement) of each statement in a cell whose code holds one of the words; few cells do."""
        cell, holds = 0, False
        for index, unit in enumerate(self.units):
            if unit.cell != cell:
                cell, code = unit.cell, self.cells[unit.cell].code
                holds = any(word in code for word in words)
            if holds:
                yield index, unit

    def once(self, question: Callable[[Analysis], T]) -> T:
        """The answer to a question that several rules ask, worked out once and kept as long as the analysis."""
        if question not in self._answers:
            self._answers[question] = question(self)
        answer: T = self._answers[question]
        return answer

    @cached_property
    def _answers(self) -> dict[Callable[[Analysis], Any], Any]:
        return {}

    @cached_property
    def calls(self) -> tuple[Called, ...]:
        """Every call in the notebook, in functions too, with what is called where imports tell that."""
        return tuple(Called(unit, node, self.full_name(unit, node.func)) for unit, node in self._found[0])

    @property
    def texts(self) -> tuple[tuple[int, ast.Constant], ...]:
        """Every string in the notebook that is neither a docstring nor a statement of its own, with its statement."""
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[tuple[tuple[int, ast.Call], ...], tuple[tuple[int, ast.Constant], ...]]:
        calls: list[tuple[int, ast.Call]] = []
        texts: list[tuple[int, ast.Constant]] = []
        for unit, statement in enumerate(self.units):
            alone: set[ast.expr] = set()
            for node in statement.nodes:
                # outer nodes come first, so a statement before its string
                kind = type(node)
                if kind is ast.Call:
                    calls.append((unit, node))  # type: ignore[arg-type]
                elif kind is ast.Expr:
                    alone.add(node.value)  # type: ignore[attr-defined]
                elif kind is ast.Constant and type(node.value) is str and node not in alone:  # type: ignore[attr-defined]
                    texts.append((unit, node))  # type: ignore[arg-type]
        return tuple(calls), tuple(texts)

    def provides(self, name: str) -> bool:
        """Whether the notebook itself binds a name of Python's, in some cell or function."""
        return name in self.definitions or any(
            isinstance(node, ast.arg) and node.arg == name for unit in self.units for node in unit.nodes
        )

    @cached_property
    def judged_uses(self) -> tuple[Use, ...]:
        """Reads that exported code makes, in the order of the notebook."""
        judged = [use for use in self.uses if use.unit in self.lifted]
        judged.sort(key=attrgetter("unit"))
        return tuple(judged)

    def place(self, use: Use) -> tuple[int, Span]:
        """(cell, span) of a read: where the name stands, in the function's own cell if a function reads it."""
        owner = self.owners.get(id(use.function), use.unit)
        return self.units[owner].cell, self.units[owner].span(use.node)

    def related(self, unit: int, message: str, node: ast.AST | None = None) -> Related:
        """What a statement, or a node in it, has to do with a problem elsewhere."""
        return Related(self.units[unit].cell, self.span(unit, node), message)

    def bound_here(self, definition: Definition, message: str) -> Related:
        """What a binding has to do with a problem elsewhere."""
        # a name that a function binds through `global` stands in another statement than the call that binds it
        bound = definition.op if definition.how is not BindKind.GLOBAL else None
        return self.related(definition.unit, message, bound.node if bound is not None else None)

    def binds_same_literal(self, definition: Definition, other: Definition) -> bool:
        """Whether two bindings give a name one literal that nothing can change: either may stand for the other."""
        plain = (BindKind.ASSIGN, BindKind.ANNOTATED)
        if definition.op is None or other.op is None or definition.how not in plain or other.how not in plain:
            return False
        return values.same_immutable(definition.op.value, other.op.value)

    def is_provided(self, name: str, unit: int) -> bool:
        """Whether Python or IPython provides the name to a statement, or a star import above it may."""
        if name in SCRIPT_NAMES:
            return self.notebook.format in ("percent", "light")
        return name in BUILTINS or name in NOTEBOOK_NAMES or self._first_open_star <= unit

    @cached_property
    def _first_open_star(self) -> int:
        """The first star import of which it is not known what it binds; past the last statement where there is none."""
        from nbexport.names.star_names import star_names  # few notebooks have such an import

        for unit in self.star_imports:
            for node in self.units[unit].nodes:
                if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                    if node.level or star_names(node.module or "") is None:
                        return unit
        return len(self.units)

    def is_path(self, unit: int, node: ast.expr) -> bool:
        """Whether an expression is `Path("…")` of one literal."""
        if not isinstance(node, ast.Call) or node.keywords or len(node.args) != 1:
            return False
        inner = node.args[0]
        literal = isinstance(inner, ast.Constant) and isinstance(inner.value, str)
        return literal and self.full_name(unit, node.func) == "pathlib.Path"

    def measured(self, unit: int) -> Magic | None:
        """The `%timeit` of which a statement is the argument: it runs as often as the magic likes."""
        row = self.units[unit].span().row
        repeated = (magic for magic in self.cell_of(unit).magics if magic.name in REPEATED and magic.span.row == row)
        return next(repeated, None)

    def full_name(self, unit: int, node: ast.expr) -> str | None:
        """A dotted expression with its import resolved (`np.random.rand` → `numpy.random.rand`), or None."""
        return full_name(node, self.before[unit])
