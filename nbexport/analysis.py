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
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property

from nbexport import effects, guards, values
from nbexport.magic_names import REPEATED
from nbexport.model import STAGE_ROLES, Cell, Magic, Notebook, Related, Role, Span
from nbexport.names import (
    Assume,
    Bind,
    Block,
    Branch,
    Call,
    Delete,
    Function,
    Iterate,
    Jump,
    Loop,
    Mutate,
    Op,
    Read,
    Try,
    Unit,
    flatten,
    nodes_of,
    root_name,
    units_of,
)
from nbexport.record import field, record

BUILTINS = frozenset(dir(builtins))
NOTEBOOK_NAMES = frozenset(
    "display get_ipython __name__ __doc__ __builtins__ __file__ __annotations__ exit quit".split()
)
"""Names that IPython provides; its history (`_`, `Out`) is another matter, see NBX108."""


@record(frozen=False, eq=False)
class Definition:
    """One binding of one name."""

    name: str
    unit: int
    """Index of the statement; -1 for the markers below."""
    op: Bind | None = None
    aliases: frozenset[Definition] = frozenset()
    """Bindings whose object this one shares or holds."""
    instance_of: Function | None = None
    module: str = ""
    """For an import: the full dotted name that the name stands for."""
    draws: bool = False
    """Whether it holds a scikit-learn estimator that draws from numpy's global generator when fitted."""
    marker: str = ""

    @property
    def function(self) -> Function | None:
        """What is inside, for a `def`, a `class` or a named lambda."""
        return self.op.function if self.op is not None else None

    @property
    def how(self) -> str:
        """How it is bound, as in `names.Bind`."""
        return self.op.how if self.op is not None else self.marker


MISSING = Definition("", -1, marker="missing")
"""Not bound on some or every path."""
LOOP_MISSING = Definition("", -1, marker="loop")
"""Not bound if a loop runs zero times."""
WHILE_MISSING = Definition("", -1, marker="while")
"""Not bound if a loop runs zero times that asks the world outside whether to run."""
ASSUMED = Definition("", -1, marker="assumed")
"""Bound, as the code has asked, by nothing that stands in the notebook."""
_MISSING_SET = frozenset({MISSING})
_ASSUMED_SET = frozenset({ASSUMED})
_LOOP_MISSING_SET = frozenset({LOOP_MISSING})
_WHILE_MISSING_SET = frozenset({WHILE_MISSING})

Definitions = frozenset[Definition]
State = dict[str, Definitions]


@record(frozen=False, eq=False)
class Use:
    """One look-up of a name, with every binding that may reach it."""

    name: str
    unit: int
    node: ast.AST
    definitions: Definitions
    function: Function | None = None
    """The function whose body reads the name, called by this statement; None for the statement itself."""
    deferred: bool = False


@record(frozen=False, eq=False)
class Change:
    """One change in place of the objects behind `definitions`."""

    name: str
    unit: int
    node: ast.AST
    how: str
    mode_only: bool
    definitions: Definitions


@record(frozen=False, eq=False)
class Randomness:
    """A seeding of, or a draw from, a global generator."""

    kind: str
    """`seed`, `draw`, or `consume`: a draw whose value decides nothing (an unshuffled `DataLoader`)."""
    generator: str
    unit: int
    node: ast.AST
    what: str


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
        bound = definition.op if definition.how != "global" else None
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
        return _full_name(node, self.before[unit])


def analyse(notebook: Notebook, *, level: int | None = None) -> Analysis:
    """The analysis of a notebook; cells that do not parse are noted in `broken` and take no part.

    Args:
        notebook: What was read.
        level: The maturity level that is asked for, which the contract rules judge by.
    """
    units: list[Unit] = []
    broken: dict[int, SyntaxError] = {}
    for cell in notebook.cells:
        if not cell.runs:
            continue
        try:
            units.extend(units_of(cell))
        except SyntaxError as error:
            broken[cell.number] = error
        except (ValueError, RecursionError, MemoryError) as error:
            broken[cell.number] = SyntaxError(f"cannot be parsed: {error or type(error).__name__}")
    run = _Interpreter(units, {cell.number: cell for cell in notebook.cells})
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


def is_import_like(node: ast.stmt) -> bool:
    """Whether a statement only imports: an import, or a `try`/`if` around imports and plain constants."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Try):
        blocks = [node.body, node.orelse, node.finalbody, *[handler.body for handler in node.handlers]]
    elif isinstance(node, ast.If):
        blocks = [node.body, node.orelse]
    else:
        return False
    statements = [statement for block in blocks for statement in block]
    return any(is_import_like(s) for s in statements) and all(
        is_import_like(s)
        or isinstance(s, ast.Pass)
        or (isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant))
        or (
            isinstance(s, ast.Expr)
            and isinstance(s.value, ast.Call)
            and isinstance(s.value.func, ast.Name)
            and s.value.func.id == "print"
        )
        for s in statements
    )


def is_definition(node: ast.stmt) -> bool:
    """Whether a statement is a function or class."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


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
        again = {event.generator for event in analysis.randomness if event.unit == later and event.kind == "seed"}
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


def _configuring(units: list[Unit], run: _Interpreter) -> Iterator[int]:
    seeds: dict[int, set[str]] = {}
    for event in run.randomness.values():
        seeds.setdefault(event.unit, set()).add(event.kind)
    for index, unit in enumerate(units):
        if isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        ops = list(flatten(unit.ops))
        if any(isinstance(op, Bind | Delete | Iterate) for op in ops):
            continue
        state = run.before[index]
        configures = seeds.get(index) == {"seed"}
        sound = True
        for op in ops:
            if isinstance(op, Mutate):
                full = _full_name(op.node, state) if isinstance(op.node, ast.Attribute) else None
                known = full is not None and full.startswith(effects.CONFIGURATION_ATTRIBUTES)
                known = known or (
                    isinstance(op.node, ast.Subscript) and _full_name(op.node.value, state) == "os.environ"
                )
                configures |= known
                sound &= known
            elif isinstance(op, Call):
                full = _full_name(op.node.func, state)
                if full is not None and (full in effects.SEEDS or full.startswith(effects.CONFIGURATION_CALLS)):
                    configures = True
                elif full in effects.QUIET_CALLS or op.name == "print":
                    continue
                else:
                    functions = [d.function for d in state.get(op.name, ()) if d.function is not None]
                    sound &= bool(functions) and seeds.get(index) == {"seed"} and all(map(_only_seeds, functions))
        if configures and sound:
            yield index


def _only_seeds(function: Function | None) -> bool:
    """Whether a function writes no notebook name and draws nothing visible: a `set_seed(42)` helper."""
    return function is not None and not any(isinstance(op, Bind | Delete) for op in function.all_ops())


# --------------------------------------------------------------------------- the walk


def _full_name(node: ast.expr, state: Mapping[str, Definitions]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    modules = {definition.module for definition in state.get(node.id, ()) if definition.module}
    if len(modules) != 1:
        return None
    return ".".join([modules.pop(), *reversed(parts)])


def _import_target(op: Bind) -> str:
    node = op.node
    if isinstance(node, ast.Import):
        for alias in node.names:
            if (alias.asname or alias.name.partition(".")[0]) == op.name:
                return alias.name if alias.asname else op.name
    if isinstance(node, ast.ImportFrom):
        prefix = "." * node.level + (node.module or "")
        for alias in node.names:
            if (alias.asname or alias.name) == op.name:
                return f"{prefix}.{alias.name}" if prefix.strip(".") else f"{prefix}{alias.name}"
    return ""


def _join(states: Iterable[State], absent: Definitions = _MISSING_SET) -> State:
    """The union of states; `absent` stands for a name that one of them does not have."""
    first, *others = states
    if not others:
        return first
    joined = dict(first)
    for other in others:
        # states are copies of one another but for a few names, whose sets are then other objects
        changed = [(name, found) for name, found in other.items() if joined.get(name) is not found]
        for name, found in changed:
            joined[name] = joined.get(name, absent) | found
        if len(joined) > len(other):
            for name in joined.keys() - other.keys():
                joined[name] |= absent
    return joined


class _Interpreter:
    """Runs the operations abstractly; keys keep a second pass over a loop from adding anything twice."""

    def __init__(self, units: list[Unit], cells: Mapping[int, Cell]) -> None:
        self.units = units
        self.cells = cells
        self.state: State = {}
        self.before: list[State] = []
        self.uses: dict[tuple[int, int, int], Use] = {}
        self.changes: dict[tuple[int, Hashable, str], Change] = {}
        self.randomness: dict[tuple[int, int, str, str], Randomness] = {}
        self.made: dict[tuple[int, int], Definition] = {}
        self.by_name: dict[str, list[Definition]] = {}
        self.stars: list[int] = []
        self.repeated: set[int] = set()
        self.classes: set[str] = set()
        """Names that have stood for a class of the notebook."""
        self.unit = 0
        self.exits: list[tuple[list[State], list[State]]] = []
        self.bound_in_try: list[dict[str, set[Definition]]] = []
        text = "\n".join(cell.code for cell in cells.values() if cell.runs)
        self.has_dropout = "Dropout" in text or "dropout" in text
        self.has_batch_norm = "BatchNorm" in text
        self.has_estimators = "sklearn" in text
        self.inferring = False
        """Whether the last `.train()` or `.eval()` was an `.eval()`."""
        self.facts = guards.Facts(MISSING)
        self.conditions: guards.Tests = ()
        """What holds where the functions were called that are being followed."""
        self.following: list[Function] = []
        self.followed: set[int] = set()

    def run(self) -> None:
        for index, unit in enumerate(self.units):
            self.unit = index
            self.before.append(dict(self.state))
            # a statement that always raises stops a run; what follows is judged as if it had not
            self.state = self.block(unit.ops, dict(self.state)) or self.state

    def block(self, block: Block, state: State) -> State | None:
        """The state after the block; None when control never leaves it at its end."""
        for op in block:
            if isinstance(op, Jump):
                if op.kind in ("break", "continue") and self.exits:
                    self.exits[-1][op.kind == "continue"].append(state)
                return None
            after = self.step(op, state)
            if after is None:
                return None
            state = after
        return state

    def step(self, op: Op, state: State) -> State | None:
        if isinstance(op, Read):
            self.use(op, state, None)
        elif isinstance(op, Bind):
            self.bind(op, state)
        elif isinstance(op, Delete):
            self.use(op, state, None)
            state[op.name] = frozenset({self.definition(op, None)})
        elif isinstance(op, Mutate):
            self.mutate(op, state)
        elif isinstance(op, Call):
            self.followed = set()
            self.conditions = op.conditions
            self.call(op, state)
            self.conditions = ()
        elif isinstance(op, Iterate):
            self.iterate(state.get(op.name, _MISSING_SET), op.node)
        elif isinstance(op, Branch):
            outs = [out for inner in op.blocks if (out := self.block(inner, dict(state))) is not None]
            # inside a loop another round may bind what this one does not: `if better: best = …`
            absent = _LOOP_MISSING_SET if self.exits else _MISSING_SET
            if not outs:
                return None
            joined = _join(outs, absent)
            if not self.exits and len(outs) > 1:
                self.correlate(op, state, outs, joined)
            return joined
        elif isinstance(op, Loop):
            return self.loop(op, state)
        elif isinstance(op, Try):
            return self.attempt(op, state)
        elif isinstance(op, Assume):
            state[op.name] = (state.get(op.name, _MISSING_SET) - _MISSING_SET) or _ASSUMED_SET
        return state

    def correlate(self, op: Branch | None, before: State, ends: list[State], joined: State) -> None:
        """Remember under which conditions the names are bound that only some ends of a statement bind.

        The conditions are the tests of an `if`, or a flag that each end sets to a constant of its own.
        """
        partial = [
            name
            for name, found in joined.items()
            if MISSING in found and found is not before.get(name) and found != _MISSING_SET
        ]
        if not partial:
            return
        tests = op.conditions if op is not None and len(op.conditions) == len(ends) else ()
        for name in partial:
            lacking = [MISSING in end.get(name, _MISSING_SET) for end in ends]
            for index, when in enumerate(tests):
                if not lacking[index] and when:
                    tested = {test: before.get(test, _MISSING_SET) for test in guards.names_in(when)}
                    self.facts.note(name, guards.holding(when), tested, joined[name])
            for flag, found in joined.items() if len(set(lacking)) == 2 else ():
                if found is before.get(flag) or flag == name:
                    continue
                truths = [values.truth_of(d.op.value if d.op else None) for d in found]
                if None in truths:
                    continue
                truth = [{values.truth_of(d.op.value if d.op else None) for d in end.get(flag, ())} for end in ends]
                if all(truth[i] == {not lacks} for i, lacks in enumerate(lacking)):
                    self.facts.note(name, frozenset({(flag, True)}), {flag: found}, joined[name])
                elif all(truth[i] == {lacks} for i, lacks in enumerate(lacking)):
                    self.facts.note(name, frozenset({(flag, False)}), {flag: found}, joined[name])

    def loop(self, op: Loop, state: State) -> State | None:
        if op.never:
            return self.block(op.orelse, state)
        entry, out, breaks = state, None, []
        for _ in range(2):
            self.exits.append(([], []))
            out = self.block(op.body, dict(entry))
            broke, continued = self.exits.pop()
            ends = [*([out] if out is not None else []), *continued]
            breaks = broke
            out = _join(ends) if ends else None
            if out is None:
                break
            entry = _join([state, out], frozenset())
        completed = [out] if out is not None else []
        if not op.sure:
            filled = dict(state)
            for after in [*completed, *breaks]:
                for name in after:
                    filled.setdefault(name, _WHILE_MISSING_SET if op.doubtful else _LOOP_MISSING_SET)
            completed.append(filled)
        if op.orelse and completed:
            after_else = self.block(op.orelse, _join(completed))
            completed = [after_else] if after_else is not None else []
        ends = [*completed, *breaks]
        return self.without_stale(_join(ends), state) if ends else None

    def without_stale(self, after: State, before: State) -> State:
        """The state after a loop of a cell with a role, where what stays behind does not hold over the loop.

        `loss` bound in an exploration, then in an exported loop: only if the loop ran zero times would the old value
        be read, and the exported loop has none to offer and says so. Counted as a name that only the loop binds.
        """
        if not self.has_role(self.unit):
            return after
        kept = dict(after)
        for name, now in after.items():
            found = before.get(name, now)
            if now is not found and now - found and found & now and self.stay_behind(found & now):
                kept[name] = now - found | _LOOP_MISSING_SET
        return kept

    def has_role(self, unit: int) -> bool:
        """Whether a statement stands in a cell that is exported for its role."""
        roles = self.cells[self.units[unit].cell].roles
        return bool(roles) and Role.SKIP not in roles

    def stay_behind(self, definitions: Definitions) -> bool:
        """Whether all are bindings of cells without a role, and no imports or definitions, which come from anywhere."""
        nodes = [(definition.unit, self.units[definition.unit].node) for definition in definitions]
        return all(
            unit < 0 or not (self.has_role(unit) or is_import_like(node) or is_definition(node)) for unit, node in nodes
        )

    def attempt(self, op: Try, state: State) -> State | None:
        self.bound_in_try.append({})
        after_body = self.block(op.body, dict(state))
        bound = self.bound_in_try.pop()
        for outer in self.bound_in_try[-1:]:
            for name, made in bound.items():
                outer.setdefault(name, set()).update(made)
        interrupted = dict(state)
        for name, made in bound.items():
            interrupted[name] = state.get(name, _MISSING_SET) | made
        ends: list[State] = []
        if after_body is not None:
            after_else = self.block(op.orelse, after_body)
            if after_else is not None:
                ends.append(after_else)
        for handler in op.handlers:
            after = self.block(handler, dict(interrupted))
            if after is not None:
                ends.append(after)
        if not ends:
            self.block(op.final, interrupted)
            return None
        joined = _join(ends)
        if not self.exits and len(ends) > 1:
            self.correlate(None, state, ends, joined)
        return self.block(op.final, joined)

    # ------------------------------------------------------------------ names

    def use(self, op: Read | Delete, state: State, function: Function | None) -> None:
        definitions = state.get(op.name, _MISSING_SET)
        if function is not None and MISSING in definitions:
            # a function made in a branch sees what that branch bound
            home = {d.unit for d in state.get(function.name, ()) if d.function is function}
            if any(d.unit in home for d in definitions):
                definitions -= _MISSING_SET
        if MISSING in definitions and isinstance(op, Read):
            if op.guarded:
                definitions = (definitions - _MISSING_SET) or _ASSUMED_SET
            elif self.facts.settle(op.name, op.conditions + self.conditions, state):
                definitions -= _MISSING_SET
        key = (self.unit, id(op), id(function))
        known = self.uses.get(key)
        if known is None:
            deferred = isinstance(op, Read) and op.deferred
            self.uses[key] = Use(op.name, self.unit, op.node, definitions, function, deferred)
        else:
            known.definitions |= definitions

    def definition(self, op: Bind | Delete, state: State | None) -> Definition:
        key = (self.unit, id(op))
        made = self.made.get(key)
        if made is None:
            if isinstance(op, Delete):
                ended = isinstance(op.node, ast.ExceptHandler)
                made = Definition(op.name, self.unit, marker="except" if ended else "deleted")
            else:
                made = Definition(op.name, self.unit, op)
                if op.how == "import" or isinstance(op.node, ast.Import | ast.ImportFrom):
                    made.module = _import_target(op)
                self.by_name.setdefault(op.name, []).append(made)
            self.made[key] = made
        if isinstance(op, Bind) and state is not None and op.value is not None:
            roots = values.shared_roots(op.value, op.how, lambda node: _full_name(node, state), self.classes)
            for root in roots:
                made.aliases |= {d for d in state.get(root, frozenset()) if d.unit >= 0 and d is not made}
            made.instance_of = made.instance_of or self.instance(op.value, state)
            made.draws |= self.has_estimators and any(
                isinstance(part, ast.Call) and self.is_random_estimator(part, state) for part in nodes_of(op.value)
            )
        if isinstance(op, Bind) and op.how == "augmented" and state is not None:
            made.aliases |= {d for d in state.get(op.name, frozenset()) if d.unit >= 0 and d is not made}
        return made

    def instance(self, value: ast.expr, state: State) -> Function | None:
        """The notebook class of which the expression is an instance, where that is plain to see."""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("to", "cuda"):
            value = value.func.value
        if isinstance(value, ast.Name):
            for definition in state.get(value.id, ()):
                if definition.instance_of is not None:
                    return definition.instance_of
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            for definition in state.get(value.func.id, ()):
                if definition.function is not None and definition.function.is_class:
                    return definition.function
        return None

    def bind(self, op: Bind, state: State) -> None:
        if op.how == "star":
            if self.unit not in self.stars:
                self.stars.append(self.unit)
            return
        if self.repeats(op, state):
            self.repeated.add(self.unit)
            return
        made = self.definition(op, state)
        if op.function is not None and op.function.is_class:
            self.classes.add(op.name)
        for scope in self.bound_in_try:
            scope.setdefault(op.name, set()).add(made)
        state[op.name] = frozenset({made})

    def repeats(self, op: Bind, state: State) -> bool:
        """Whether a `parameters` cell gives a name the value once more that an earlier one gave it and it still has."""
        node = self.units[self.unit].node
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or op.value is not node.value:
            return False
        earlier, *others = state.get(op.name, _MISSING_SET)
        if others or earlier.unit < 0 or earlier.op is None or earlier.op.value is None:
            return False
        both = (self.unit, earlier.unit)
        return (
            earlier.unit != self.unit
            and all(self.cells[self.units[unit].cell].roles == (Role.PARAMETERS,) for unit in both)
            and isinstance(values.literal(op.value)[1], bool | int | float | str | None)
            and values.literal(op.value)[0]
            and ast.dump(op.value) == ast.dump(earlier.op.value)
        )

    # ------------------------------------------------------------------ effects

    def change(self, key: Hashable, name: str, node: ast.AST, how: str, mode_only: bool, state: State) -> None:
        definitions = frozenset(d for d in state.get(name, frozenset()) if d.unit >= 0)
        known = self.changes.get((self.unit, key, name))
        if known is None:
            self.changes[self.unit, key, name] = Change(name, self.unit, node, how, mode_only, definitions)
        else:
            known.definitions |= definitions

    def mutate(self, op: Mutate, state: State) -> None:
        if op.mode_only:
            self.inferring = op.how == "calls `.eval()`"
        self.change(id(op), op.name, op.node, op.how, op.mode_only, state)

    def random(self, kind: str, generator: str, node: ast.AST, what: str) -> None:
        self.randomness.setdefault(
            (self.unit, id(node), kind, generator), Randomness(kind, generator, self.unit, node, what)
        )

    def iterate(self, definitions: Definitions, node: ast.AST) -> None:
        for definition in definitions:
            value = definition.op.value if definition.op is not None else None
            kind = values.loader_kind(value) if definition.how in ("assign", "annotated") else None
            if kind is not None:
                self.random(kind, "torch", node, f"iterating `{definition.name}`")

    def call(self, op: Call, state: State) -> None:
        full = _full_name(op.node.func, state)
        if full is not None:
            for generator in effects.SEEDS.get(full, ()):
                self.random("seed", generator, op.node, f"`{full}`")
            drawn = effects.draws(full, op.node)
            if drawn is not None:
                self.random("draw", drawn, op.node, f"`{full}`")
            elif self.is_random_estimator(op.node, state):
                self.random("draw", "numpy", op.node, f"`{full}` without `random_state`")
        elif isinstance(op.node.func, ast.Attribute):
            method = op.node.func.attr
            if method == "sample" and "random_state" not in {keyword.arg for keyword in op.node.keywords}:
                self.random("draw", "numpy", op.node, f"`{op.dotted}()` without `random_state`")
            elif method in effects.TORCH_DRAWING_METHODS:
                self.random("draw", "torch", op.node, f"`.{method}()`")
            elif method.startswith("fit") and any(d.draws for d in state.get(op.name, ())):
                self.random("draw", "numpy", op.node, f"`{op.dotted}()` without `random_state`")
        elif isinstance(op.node.func, ast.Name):
            self.forward(op.name, op.node, state)
        for function in self.callees(op, state):
            self.follow(function, op.node, state)

    def is_random_estimator(self, node: ast.Call, state: State) -> bool:
        """Whether a call makes an estimator that draws from numpy's global generator."""
        full = _full_name(node.func, state) or ""
        named = full.startswith("sklearn.") and full.rpartition(".")[2] in effects.RANDOM_ESTIMATORS
        return named and not any(k.arg == "random_state" and not effects.is_none(k.value) for k in node.keywords)

    def forward(self, name: str, node: ast.AST, state: State) -> None:
        """A model that is called while training draws for dropout and moves the averages of batch norm."""
        found = state.get(name, frozenset())
        is_model = any(
            d.instance_of is not None or (d.op is not None and values.is_torch_module(d.op.value, state_names(state)))
            for d in found
        )
        if not is_model or self.inferring:
            return
        if self.has_dropout:
            self.random("draw", "torch", node, f"dropout in `{name}(…)`")
        if self.has_batch_norm:
            self.change(
                (id(node), "batch norm"), name, node, "runs it in training mode, which moves its averages", False, state
            )

    def callees(self, op: Call, state: State) -> Iterator[Function]:
        """The notebook functions that a call runs, as far as that is plain to see."""
        definitions = state.get(op.name, _MISSING_SET)
        if isinstance(op.node.func, ast.Name):
            for definition in definitions:
                function = definition.function
                if function is not None and function.is_class:
                    yield from (method for method in function.methods if method.name in ("__init__", "__post_init__"))
                elif function is not None:
                    yield function
                elif definition.instance_of is not None:
                    called = ("forward", "__call__")
                    yield from (method for method in definition.instance_of.methods if method.name in called)
        elif isinstance(op.node.func, ast.Attribute) and isinstance(op.node.func.value, ast.Name):
            for definition in definitions:
                owner = definition.instance_of or (
                    definition.function if definition.function is not None and definition.function.is_class else None
                )
                if owner is not None:
                    yield from (method for method in owner.methods if method.name == op.node.func.attr)

    def follow(self, function: Function, call: ast.Call | None, state: State) -> tuple[set[str], set[str]]:
        """Count what a function's body does to the notebook, here where it is called.

        Returns:
            The parameters that it changes in place, and those whose train/eval mode it sets.
        """
        mutated, moded = set(function.mutated_params), set(function.mode_params)
        if id(function) not in self.followed and function not in self.following:
            self.followed.add(id(function))
            self.following.append(function)
            for op in function.ops:
                if isinstance(op, Read):
                    self.use(op, state, function)
                elif isinstance(op, Bind) and op.how != "star":
                    self.bind(op, state)
                elif isinstance(op, Mutate):
                    self.mutate(op, state)
                elif isinstance(op, Iterate):
                    self.iterate(state.get(op.name, _MISSING_SET), op.node)
                elif isinstance(op, Call):
                    self.call(op, state)
                    self.pass_on(op, function, state, mutated, moded)
            self.following.pop()
        if call is not None:
            for parameter, argument in values.bind_arguments(function, call):
                root = root_name(argument)
                if root is None:
                    continue
                if parameter in function.iterated_params:
                    self.iterate(state.get(root.id, frozenset()), call)
                if parameter in function.called_params:
                    self.inferring = False
                    self.forward(root.id, call, state)
                if (parameter in mutated or parameter in moded) and root.id in state:
                    how = f"passes it to `{function.name}()`, which changes it"
                    self.change((id(call), parameter), root.id, call, how, parameter not in mutated, state)
        return mutated, moded

    def pass_on(self, op: Call, function: Function, state: State, mutated: set[str], moded: set[str]) -> None:
        """A parameter handed on to a function that changes it is changed."""
        for callee in self.callees(op, state):
            if callee in self.following:
                continue
            inner_mutated, inner_moded = self.follow(callee, None, state)
            for parameter, argument in values.bind_arguments(callee, op.node):
                root = root_name(argument)
                if root is not None and root.id in function.params:
                    if parameter in inner_mutated:
                        mutated.add(root.id)
                    if parameter in inner_moded:
                        moded.add(root.id)


def state_names(state: Mapping[str, Definitions]) -> Callable[[ast.expr], str | None]:
    """Resolves dotted expressions through the imports of a state."""
    return lambda node: _full_name(node, state)


def sharing(definitions: Iterable[Definition]) -> set[Definition]:
    """The bindings whose objects are, hold or are held through any of these."""
    found: set[Definition] = set()
    pending = list(definitions)
    while pending:
        definition = pending.pop()
        if definition.unit >= 0 and definition not in found:
            found.add(definition)
            pending.extend(definition.aliases)
    return found
