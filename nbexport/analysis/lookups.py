"""Names: which bindings a look-up may find, and what a binding is known to hold.

    data = load()          a binding of `data`
    rows = data            a binding of `rows` that shares the object of `data`
    net = Net()            a binding of an instance of the notebook's own class `Net`
    print(rows)            finds the binding of `rows`, whose object a change of `data` changes too

A look-up that some paths reach without a binding is certain all the same where the code has asked first, or where the
same condition holds as did where the name was bound.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable

from nbexport.analysis import values
from nbexport.analysis.bindings import (
    MISSING,
    MISSING_SET,
    Definition,
    Marker,
    State,
    asked_for,
    full_name,
    import_target,
    learn,
)
from nbexport.analysis.notes import Notes
from nbexport.analysis.randomness import RandomCalls
from nbexport.analysis.states import OpenState
from nbexport.model import Role
from nbexport.names import guards
from nbexport.names.kinds import BindKind
from nbexport.names.operations import Bind, Delete, Function, Read


class Names:
    """Looks names up and binds them, in the state that it is given."""

    def __init__(self, notes: Notes, random: RandomCalls) -> None:
        self.notes = notes
        self.random = random
        self.facts = guards.Facts(MISSING)
        self.conditions: guards.Tests = ()
        """What holds where the functions were called that are being followed."""
        self.bound_in_try: list[dict[str, set[Definition]]] = []
        """For each `try` that is open: what its body has bound so far."""
        self._made: dict[tuple[int, Hashable], Definition] = {}
        self._classes: set[str] = set()
        """Names that have stood for a class of the notebook."""

    def look_up(self, op: Read | Delete, state: State, function: Function | None) -> None:
        """Note a look-up of a name, with every binding that may reach it."""
        definitions = state.get(op.name, MISSING_SET)
        if function is not None and MISSING in definitions:
            # a function made in a branch sees what that branch bound
            home = {d.unit for d in state.get(function.name, ()) if d.function is function}
            if any(d.unit in home for d in definitions):
                definitions -= MISSING_SET
        if op.guarded and not (isinstance(op, Read) and op.waits):
            definitions = asked_for(definitions)
        elif MISSING in definitions:
            if isinstance(op, Read) and self.facts.settle(op.name, op.conditions + self.conditions, state):
                definitions -= MISSING_SET
        self.notes.use(op, definitions, function)

    def bind(self, op: Bind, state: OpenState) -> None:
        """Bind a name."""
        notes = self.notes
        if op.how is BindKind.STAR:
            if notes.unit not in notes.stars:
                notes.stars.append(notes.unit)
            self._bind_star(op, state)
            return
        if self._repeats(op, state):
            notes.repeated.add(notes.unit)
            return
        made = self._bound(op, state)
        if op.function is not None and op.function.is_class:
            self._classes.add(op.name)
        for scope in self.bound_in_try:
            scope.setdefault(op.name, set()).add(made)
        state[op.name] = frozenset({made})

    def _bind_star(self, op: Bind, state: OpenState) -> None:
        """Bind what `from module import *` is known to bind, as far as the notebook has a name for it."""
        node = op.node
        if not isinstance(node, ast.ImportFrom) or node.level or node.module is None:
            return
        from nbexport.names.star_names import star_names  # few notebooks have such an import

        for name in sorted((star_names(node.module) or frozenset()) & self.notes.mentioned):
            key = (self.notes.unit, (id(op), name))
            made = self._made.get(key)
            if made is None:
                bound = Bind(name, node, BindKind.STAR)
                made = Definition(name, self.notes.unit, bound, module=f"{node.module}.{name}")
                self._made[key] = made
                self.notes.by_name.setdefault(name, []).append(made)
            state[name] = frozenset({made})

    def delete(self, op: Delete, state: OpenState) -> None:
        """End the binding of a name."""
        self.look_up(op, state, None)
        key = (self.notes.unit, id(op))
        if key not in self._made:
            marker = Marker.EXCEPT if isinstance(op.node, ast.ExceptHandler) else Marker.DELETED
            self._made[key] = Definition(op.name, self.notes.unit, marker=marker)
        state[op.name] = frozenset({self._made[key]})

    def _bound(self, op: Bind, state: State) -> Definition:
        """The binding that an operation makes, the same in each round."""
        key = (self.notes.unit, id(op))
        made = self._made.get(key)
        if made is None:
            imports = op.how is BindKind.IMPORT or isinstance(op.node, ast.Import | ast.ImportFrom)
            made = Definition(op.name, self.notes.unit, op, module=import_target(op) if imports else "")
            self._made[key] = made
            self.notes.by_name.setdefault(op.name, []).append(made)
        if op.value is None and op.how is not BindKind.AUGMENTED:
            return made
        shared = [op.name] if op.how is BindKind.AUGMENTED else []
        instance_of, draws, generates = made.instance_of, made.draws, made.generates
        if op.value is not None:
            shared += values.shared_roots(op.value, op.how, lambda node: full_name(node, state), self._classes)
            instance_of = instance_of or _instance(op.value, state)
            draws = draws or self.random.holds_random_estimator(op.value, state)
            generates = generates or self.random.is_generator(op.value, state)
        aliases = {d for name in shared for d in state.get(name, ()) if d.unit >= 0 and d is not made}
        if aliases or instance_of is not made.instance_of or draws or generates:
            learn(made, made.aliases | aliases, instance_of, draws=draws, generates=generates)
        return made

    def _repeats(self, op: Bind, state: State) -> bool:
        """Whether a name is given the literal once more that it has: by a `parameters` cell, or one that stays."""
        notes = self.notes
        node = notes.units[notes.unit].node
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or op.value is not node.value:
            return False
        earlier, *others = state.get(op.name, MISSING_SET)
        if others or earlier.unit < 0 or earlier.op is None or earlier.op.value is None:
            return False
        if notes.has_role(earlier.unit) and not notes.has_role(notes.unit):
            return values.same_immutable(op.value, earlier.op.value)
        return (
            earlier.unit != notes.unit
            and all(notes.cell_of(unit).roles == (Role.PARAMETERS,) for unit in (notes.unit, earlier.unit))
            and isinstance(values.literal(op.value)[1], bool | int | float | str | None)
            and values.literal(op.value)[0]
            and ast.dump(op.value) == ast.dump(earlier.op.value)
        )


def _instance(value: ast.expr, state: State) -> Function | None:
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
