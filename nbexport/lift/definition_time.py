"""What running a `def` or `class` does besides binding its name, and whether it may then run before every stage.

    STEPS = {}                              a constant
    def step(name):                         running it does nothing
        def keep(f): STEPS[name] = f; return f
        return keep
    @step("clean")
    def clean(rows): …                      running it puts something into `STEPS`

A definition at module level is run when the module is imported, before the first stage. That is the same as long as no
stage above it in the notebook looks at what it changes. And one that reads the world outside (a file, the environment,
the clock) finds there what the stages and settings above it have left.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cached_property

from nbexport.analysis.bindings import Definition
from nbexport.lift.layout import Layout
from nbexport.names.nodes import is_definition, root_name
from nbexport.names.operations import Function, Mutate, Read
from nbexport.names.world import reads_world

_HOOKS = frozenset({"__init_subclass__", "__set_name__", "__new__", "__init__", "__prepare__", "__class_getitem__"})
"""Methods of a base or a metaclass that run when a class is made."""


class DefinitionTime:
    """What the definitions of a notebook do where they stand."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def must_stay(self, unit: int, needs: dict[str, tuple[str, ...]], module_level: AbstractSet[int]) -> bool:
        """Whether a definition must run where it stands, among the stages.

        Args:
            unit: The statement.
            needs: Definition → names of stages that it must be given.
            module_level: The statements that are taken to stand at module level.
        """
        analysis = self.layout.analysis
        statement = analysis.units[unit]
        for op in statement.simple_ops:
            # nobody hands a stage's values to a call that runs when the module is imported
            if isinstance(op, Read) and needs.get(op.name) and self.layout.definitions.get(op.name) != unit:
                return True
        touched = self.touched(unit)
        for definition in touched:
            at_home = self.layout.at_module_level(definition) or definition.unit in module_level
            if not at_home or any(user < unit and user not in module_level for user in self._users(definition)):
                return True
        if any(reads_world(part, lambda node: analysis.full_name(unit, node)) for part in run_nodes(statement.node)):
            return any(other < unit and other not in module_level for other in self._stages)
        return False

    def touched(self, unit: int) -> frozenset[Definition]:
        """The bindings whose objects a definition changes when it is run: by its decorators, bases, defaults, body."""
        changed = set(self._changes.get(unit, ()))
        state = self.layout.analysis.before[unit]
        node = self.layout.analysis.units[unit].node
        if not is_definition(node):
            return frozenset(changed)
        for name in self._changed_by_decorators(unit, node):
            changed.update(state.get(name, ()))
        for name in self._changed_by_bases(unit, node):
            changed.update(state.get(name, ()))
        return frozenset(d for d in changed if d.unit >= 0 and d.unit in self.layout.analysis.lifted)

    def _changed_by_decorators(self, unit: int, node: ast.stmt) -> Iterator[str]:
        state = self.layout.analysis.before[unit]
        for decorator in getattr(node, "decorator_list", ()):
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            root = root_name(target)
            if root is None or any(definition.module for definition in state.get(root.id, ())):
                continue
            if isinstance(target, ast.Attribute):
                # `@show.register`: whatever the notebook's own object does with it
                yield root.id
            else:
                for definition in state.get(root.id, ()):
                    if definition.function is not None:
                        yield from _changed_names(definition.function)

    def _changed_by_bases(self, unit: int, node: ast.stmt) -> Iterator[str]:
        state = self.layout.analysis.before[unit]
        waiting = [*getattr(node, "bases", ()), *(keyword.value for keyword in getattr(node, "keywords", ()))]
        seen: set[int] = set()
        while waiting:
            base = waiting.pop()
            for definition in state.get(base.id, ()) if isinstance(base, ast.Name) else ():
                function = definition.function
                if function is None or not isinstance(function.node, ast.ClassDef) or id(function) in seen:
                    continue
                seen.add(id(function))
                waiting += function.node.bases
                for method in function.methods:
                    if method.name in _HOOKS:
                        yield from _changed_names(method)

    @cached_property
    def _stages(self) -> AbstractSet[int]:
        """Lifted statements that may do something to the world: all but parameters and seeds."""
        layout = self.layout
        seeds = {event.unit for event in layout.analysis.randomness if event.unit in layout.analysis.configuring}
        return layout.analysis.lifted - layout.dropped - seeds - set(layout.parameters.values())

    @cached_property
    def _changes(self) -> dict[int, set[Definition]]:
        changes: dict[int, set[Definition]] = {}
        for change in self.layout.analysis.changes:
            if not change.mode_only:
                changes.setdefault(change.unit, set()).update(change.definitions)
        return changes

    def _users(self, definition: Definition) -> AbstractSet[int]:
        return self._uses.get(definition, frozenset())

    @cached_property
    def _uses(self) -> dict[Definition, set[int]]:
        """Binding → the lifted statements that look it up, themselves or through what they call."""
        analysis = self.layout.analysis
        users: dict[Definition, set[int]] = {}
        for use in analysis.uses:
            if use.unit in analysis.lifted and use.unit not in self.layout.dropped:
                for definition in use.definitions:
                    users.setdefault(definition, set()).add(use.unit)
        return users


def _changed_names(function: Function) -> Iterator[str]:
    return (op.name for op in function.all_ops() if isinstance(op, Mutate))


def run_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a definition that are evaluated where it stands: all but the bodies of functions."""
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*part.decorator_list, *part.args.defaults, *filter(None, part.args.kw_defaults)]
        elif isinstance(part, ast.Lambda):
            waiting += [*part.args.defaults, *filter(None, part.args.kw_defaults)]
        else:
            yield part
            waiting += ast.iter_child_nodes(part)
