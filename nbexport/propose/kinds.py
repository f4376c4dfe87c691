"""What each statement does, read off its calls: the evidence for a role, and how strong it is.

    df = pd.read_csv("a.csv")               data 4       reads with `pandas.read_csv`
    X = StandardScaler().fit_transform(X)   features 4   fits `StandardScaler`
    clf = SVC()                             model 3      constructs `SVC`
    clf.fit(X, y)                           train 5      fits `clf`
    clf.score(X_test, y_test)               evaluate 4   scores with `clf.score`

From 3 on the evidence decides alone; below it is one voice among the cell's statements. A call of a notebook function
does what the function's body does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.lift.slicing import PLOT_MODULES
from nbexport.model import Role
from nbexport.names.nodes import dotted_name, is_definition, is_import_like, root_name
from nbexport.names.operations import Function
from nbexport.propose import tables
from nbexport.propose.objects import ObjectKind, Objects, prepares
from nbexport.record import record

STRONG = 3
"""Evidence of this weight gives a cell its role, whatever else stands in the cell."""

TRAINS = 5

_TRAINS = re.compile(r"(?:^|_)(?:train|fit)(?:_|$|ing)")
_SCORES = re.compile(
    r"(?:^|_)(?:accuracy|acc|evaluate|evaluation|eval|scores?|rmse|mse|mae|auc|f1|metrics?|test)(?:_|$)"
)
_FIGURE = re.compile(r"(?:^|_)(?:accuracy|acc|score|rmse|mse|mae|auc|f1|precision|recall|error_rate)(?:_|$)")
_LOADS = re.compile(r"^(?:load|read|fetch|download)(?:_|$)|^get_(?:data|dataset|dataloader)")
_WEIGHTS = re.compile(r"_(?:weights|model|checkpoint|gpt\d*|pretrained)(?:_|$)")
_PREPARES = re.compile(r"(?:^|_)(?:tokeni[sz]er?|encode|preprocess|normali[sz]e|vectori[sz]e|scale)(?:_|$)")
_SEEN = re.compile(r"(?:^|_)train(?:_|$)", re.IGNORECASE)
_HELD_OUT = re.compile(r"(?:^|_)(?:test|val|valid|validation|dev|holdout)(?:_|$)", re.IGNORECASE)
_OPTIMISER = re.compile(r"opt|sched|scaler", re.IGNORECASE)


@record
class Evidence:
    """One sign that a statement belongs to a role."""

    role: Role
    weight: int
    why: str
    node: ast.expr | None = None
    """The call that says so, or the attribute."""
    score: str = ""
    """The name of what scores, or of the figure that is computed."""
    fits: bool = False
    """Whether the statement itself fits something."""


class Kinds:
    """The evidence of every statement of a notebook."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.objects = Objects(analysis)
        self._evidence: dict[int, tuple[Evidence, ...]] = {}
        self._functions: dict[int, tuple[Evidence, ...]] = {}

    def evidence(self, unit: int) -> tuple[Evidence, ...]:
        """Every sign in one statement, the strongest first."""
        signs = self._evidence.get(unit)
        if signs is None:
            made = sorted(self._signs(unit), key=lambda sign: -sign.weight)
            signs = self._evidence[unit] = tuple(made)
        return signs

    def strongest(self, unit: int) -> Evidence | None:
        """What a statement mainly does; None when its text does not tell."""
        return next(iter(self.evidence(unit)), None)

    def trains(self, unit: int) -> bool:
        """Whether a statement fits a model."""
        return any(sign.role is Role.TRAIN and sign.weight >= TRAINS for sign in self.evidence(unit))

    def scores(self, unit: int) -> Evidence | None:
        """The sign that a statement scores something, if it does."""
        return next((s for s in self.evidence(unit) if s.role is Role.EVALUATE and s.weight >= 4), None)

    def _signs(self, unit: int) -> Iterator[Evidence]:
        node = self.analysis.units[unit].node
        if is_definition(node) or is_import_like(node):
            return
        if isinstance(node, ast.Assert):
            yield Evidence(Role.EVALUATE, STRONG, "asserts")
        if isinstance(node, ast.Assign) and _splits(node):
            yield Evidence(Role.DATA, 2, "splits the data")
        for inner in node.body if isinstance(node, ast.With) else [node]:
            if isinstance(inner, ast.Assign) and (name := _figure(inner, own=self._is_own(inner.value, unit))):
                yield Evidence(Role.EVALUATE, 4, f"computes `{name}`", inner.targets[0], name)
        yield from self._in(node, unit, 0)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and node.target.id.startswith("epoch"):
            yield Evidence(Role.TRAIN, TRAINS, "loops over epochs")

    def _is_own(self, node: ast.expr, unit: int) -> bool:
        """Whether an expression calls a function of the notebook."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return False
        definitions = self.analysis.before[unit].get(node.func.id, ())
        return any(d.function is not None and not d.function.is_class for d in definitions)

    def _in(self, node: ast.AST, unit: int, depth: int) -> Iterator[Evidence]:
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                yield from self._call(part, unit, depth)
            elif isinstance(part, ast.Attribute) and part.attr == "best_score_":
                yield Evidence(Role.EVALUATE, 4, "reads `best_score_`", part, part.attr)

    def _call(self, call: ast.Call, unit: int, depth: int) -> Iterator[Evidence]:
        full = self.analysis.full_name(unit, call.func)
        dotted = dotted_name(call.func) or ""
        if full is not None:
            if full.partition(".")[0] not in PLOT_MODULES or full.startswith(tables.LOADERS):
                yield from self._library(call, full, unit)
            return
        if isinstance(call.func, ast.Attribute):
            yield from self._method(call, call.func, dotted, unit)
            return
        if isinstance(call.func, ast.Name):
            if call.func.id == "open":
                mode = call.args[1] if len(call.args) > 1 else None
                if not isinstance(mode, ast.Constant) or "r" in str(mode.value):
                    yield Evidence(Role.DATA, STRONG, "reads a file", call)
            for definition in self.analysis.before[unit].get(call.func.id, ()):
                if definition.function is not None:
                    yield from self._own(call, call.func.id, definition.function, unit, depth)

    # ------------------------------------------------------------------ libraries

    def _library(self, call: ast.Call, full: str, unit: int) -> Iterator[Evidence]:
        last = full.rpartition(".")[2]
        if full.startswith(tables.SPLITS) or last in tables.SPLIT_NAMES:
            yield Evidence(Role.DATA, 4, f"splits with `{last}`", call)
        elif full.startswith(tables.LOADERS) or last in tables.LOADER_NAMES:
            yield Evidence(Role.DATA, 4, f"reads with `{full}`", call)
        elif full.startswith(tables.FETCHERS):
            yield Evidence(Role.DATA, STRONG, f"fetches with `{full}`", call)
        elif last in tables.WRAPPERS:
            yield Evidence(Role.DATA, 2, f"makes a `{last}`", call)
        elif full.startswith("numpy.random.") or full in tables.GENERATORS:
            yield Evidence(Role.DATA, 1, f"generates with `{full}`", call)
        elif full.startswith(tables.SCORES) and not _draws(full):
            yield Evidence(Role.EVALUATE, 4, f"scores with `{last}`", call, last)
        elif full.startswith(tables.OPTIMISERS) or (full.startswith("torch.nn.") and last.endswith("Loss")):
            yield Evidence(Role.TRAIN, STRONG, f"sets up training with `{last}`", call)
        elif full.startswith(tables.SEARCHES):
            yield Evidence(Role.TRAIN, STRONG, f"searches with `{last}`", call)
        elif full in tables.FITTING_FUNCTIONS:
            yield Evidence(Role.TRAIN, TRAINS, f"fits with `{last}`", call, fits=True)
        elif full in ("pandas.get_dummies", "pandas.cut", "pandas.qcut"):
            yield Evidence(Role.FEATURES, 3, f"prepares with `{last}`", call)
        elif last == "from_pretrained":
            role = Role.FEATURES if prepares(full) else Role.MODEL
            yield Evidence(role, STRONG, f"takes `{full.split('.')[-2]}` pretrained", call)
        elif self.objects.is_transformer(call, unit):
            yield Evidence(Role.FEATURES, 1, f"constructs `{last}`", call)
        elif self.objects.is_model(call, unit):
            yield Evidence(Role.MODEL, STRONG, f"constructs `{last}`", call)
        elif last in ("evaluate", "score"):
            yield Evidence(Role.EVALUATE, 4, f"scores with `{last}`", call, last)
        elif full.partition(".")[0] not in tables.PLAIN_LIBRARIES:
            yield from _by_name(call, last)

    def _method(self, call: ast.Call, func: ast.Attribute, dotted: str, unit: int) -> Iterator[Evidence]:
        method = func.attr
        shown = f"`{dotted}`" if dotted else f"`.{method}`"
        root = root_name(func.value)
        owner = self.objects.owner(func.value, unit)
        if method in ("backward", "apply_gradients", "gradient"):
            yield Evidence(Role.TRAIN, TRAINS, f"calls `.{method}`", call)
        elif method == "step" and (not call.args or (root is not None and _OPTIMISER.search(root.id))):
            yield Evidence(Role.TRAIN, TRAINS, f"calls {shown}", call)
        elif method in ("fit_transform", "adapt", "fit_on_texts", "fit_resample"):
            yield Evidence(Role.FEATURES, 4, f"fits {_shown(func.value, dotted)}", call, fits=True)
        elif method in ("fit", "partial_fit", "fit_predict", "fit_generator", "train_on_batch"):
            if owner is ObjectKind.TRANSFORMER:
                yield Evidence(Role.FEATURES, 4, f"fits {_shown(func.value, dotted)}", call, fits=True)
            else:
                yield Evidence(Role.TRAIN, TRAINS, f"fits {_shown(func.value, dotted)}", call, fits=True)
        elif method == "train" and root is not None and "train" in root.id.lower():
            yield Evidence(Role.TRAIN, TRAINS, f"calls {shown}", call)
        elif method == "compile" and owner is not ObjectKind.TEXT:
            yield Evidence(Role.TRAIN, 2, f"calls {shown}", call)
        elif method in ("score", "evaluate", "test"):
            yield Evidence(Role.EVALUATE, 4, f"scores with {shown}", call, method)
        elif method in ("predict", "predict_proba", "decision_function", "eval"):
            yield Evidence(Role.EVALUATE, 2, f"calls {shown}", call)
        elif method in ("transform", "texts_to_sequences"):
            yield Evidence(Role.FEATURES, 2, f"calls {shown}", call)
        elif method in ("load_data", "read_csv"):
            yield Evidence(Role.DATA, 4, f"reads with {shown}", call)
        elif method in ("add", "add_module") and owner is ObjectKind.MODEL:
            yield Evidence(Role.MODEL, STRONG, f"builds {shown}", call)

    def _own(self, call: ast.Call, name: str, function: Function, unit: int, depth: int) -> Iterator[Evidence]:
        """A call of a notebook function: what its body does, else what its name says."""
        if function.is_class:
            kind = self.objects.class_kind(function)
            if kind is ObjectKind.MODEL:
                yield Evidence(Role.MODEL, STRONG, f"constructs `{name}`", call)
            elif kind is ObjectKind.DATASET:
                yield Evidence(Role.DATA, 2, f"makes a `{name}`", call)
            return
        signs = self._functions.get(id(function))
        if signs is None and depth < 3:
            inside = [sign for sign in self._in(function.node, unit, depth + 1) if sign.weight >= 2]
            for params in (function.mutated_params, function.mode_params):
                if params and any(_OPTIMISER.search(name) for name in params):
                    inside.append(Evidence(Role.TRAIN, TRAINS, "steps an optimiser"))
            signs = self._functions[id(function)] = tuple(sorted(inside, key=lambda sign: -sign.weight)[:1])
        for sign in signs or ():
            yield Evidence(sign.role, sign.weight, f"`{name}` {sign.why}", call, sign.score)
        if not signs or signs[0].weight < STRONG:
            yield from _by_name(call, name)


def _draws(full: str) -> bool:
    """Whether a function or class of the metrics draws or prepares, as `RocCurveDisplay.from_estimator` does."""
    return any(part.endswith(tables.NO_SCORES) for part in full.split("."))


def _figure(node: ast.Assign, *, own: bool) -> str:
    """The name of a score that is worked out by hand: `accuracy = (predicted == y_test).mean()`.

    Args:
        node: The assignment.
        own: Whether a function of the notebook gives the value.
    """
    target = node.targets[0]
    if not isinstance(target, ast.Name) or not _FIGURE.search(target.id.lower()):
        return ""
    averages = any(isinstance(part, ast.Attribute) and part.attr == "mean" for part in ast.walk(node.value))
    divides = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Div)
    return target.id if averages or divides or own else ""


def _splits(node: ast.Assign) -> bool:
    """Whether rows are parted into those to learn from and others: `train, test = …`, `X_train = X[:800]`."""
    names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    seen, held_out = (any(map(pattern.search, names)) for pattern in (_SEEN, _HELD_OUT))
    parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    sliced = all(isinstance(part, ast.Subscript) and not isinstance(part.slice, ast.Constant) for part in parts)
    called = isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Tuple)
    return (seen and held_out and called) or ((seen or held_out) and sliced)


def _by_name(call: ast.Call, name: str) -> Iterator[Evidence]:
    """What a function's name says it does, where its body is not to be seen."""
    low = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    if _LOADS.search(low):
        if _WEIGHTS.search(low):
            yield Evidence(Role.MODEL, STRONG, f"takes weights with `{name}`", call)
        elif not _SCORES.search(low):
            yield Evidence(Role.DATA, 4, f"reads with `{name}`", call)
    elif _TRAINS.search(low):
        yield Evidence(Role.TRAIN, TRAINS, f"trains with `{name}`", call)
    elif _SCORES.search(low):
        yield Evidence(Role.EVALUATE, 4, f"scores with `{name}`", call, name)
    elif _PREPARES.search(low):
        yield Evidence(Role.FEATURES, 2, f"prepares with `{name}`", call)


def _shown(node: ast.expr, dotted: str) -> str:
    if dotted:
        return f"`{dotted.rpartition('.')[0]}`"
    while isinstance(node, ast.Call):
        node = node.func
    return f"`{dotted_name(node) or 'a model'}`"
