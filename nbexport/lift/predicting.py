"""The `predict` cell → the function that a service can call, and the notebook's example calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nbexport.analysis.lifted import is_example
from nbexport.lift.layout import Layout
from nbexport.model import Role
from nbexport.record import record


@record(eq=False)
class Served:
    """The `predict` that stands by itself."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    cell: int
    docstring: str

    @property
    def arguments(self) -> list[ast.arg]:
        """The arguments that have a name of their own, in order."""
        return [*self.node.args.posonlyargs, *self.node.args.args, *self.node.args.kwonlyargs]

    @property
    def defaults(self) -> Iterator[tuple[ast.arg, ast.expr | None]]:
        """Each argument with its default, None where it has none."""
        positional = len(self.node.args.posonlyargs) + len(self.node.args.args)
        without = [None] * (positional - len(self.node.args.defaults))
        return zip(self.arguments, [*without, *self.node.args.defaults, *self.node.args.kw_defaults], strict=True)


def predict(layout: Layout) -> Served | None:
    """The `predict` function, or None when no `predict` cell defines one at module level."""
    analysis = layout.analysis
    unit = layout.definitions.get("predict")
    if not any(Role.PREDICT in cell.roles for cell in analysis.notebook.cells):
        return None
    node = analysis.units[unit].node if unit is not None else None
    if unit is None or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        _refuse_inner(layout)
        return None
    return Served(node, analysis.units[unit].cell, _docstring(node))


def _refuse_inner(layout: Layout) -> None:
    """Say why a `predict` that needs a stage's values where it is defined cannot be called from outside."""
    analysis = layout.analysis
    refused = len(layout.problems)
    last = served = None
    for unit in layout.code:
        node = analysis.units[unit].node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "predict":
            last = unit
            served = unit if Role.PREDICT in analysis.roles_of(unit) else served
            defaults = [*node.args.defaults, *[default for default in node.args.kw_defaults if default is not None]]
            for values, what, hint in (
                (
                    defaults,
                    "as a default",
                    "give the argument a literal default, and read the value inside of `predict`",
                ),
                (node.decorator_list, "as a decorator", "define `predict` without it, or call it inside of `predict`"),
            ):
                read = {part.id for value in values for part in ast.walk(value) if isinstance(part, ast.Name)}
                for name in sorted(name for name in read if layout.lifted(name)):
                    layout.refuse(
                        f"`predict` needs `{name}` {what}, so it cannot stand outside of the run that binds it",
                        hint,
                        unit,
                        name,
                    )
    if last != served and last is not None and served is not None:
        layout.refuse(
            f"`predict` is another function from here on than the one tagged `predict` in cell "
            f"{analysis.units[served].cell}, which is to be served",
            "rename this helper, for instance to `predict_rows`, where it is defined and called",
            last,
            "predict",
        )
    elif last is not None and len(layout.problems) == refused:
        layout.refuse(
            "`predict` cannot stand outside of the run: where it is defined, something is called, drawn or changed",
            "define `predict` by a plain `def` at the top level of its cell, without a decorator or computed defaults",
            last,
            "predict",
        )


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The docstring without its indentation; `ast` would import `inspect` to remove it."""
    from textwrap import dedent

    first, _, rest = (ast.get_docstring(node, clean=False) or "").expandtabs().partition("\n")
    return f"{first.strip()}\n{dedent(rest)}".strip()


def example_calls(layout: Layout) -> Iterator[tuple[int, ast.Call]]:
    """(statement, call) of each example: a call of `predict` whose arguments are names of the notebook or literals."""
    analysis = layout.analysis
    for unit, statement in enumerate(analysis.units):
        if Role.PREDICT not in analysis.roles_of(unit) or not is_example(
            statement, analysis.uses_by_unit.get(unit, ())
        ):
            continue
        for part in ast.walk(statement.node):
            if not (isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "predict"):
                continue
            arguments = [*part.args, *[keyword.value for keyword in part.keywords]]
            if any(isinstance(argument, ast.Starred) for argument in arguments):
                continue
            if any(keyword.arg is None for keyword in part.keywords) or _asks_again(arguments):
                continue
            own = _own_names(part)
            if not own & (analysis.definitions.keys() | _bound_around(part, statement.node)):
                yield from _expanded(unit, part, own, statement.node)


def _asks_again(arguments: Iterable[ast.expr]) -> bool:
    """Whether an argument is made by `predict`, which answers only where a bundle is loaded."""
    parts = (part for argument in arguments for part in ast.walk(argument))
    return any(isinstance(part, ast.Name) and part.id == "predict" for part in parts)


def _own_names(call: ast.Call) -> set[str]:
    """The names that comprehensions among the arguments bind and keep to themselves: `{k: 0.5 for k in "ab"}`."""
    targets = [part.target for part in ast.walk(call) if isinstance(part, ast.comprehension)]
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def _bound_around(call: ast.Call, statement: ast.stmt) -> set[str]:
    inside = set(ast.walk(call))
    return {
        part.id
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part not in inside
    }


def _expanded(unit: int, call: ast.Call, own: set[str], statement: ast.stmt) -> Iterator[tuple[int, ast.Call]]:
    loops = {
        part.target.id: part.iter
        for part in ast.walk(statement)
        if isinstance(part, ast.For | ast.comprehension) and isinstance(part.target, ast.Name)
    }
    names = [part for part in ast.walk(statement) if isinstance(part, ast.Name)]
    bound = {part.id for part in names if isinstance(part.ctx, ast.Store)} - own
    read = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)} - own
    inside = read & loops.keys()
    if not inside:
        if not (read & bound):
            yield unit, call
        return
    if len(inside) > 1 or (read & bound) - inside:
        return
    name = inside.pop()
    iterated = loops[name]
    if isinstance(iterated, ast.List | ast.Tuple):
        from copy import deepcopy  # few notebooks loop over examples, and it brings `weakref` along

        for element in iterated.elts:
            yield unit, _Replace(name, element).visit(deepcopy(call))


class _Replace(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.expr) -> None:
        self.name = name
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.value if node.id == self.name else node
