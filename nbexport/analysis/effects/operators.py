"""The abstract run: what operators and comparisons give, and which methods of the notebook they run.

rows + others      a new list of the elements of both
price * 2          `Price.__mul__`, where `price` is an instance of a class of the notebook
if not rows: …     `Rows.__bool__`, or else `Rows.__len__`
"""

from __future__ import annotations

import ast

from nbexport.analysis.effects import instances, items, iteration, settings, special
from nbexport.analysis.effects.machine import Machine
from nbexport.analysis.effects.objects import ELEMENTS, GRAPH, NOTHING, OFFERED, Kind, Obj, Value, literal

TRUTH = frozenset("__bool__ __len__".split())
"""Methods that a condition runs."""
OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitOr: "or", ast.BitXor: "xor",
    ast.BitAnd: "and", ast.FloorDiv: "floordiv",
}  # fmt: skip
"""Operator → the middle of the name of its method."""
_UNARY = {ast.UAdd: "__pos__", ast.USub: "__neg__", ast.Invert: "__invert__", ast.Not: "__bool__"}
_COMPARE = frozenset("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __contains__ __iter__ __getitem__".split())


class Operators(Machine):
    """Evaluates operators and comparisons."""

    def _on_binop(self, node: ast.BinOp) -> Value:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if not left and not right:
            return NOTHING
        operator = OPERATORS.get(type(node.op), "add")
        results: list[Value] = []
        for obj, other, prefix in [*((obj, right, "") for obj in left), *((obj, left, "r") for obj in right)]:
            if obj.kind is Kind.INSTANCE:
                results.append(instances.dunder(self, obj, f"__{prefix}{operator}__", (other,), node) or NOTHING)
        self.read_deep(left | right, node)
        known = special.operator_on_literals(self, operator, left, right)
        if known is not None:
            return known
        return NOTHING.union(*results, self._computed(left | right, node))

    def _computed(self, operands: Value, node: ast.AST) -> Value:
        """What an operator gives for objects: another list, or something that the library of an operand makes."""
        elements: Value = NOTHING
        lists = False
        for obj in operands:
            if obj.kind is Kind.CONTAINER:
                lists = True
                elements |= items.elements(obj)
        made: list[Obj] = []
        if lists:
            container = self.allocate(Kind.CONTAINER, node, "computed", word="list")
            container.add(ELEMENTS, elements)
            made.append(container)
        for obj in operands:
            if obj.kind is Kind.LIBRARY and obj.name.startswith("ctypes."):
                # `ctypes.c_double * 3` is a class
                made.append(self.allocate(Kind.OBJECT, node, "computed", name=obj.name))
                break
            if obj.kind is Kind.OBJECT or (obj.kind is Kind.INSTANCE and instances.library_base(obj)):
                name = obj.name or instances.library_base(obj)
                result = self.allocate(Kind.OBJECT, node, "computed", name=name, word=obj.word)
                if name.partition(".")[0] == "torch":
                    result.add(GRAPH, frozenset(one for one in operands if one.is_data))
                settings.operated(self, obj, node)
                made.append(result)
                break
        return frozenset(made)

    def _on_unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.evaluate(node.operand)
        if not value:
            return value
        known, constant = literal(value)
        if known and isinstance(node.op, ast.USub) and isinstance(constant, int | float):
            return self.literal(-constant)
        if known and isinstance(node.op, ast.Not) and all(obj.word != OFFERED for obj in value):
            return self.literal(not constant)
        if isinstance(node.op, ast.Not):
            self.use(value, node, TRUTH)
            return NOTHING
        self.use(value, node, frozenset((_UNARY[type(node.op)],)))
        return self._computed(value, node)

    def _on_boolop(self, node: ast.BoolOp) -> Value:
        first, *others = node.values
        value = self.evaluate(first)
        self.use(value, first, TRUTH)
        self.doubt += 1
        for other in others:
            value |= self.evaluate(other)
        self.doubt -= 1
        return value

    def _on_compare(self, node: ast.Compare) -> Value:
        operands = self.evaluate(node.left)
        only_identity = all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
        for operator, other in zip(node.ops, node.comparators, strict=True):
            value = self.evaluate(other)
            if isinstance(operator, ast.In | ast.NotIn):
                iteration.searched(self, value, other)
            operands |= value
        if not operands or only_identity:
            return NOTHING
        self.use(operands, node, _COMPARE)
        return self._computed(frozenset(obj for obj in operands if obj.kind is Kind.OBJECT), node)
