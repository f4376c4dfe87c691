"""Objects: what a name stands for, what an object gives under a name, and what a call of it gives."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from nbexport.analysis.early.stand_ins import (
    NOTHING,
    Above,
    Class,
    Func,
    Instance,
    Items,
    Lazy,
    Scope,
    StandIn,
    Values,
    attribute_of,
    bound_names,
    generates,
    method_of,
)

_MAX_RUNS = 2_000
"""So many bodies are run in one notebook."""
_MAX_DEPTH = 12
"""So many functions within one another are run."""


class Objects(ABC):
    """What is known while statements run; what runs expressions and statements is added in the modules above."""

    def __init__(self, wanted: Iterable[int]) -> None:
        self.wanted = frozenset(wanted)
        self.found: dict[int, int] = {}
        """Identity of a name → the statement in which a function first read it."""
        self.unit = 0
        self.quiet = 0
        """How many handlers around what runs pass over a missing name."""
        self.globals: dict[str, Values] = {}
        self._running: list[tuple[int, StandIn | None]] = []
        self._runs = 0
        self._classes: list[Class] = []

    @abstractmethod
    def evaluate(self, node: ast.expr | None, scope: Scope | None) -> Values:
        """What stands for the value of an expression."""

    @abstractmethod
    def body(self, statements: Iterable[ast.stmt], scope: Scope | None) -> None:
        """Run statements."""

    def name(self, name: str, scope: Scope | None) -> Values:
        """What a name stands for."""
        while scope is not None:
            if name in scope.locals:
                return scope.values.get(name, NOTHING)
            scope = scope.around
        return self.globals.get(name, NOTHING)

    def bind(self, name: str, values: Values, scope: Scope | None) -> None:
        """Give a name a value."""
        while scope is not None:
            if name in scope.locals:
                scope.values[name] = values
                return
            scope = scope.around
        self.globals[name] = values

    def elements(self, values: Values) -> Values:
        """What stands for the elements of something that is iterated here."""
        items: set[StandIn] = set()
        for value in values:
            if isinstance(value, Items):
                items |= value.all()
            elif isinstance(value, Lazy):
                items |= self.read(value)
            elif isinstance(value, Instance):
                iterator = self.ask(value, "__iter__")
                items |= self.elements(iterator - {value})
                for inner in iterator:
                    items |= self.ask(inner, "__next__")
                if not iterator:
                    items |= self.ask(value, "__getitem__")
        return frozenset(items)

    def read(self, lazy: Lazy) -> Values:
        """What an iterator gives, which runs it."""
        if lazy.results is None:
            lazy.results = NOTHING
            lazy.results = lazy.run()
        return lazy.results

    def attribute(self, value: StandIn, name: str) -> Values:
        """What an object gives under a name; a property runs."""
        if isinstance(value, Instance) and name in value.attributes:
            return frozenset(value.attributes[name])
        owners: tuple[Class, ...] = ()
        if isinstance(value, Instance):
            owners = (value.made_by,)
        elif isinstance(value, Above):
            owners = tuple(base for bases in value.below.bases for base in bases if isinstance(base, Class))
        elif isinstance(value, Class):
            owners = (value,)
        pair = next((made for owner in owners if (made := method_of(owner, name)) is not None), None)
        if pair is None:
            return frozenset().union(*(attribute_of(owner, name) for owner in owners))
        method, home = pair
        marks = decorators(method.node)
        if "staticmethod" in marks or (isinstance(value, Class) and "classmethod" not in marks):
            return frozenset({method})
        bound = Func(method.node, method.around, home, value.me if isinstance(value, Above) else value)
        if any(mark == "property" or mark.endswith("_property") for mark in marks):
            return self.call_function(bound, (), {})
        return frozenset({bound})

    def ask(self, value: StandIn, names: str) -> Values:
        """What the first method of these gives that an instance's class has."""
        if isinstance(value, Instance):
            for name in names.split():
                method = method_of(value.made_by, name)
                if method is not None:
                    return self.call_function(Func(method[0].node, method[0].around, method[1], value), (), {})
        return NOTHING

    def call(self, value: StandIn, arguments: list[Values], keywords: Mapping[str, Values]) -> Values:
        """What a call of something gives."""
        if isinstance(value, Func):
            return self.call_function(value, tuple(arguments), keywords)
        if isinstance(value, Class):
            return self._make(value, tuple(arguments), keywords)
        if isinstance(value, Instance):
            method = method_of(value.made_by, "__call__") or method_of(value.made_by, "forward")
            if method is not None:
                bound = Func(method[0].node, method[0].around, method[1], value)
                return self.call_function(bound, tuple(arguments), keywords)
        return NOTHING

    def _make(self, made_by: Class, arguments: tuple[Values, ...], keywords: Mapping[str, Values]) -> Values:
        instance = Instance(made_by)
        constructor = method_of(made_by, "__init__")
        if constructor is not None:
            bound = Func(constructor[0].node, constructor[0].around, constructor[1], instance)
            self.call_function(bound, arguments, keywords)
        else:
            parts = [part.target for part in made_by.node.body if isinstance(part, ast.AnnAssign)]
            fields = [part.id for part in parts if isinstance(part, ast.Name)]
            for name, value in [*zip(fields, arguments, strict=False), *keywords.items()]:
                instance.attributes.setdefault(name, set()).update(value)
            self.ask(instance, "__post_init__")
        return frozenset({instance})

    def call_function(self, function: Func, arguments: tuple[Values, ...], keywords: Mapping[str, Values]) -> Values:
        """What a function of the notebook gives; its body runs, unless it is running already."""
        node = function.node
        if generates(node):
            return frozenset({Lazy(lambda: self._run(function, arguments, keywords))})
        return self._run(function, arguments, keywords)

    def _run(self, function: Func, arguments: tuple[Values, ...], keywords: Mapping[str, Values]) -> Values:
        node, key = function.node, (id(function.node), function.me)
        if key in self._running or len(self._running) >= _MAX_DEPTH or self._runs >= _MAX_RUNS:
            return NOTHING
        self._runs += 1
        scope = Scope(bound_names(node), around=function.around)
        given = (*function.given, *arguments)
        if function.me is not None and "staticmethod" not in decorators(node):
            given = (frozenset({function.me}), *given)
            if function.owner is not None:
                scope.values["__class__"] = frozenset({function.owner})
                scope.values["__self__"] = frozenset({function.me})
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        scope.values.update(zip(names, given, strict=False))
        scope.values.update({name: value for name, value in keywords.items() if name in scope.locals})
        if node.args.vararg is not None and len(given) > len(names):
            rest = frozenset().union(*given[len(names) :])
            scope.values[node.args.vararg.arg] = frozenset({Items(rest=set(rest))}) if rest else NOTHING
        self._running.append(key)
        if isinstance(node, ast.Lambda):
            scope.returned |= self.evaluate(node.body, scope)
        else:
            self.body(node.body, scope)
        self._running.pop()
        return frozenset(scope.returned)


def decorators(node: ast.AST) -> frozenset[str]:
    """The last parts of a function's decorators."""
    functions = (one.func if isinstance(one, ast.Call) else one for one in getattr(node, "decorator_list", ()))
    return frozenset(one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in functions)
