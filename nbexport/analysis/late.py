"""When a lambda or generator first runs that was made before a name which it reads was bound.

    table = {"show": lambda v: render(v)}       reads `render` when somebody calls it
    shown = table["show"]                       holds it too
    shown(1)                                    calls it: `render` does not exist yet
    def render(v): ...

What holds it is followed from statement to statement, until the name is bound. A call that an attribute hides
(`button.click()`) is not taken for one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nbexport.analysis.bindings import Use, sharing
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.values import bind_arguments
from nbexport.names import timing
from nbexport.names.nodes import nodes_of
from nbexport.names.operations import Bind, Unit, flatten

_HANDING_ON = frozenset({"get", "pop", "values", "items", "copy", "setdefault", "popitem", "popleft"})
"""Methods that give what an object holds."""
Parents = Mapping[int, ast.AST]


def runs_too_early(analysis: Analysis, use: Use) -> bool:
    """Whether what reads a name that is only bound below is run before that, as far as the code shows it."""
    made = analysis.units[use.unit]
    inner = _around(made, use.node)
    if inner is None:
        return False
    holders = {
        definition
        for op in flatten(made.ops)
        if isinstance(op, Bind)
        for definition in analysis.definitions.get(op.name, ())
        if definition.op is op
    }
    default = any(
        isinstance(part, ast.Call) and timing.callee_name(part) == "defaultdict" and part.args and part.args[0] is inner
        for part in made.nodes
    )
    bound = min(definition.unit for definition in use.definitions)
    for unit in range(use.unit, min(bound, len(analysis.units) - 1) + 1):
        reads = [
            other
            for other in analysis.uses_by_unit.get(unit, ())
            if other.function is None and not other.late and not holders.isdisjoint(sharing(other.definitions))
        ]
        if not reads:
            continue
        statement = analysis.units[unit]
        if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        parents = {id(child): parent for parent in statement.nodes for child in ast.iter_child_nodes(parent)}
        direct = isinstance(inner, ast.GeneratorExp)
        if any(_runs(other.node, parents, default=default, iterator=direct) for other in reads):
            return True
    return False


def is_kept(analysis: Analysis, use: Use) -> bool:
    """Whether a lambda that reads a name is given to a function of the notebook that does not call it itself.

    `fib = memo(lambda n: fib(n - 1))`, where `memo` gives a function that calls it, is sound.
    """
    unit = analysis.units[use.unit]
    inner = _around(unit, use.node) if use.deferred else None
    if inner is None:
        return False
    for call in unit.nodes:
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if inner not in call.args and all(keyword.value is not inner for keyword in call.keywords):
            continue
        definitions = analysis.before[use.unit].get(call.func.id, frozenset())
        functions = [definition.function for definition in definitions if definition.function is not None]
        return bool(functions) and all(
            isinstance(function.node, ast.FunctionDef)
            and not any(
                argument is inner and _calls(function.node.body, parameter)
                for parameter, argument in bind_arguments(function, call)
            )
            for function in functions
        )
    return False


def _calls(body: list[ast.stmt], name: str) -> bool:
    """Whether statements call a name, or hand it on to a call, outside of the functions in them."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == name:
                return True
            given = (*node.args, *(keyword.value for keyword in node.keywords))
            if not timing.keeps(node) and any(isinstance(part, ast.Name) and part.id == name for part in given):
                return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _around(unit: Unit, node: ast.AST) -> ast.Lambda | ast.GeneratorExp | None:
    """The lambda or generator of a statement that a name stands in, the outermost one."""
    for part in unit.nodes:
        if isinstance(part, ast.Lambda | ast.GeneratorExp) and any(inner is node for inner in nodes_of(part)):
            return part
    return None


def _runs(node: ast.AST, parents: Parents, *, default: bool, iterator: bool) -> bool:
    """Whether a statement runs what a name in it holds.

    Args:
        node: The name.
        parents: For each node of the statement, by identity, the one around it.
        default: Whether a look-up by key runs it.
        iterator: Whether reading it runs it.
    """
    itself = True
    for inner, outer in _outwards(node, parents):
        if isinstance(outer, ast.keyword):
            continue
        if isinstance(outer, ast.Attribute) and outer.attr not in _HANDING_ON:
            return False
        if isinstance(outer, ast.Call) and inner is not outer.func:
            return itself and (timing.consumes(outer) if iterator else not timing.keeps(outer))
        if isinstance(outer, ast.Call) and not isinstance(outer.func, ast.Attribute):
            return not iterator
        if isinstance(outer, ast.Subscript) and default and itself:
            return True
        if isinstance(outer, ast.For | ast.comprehension) and inner is outer.iter:
            return iterator
        if isinstance(outer, ast.Starred | ast.YieldFrom):
            return iterator
        if isinstance(outer, ast.Compare) and inner in outer.comparators:
            return iterator
        if not isinstance(outer, ast.Attribute | ast.Subscript | ast.Call | ast.IfExp | ast.BoolOp):
            return False
        itself = False
    return False


def _outwards(node: ast.AST, parents: Parents) -> Iterator[tuple[ast.AST, ast.AST]]:
    """(inner, outer) for each node around a node."""
    while (outer := parents.get(id(node))) is not None:
        yield node, outer
        node = outer
