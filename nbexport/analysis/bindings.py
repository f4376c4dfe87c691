"""Bindings, reads, changes and draws: what the walk over a notebook notes down."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from nbexport.names.kinds import BindKind, ChangeKind, Generator
from nbexport.names.operations import Bind, Function
from nbexport.record import record


class Marker(StrEnum):
    """What stands in a binding's place where a name is not bound by a statement, or no longer."""

    MISSING = "missing"
    """Not bound on some or every path."""
    LOOP = "loop"
    """Not bound if a loop runs zero times."""
    WHILE = "while"
    """Not bound if a loop runs zero times that asks the world outside whether to run."""
    ASSUMED = "assumed"
    """Bound, as the code has asked, by nothing that stands in the notebook."""
    DELETED = "deleted"
    """Ended by `del`."""
    EXCEPT = "except"
    """Ended with the handler that bound it: `except … as e`."""


class RandomKind(StrEnum):
    """What is done with a global generator."""

    SEED = "seed"
    DRAW = "draw"
    CONSUME = "consume"
    """A draw whose value decides nothing (an unshuffled `DataLoader`)."""


@record(eq=False)
class Definition:
    """One binding of one name."""

    name: str
    unit: int
    """Index of the statement; -1 where no statement stands for the marker."""
    op: Bind | None = None
    aliases: frozenset[Definition] = frozenset()
    """Bindings whose object this one shares or holds."""
    instance_of: Function | None = None
    module: str = ""
    """For an import: the full dotted name that the name stands for."""
    draws: bool = False
    """Whether it holds a scikit-learn estimator that draws from numpy's global generator when fitted."""
    generates: bool = False
    """Whether it holds a random generator of its own: `np.random.default_rng(0)`."""
    marker: Marker | None = None

    @property
    def function(self) -> Function | None:
        """What is inside, for a `def`, a `class` or a named lambda."""
        return self.op.function if self.op is not None else None

    @property
    def place(self) -> tuple[int, int, int]:
        """Statement, row and column: a set of bindings has no order, and one statement may bind a name twice."""
        node = self.op.node if self.op is not None else None
        return self.unit, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)

    @property
    def how(self) -> BindKind | None:
        """How it is bound; None for a marker."""
        return self.op.how if self.op is not None else None


MISSING = Definition("", -1, marker=Marker.MISSING)
LOOP_MISSING = Definition("", -1, marker=Marker.LOOP)
WHILE_MISSING = Definition("", -1, marker=Marker.WHILE)
ASSUMED = Definition("", -1, marker=Marker.ASSUMED)
MISSING_SET = frozenset({MISSING})
ASSUMED_SET = frozenset({ASSUMED})
LOOP_MISSING_SET = frozenset({LOOP_MISSING})
WHILE_MISSING_SET = frozenset({WHILE_MISSING})

_UNBOUND = (Marker.MISSING, Marker.DELETED, Marker.EXCEPT)
Definitions = frozenset[Definition]
State = Mapping[str, Definitions]
"""For each name, the bindings that it may stand for."""


@record(eq=False)
class Use:
    """One look-up of a name, with every binding that may reach it."""

    name: str
    unit: int
    node: ast.AST
    definitions: Definitions
    function: Function | None = None
    """The function whose body reads the name, called by this statement; None for the statement itself."""
    deferred: bool = False
    late: bool = False
    """Whether only bindings below the statement reach it: a lambda or generator that nothing runs before."""
    swallowed: bool = False
    """Whether a handler passes over the failure where no binding reaches it."""


@record(eq=False)
class Change:
    """One change in place of the objects behind `definitions`."""

    name: str
    unit: int
    node: ast.AST
    kind: ChangeKind
    words: str
    """What is done to them, for a message."""
    method: str
    """The method that is called, if it is one."""
    definitions: Definitions

    @property
    def mode_only(self) -> bool:
        """Whether only the mode changes between training and inference."""
        return self.kind is ChangeKind.MODE


@record(eq=False)
class Randomness:
    """A seeding of, or a draw from, a global generator."""

    kind: RandomKind
    generator: Generator
    unit: int
    node: ast.AST
    what: str
    """What does it, for a message."""


def asked_for(definitions: Definitions) -> Definitions:
    """What a name stands for where the code has asked whether it exists, and it does."""
    return frozenset(definition for definition in definitions if definition.marker not in _UNBOUND) or ASSUMED_SET


def full_name(node: ast.expr, state: State) -> str | None:
    """A dotted expression with its import resolved (`np.random.rand` → `numpy.random.rand`), or None."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    module = ""
    for definition in state.get(node.id, ()):
        if definition.module and definition.module != module:
            if module:
                return None
            module = definition.module
    if not attributes or not module:
        return module or None
    attributes.append(module)
    return ".".join(reversed(attributes))


def import_target(op: Bind) -> str:
    """The full dotted name that an import binds its name to; empty for anything else."""
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


def learn(
    definition: Definition, aliases: Definitions, instance_of: Function | None, *, draws: bool, generates: bool
) -> None:
    """Note what is known of a binding now: states hold it from its first round on, and later rounds tell more.

    The walk alone does so, before anybody else sees the binding, which is frozen to them.
    """
    vars(definition).update(aliases=aliases, instance_of=instance_of, draws=draws, generates=generates)


def state_names(state: State) -> Callable[[ast.expr], str | None]:
    """Resolves dotted expressions through the imports of a state."""
    return lambda node: full_name(node, state)


def sharing(definitions: Iterable[Definition]) -> set[Definition]:
    """The bindings whose objects are, hold or are held through any of these."""
    sharers: set[Definition] = set()
    pending = list(definitions)
    while pending:
        definition = pending.pop()
        if definition.unit >= 0 and definition not in sharers:
            sharers.add(definition)
            pending.extend(definition.aliases)
    return sharers
