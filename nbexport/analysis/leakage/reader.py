"""Statements and expressions, read in order for the rows that they hold."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from nbexport.analysis.bindings import State, state_names
from nbexport.analysis.leakage import Leak, LeakKind, star_modules, tables
from nbexport.analysis.leakage.calls import Calls
from nbexport.analysis.leakage.values import NOTHING, Value, fresh, part_of, together
from nbexport.analysis.notebook import Analysis

Names = dict[str, Value]
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_SUPPLIED = {"sklearn": tables.STARRED - tables.OVERSAMPLING, "imblearn": tables.OVERSAMPLING | {"RandomUnderSampler"}}
"""What star imports of a library supply."""


class Reader(Calls):
    """Reads a notebook once."""

    def __init__(self, analysis: Analysis) -> None:
        super().__init__()
        self.analysis = analysis
        self.env: Names = {}
        self.starred = {module.partition(".")[0]: module for module in star_modules(analysis) if "." in module}
        """Library → a module of it of which all names are imported, those of transformers and models among them."""
        self.name_of: Callable[[ast.expr], str | None] = lambda node: None
        self.readers: dict[type[ast.expr], Callable[[Any], Value]] = {
            ast.Name: self.name,
            ast.Constant: self.constant,
            ast.Call: self.call,
            ast.Attribute: self.attribute,
            ast.Subscript: self.subscript,
            ast.NamedExpr: self.walrus,
            ast.Lambda: self.later,
            **dict.fromkeys((ast.List, ast.Tuple), self.sequence),
            **dict.fromkeys((ast.ListComp, ast.GeneratorExp, ast.SetComp), self.comprehension),
            **dict.fromkeys((ast.Await, ast.Starred), self.inside),
            **dict.fromkeys((ast.BinOp, ast.UnaryOp, ast.IfExp), self.operands),
        }

    def leaks(self) -> Iterator[Leak]:
        """Every leak, each once."""
        for index, unit in enumerate(self.analysis.units):
            self.unit = index
            self.name_of = self.names_in(self.analysis.before[index])
            self.statement(unit.node)
        seen: set[tuple[LeakKind, int]] = set()
        for leak in self.found:
            if (leak.kind, id(leak.node)) not in seen:
                seen.add((leak.kind, id(leak.node)))
                yield leak

    def names_in(self, state: State) -> Callable[[ast.expr], str | None]:
        """Resolves dotted expressions through the imports of a state, those of all names included."""
        known = state_names(state)
        supplied = {name: full for library, full in self.starred.items() for name in _SUPPLIED.get(library, ())}
        if not supplied:
            return known

        def name_of(node: ast.expr) -> str | None:
            full = known(node)
            if full is None and isinstance(node, ast.Name) and node.id in supplied and node.id not in state:
                return f"{supplied[node.id]}.{node.id}"
            return full

        return name_of

    # ------------------------------------------------------------------ statements

    def statement(self, node: ast.stmt) -> None:
        """Read one statement."""
        if isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets:
                self.bind(target, value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self.bind(node.target, self.value(node.value))
        elif isinstance(node, ast.AugAssign):
            both = together([self.value(node.target), self.value(node.value)])
            self.bind(node.target, both)
        elif isinstance(node, _FUNCTION):
            self.function(node)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, _FUNCTION):
                    self.function(inner)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                    self.drop(target.value.id, self.value(target.slice).texts)
        else:
            self.compound(node)

    def compound(self, node: ast.stmt) -> None:
        """Read what is inside a statement, one block after the other."""
        if isinstance(node, ast.For | ast.AsyncFor):
            self.value(node.iter)
            self.bind(node.target, NOTHING)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self.value(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, NOTHING)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.value(child)
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            for inner in getattr(node, name, ()):
                if isinstance(inner, ast.stmt):
                    self.statement(inner)
                else:
                    for statement in inner.body:
                        self.statement(statement)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Read a function's body by itself: nothing is known about its arguments."""
        rows = self.analysis.units[self.unit].lines[node.lineno - 1 : node.end_lineno]
        if not any("fit" in row or "split" in row for row in rows):
            return
        outer, names = self.env, self.name_of
        self.env = dict(outer)
        self.name_of = self.names_in(self.analysis.final)
        arguments = node.args
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            self.env[argument.arg] = fresh()
        for statement in node.body:
            self.statement(statement)
        self.env, self.name_of = outer, names

    def bind(self, target: ast.expr, value: Value) -> None:
        """Give a target its value."""
        if isinstance(target, ast.Name):
            known = value.rows or value.estimator or value.texts or value.parts or value.learned
            self.env[target.id] = value if known else fresh()
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.parts if len(value.parts) == len(target.elts) else ()
            for position, element in enumerate(target.elts):
                self.bind(element, parts[position] if parts else NOTHING)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, NOTHING)
        elif isinstance(target, ast.Subscript):
            self.store(target, value)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            self.forget_columns(target.value)

    def store(self, target: ast.Subscript, value: Value) -> None:
        """Columns or rows of a table are set."""
        base = target.value
        while isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc"):
            base = base.value
        if not isinstance(base, ast.Name):
            return
        held = self.env.get(base.id)
        if held is not None and held.texts is not None:
            self.forget_columns(base)
        elif held is not None and held.rows:
            back = frozenset(self.value(target.slice).texts or ())
            self.update(base.id, held._replace(learned=held.learned | value.learned, dropped=held.dropped - back))

    def drop(self, name: str, columns: tuple[str, ...] | None) -> None:
        """A table loses columns, or some that are not known."""
        held = self.env.get(name)
        if held is not None:
            known = held._replace(dropped=held.dropped | frozenset(columns)) if columns is not None else None
            self.update(name, known or held._replace(table=None, texts=None))

    def forget_columns(self, node: ast.expr) -> None:
        """Something may have changed the columns of a table, or a list of columns."""
        if isinstance(node, ast.Name) and node.id in self.env:
            self.update(node.id, self.env[node.id]._replace(table=None, texts=None))

    def update(self, name: str, value: Value) -> None:
        """An object has changed, under every name that it has."""
        held = self.env[name]
        for other, same in list(self.env.items()):
            if same is held:
                self.env[other] = value

    # ------------------------------------------------------------------ expressions

    def value(self, node: ast.expr) -> Value:
        """What an expression stands for."""
        read = self.readers.get(type(node))
        if read is not None:
            return read(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return NOTHING

    def name(self, node: ast.Name) -> Value:
        """What a name was given last."""
        return self.env.get(node.id, NOTHING)

    def constant(self, node: ast.Constant) -> Value:
        """The text of a literal string."""
        return Value(texts=(node.value,)) if isinstance(node.value, str) else NOTHING

    def inside(self, node: ast.Await | ast.Starred) -> Value:
        """What stands behind `await` or a star."""
        return self.value(node.value)

    def walrus(self, node: ast.NamedExpr) -> Value:
        """A value, and the name that it is given."""
        value = self.value(node.value)
        self.bind(node.target, value)
        return value

    def operands(self, node: ast.expr) -> Value:
        """Arithmetic goes row by row."""
        return together([self.value(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def later(self, node: ast.Lambda) -> Value:
        """What a lambda does is not known before it is called."""
        return NOTHING

    def sequence(self, node: ast.List | ast.Tuple) -> Value:
        """A list or tuple: its elements, and their texts where all are literal."""
        parts = tuple(self.value(element) for element in node.elts)
        texts = [part.texts[0] for part in parts if part.texts is not None and len(part.texts) == 1]
        whole = together(parts)
        return whole._replace(parts=parts, texts=tuple(texts) if parts and len(texts) == len(parts) else None)

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
        """One element for each row of what is iterated."""
        iterated = self.value(node.generators[0].iter)
        filtered = any(generator.ifs for generator in node.generators)
        rows = part_of(iterated.rows) if filtered or len(node.generators) > 1 else iterated.rows
        return Value(rows=rows, learned=iterated.learned)

    def attribute(self, node: ast.Attribute) -> Value:
        """A column of a table, or what an estimator has learned."""
        if self.name_of(node) is not None:
            return NOTHING
        base = self.value(node.value)
        if base.estimator is not None:
            return self.fitted_attribute(base, node.attr)
        if not base.rows or node.attr in tables.NOT_ROWS:
            return NOTHING
        if node.attr in tables.COLUMN_ATTRIBUTES:
            return base
        return base._replace(columns=frozenset({node.attr}), parts=(), texts=None)

    def subscript(self, node: ast.Subscript) -> Value:
        """Some columns or some rows of a table."""
        index = self.value(node.slice) if not isinstance(node.slice, ast.Slice) else NOTHING
        if self.name_of(node.value) in ("numpy.c_", "numpy.r_"):
            return together(index.parts) if self.name_of(node.value) == "numpy.c_" else NOTHING
        if isinstance(node.value, ast.Attribute) and node.value.attr in ("loc", "iloc"):
            return self.located(self.value(node.value.value), node.slice)
        base = self.value(node.value)
        if base.parts and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            return base.parts[node.slice.value] if -len(base.parts) <= node.slice.value < len(base.parts) else NOTHING
        if not base.rows:
            return NOTHING._replace(learned=base.learned | index.learned)
        base = base._replace(parts=(), texts=None)
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            return self.located(base, node.slice)
        if index.texts is not None:
            return base._replace(columns=frozenset(index.texts))
        fewer = base._replace(rows=part_of(base.rows), learned=base.learned | index.learned)
        return fewer if _is_mask(node.slice) else fewer._replace(table=None)

    def located(self, base: Value, index: ast.expr) -> Value:
        """`.loc[rows, columns]`, `.iloc[…]`, or the same of an array."""
        first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
        whole = isinstance(first, ast.Slice) and first.lower is None and first.upper is None and first.step is None
        learned = base.learned
        columns, table = base.columns, base.table
        if isinstance(index, ast.Tuple) and len(index.elts) > 1:
            chosen = self.value(index.elts[1]) if not isinstance(index.elts[1], ast.Slice) else NOTHING
            learned |= chosen.learned
            columns, table = (frozenset(chosen.texts), table) if chosen.texts else (None, None)
        rows = base.rows if whole else part_of(base.rows)
        return base._replace(rows=rows, learned=learned, columns=columns, table=table, parts=(), texts=None)


def _is_mask(node: ast.expr) -> bool:
    """Whether an index chooses rows by a condition: `df[df.age > 3]`, `df[~old & rich]`."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitAnd | ast.BitOr)
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert))
