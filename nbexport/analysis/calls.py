"""Calls: what the functions of the notebook do is counted where they are called, and so are changes in place.

    def grow(table):
        table.append(size)
    size = 1
    grow(rows)          reads `size` through `grow`, from the binding above, and changes `rows`

Which function a name or method stands for is asked of the bindings that may hold; what stays unknown is followed
nowhere. A function that calls itself is followed once.
"""

from __future__ import annotations

import ast

from nbexport.analysis import values
from nbexport.analysis.bindings import MISSING_SET, State
from nbexport.analysis.classes import callees, methods
from nbexport.analysis.lookups import Names
from nbexport.analysis.notes import Notes
from nbexport.analysis.randomness import RandomCalls
from nbexport.analysis.states import OpenState
from nbexport.names.kinds import BindKind, ChangeKind
from nbexport.names.nodes import root_name
from nbexport.names.operations import Bind, Call, Function, Iterate, Mutate, Read

_DEPTH = 1_000
"""Functions that call one another are followed so far: Python itself ends a run there."""


class Calls:
    """Follows calls and notes changes."""

    def __init__(self, notes: Notes, names: Names, random: RandomCalls) -> None:
        self.notes = notes
        self.names = names
        self.random = random
        self._following: list[Function] = []
        self._followed: set[int] = set()

    def run(self, op: Call, state: OpenState) -> None:
        """A call that a statement makes."""
        self._followed = set()
        self.names.conditions = op.conditions
        self._call(op, state)
        self.names.conditions = ()

    def mutate(self, op: Mutate, state: State) -> None:
        """Note what an operation changes in place."""
        if op.kind is ChangeKind.MODE:
            self.random.inferring = op.method == "eval"
        self.notes.change(id(op), op, state)

    def _call(self, op: Call, state: OpenState) -> None:
        notes = self.notes
        outer = notes.swallowing, notes.waiting
        notes.swallowing, notes.waiting = notes.swallowing or op.swallowed, notes.waiting or op.waits
        if not op.fresh:
            self.random.call(op, state)
        for function, owner in callees(op, state):
            self._follow(function, op.node, state, owner)
        notes.swallowing, notes.waiting = outer

    def _follow(
        self, function: Function, call: ast.Call | None, state: OpenState, owner: Function | None = None
    ) -> tuple[set[str], set[str]]:
        """Count what a function's body does to the notebook, here where it is called.

        Args:
            function: What is called.
            call: The call, where it is one that gives it arguments.
            state: What the names stand for.
            owner: For a method, the class of the object that it is called on.

        Returns:
            The parameters that it changes in place, and those whose train/eval mode it sets.
        """
        mutated, moded = set(function.mutated_params), set(function.mode_params)
        deep = len(self._following) >= _DEPTH
        if not deep and id(function) not in self._followed and function not in self._following:
            self._followed.add(id(function))
            self._following.append(function)
            for op in function.ops:
                if isinstance(op, Read):
                    self.names.look_up(op, state, function)
                elif isinstance(op, Bind) and op.how is not BindKind.STAR:
                    self.names.bind(op, state)
                elif isinstance(op, Mutate):
                    self.mutate(op, state)
                elif isinstance(op, Iterate):
                    self.random.iterate(state.get(op.name, MISSING_SET), op.node)
                elif isinstance(op, Call):
                    self._call(op, state)
                    self._pass_on(op, function, state, mutated, moded)
            if owner is not None:
                for name in sorted(function.own_calls):
                    for method, _ in methods(owner, name, state):
                        self._follow(method, None, state, owner)
            self._following.pop()
        if call is not None:
            for parameter, argument in values.bind_arguments(function, call):
                root = root_name(argument)
                if root is None:
                    continue
                if parameter in function.iterated_params:
                    self.random.iterate(state.get(root.id, frozenset()), call)
                if parameter in function.called_params:
                    self.random.inferring = False
                    self.random.forward(root.id, call, state)
                if (parameter in mutated or parameter in moded) and root.id in state:
                    kind = ChangeKind.ARGUMENT if parameter in mutated else ChangeKind.MODE
                    words = f"passes it to `{function.name}()`, which changes it"
                    self.notes.change((id(call), parameter), Mutate(root.id, call, kind, words), state)
        return mutated, moded

    def _pass_on(self, op: Call, function: Function, state: OpenState, mutated: set[str], moded: set[str]) -> None:
        """A parameter handed on to a function that changes it is changed."""
        for callee, owner in callees(op, state):
            if callee in self._following:
                continue
            inner_mutated, inner_moded = self._follow(callee, None, state, owner)
            for parameter, argument in values.bind_arguments(callee, op.node):
                root = root_name(argument)
                if root is not None and root.id in function.params:
                    if parameter in inner_mutated:
                        mutated.add(root.id)
                    if parameter in inner_moded:
                        moded.add(root.id)
