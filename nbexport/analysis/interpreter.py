"""The abstract run of a notebook, statement by statement, over the operations that `names` found.

For each name the set of bindings is kept that may hold; branches join, loops run until nothing changes, functions are
followed where they are called. Reads, changes in place and random draws are noted on the way: see `analysis`, which
answers questions about them.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Mapping

from nbexport.analysis import values
from nbexport.analysis.bindings import (
    ASSUMED_SET,
    LOOP_MISSING_SET,
    MISSING,
    MISSING_SET,
    WHILE_MISSING_SET,
    Change,
    Definition,
    Definitions,
    Marker,
    RandomKind,
    Randomness,
    State,
    Use,
    full_name,
    import_target,
    join,
    state_names,
)
from nbexport.model import Cell, Role
from nbexport.names import effects, guards
from nbexport.names.kinds import BindKind, ChangeKind, Generator, JumpKind
from nbexport.names.nodes import is_definition, is_import_like, nodes_of, root_name
from nbexport.names.operations import (
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
)


class Interpreter:
    """Runs the operations abstractly; keys keep a second pass over a loop from adding anything twice."""

    def __init__(self, units: list[Unit], cells: Mapping[int, Cell]) -> None:
        self.units = units
        self.cells = cells
        self.state: State = {}
        self.before: list[State] = []
        self.uses: dict[tuple[int, int, int], Use] = {}
        self.changes: dict[tuple[int, Hashable, str], Change] = {}
        self.randomness: dict[tuple[int, int, RandomKind, Generator], Randomness] = {}
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
        """Take in every statement in order."""
        for index, unit in enumerate(self.units):
            self.unit = index
            self.before.append(dict(self.state))
            # a statement that always raises stops a run; what follows is judged as if it had not
            self.state = self.block(unit.ops, dict(self.state)) or self.state

    def block(self, block: Block, state: State) -> State | None:
        """The state after the block; None when control never leaves it at its end."""
        for op in block:
            if isinstance(op, Jump):
                if op.kind in (JumpKind.BREAK, JumpKind.CONTINUE) and self.exits:
                    self.exits[-1][op.kind is JumpKind.CONTINUE].append(state)
                return None
            after = self.step(op, state)
            if after is None:
                return None
            state = after
        return state

    def step(self, op: Op, state: State) -> State | None:
        """The state after one operation; None when control does not go on."""
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
            self.iterate(state.get(op.name, MISSING_SET), op.node)
        elif isinstance(op, Branch):
            outs = [out for inner in op.blocks if (out := self.block(inner, dict(state))) is not None]
            # inside a loop another round may bind what this one does not: `if better: best = …`
            absent = LOOP_MISSING_SET if self.exits else MISSING_SET
            if not outs:
                return None
            joined = join(outs, absent)
            if not self.exits and len(outs) > 1:
                self.correlate(op, state, outs, joined)
            return joined
        elif isinstance(op, Loop):
            return self.loop(op, state)
        elif isinstance(op, Try):
            return self.attempt(op, state)
        elif isinstance(op, Assume):
            state[op.name] = (state.get(op.name, MISSING_SET) - MISSING_SET) or ASSUMED_SET
        return state

    def correlate(self, op: Branch | None, before: State, ends: list[State], joined: State) -> None:
        """Remember under which conditions the names are bound that only some ends of a statement bind.

        The conditions are the tests of an `if`, or a flag that each end sets to a constant of its own.
        """
        partial = [
            name
            for name, found in joined.items()
            if MISSING in found and found is not before.get(name) and found != MISSING_SET
        ]
        if not partial:
            return
        tests = op.conditions if op is not None and len(op.conditions) == len(ends) else ()
        for name in partial:
            lacking = [MISSING in end.get(name, MISSING_SET) for end in ends]
            for index, when in enumerate(tests):
                if not lacking[index] and when:
                    tested = {test: before.get(test, MISSING_SET) for test in guards.names_in(when)}
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
        """The state after a loop: two rounds are enough, since the bindings of a name only grow."""
        if op.never:
            return self.block(op.orelse, state)
        entry, out, breaks = state, None, []
        for _ in range(2):
            self.exits.append(([], []))
            out = self.block(op.body, dict(entry))
            broke, continued = self.exits.pop()
            ends = [*([out] if out is not None else []), *continued]
            breaks = broke
            out = join(ends) if ends else None
            if out is None:
                break
            entry = join([state, out], frozenset())
        completed = [out] if out is not None else []
        if not op.sure:
            filled = dict(state)
            for after in [*completed, *breaks]:
                for name in after:
                    filled.setdefault(name, WHILE_MISSING_SET if op.doubtful else LOOP_MISSING_SET)
            completed.append(filled)
        if op.orelse and completed:
            after_else = self.block(op.orelse, join(completed))
            completed = [after_else] if after_else is not None else []
        ends = [*completed, *breaks]
        return self.without_stale(join(ends), state) if ends else None

    def without_stale(self, after: State, before: State) -> State:
        """The state after a loop of a cell with a role, where what stays behind does not hold over the loop.

        `loss` bound in an exploration, then in an exported loop: only if the loop ran zero times would the old value
        be read, and the exported loop has none to offer and says so. Counted as a name that only the loop binds, unless
        an exported cell has bound it earlier: then there would be an older value to go on with, in silence.
        """
        if not self.has_role(self.unit):
            return after
        kept = dict(after)
        for name, now in after.items():
            found = before.get(name, now)
            if now is found or not now - found or not found & now:
                continue
            if self.stay_behind(found & now) and not self.is_exported_before(name):
                kept[name] = now - found | LOOP_MISSING_SET
        return kept

    def is_exported_before(self, name: str) -> bool:
        """Whether an earlier statement of a cell with a role binds the name."""
        return any(made.unit < self.unit and self.has_role(made.unit) for made in self.by_name.get(name, ()))

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
        """The state after a `try`: each handler begins with whatever the body may have bound before it stopped."""
        self.bound_in_try.append({})
        after_body = self.block(op.body, dict(state))
        bound = self.bound_in_try.pop()
        for outer in self.bound_in_try[-1:]:
            for name, made in bound.items():
                outer.setdefault(name, set()).update(made)
        interrupted = dict(state)
        for name, made in bound.items():
            interrupted[name] = state.get(name, MISSING_SET) | made
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
        joined = join(ends)
        if not self.exits and len(ends) > 1:
            self.correlate(None, state, ends, joined)
        return self.block(op.final, joined)

    # ------------------------------------------------------------------ names

    def use(self, op: Read | Delete, state: State, function: Function | None) -> None:
        """Note a look-up of a name, with every binding that may reach it."""
        definitions = state.get(op.name, MISSING_SET)
        if function is not None and MISSING in definitions:
            # a function made in a branch sees what that branch bound
            home = {d.unit for d in state.get(function.name, ()) if d.function is function}
            if any(d.unit in home for d in definitions):
                definitions -= MISSING_SET
        if MISSING in definitions and isinstance(op, Read):
            if op.guarded:
                definitions = (definitions - MISSING_SET) or ASSUMED_SET
            elif self.facts.settle(op.name, op.conditions + self.conditions, state):
                definitions -= MISSING_SET
        key = (self.unit, id(op), id(function))
        known = self.uses.get(key)
        if known is None:
            deferred = isinstance(op, Read) and op.deferred
            self.uses[key] = Use(op.name, self.unit, op.node, definitions, function, deferred)
        else:
            known.definitions |= definitions

    def definition(self, op: Bind | Delete, state: State | None) -> Definition:
        """The binding that an operation makes, the same in each round."""
        key = (self.unit, id(op))
        made = self.made.get(key)
        if made is None:
            if isinstance(op, Delete):
                ended = isinstance(op.node, ast.ExceptHandler)
                made = Definition(op.name, self.unit, marker=Marker.EXCEPT if ended else Marker.DELETED)
            else:
                made = Definition(op.name, self.unit, op)
                if op.how is BindKind.IMPORT or isinstance(op.node, ast.Import | ast.ImportFrom):
                    made.module = import_target(op)
                self.by_name.setdefault(op.name, []).append(made)
            self.made[key] = made
        if isinstance(op, Bind) and state is not None and op.value is not None:
            roots = values.shared_roots(op.value, op.how, lambda node: full_name(node, state), self.classes)
            for root in roots:
                made.aliases |= {d for d in state.get(root, frozenset()) if d.unit >= 0 and d is not made}
            made.instance_of = made.instance_of or self.instance(op.value, state)
            made.draws |= self.has_estimators and any(
                isinstance(part, ast.Call) and self.is_random_estimator(part, state) for part in nodes_of(op.value)
            )
        if isinstance(op, Bind) and op.how is BindKind.AUGMENTED and state is not None:
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
        """Bind a name."""
        if op.how is BindKind.STAR:
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
        earlier, *others = state.get(op.name, MISSING_SET)
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

    def change(self, key: Hashable, op: Mutate, state: State) -> None:
        """Note a change in place."""
        name = op.name
        definitions = frozenset(d for d in state.get(name, frozenset()) if d.unit >= 0)
        known = self.changes.get((self.unit, key, name))
        if known is None:
            self.changes[self.unit, key, name] = Change(
                name, self.unit, op.node, op.kind, op.words, op.method, definitions
            )
        else:
            known.definitions |= definitions

    def mutate(self, op: Mutate, state: State) -> None:
        """Note what an operation changes in place."""
        if op.kind is ChangeKind.MODE:
            self.inferring = op.method == "eval"
        self.change(id(op), op, state)

    def random(self, kind: RandomKind, generator: Generator, node: ast.AST, what: str) -> None:
        """Note a seeding or a draw."""
        self.randomness.setdefault(
            (self.unit, id(node), kind, generator), Randomness(kind, generator, self.unit, node, what)
        )

    def iterate(self, definitions: Definitions, node: ast.AST) -> None:
        """Note the draws of a loader that is iterated."""
        for definition in definitions:
            value = definition.op.value if definition.op is not None else None
            kind = values.loader_kind(value) if definition.how in (BindKind.ASSIGN, BindKind.ANNOTATED) else None
            if kind is not None:
                self.random(kind, Generator.TORCH, node, f"iterating `{definition.name}`")

    def call(self, op: Call, state: State) -> None:
        """Note what a call seeds and draws, and follow it into the functions of the notebook."""
        full = full_name(op.node.func, state)
        if full is not None:
            for generator in effects.SEEDS.get(full, ()):
                self.random(RandomKind.SEED, generator, op.node, f"`{full}`")
            drawn = effects.draws(full, op.node)
            if drawn is not None:
                self.random(RandomKind.DRAW, drawn, op.node, f"`{full}`")
            elif self.is_random_estimator(op.node, state):
                self.random(RandomKind.DRAW, Generator.NUMPY, op.node, f"`{full}` without `random_state`")
        elif isinstance(op.node.func, ast.Attribute):
            method = op.node.func.attr
            if method == "sample" and "random_state" not in {keyword.arg for keyword in op.node.keywords}:
                self.random(RandomKind.DRAW, Generator.NUMPY, op.node, f"`{op.dotted}()` without `random_state`")
            elif method in effects.TORCH_DRAWING_METHODS:
                self.random(RandomKind.DRAW, Generator.TORCH, op.node, f"`.{method}()`")
            elif method.startswith("fit") and any(d.draws for d in state.get(op.name, ())):
                self.random(RandomKind.DRAW, Generator.NUMPY, op.node, f"`{op.dotted}()` without `random_state`")
        elif isinstance(op.node.func, ast.Name):
            self.forward(op.name, op.node, state)
        for function in self.callees(op, state):
            self.follow(function, op.node, state)

    def is_random_estimator(self, node: ast.Call, state: State) -> bool:
        """Whether a call makes an estimator that draws from numpy's global generator."""
        full = full_name(node.func, state) or ""
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
            self.random(RandomKind.DRAW, Generator.TORCH, node, f"dropout in `{name}(…)`")
        if self.has_batch_norm:
            words = "runs it in training mode, which moves its averages"
            self.change((id(node), "batch norm"), Mutate(name, node, ChangeKind.TRAINING_CALL, words), state)

    def callees(self, op: Call, state: State) -> Iterator[Function]:
        """The notebook functions that a call runs, as far as that is plain to see."""
        definitions = state.get(op.name, MISSING_SET)
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
                elif isinstance(op, Bind) and op.how is not BindKind.STAR:
                    self.bind(op, state)
                elif isinstance(op, Mutate):
                    self.mutate(op, state)
                elif isinstance(op, Iterate):
                    self.iterate(state.get(op.name, MISSING_SET), op.node)
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
                    kind = ChangeKind.ARGUMENT if parameter in mutated else ChangeKind.MODE
                    words = f"passes it to `{function.name}()`, which changes it"
                    self.change((id(call), parameter), Mutate(root.id, call, kind, words), state)
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
