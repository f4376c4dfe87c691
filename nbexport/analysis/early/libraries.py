"""Calls of libraries: some run the functions that they are given, some read iterators, some keep both."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from nbexport.analysis.early.objects import Objects
from nbexport.analysis.early.stand_ins import (
    NOTHING,
    Func,
    Holder,
    Instance,
    Items,
    Lazy,
    Scope,
    StandIn,
    Values,
)
from nbexport.names import timing

_SAME = frozenset({"list", "tuple", "sorted", "reversed", "set", "enumerate", "zip", "iter", "deque", "next"})
"""Calls whose result has the items of their arguments."""
_HOLDING: Mapping[str, frozenset[str]] = {
    "Thread": frozenset({"start", "run"}),
    "FunctionTransformer": frozenset({"transform", "fit_transform"}),
    **dict.fromkeys(
        ("Pipeline", "make_pipeline", "ColumnTransformer", "make_column_transformer", "FeatureUnion", "GridSearchCV"),
        frozenset({"fit", "transform", "fit_transform", "predict", "fit_predict", "score"}),
    ),
}
"""Classes of libraries that run what they are given in these methods."""
_KEEPING = frozenset(
    """compile delayed udf pandas_udf checkpoint wrap wrap_model function remote task tool on event_handler mpl_connect
    flatMap mapPartitions mapValues keyBy reduceByKey aggregateByKey foldByKey sortBy groupBy foreach py_function
    jacobian hessian jacfwd jacrev pmap custom_vjp custom_jvp update_wrapper getsource signature getdoc help dis dumps
    dump save isfunction ismethod issubclass hasattr getattr vars dir copy deepcopy str assertRaises raises
    run_docstring_examples apply_async map_async starmap_async run_in_executor call_soon call_later spawn parametrize
    lambdify Lambda""".split()
)
"""Calls that keep functions or only look at them, beside those that `timing` knows."""
_ABOVE = {"__call__": "forward", "fit_transform": "fit", "start": "run"}
"""Methods of libraries' classes that run another one of the notebook's class."""
_SHOWING = {"str": "__str__ __repr__", "repr": "__repr__", "print": "__str__ __repr__", "format": "__format__ __str__"}
_ASKING = {"len": "__len__", "bool": "__bool__ __len__", "hash": "__hash__", "abs": "__abs__", "int": "__int__"}
_ASKING |= {"float": "__float__", "iter": "__iter__", "next": "__next__", "round": "__round__", **_SHOWING}


class Libraries(Objects):
    """Calls what nothing of the notebook stands for."""

    def _library(
        self, node: ast.Call, arguments: list[Values], keywords: Mapping[str, Values], scope: Scope | None
    ) -> Values:
        """A call of something without a stand-in: some run functions that they are given, some read iterators."""
        name = timing.callee_name(node)
        given = [*arguments, *keywords.values()]
        if isinstance(node.func, ast.Attribute):
            for value in self.evaluate_quietly(node.func.value, scope):
                results = self._method(value, name, given)
                if results is not None:
                    return results
        if not any(given):
            return NOTHING
        functions = frozenset().union(*given)
        if name == "partial" and arguments and arguments[0]:
            return frozenset(
                Func(one.node, one.around, one.owner, one.me, (*one.given, *arguments[1:]))
                for one in arguments[0]
                if isinstance(one, Func)
            )
        if name in _HOLDING:
            inside = frozenset().union(*map(self._flat, given))
            return frozenset({Holder(_HOLDING[name], inside)})
        if isinstance(node.func, ast.Name) and name in _ASKING:
            for value in functions:
                self.ask(value, _ASKING[name])
        if name in _SAME and isinstance(node.func, ast.Name):
            for value in functions:
                if isinstance(value, Func):
                    self.call_function(value, (), {})
            results = frozenset().union(*map(self.elements, arguments))
            return (results if name == "next" else frozenset({Items(rest=set(results))})) if results else NOTHING
        if name == "map" and isinstance(node.func, ast.Name):
            return frozenset({Lazy(lambda: self._each(arguments))})
        if timing.waits(node):
            return frozenset({value for value in functions if isinstance(value, Lazy | Items)})
        if timing.consumes(node):
            for value in functions:
                if isinstance(value, Lazy | Instance) and (isinstance(value, Lazy) or name in ("sum", "max", "min")):
                    self.elements(frozenset({value}))
        if not timing.keeps(node) and name not in _KEEPING:
            for value in functions:
                if isinstance(value, Func):
                    self.call_function(value, (), {})
        return NOTHING

    def _each(self, arguments: list[Values]) -> Values:
        results: set[StandIn] = set()
        given = [self.elements(values) for values in arguments[1:]]
        for value in arguments[0] if arguments else ():
            results |= self.call(value, given, {})
        return frozenset(results)

    def _method(self, value: StandIn, name: str, given: list[Values]) -> Values | None:
        """A method of what stands for something, which no class of the notebook has; None for an unknown one."""
        if isinstance(value, Items):
            if name in ("values", "items", "copy"):
                return frozenset({value})
            if name in ("get", "pop"):
                return value.any()
            if name in ("append", "add", "extend", "insert", "appendleft"):
                for values in given:
                    value.rest |= self.elements(values) if name == "extend" else values
                return NOTHING
        if isinstance(value, Holder):
            if name in value.methods:
                for inner in value.inside:
                    if isinstance(inner, Func):
                        self.call_function(inner, (), {})
                    elif isinstance(inner, Instance):
                        for method in ("fit", "transform", "predict"):
                            self.ask(inner, method)
            return frozenset({value})
        if isinstance(value, Lazy) and name in ("__next__", "send"):
            return self.read(value)
        if isinstance(value, Instance) and name in ("fit_transform", "start", "fit_predict"):
            for method in {"start": ("run",), "fit_transform": ("fit", "transform")}.get(name, ("fit", "predict")):
                self.ask(value, method)
            return NOTHING
        return None

    def _flat(self, values: Values) -> Values:
        """The functions and instances in something, through containers and holders."""
        leaves: set[StandIn] = set()
        for value in values:
            if isinstance(value, Items):
                leaves |= self._flat(value.all())
            elif isinstance(value, Holder):
                leaves |= value.inside
            else:
                leaves.add(value)
        return frozenset(leaves)

    def evaluate_quietly(self, node: ast.expr, scope: Scope | None) -> Values:
        """What stands for an expression that has run already."""
        if isinstance(node, ast.Name):
            return self.name(node.id, scope)
        self.quiet += 1
        values = self.evaluate(node, scope)
        self.quiet -= 1
        return values
