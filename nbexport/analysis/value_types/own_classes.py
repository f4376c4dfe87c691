"""Instances of the notebook's own classes: which calls make them, and which methods give them back."""

from __future__ import annotations

import ast

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.value_types.types import ANY, OWN, Type
from nbexport.names.operations import Function

_MODULE_METHODS = frozenset("to cuda cpu eval train double float half requires_grad_ apply".split())
"""Methods of a torch module that give it back."""
_BASES = ("torch.", "sklearn.", "lightning.", "pytorch_lightning.", "keras.", "typing.", "abc.")
"""Classes whose subclasses make instances of themselves stand in these packages."""


def instance(bound: list[Definition], analysis: Analysis) -> Type:
    """The class whose instance a call of a name of the notebook's makes."""
    functions: set[Function | None] = {definition.function for definition in bound}
    function = functions.pop() if len(functions) == 1 else None
    if function is None or not isinstance(function.node, ast.ClassDef) or len({d.unit for d in bound}) != 1:
        return ANY
    node, unit = function.node, bound[0].unit
    made = any(isinstance(inner, ast.FunctionDef) and inner.name == "__new__" for inner in node.body)
    decorators = [analysis.full_name(unit, d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list]
    if made or node.keywords or any(name != "dataclasses.dataclass" for name in decorators):
        return ANY
    if not all(_is_plain_base(base, unit, analysis) for base in node.bases):
        return ANY
    return Type(OWN + node.name, unit=unit)


def _is_plain_base(base: ast.expr, unit: int, analysis: Analysis) -> bool:
    """Whether calling a class makes an instance of it, as far as this base has a say."""
    full = analysis.full_name(unit, base) or (base.id if isinstance(base, ast.Name) else "")
    return full in ("object", "Exception") or full.startswith(_BASES)


def method(receiver: Type, name: str, analysis: Analysis) -> Type:
    """What a method of the notebook's own class gives: itself, where that is plain to see."""
    node = analysis.units[receiver.unit].node
    if not isinstance(node, ast.ClassDef):
        return ANY
    own = next((inner for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name == name), None)
    if own is not None:
        returned = [inner.value for inner in ast.walk(own) if isinstance(inner, ast.Return)]
        first = own.args.args[0].arg if own.args.args and not own.decorator_list else ""
        itself = returned and all(isinstance(value, ast.Name) and value.id == first for value in returned)
        plain = itself and isinstance(own.body[-1], ast.Return)
        return receiver if plain else ANY
    bases = [analysis.full_name(receiver.unit, base) or "" for base in node.bases]
    return receiver if name in _MODULE_METHODS and bases == ["torch.nn.Module"] else ANY
