"""A `predict` for a notebook that has none, as text to look through and paste: from the score back to the raw input.

    texts, labels = df["text"], df["label"]
    X = words.fit_transform(texts)                                    def predict(text: str) -> dict:
    X_train, X_test, … = train_test_split(X, labels)                      features = words.transform([text])
    model.fit(X_train, y_train)                                           return {"answer": model.predict(features)[0]}
    accuracy_score(y_test, model.predict(X_test))

The score names the model's call on held-out data. What it was given is followed backwards: a split is passed through,
fitted steps and conversions are noted, and where the data begins it says what one input looks like.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator
from enum import StrEnum

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.errors import NbexportError
from nbexport.names.nodes import root_name
from nbexport.propose import tables
from nbexport.propose.flow import Flow
from nbexport.propose.kinds import Kinds, ObjectKind
from nbexport.propose.result import find_result
from nbexport.record import record

_CALLS = ("predict_proba", "predict", "decision_function", "score", "evaluate")
_ARRAYS = frozenset({"numpy.array", "numpy.asarray", "numpy.float32"})
_TENSORS = frozenset({"torch.tensor", "torch.from_numpy", "torch.FloatTensor", "torch.Tensor", "torch.as_tensor"})
_SAME = frozenset({"values", "to_numpy", "copy", "tolist", "float", "to", "astype", "reset_index", "fillna", "numpy"})
"""Attributes and methods that leave what an input means as it is."""
_MAX_ARGUMENTS = 12
_MAX_STEPS = 20


@record
class Prediction:
    """A proposed cell and what to check in it."""

    source: str
    """Text of the cell."""
    cell: int
    """The cell that it is to stand behind."""
    reasons: tuple[str, ...]
    """Where each part comes from, and what could not be told."""


class _InputKind(StrEnum):
    """What the input is a row of."""

    FRAME = "frame"
    COLUMNS = "columns"
    """Named columns of a frame."""
    TEXT = "text"
    ROW = "row"
    """Plain numbers."""


@record
class _Input:
    """Where the data begins: the expression, and what one row of it is."""

    node: ast.expr
    kind: _InputKind
    columns: tuple[str, ...] = ()


def predict_cell(analysis: Analysis) -> Prediction:
    """The proposed cell.

    Raises:
        NbexportError: There is a `predict` already, or no call of a trained model from which one could be made.
    """
    for definition in reversed(analysis.definitions.get("predict", ())):
        if definition.function is not None:
            cell = analysis.units[definition.unit].cell
            raise NbexportError(
                f"cell {cell} defines `predict` already",
                fix="tag that cell `predict`, and call it once below with an input as an example",
            )
    return _Tracer(analysis).made()


class _Tracer:
    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.kinds = Kinds(analysis)
        self.flow = Flow(analysis)
        self.reasons: list[str] = []
        self.steps: list[str] = []
        """Statements that make features of the input, the last first; `{}` is what they are made of."""
        self.is_tensor = False

    def made(self) -> Prediction:
        """The cell for the model's last call on which the notebook's result rests."""
        found = next(self._calls(), None)
        if found is None:
            raise NbexportError(
                "no call of a trained model is found from which a `predict` could be made",
                why="it is looked for in the scores of the notebook: `model.predict(X_test)`, `model(X_test)`",
                fix="write a function `predict` that takes one input and returns the model's answer",
            )
        unit, call, owner = found
        self._say(unit, f"the model is called as `{ast.unparse(call)}`")
        given = call.args[0]
        begin = self._traced(given, unit)
        return self._cell(call, owner, begin)

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
        if not self._is_held(name, unit) or not any(self.kinds.kind_of(d) is ObjectKind.MODEL for d in definitions):
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

    def _traced(self, node: ast.expr, unit: int) -> _Input:
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
            torch = self._alias("torch") or "torch"
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

    def _begin(self, node: ast.expr, unit: int) -> _Input:
        self._say(unit, f"the input is one row of `{ast.unparse(node)}`")
        if isinstance(node, ast.Subscript):
            columns = self._columns(node.slice, unit)
            if columns is not None:
                return _Input(node, _InputKind.COLUMNS, columns)
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                return _Input(node, _InputKind.TEXT if self.steps else _InputKind.ROW)
        if _is_drop(node):
            return _Input(node, _InputKind.FRAME)
        if isinstance(node, ast.Name):
            for definition in self.analysis.before[unit].get(node.id, ()):
                value = definition.op.value if definition.op is not None else None
                full = self.analysis.full_name(definition.unit, value.func) if isinstance(value, ast.Call) else None
                if full is not None and full.startswith("pandas."):
                    return _Input(node, _InputKind.FRAME)
        return _Input(node, _InputKind.ROW)

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

    # ------------------------------------------------------------- the text

    def _cell(self, call: ast.Call, owner: str, begin: _Input) -> Prediction:
        network = isinstance(call.func, ast.Name)
        pandas = self._alias("pandas")
        named = begin.kind is _InputKind.COLUMNS and len(begin.columns) <= _MAX_ARGUMENTS
        named = named and all(c.isidentifier() and not keyword.iskeyword(c) for c in begin.columns) and bool(pandas)
        shown = ast.unparse(begin.node)
        if named:
            arguments = ", ".join(f"{column}: float" for column in begin.columns)
            first = f"{pandas}.DataFrame([{{{', '.join(f'{c!r}: {c}' for c in begin.columns)}}}])"
            values = ", ".join(f"{column}=0.0" for column in begin.columns)
            example, note = f"predict({values})", "give each argument its type, and the example real values"
        elif begin.kind in (_InputKind.COLUMNS, _InputKind.FRAME) and pandas:
            arguments, first = "row: dict", f"{pandas}.DataFrame([row])"
            example, note = f"predict({shown}.iloc[0].to_dict())", "a service checks `row` better as a TypedDict"
        elif begin.kind is _InputKind.TEXT:
            arguments, first = "text: str", "[text]"
            example, note = f"predict({shown}[0])", "the input is taken to be text"
        else:
            numpy = self._alias("numpy")
            arguments = "values: list" if network else "values: list[float]"
            first = f"{numpy}.array([values])" if numpy else "[values]"
            example, note = f"predict({shown}[0].tolist())", "the input is taken to be a row of numbers"
            if isinstance(begin.node, ast.List) and begin.node.elts:
                example = f"predict({ast.unparse(begin.node.elts[0])})"
        self.reasons.append(f"to check: {note}")
        body = [f"features = {first}"]
        body += [f"features = {step.format('features')}" for step in reversed(self.steps)]
        body += self._network(owner) if network else self._estimator(owner)
        if network and len(call.args) + len(call.keywords) > 1:
            self.reasons.append(f"to check: `{owner}` takes more than one argument; only the first is made here")
        cell = self.analysis.units[-1].cell if self.analysis.units else 0
        text = "\n".join(
            [
                f"def predict({arguments}) -> dict:",
                '    """Say here what the answer means."""',
                *(f"    {line}" for line in body),
                "",
                "",
                example,
            ]
        )
        return Prediction(text, cell, tuple(self.reasons))

    def _network(self, owner: str) -> list[str]:
        torch = self._alias("torch") or "torch"
        own = self.steps and not self.is_tensor
        convert = [] if own or self.is_tensor else [f"features = {torch}.tensor(features, dtype={torch}.float32)"]
        return [
            *convert,
            f"{owner}.eval()",
            f"with {torch}.no_grad():",
            f"    scores = {owner}(features)[0]",
            'return {"scores": scores.tolist()}',
        ]

    def _estimator(self, owner: str) -> list[str]:
        used = {
            part.func.attr
            for unit in self.analysis.units
            for part in unit.nodes
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
            if (root := root_name(part.func)) is not None and root.id == owner
        }
        answer = [f'"prediction": {owner}.predict(features).tolist()[0]']
        if "predict_proba" in used:
            answer.append(f'"probabilities": {owner}.predict_proba(features)[0].tolist()')
        return [f"return {{{', '.join(answer)}}}"]

    def _alias(self, module: str) -> str:
        """The name under which the notebook knows a module; empty where it does not."""
        for name, definitions in self.analysis.final.items():
            if any(definition.module == module for definition in definitions):
                return name
        return ""


def _is_drop(node: ast.expr) -> bool:
    """Whether an expression is a frame without some of its columns."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "drop"


def _is_column(node: ast.expr) -> bool:
    """Whether a subscript names columns of a frame: `"a"`, `["a", "b"]` or a name."""
    return isinstance(node, ast.List | ast.Name) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
