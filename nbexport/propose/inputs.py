"""What a trained model is given, followed back from its call to the raw input.

    texts = df["text"]                              the input is one row of `df["text"]`, a text
    X = words.fit_transform(texts)                  `words` is fitted there and applied to the input
    X_train, X_test, … = train_test_split(X, labels)     passed through
    model.fit(X_train, y_train)
    accuracy_score(y_test, model.predict(X_test))   the model is called as `model.predict(X_test)`

Fitted steps and conversions are noted on the way, the last first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds
from nbexport.propose.objects import ObjectKind
from nbexport.propose.result import find_result
from nbexport.record import record

_CALLS = ("predict_proba", "predict", "decision_function", "score", "evaluate")
_ARRAYS = frozenset({"numpy.array", "numpy.asarray", "numpy.float32"})
_TENSORS = frozenset({"torch.tensor", "torch.from_numpy", "torch.FloatTensor", "torch.Tensor", "torch.as_tensor"})
_SAME = frozenset({"values", "to_numpy", "copy", "tolist", "float", "to", "astype", "reset_index", "fillna", "numpy"})
"""Attributes and methods that leave what an input means as it is."""
_MAX_STEPS = 20


class InputKind(StrEnum):
    """What the input is a row of."""

    FRAME = "frame"
    COLUMNS = "columns"
    """Named columns of a frame."""
    TEXT = "text"
    ROW = "row"
    """Plain numbers."""


@record
class ModelInput:
    """A call of a trained model, and what it is given."""

    call: ast.Call
    owner: str
    """The model's name."""
    node: ast.expr
    """Where the data begins."""
    kind: InputKind
    columns: tuple[str, ...]
    """The columns that are taken of it, where they are named."""
    steps: tuple[str, ...]
    """Expressions that make features of the input, the last first; `{}` is what they are made of."""
    is_tensor: bool
    """Whether one of them makes a tensor."""
    reasons: tuple[str, ...]
    """Where each part comes from."""


@record
class _Begin:
    """Where the data begins: the expression, and what one row of it is."""

    node: ast.expr
    kind: InputKind
    columns: tuple[str, ...] = ()


def model_input(analysis: Analysis) -> ModelInput | None:
    """What the model's last call on which the notebook's result rests is given; None where no call is found."""
    return _Tracer(analysis).traced()


def alias(analysis: Analysis, module: str) -> str:
    """The name under which the notebook knows a module; empty where it does not."""
    for name, definitions in analysis.final.items():
        if any(definition.module == module for definition in definitions):
            return name
    return ""


class _Tracer:
    """Follows what a call is given back to where it begins."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.kinds = Kinds(analysis)
        self.flow = Flow(analysis)
        self.reasons: list[str] = []
        self.steps: list[str] = []
        self.is_tensor = False

    def traced(self) -> ModelInput | None:
        """The first call that is found, with what it is given."""
        for unit, call, owner in self._calls():
            self._say(unit, f"the model is called as `{ast.unparse(call)}`")
            begin = self._traced(call.args[0], unit)
            steps, reasons = tuple(self.steps), tuple(self.reasons)
            return ModelInput(call, owner, begin.node, begin.kind, begin.columns, steps, self.is_tensor, reasons)
        return None

    def _say(self, unit: int, text: str) -> None:
        self.reasons.append(f"cell {self.analysis.units[unit].cell}: {text}")

    # ------------------------------------------------------------- the model's call

    def _calls(self) -> Iterator[tuple[int, ast.Call, str]]:
        """(statement, call, model's name) of each call of a model, the result's own first, then the last ones."""
        result = find_result(self.analysis, self.flow, self.kinds)
        near = sorted(self.flow.slice(result.units), reverse=True) if result is not None else []
        others = [unit for unit in reversed(range(len(self.analysis.units))) if unit not in near]
        for unit in [*near, *others]:
            node = self.analysis.units[unit].node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            for part in self.analysis.units[unit].nodes:
                if isinstance(part, ast.Call) and part.args and not isinstance(part.args[0], ast.Starred):
                    owner = self._model_of(part, unit)
                    if owner:
                        yield unit, part, owner

    def _model_of(self, call: ast.Call, unit: int) -> str:
        """The name of the model that is called, if it is trained and stands for the same at the end."""
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr in _CALLS and isinstance(func.value, ast.Name):
            name = func.value.id
        elif isinstance(func, ast.Name):
            name = func.id
        else:
            return ""
        definitions = self.analysis.before[unit].get(name, frozenset())
        if not self._is_held(name, unit) or not any(
            self.kinds.objects.kind_of(d) is ObjectKind.MODEL for d in definitions
        ):
            return ""
        if isinstance(func, ast.Attribute):
            return name if any(self._is_fitted(definition) for definition in definitions) else ""
        return name if all(d.function is None and not d.module for d in definitions) else ""

    def _is_held(self, name: str, unit: int) -> bool:
        """Whether what a name stands for here may be what it stands for at the end."""
        return bool(self.analysis.before[unit].get(name, frozenset()) & self.analysis.final.get(name, frozenset()))

    def _is_fitted(self, definition: Definition) -> bool:
        value = definition.op.value if definition.op is not None else None
        made_by_fit = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "fit"
        return made_by_fit or bool(self.flow.changes_after([definition])) or self.kinds.trains(definition.unit)

    # ------------------------------------------------------------- back to the data

    def _traced(self, node: ast.expr, unit: int) -> _Begin:
        """Where the data begins that an expression is made of; the steps in between are noted."""
        named, steps = (node, unit), len(self.steps)
        for _ in range(_MAX_STEPS):
            if isinstance(node, ast.Name):
                named, steps = (node, unit), len(self.steps)
            follow = self._step(node, unit)
            if follow is None:
                break
            node, unit = follow
        # what was made there may have been filled since, or its parts bound anew: its name stands for it
        by_name = isinstance(named[0], ast.Name) and self._is_held(named[0].id, named[1])
        if len(self.steps) > steps or _is_drop(node) or (isinstance(node, ast.Subscript) and _is_column(node.slice)):
            by_name = False
        return self._begin(*(named if by_name else (node, unit)))

    def _step(self, node: ast.expr, unit: int) -> tuple[ast.expr, int] | None:
        """What an expression is made of, one step back; None where the data begins."""
        if isinstance(node, ast.Call):
            return self._call(node, unit)
        if isinstance(node, ast.Attribute) and node.attr in _SAME:
            return node.value, unit
        if isinstance(node, ast.Name):
            return self._bound(node, unit)
        return None

    def _call(self, node: ast.Call, unit: int) -> tuple[ast.expr, int] | None:
        func = node.func
        full = self.analysis.full_name(unit, func) or ""
        if full in _TENSORS and node.args:
            torch = alias(self.analysis, "torch") or "torch"
            dtype = next((ast.unparse(k.value) for k in node.keywords if k.arg == "dtype"), f"{torch}.float32")
            self.steps.append(f"{torch}.tensor({{}}, dtype={dtype})")
            self.is_tensor = True
            return node.args[0], unit
        if full in _ARRAYS and node.args:
            return node.args[0], unit
        if isinstance(func, ast.Attribute) and func.attr in ("transform", "fit_transform") and node.args:
            step = ast.unparse(func.value)
            if isinstance(func.value, ast.Name):
                self.steps.append(f"{step}.transform({{}})")
                self._say(unit, f"`{step}` is fitted there and applied to the input")
                return node.args[0], unit
        if isinstance(func, ast.Attribute) and func.attr in _SAME and not full:
            return func.value, unit
        if isinstance(func, ast.Name) and node.args and self._is_own(func.id, unit):
            rest = [ast.unparse(a) for a in node.args[1:]] + [ast.unparse(k) for k in node.keywords]
            self.steps.append(f"{func.id}({', '.join(['{}', *rest])})")
            self._say(unit, f"the notebook's own `{func.id}` makes features of it")
            return node.args[0], unit
        return None

    def _is_own(self, name: str, unit: int) -> bool:
        return any(d.function is not None and not d.function.is_class for d in self.analysis.before[unit].get(name, ()))

    def _bound(self, node: ast.Name, unit: int) -> tuple[ast.expr, int] | None:
        """The value that a name was bound to, through a split."""
        found = [
            d for d in self.analysis.before[unit].get(node.id, ()) if d.unit >= 0 and not d.module and not d.marker
        ]
        if len(found) != 1:
            return None
        definition = found[0]
        statement = self.analysis.units[definition.unit].node
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name):
            return (value, definition.unit) if self._goes_on(value, definition.unit) else None
        if not isinstance(target, ast.Tuple | ast.List) or not all(isinstance(e, ast.Name) for e in target.elts):
            return None
        position = [getattr(e, "id", "") for e in target.elts].index(node.id)
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            part = value.elts[position]
            return (part, definition.unit) if self._goes_on(part, definition.unit) else None
        if isinstance(value, ast.Call):
            full = self.analysis.full_name(definition.unit, value.func) or ""
            if full in tables.SPLITS or full.rpartition(".")[2] in tables.SPLIT_NAMES:
                if position // 2 < len(value.args):
                    return value.args[position // 2], definition.unit
        return None

    def _goes_on(self, value: ast.expr, unit: int) -> bool:
        """Whether a value leads further back: a step, another name, or a part of a frame."""
        if isinstance(value, ast.Name | ast.Subscript):
            return True
        if isinstance(value, ast.Attribute):
            return value.attr in _SAME or isinstance(value.value, ast.Name)
        if not isinstance(value, ast.Call):
            return False
        full = self.analysis.full_name(unit, value.func) or ""
        method = value.func.attr if isinstance(value.func, ast.Attribute) else ""
        own = isinstance(value.func, ast.Name) and self._is_own(value.func.id, unit) and bool(value.args)
        return own or full in _TENSORS | _ARRAYS or method in (*_SAME, "transform", "fit_transform", "drop")

    def _begin(self, node: ast.expr, unit: int) -> _Begin:
        self._say(unit, f"the input is one row of `{ast.unparse(node)}`")
        if isinstance(node, ast.Subscript):
            columns = self._columns(node.slice, unit)
            if columns is not None:
                return _Begin(node, InputKind.COLUMNS, columns)
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                return _Begin(node, InputKind.TEXT if self.steps else InputKind.ROW)
        if _is_drop(node):
            return _Begin(node, InputKind.FRAME)
        if isinstance(node, ast.Name):
            for definition in self.analysis.before[unit].get(node.id, ()):
                value = definition.op.value if definition.op is not None else None
                full = self.analysis.full_name(definition.unit, value.func) if isinstance(value, ast.Call) else None
                if full is not None and full.startswith("pandas."):
                    return _Begin(node, InputKind.FRAME)
        return _Begin(node, InputKind.ROW)

    def _columns(self, node: ast.expr, unit: int) -> tuple[str, ...] | None:
        """The literal column names of `df[["a", "b"]]` or `df[columns]`."""
        if isinstance(node, ast.Name):
            found = [d for d in self.analysis.before[unit].get(node.id, ()) if d.op is not None]
            if len(found) != 1 or not isinstance(found[0].op and found[0].op.value, ast.List):
                return None
            node = found[0].op.value  # type: ignore[union-attr, assignment]
        if isinstance(node, ast.List) and node.elts:
            names = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            return tuple(names) if len(names) == len(node.elts) else None
        return None


def _is_drop(node: ast.expr) -> bool:
    """Whether an expression is a frame without some of its columns."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "drop"


def _is_column(node: ast.expr) -> bool:
    """Whether a subscript names columns of a frame: `"a"`, `["a", "b"]` or a name."""
    return isinstance(node, ast.List | ast.Name) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
