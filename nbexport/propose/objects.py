"""What objects are to the training of a model: told by what constructs them, or by their class in the notebook.

scaler = StandardScaler()          a transformer
net = Net().to(device)             a model, if `class Net` has `forward` or a model's base class
chain = make_pipeline(scaler, SVC())    a model, for it holds one
rows = Rows(frame)                 a dataset, if `class Rows` has `__getitem__`
"""

from __future__ import annotations

import ast
from enum import StrEnum
from typing import TypeGuard

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.names.nodes import dotted_name, root_name
from nbexport.names.operations import Function
from nbexport.propose import tables


class ObjectKind(StrEnum):
    """What an object is to the training of a model."""

    MODEL = "model"
    TRANSFORMER = "transformer"
    DATASET = "dataset"
    TEXT = "text"


class Objects:
    """The objects of one notebook."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis

    def owner(self, node: ast.expr, unit: int) -> ObjectKind | None:
        """What a method is called on, where that is plain to see."""
        if isinstance(node, ast.Constant):
            return ObjectKind.TEXT
        if isinstance(node, ast.Call):
            inner = node.func
            if isinstance(inner, ast.Attribute) and self.analysis.full_name(unit, inner) is None:
                return self.owner(inner.value, unit)
            return self._made(node, unit)
        root = root_name(node)
        if root is None:
            return None
        kinds = {self.kind_of(definition) for definition in self.analysis.before[unit].get(root.id, ())}
        return kinds.pop() if len(kinds) == 1 else None

    def kind_of(self, definition: Definition) -> ObjectKind | None:
        """What a binding holds, where that is plain to see."""
        if definition.instance_of is not None:
            return self.class_kind(definition.instance_of)
        value = definition.op.value if definition.op is not None else None
        fits = False
        while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if self.analysis.full_name(definition.unit, value.func) is not None:
                break
            fits = value.func.attr.startswith("fit") and not value.func.attr.startswith("fit_transform")
            value = value.func.value
        if isinstance(value, ast.Name) and fits and self.gives_results(value, definition.unit):
            return ObjectKind.MODEL
        return self._made(value, definition.unit) if isinstance(value, ast.Call) else None

    def gives_results(self, node: ast.expr, unit: int) -> bool:
        """Whether the fit of a model gives an object of its own that predicts, as in statsmodels: `r = model.fit()`."""
        if isinstance(node, ast.Call):
            return (self.analysis.full_name(unit, node.func) or "").startswith(tables.GIVE_RESULTS)
        definitions = [d for d in self.analysis.before[unit].get(node.id, ()) if d.unit >= 0] if _is_name(node) else []
        values = [(d.op.value if d.op is not None else None, d.unit) for d in definitions if d.unit != unit]
        return bool(values) and all(isinstance(v, ast.Call) and self.gives_results(v, at) for v, at in values)

    def _made(self, call: ast.Call, unit: int) -> ObjectKind | None:
        if self.is_transformer(call, unit):
            return ObjectKind.TRANSFORMER
        return ObjectKind.MODEL if self.is_model(call, unit) else None

    def is_model(self, call: ast.Call, unit: int) -> bool:
        """Whether a call constructs something that is fitted to predict."""
        full = self.analysis.full_name(unit, call.func)
        if full is not None:
            last = full.rpartition(".")[2]
            if full.startswith("sklearn.pipeline."):
                return self._holds_model(call, unit)
            if last == "from_pretrained":
                return not prepares(full)
            if full.startswith(tables.SEARCHES) or full in tables.TRAINED_BY:
                return True
            if full.startswith(tables.GIVE_RESULTS):
                return is_statistical(full)
            return full.startswith(tables.MODELS) and not (full.startswith("torch.nn.") and last.endswith("Loss"))
        if isinstance(call.func, ast.Name):
            definitions = self.analysis.before[unit].get(call.func.id, ())
            return any(d.function is not None and self.class_kind(d.function) is ObjectKind.MODEL for d in definitions)
        return False

    def is_transformer(self, call: ast.Call, unit: int) -> bool:
        """Whether a call constructs something that is fitted to prepare inputs."""
        full = self.analysis.full_name(unit, call.func) or ""
        if full.startswith("sklearn.pipeline."):
            return not self._holds_model(call, unit)
        if full.startswith(tables.TRANSFORMERS):
            return True
        if isinstance(call.func, ast.Name) and not full:
            definitions = self.analysis.before[unit].get(call.func.id, ())
            return any(
                d.function is not None and self.class_kind(d.function) is ObjectKind.TRANSFORMER for d in definitions
            )
        return False

    def _holds_model(self, call: ast.Call, unit: int) -> bool:
        """Whether a pipeline ends in a model."""
        for argument in [*call.args, *[keyword.value for keyword in call.keywords]]:
            for part in ast.walk(argument):
                if isinstance(part, ast.Call) and self.is_model(part, unit):
                    return True
                if isinstance(part, ast.Name):
                    definitions = self.analysis.before[unit].get(part.id, ())
                    if any(d.unit != unit and self.kind_of(d) is ObjectKind.MODEL for d in definitions):
                        return True
        return False

    @staticmethod
    def class_kind(function: Function) -> ObjectKind | None:
        """What the instances of a class of the notebook are; None for a function."""
        if not isinstance(function.node, ast.ClassDef):
            return None
        bases = {(dotted_name(base) or "").rpartition(".")[2] for base in function.node.bases}
        methods = {method.name for method in function.methods}
        if any(base.endswith("Dataset") for base in bases) or "__getitem__" in methods:
            return ObjectKind.DATASET
        if bases & tables.MODEL_BASES or methods & {"predict", "forward", "training_step"}:
            return ObjectKind.MODEL
        return ObjectKind.TRANSFORMER if "transform" in methods else None


def is_statistical(full: str) -> bool:
    """Whether a function or class of statsmodels makes a model: `OLS`, `formula.api.ols`, `GLM.from_formula`."""
    parts = full.split(".")
    is_class = any(part[:1].isupper() for part in parts[1:])
    return (is_class or "formula" in parts) and not {"datasets", "families", "stats", "graphics", "tools"} & {*parts}


def _is_name(node: ast.expr) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def prepares(full: str) -> bool:
    """Whether a pretrained object prepares inputs."""
    return "okenizer" in full or "rocessor" in full or "xtractor" in full
