"""The abstract run of a notebook, statement by statement, over the operations that `names` found.

For each name the set of bindings is kept that may hold. Branches join, and loops run until nothing changes:

    rows = load()            rows → {1}
    if small:
        rows = rows[:9]      rows → {3}
    for row in rows:         reads rows from {1, 3};  row → {4}
        last = row           last → {5}
    print(last)              reads last from {5}, or from nothing if the loop ran zero times

Each part of the work has an object of its own: `Names` looks up and binds, `Calls` follows functions, `RandomCalls`
knows what draws; all of them write into `Notes`. Here is what decides which operations run, and on which state.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from nbexport.analysis import values
from nbexport.analysis.bindings import (
    LOOP_MISSING_SET,
    MISSING,
    MISSING_SET,
    WHILE_MISSING_SET,
    Definitions,
    State,
    asked_for,
)
from nbexport.analysis.calls import Calls
from nbexport.analysis.lookups import Names
from nbexport.analysis.notes import Notes, Trace
from nbexport.analysis.randomness import RandomCalls
from nbexport.analysis.states import Changes, OpenState, join
from nbexport.model import Cell, Role
from nbexport.names import guards
from nbexport.names.kinds import BindKind, JumpKind
from nbexport.names.nodes import is_definition, is_import_like
from nbexport.names.operations import (
    Assume,
    Bind,
    Block,
    Branch,
    Call,
    Delete,
    Iterate,
    Jump,
    Loop,
    Mutate,
    Op,
    Read,
    Try,
    Unit,
)


def walk(units: tuple[Unit, ...], cells: Mapping[int, Cell]) -> Trace:
    """The trace of a top-to-bottom run.

    Args:
        units: The statements of all cells that run, in order.
        cells: Number → cell.
    """
    return _DataFlow(Notes(units, cells)).run()


_ROUNDS_TWICE = 4
"""So many loops within one another are each run twice."""


class _Exits:
    """How a loop that is open is left, as states over the one before it."""

    def __init__(self, before: OpenState) -> None:
        self.before = before
        self.broke: list[OpenState] = []
        self.continued: list[OpenState] = []

    def note(self, kind: JumpKind, state: OpenState) -> None:
        """Control leaves the body, or ends a round, in this state; `return` and `raise` leave more than the loop."""
        if kind is JumpKind.BREAK:
            self.broke.append(state.over(self.before))
        elif kind is JumpKind.CONTINUE:
            self.continued.append(state.over(self.before))


class _DataFlow:
    """Runs the operations abstractly."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.random = RandomCalls(notes)
        self.names = Names(notes, self.random)
        self.calls = Calls(notes, self.names, self.random)
        self.exits: list[_Exits] = []
        """For each loop that is open, how it is left."""

    def run(self) -> Trace:
        """Take in every statement in order."""
        names: Changes = {}
        for index, unit in enumerate(self.notes.units):
            self.notes.unit = index
            self.notes.before.begin()
            after = self.block(unit.ops, OpenState(names))
            # a statement that always raises stops a run; what follows is judged as if it had not
            if after is not None:
                changes = [(name, now) for name, now in after.own.items() if names.get(name) is not now]
                names.update(changes)
                self.notes.before.note(changes)
        return self.notes.trace(names)

    def block(self, block: Block, state: OpenState) -> OpenState | None:
        """The state after the block, the one it began with; None when control never leaves it at its end."""
        for op in block:
            if isinstance(op, Jump):
                if self.exits:
                    self.exits[-1].note(op.kind, state)
                return None
            if self.step(op, state) is None:
                return None
        return state

    def step(self, op: Op, state: OpenState) -> OpenState | None:
        """The state after one operation, changed in place; None when control does not go on."""
        if isinstance(op, Read):
            self.names.look_up(op, state, None)
        elif isinstance(op, Bind):
            self.names.bind(op, state)
        elif isinstance(op, Delete):
            self.names.delete(op, state)
        elif isinstance(op, Mutate):
            self.calls.mutate(op, state)
        elif isinstance(op, Call):
            self.calls.run(op, state)
            if op.alone and isinstance(op.node.func, ast.Name) and self.never_returns(op.name, state):
                return None
        elif isinstance(op, Iterate):
            self.random.iterate(state.get(op.name, MISSING_SET), op.node)
        elif isinstance(op, Branch):
            return self.branch(op, state)
        elif isinstance(op, Loop):
            return self.loop(op, state)
        elif isinstance(op, Try):
            return self.attempt(op, state)
        elif isinstance(op, Assume):
            state[op.name] = asked_for(state.get(op.name, MISSING_SET))
        return state

    def never_returns(self, name: str, state: OpenState) -> bool:
        """Whether a name stands for functions of the notebook that all end in an exception."""
        definitions = state.get(name, MISSING_SET)
        return all(definition.function is not None and definition.function.leaves for definition in definitions)

    def branch(self, op: Branch, state: OpenState) -> OpenState | None:
        """The state after an `if` or a `match`: that of any of its blocks."""
        decided = self.decided(op, state)
        ends = [self.block(inner, state.fork()) for inner in op.blocks]
        outs = [out for out in ends if out is not None]
        if not outs:
            return None
        # inside a loop another round may bind what this one does not: `if better: best = …`
        changes = join(outs, state, LOOP_MISSING_SET if self.exits else MISSING_SET)
        if not self.exits and len(outs) > 1:
            self.correlate(op, state, outs, changes)
        if decided is not None and (taken := ends[decided]) is not None:
            # what the block binds that runs is bound; the other one is judged all the same, as flags are switched
            changes |= {name: changes[name] - MISSING_SET for name, now in taken.own.items() if MISSING not in now}
        state.own.update(changes)
        return state

    def decided(self, op: Branch, state: OpenState) -> int | None:
        """The block that runs where the test of an `if` asks of names what their literals tell."""
        if op.test is None or len(op.blocks) != 2:
            return None
        outcome = values.outcome(op.test, lambda name: self.flag(name, state))
        return None if outcome is None else int(not outcome)

    def flag(self, name: str, state: OpenState) -> ast.expr | None:
        """The value of a name that one statement binds, and no parameter cell: an option may set that one."""
        definitions = state.get(name, MISSING_SET)
        notes = self.notes
        if len(definitions) != 1:
            return None
        [definition] = definitions
        if definition.unit < 0 or definition.op is None or definition.how not in (BindKind.ASSIGN, BindKind.ANNOTATED):
            return None
        return None if Role.PARAMETERS in notes.cell_of(definition.unit).roles else definition.op.value

    def loop(self, op: Loop, state: OpenState) -> OpenState | None:
        """The state after a loop: two rounds are enough, since the bindings of a name only grow.

        Far inside other loops one is: their second rounds bring what the first one has bound.
        """
        if op.never:
            return self.block(op.orelse, state)
        entry: Changes = {}
        out: OpenState | None = None
        breaks: list[OpenState] = []
        for _ in range(2 if len(self.exits) < _ROUNDS_TWICE else 1):
            self.exits.append(_Exits(state))
            out = self.block(op.body, state.fork(dict(entry)))
            exits = self.exits.pop()
            ends = [*([out] if out is not None else []), *exits.continued]
            breaks = exits.broke
            out = state.fork(join(ends, state)) if ends else None
            if out is None:
                break
            entry = join([state.fork(), out], state, frozenset())
        # an endless loop that nothing leaves is taken for one that somebody stops
        completed = [out] if out is not None and not (op.endless and breaks) else []
        absent = WHILE_MISSING_SET if op.doubtful else LOOP_MISSING_SET
        names = {name for after in [*completed, *breaks] for name in after.own}
        for after in completed:
            # a round may bind what another one does not
            for name in names:
                if MISSING in (now := after.get(name, MISSING_SET)):
                    after[name] = now - MISSING_SET | absent
        if not op.sure:
            completed.append(state.fork({name: absent for name in names if name not in state}))
        if op.orelse and completed:
            after_else = self.block(op.orelse, state.fork(dict(join(completed, state))))
            completed = [after_else] if after_else is not None else []
        ends = [*completed, *breaks]
        if not ends:
            return None
        changes = join(ends, state)
        state.own.update(self.without_stale(changes, state))
        return state

    def without_stale(self, changes: Changes, before: State) -> Changes:
        """What a loop of a cell with a role changes, where what stays in the notebook does not hold over the loop.

        `loss` bound in an exploration, then in an exported loop: only if the loop ran zero times would the old value
        be read, and the exported loop has none to offer and says so. Counted as a name that only the loop binds, unless
        an exported cell has bound it earlier: then there would be an older value to go on with, in silence.
        """
        if not self.notes.has_role(self.notes.unit):
            return changes
        kept = dict(changes)
        for name, now in changes.items():
            bound = before.get(name, now)
            if now is bound or not now - bound or not bound & now:
                continue
            if self._stay_behind(bound & now) and not self._is_exported_before(name):
                kept[name] = now - bound | LOOP_MISSING_SET
        return kept

    def _is_exported_before(self, name: str) -> bool:
        """Whether an earlier statement of a cell with a role binds the name."""
        notes = self.notes
        return any(made.unit < notes.unit and notes.has_role(made.unit) for made in notes.by_name.get(name, ()))

    def _stay_behind(self, definitions: Definitions) -> bool:
        """Whether all are bindings of cells without a role, and no imports or definitions, which come from anywhere."""
        notes = self.notes
        nodes = [(definition.unit, notes.units[definition.unit].node) for definition in definitions]
        return all(
            unit < 0 or not (notes.has_role(unit) or is_import_like(node) or is_definition(node))
            for unit, node in nodes
        )

    def attempt(self, op: Try, state: OpenState) -> OpenState | None:
        """The state after a `try`: each handler begins with whatever the body may have bound before it stopped."""
        self.names.bound_in_try.append({})
        after_body = self.block(op.body, state.fork())
        bound = self.names.bound_in_try.pop()
        for outer in self.names.bound_in_try[-1:]:
            for name, made in bound.items():
                outer.setdefault(name, set()).update(made)
        interrupted = {name: state.get(name, MISSING_SET) | made for name, made in bound.items()}
        ends: list[OpenState] = []
        if after_body is not None:
            after_else = self.block(op.orelse, after_body)
            if after_else is not None:
                ends.append(after_else)
        for at, handler in enumerate(op.handlers):
            after = self.block(handler, state.fork(dict(interrupted)))
            # a run from top to bottom is stopped by nobody
            if after is not None and (at not in op.by_hand or not ends):
                ends.append(after)
        if not ends:
            self.block(op.final, state.fork(interrupted))
            return None
        changes = join(ends, state)
        if not self.exits and len(ends) > 1:
            self.correlate(None, state, ends, changes)
        state.own.update(changes)
        return self.block(op.final, state)

    def correlate(self, op: Branch | None, before: State, ends: list[OpenState], changes: Changes) -> None:
        """Remember under which conditions the names are bound that only some ends of a statement bind.

        The conditions are the tests of an `if`, or a flag that each end sets to a constant of its own.
        """
        partial = [
            name
            for name, change in changes.items()
            if MISSING in change and change is not before.get(name) and change != MISSING_SET
        ]
        if not partial:
            return
        tests = op.conditions if op is not None and len(op.conditions) == len(ends) else ()
        for name in partial:
            lacking = [MISSING in end.get(name, MISSING_SET) for end in ends]
            for index, when in enumerate(tests):
                if not lacking[index] and when:
                    tested = {test: before.get(test, MISSING_SET) for test in guards.names_in(when)}
                    self.names.facts.note(name, guards.holding(when), tested, changes[name])
            for flag, change in changes.items() if len(set(lacking)) == 2 else ():
                if change is before.get(flag) or flag == name:
                    continue
                truths = [values.truth_of(d.op.value if d.op else None) for d in change]
                if None in truths:
                    continue
                truth = [{values.truth_of(d.op.value if d.op else None) for d in end.get(flag, ())} for end in ends]
                if all(truth[i] == {not lacks} for i, lacks in enumerate(lacking)):
                    self.names.facts.note(name, frozenset({(flag, True)}), {flag: change}, changes[name])
                elif all(truth[i] == {lacks} for i, lacks in enumerate(lacking)):
                    self.names.facts.note(name, frozenset({(flag, False)}), {flag: change}, changes[name])
