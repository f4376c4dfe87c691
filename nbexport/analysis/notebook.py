"""Notebook → Analysis: for every read, which bindings reach it in a top-to-bottom run.

The whole notebook is interpreted once over the operations that `names` found, keeping for each name the set of
bindings that may hold. In

    cell 1   rows = load()            rows → {1}
    cell 2   rows = rows.dropna()     reads rows from {1};  rows → {2}     (say this cell is not tagged)
    cell 3   fit(rows)                reads rows from {2}

cell 3 is exported and cell 2 is not, so the export would fit `{1}` where the notebook fitted `{2}`: that is what
rule NBX104 reads off. A function's names are looked up where it is **called**; branches join, loops run until
nothing changes, `del` binds a marker. The same walk notes changes in place and random draws, so every question that
the rules ask is a query on the result.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from nbexport.analysis.bindings import Change, Definition, RandomKind, Randomness, State, Use, full_name
from nbexport.analysis.interpreter import Interpreter
from nbexport.model import STAGE_ROLES, Cell, Magic, Notebook, Related, Role, Span
from nbexport.names import effects
from nbexport.names.cell import Parse, units_of
from nbexport.names.kinds import BindKind
from nbexport.names.nodes import is_definition, is_import_like, root_name
from nbexport.names.operations import Bind, Call, Delete, Function, Iterate, Mutate, Read, Unit, flatten
from nbexport.read.magic_names import REPEATED
from nbexport.record import field, record

BUILTINS = frozenset(dir(builtins))
NOTEBOOK_NAMES = frozenset(
    "display get_ipython __name__ __doc__ __builtins__ __file__ __annotations__ exit quit".split()
)
"""Names that IPython provides; its history (`_`, `Out`) is another matter, see NBX108."""


@record(frozen=False, eq=False)
class Called:
    """One call."""

    unit: int
    node: ast.Call
    full: str | None
    """The dotted name of what is called, its import resolved; None for a name or method of the notebook's own."""

    def keyword(self, name: str) -> ast.expr | None:
        """The value of a keyword argument."""
        return next((keyword.value for keyword in self.node.keywords if keyword.arg == name), None)


@record(frozen=False, eq=False)
class Analysis:
    """Everything the rules and the lift ask about one notebook; made once, then only read."""

    notebook: Notebook
    units: tuple[Unit, ...]
    cells: Mapping[int, Cell]
    broken: Mapping[int, SyntaxError]
    uses: tuple[Use, ...]
    changes: tuple[Change, ...]
    randomness: tuple[Randomness, ...]
    before: tuple[State, ...]
    """For each statement, the bindings that hold before it."""
    final: State
    definitions: Mapping[str, tuple[Definition, ...]]
    """Every binding of each name, in order."""
    star_imports: tuple[int, ...]
    configuring: frozenset[int]
    """Statements that only seed generators or configure libraries."""
    repeated: frozenset[int]
    """Statements of `parameters` cells that bind a parameter to the value it has already."""
    lifted: frozenset[int] = frozenset()
    """Statements that the export contains; every statement when the notebook has no roles."""
    whole: bool = False
    """Whether the notebook has no roles and is judged as if run top to bottom."""
    uses_by_unit: Mapping[int, tuple[Use, ...]] = field(default_factory=dict)
    level: int | None = None
    """The maturity level that is asked for; None for a plain check."""
    owners: Mapping[int, int] = field(default_factory=dict)
    """Identity of a function or method → the statement that defines it."""

    def cell_of(self, unit: int) -> Cell:
        """The cell of a statement."""
        return self.cells[self.units[unit].cell]

    def roles_of(self, unit: int) -> tuple[Role, ...]:
        """The roles of the statement's cell."""
        return self.cell_of(unit).roles

    def span(self, unit: int, node: ast.AST | None = None) -> Span:
        """Where the statement, or a node in it, stands in its cell."""
        return self.units[unit].span(node)

    @cached_property
    def calls(self) -> tuple[Called, ...]:
        """Every call in the notebook, in functions too, with what is called where imports tell that."""
        return tuple(Called(unit, node, self.full_name(unit, node.func)) for unit, node in self._found[0])

    @property
    def texts(self) -> list[tuple[int, ast.Constant]]:
        """Every string in the notebook that is no docstring and no statement of its own, with its statement."""
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[list[tuple[int, ast.Call]], list[tuple[int, ast.Constant]]]:
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
        return calls, texts

    def provides(self, name: str) -> bool:
        """Whether the notebook itself binds a name of Python's, in some cell or function."""
        return name in self.definitions or any(
            isinstance(node, ast.arg) and node.arg == name for unit in self.units for node in unit.nodes
        )

    def judged_uses(self) -> Iterator[Use]:
        """Reads that exported code makes, in the order of the notebook."""
        for use in sorted(self.uses, key=lambda use: use.unit):
            if use.unit in self.lifted:
                yield use

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

    def is_provided(self, name: str) -> bool:
        """Whether Python or IPython provides the name, or a star import may."""
        return name in BUILTINS or name in NOTEBOOK_NAMES or bool(self.star_imports)

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
        found = (magic for magic in self.cell_of(unit).magics if magic.name in REPEATED and magic.span.row == row)
        return next(found, None)

    def full_name(self, unit: int, node: ast.expr) -> str | None:
        """A dotted expression with its import resolved (`np.random.rand` → `numpy.random.rand`), or None."""
        return full_name(node, self.before[unit])


def analyse(notebook: Notebook, *, level: int | None = None, parse: Parse | None = None) -> Analysis:
    """The analysis of a notebook; cells that do not parse are noted in `broken` and take no part.

    Args:
        notebook: What was read.
        level: The maturity level that is asked for, which the contract rules judge by.
        parse: What reads the code of a cell, if not `names.units_of_source`.
    """
    units: list[Unit] = []
    broken: dict[int, SyntaxError] = {}
    for cell in notebook.cells:
        if not cell.runs:
            continue
        try:
            units.extend(units_of(cell, parse))
        except SyntaxError as error:
            broken[cell.number] = error
        except (ValueError, RecursionError, MemoryError) as error:
            broken[cell.number] = SyntaxError(f"cannot be parsed: {error or type(error).__name__}")
    run = Interpreter(units, {cell.number: cell for cell in notebook.cells})
    run.run()
    by_unit: dict[int, list[Use]] = {}
    for use in run.uses.values():
        by_unit.setdefault(use.unit, []).append(use)
    analysis = Analysis(
        notebook=notebook,
        units=tuple(units),
        cells={cell.number: cell for cell in notebook.cells},
        broken=broken,
        uses=tuple(run.uses.values()),
        changes=tuple(run.changes.values()),
        randomness=tuple(run.randomness.values()),
        before=tuple(run.before),
        final=run.state,
        definitions={name: tuple(found) for name, found in run.by_name.items()},
        star_imports=tuple(run.stars),
        configuring=frozenset(_configuring(units, run)),
        repeated=frozenset(run.repeated),
        uses_by_unit={unit: tuple(found) for unit, found in by_unit.items()},
        level=level,
        owners={
            id(inner): index
            for index, unit in enumerate(units)
            for function in unit.functions
            for inner in function.with_methods()
        },
    )
    analysis.whole = not any(
        role in STAGE_ROLES or role in (Role.PARAMETERS, Role.PREDICT, Role.DEFINE)
        for cell in notebook.cells
        for role in cell.roles
    )
    analysis.lifted = frozenset(range(len(units))) if analysis.whole else frozenset(_lifted(analysis))
    return analysis


# --------------------------------------------------------------------------- what is lifted


def _holds_only_definitions(nodes: Iterable[ast.stmt]) -> bool:
    return all(
        is_definition(node)
        or is_import_like(node)
        or isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in nodes
    )


def _only_calls_library(analysis: Analysis, unit: int) -> bool:
    """A line such as `plt.style.use("ggplot")` or `print(np.__version__)`, which binds and changes no value."""
    node = analysis.units[unit].node
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    root = root_name(node.value.func)
    known = root is not None and (
        root.id == "print" or any(d.module for d in analysis.before[unit].get(root.id, frozenset()))
    )
    return known and all(
        any(d.module for d in analysis.before[unit].get(op.name, frozenset())) or op.name in BUILTINS
        for op in flatten(analysis.units[unit].ops)
        if isinstance(op, Read)
    )


def _lifted(analysis: Analysis) -> set[int]:
    """Statements of cells with a role, and what they need of imports, of cells with only definitions, of seeding."""
    by_cell: dict[int, list[int]] = {}
    for index, unit in enumerate(analysis.units):
        by_cell.setdefault(unit.cell, []).append(index)
    lifted: set[int] = set()
    on_demand: set[int] = set()
    configuring: set[int] = set()
    for cell_number, indices in by_cell.items():
        cell = analysis.cells[cell_number]
        if Role.SKIP in cell.roles:
            continue
        if cell.roles:
            for index in indices:
                if is_import_like(analysis.units[index].node):
                    on_demand.add(index)
                elif Role.PREDICT in cell.roles and is_example(analysis, index):
                    continue
                else:
                    lifted.add(index)
            continue
        definitions_only = _holds_only_definitions(
            analysis.units[index].node
            for index in indices
            if index not in analysis.configuring and not _only_calls_library(analysis, index)
        )
        for index in indices:
            node = analysis.units[index].node
            if is_import_like(node) or (definitions_only and is_definition(node)):
                on_demand.add(index)
            elif index in analysis.configuring:
                configuring.add(index)
    lifted |= {index for index in configuring if not _seeded_again(analysis, index, lifted)}
    pending = list(lifted)
    while pending:
        for use in analysis.uses_by_unit.get(pending.pop(), ()):
            for definition in use.definitions:
                if definition.unit in on_demand and definition.unit not in lifted:
                    lifted.add(definition.unit)
                    pending.append(definition.unit)
    for index in analysis.star_imports:
        if index in on_demand:
            lifted.add(index)
    return lifted


def _seeded_again(analysis: Analysis, unit: int, lifted: set[int]) -> bool:
    """Whether all that a statement does is to seed, and exported code does so again before it does anything else."""
    seeded = {event.generator for event in analysis.randomness if event.unit == unit}
    if not seeded:
        return False
    for later in sorted(index for index in lifted if index > unit and not is_definition(analysis.units[index].node)):
        again = {
            event.generator for event in analysis.randomness if event.unit == later and event.kind is RandomKind.SEED
        }
        if later not in analysis.configuring or not again:
            return False
        seeded -= again
        if not seeded:
            return True
    return False


def is_example(analysis: Analysis, unit: int) -> bool:
    """Whether a statement of a `predict` cell only tries `predict` out."""
    node = analysis.units[unit].node
    if is_definition(node) or is_import_like(node):
        return False
    return any(use.name == "predict" for use in analysis.uses_by_unit.get(unit, ()) if use.function is None)


def _configuring(units: list[Unit], run: Interpreter) -> Iterator[int]:
    seeds: dict[int, set[RandomKind]] = {}
    for event in run.randomness.values():
        seeds.setdefault(event.unit, set()).add(event.kind)
    for index, unit in enumerate(units):
        if isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        ops = list(flatten(unit.ops))
        if any(isinstance(op, Bind | Delete | Iterate) for op in ops):
            continue
        state = run.before[index]
        configures = seeds.get(index) == {RandomKind.SEED}
        sound = True
        for op in ops:
            if isinstance(op, Mutate):
                full = full_name(op.node, state) if isinstance(op.node, ast.Attribute) else None
                known = full is not None and full.startswith(effects.CONFIGURATION_ATTRIBUTES)
                known = known or (
                    isinstance(op.node, ast.Subscript) and full_name(op.node.value, state) == "os.environ"
                )
                configures |= known
                sound &= known
            elif isinstance(op, Call):
                full = full_name(op.node.func, state)
                if full is not None and (full in effects.SEEDS or full.startswith(effects.CONFIGURATION_CALLS)):
                    configures = True
                elif full in effects.QUIET_CALLS or op.name == "print":
                    continue
                else:
                    functions = [d.function for d in state.get(op.name, ()) if d.function is not None]
                    sound &= (
                        bool(functions) and seeds.get(index) == {RandomKind.SEED} and all(map(_only_seeds, functions))
                    )
        if configures and sound:
            yield index


def _only_seeds(function: Function | None) -> bool:
    """Whether a function writes no notebook name and draws nothing visible: a `set_seed(42)` helper."""
    return function is not None and not any(isinstance(op, Bind | Delete) for op in function.all_ops())
