"""What a call or a sum makes of rows, as a step that one input can go through: an expression with a hole.

words.transform(texts)        words.transform({})       a fitted step is asked again
torch.tensor(X, dtype=d)      torch.tensor({}, dtype=d)
(X - mean) / std              {} - mean, then {} / std
X.fillna(X.mean())            no step: it needs all rows
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.propose import tables
from nbexport.propose.looks import AGGREGATES, Look, Looks
from nbexport.propose.places import Place, Places

HOLE = "\0"
AS_DICTS = f"{HOLE}.to_dict(orient='records')"
"""The step from a frame to dicts: one dict is an input as it is."""
_ROWS_ONLY = frozenset(
    """copy reset_index sample head tail dropna drop_duplicates sort_values sort_index query set_index shuffle
    contiguous detach cpu clone tolist to_list compute""".split()
)
"""Methods that choose, order or copy rows, and leave each as it is."""
_PLAIN = frozenset(
    """float long double half int to cuda unsqueeze squeeze flatten permute transpose view reshape astype toarray
    todense to_numpy numpy lower upper strip replace map apply fillna clip round abs str dt to_frame ravel tocsr
    isin between""".split()
)
"""Methods that change each row by itself."""
_TENSORS = {
    "torch.tensor": "",
    "torch.as_tensor": "",
    "torch.from_numpy": "",
    "torch.Tensor": "float32",
    "torch.FloatTensor": "float32",
    "torch.LongTensor": "long",
}
_ELEMENTWISE = frozenset(
    """log log1p log2 log10 sqrt exp expm1 abs absolute square clip sin cos tanh expand_dims nan_to_num around round
    float32 float64 ascontiguousarray""".split()
)
_ARRAYS = frozenset({"numpy.array", "numpy.asarray", "numpy.asanyarray"})
_RECIPES = frozenset({"label", "weight", "base_margin", "qid", "group", "missing_label"})
_LAST_CALL = frozenset({"fit", "fit_transform", "fit_resample", "get_dummies", "concat", "merge", *AGGREGATES})
"""What a function calls that needs all rows."""
ROWS = frozenset({Look.FRAME, Look.COLUMN, Look.ARRAY, Look.TENSOR, Look.TEXTS, Look.DICTS, Look.LIST, Look.DATASET})
"""What a row can be taken of."""


class Steps:
    """The steps that were found so far, and what was noted beside them."""

    def __init__(self, analysis: Analysis, places: Places, looks: Looks) -> None:
        self.analysis, self.places, self.looks = analysis, places, looks
        self.steps: list[str] = []
        self.reasons: list[str] = []
        self.stopped = ""
        """Why the walk ended where rows might still lie further back; empty where nothing is missed."""
        self.takes_texts = False
        """Whether the step that is first so far is given texts."""
        self.stations: list[tuple[ast.expr, Place]] = []
        """The expressions on the way, the model's own first."""

    def say(self, place: Place, text: str) -> None:
        """Note a reason with its cell."""
        self.reasons.append(f"cell {self.analysis.units[place.unit].cell}: {text}")

    def _is_changed_later(self, node: ast.expr, place: Place) -> bool:
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if place.function is not None:
            names = {root for name in names for root in self._outer(name, place)}
        return any(self.places.changed(name, Place(place.unit), after=True) for name in names)

    def _outer(self, name: str, place: Place) -> set[str]:
        if name not in place.given:
            return {name}
        return {part.id for part in ast.walk(place.given[name][0]) if isinstance(part, ast.Name)}

    def _add(self, step: str, *, texts: bool = False) -> None:
        self.steps.append(step)
        self.takes_texts = texts or (self.takes_texts and step.startswith(("[", f"{HOLE}.")))

    def _stop(self, unit: int, what: str) -> None:
        self.stopped = f"cell {self.analysis.units[unit].cell} {what}"

    # ------------------------------------------------------------------ calls

    def _call(self, node: ast.Call, place: Place) -> tuple[ast.expr, Place] | None:
        full = self.analysis.full_name(place.unit, node.func) or ""
        if full:
            return self._library(node, full, place)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, place)
        if isinstance(node.func, ast.Name) and node.func.id in ("list", "tuple") and node.args:
            return node.args[0], place
        return self._own(node, place)

    def _library(self, node: ast.Call, full: str, place: Place) -> tuple[ast.expr, Place] | None:
        last = full.rpartition(".")[2]
        if not node.args:
            return None
        first = node.args[0]
        func = self.places.text(node.func, place)
        if full in _TENSORS:
            dtype = next((self.places.text(k.value, place) for k in node.keywords if k.arg == "dtype"), None)
            torch = self.places.module("torch") or "torch"
            dtype = dtype or (f"{torch}.{_TENSORS[full]}" if _TENSORS[full] else "")
            numpy = full == "torch.from_numpy" and func is not None
            self._add(f"{func}({HOLE})" if numpy or not dtype else f"{torch}.tensor({HOLE}, dtype={dtype})")
            return first, place
        if full in _ARRAYS:
            if self.looks.of(first, place) in (Look.FRAME, Look.COLUMN) and func:
                self._add(f"{func}({HOLE})")
            return first, place
        if full == "torch.utils.data.DataLoader" or last == "Dataset" or full == "catboost.Pool":
            # a model of CatBoost knows its categorical columns, and takes plain rows
            return first, place
        if last == "get_dummies":
            self._stop(place.unit, f"makes columns of the values of all rows with `{ast.unparse(node.func)}`")
            return None
        keeps: dict[str, str] = {}
        if last in tables.CONTAINERS:
            keeps = {}
        elif last == "add_constant":
            keeps = {"has_constant": "'add'"}
        elif not (full.startswith("numpy.") and last in _ELEMENTWISE) and last not in ("pad_sequences", "DataFrame"):
            return None
        if last == "DataFrame" and (
            isinstance(first, ast.Dict | ast.List) or self.looks.of(first, place) not in (Look.ARRAY, None)
        ):
            return None
        dropped = {*_RECIPES, "index", *keeps}
        rest = self._rest(node, place, dropped)
        if func is None or rest is None:
            return None
        more = [*rest, *(f"{key}={value}" for key, value in keeps.items())]
        self._add(f"{func}({', '.join([HOLE, *more])})")
        return first, place

    def _rest(self, node: ast.Call, place: Place, dropped: set[str], skip: int = 1) -> list[str] | None:
        """The arguments of a call but for the first, as the new cell writes them; None where one cannot be."""
        positional = node.args[skip:]
        if any(isinstance(argument, ast.Starred) for argument in positional):
            return None
        container = "label" in dropped and (self.analysis.full_name(place.unit, node.func) or "").rpartition(".")[2]
        if container in tables.CONTAINERS:
            positional = []  # the right answers
        texts = [self.places.text(argument, place) for argument in positional]
        for keyword in node.keywords:
            if keyword.arg is None:
                return None
            if keyword.arg not in dropped:
                value = self.places.text(keyword.value, place)
                texts.append(f"{keyword.arg}={value}" if value is not None else None)
        return None if None in texts else [one for one in texts if one is not None]

    def _method(self, node: ast.Call, func: ast.Attribute, place: Place) -> tuple[ast.expr, Place] | None:
        method = func.attr
        if method in ("transform", "fit_transform", "texts_to_sequences", "encode") and node.args:
            return self._fitted(node, func, place)
        if method == "to_dict":
            if not _is_records(node):
                return None
            self._add(AS_DICTS)
            return func.value, place
        if is_drop(node):
            return None
        if method in _ROWS_ONLY:
            return func.value, place
        if method in ("reshape", "view") and node.args:
            shape = node.args[0].elts if isinstance(node.args[0], ast.Tuple | ast.List) else node.args
            rest = [self.places.text(part, place) for part in shape[1:]]
            if None in rest:
                return None
            is_open = ast.unparse(shape[0]) == "-1"
            first = "-1" if is_open or len(shape) == 1 else "1"
            self._add(f"{HOLE}.{method}({', '.join([first, *(text for text in rest if text)])})")
            return func.value, place
        if method in _PLAIN:
            return self._plain(node, func, place)
        if method in AGGREGATES:
            self._stop(place.unit, f"calls `.{method}`, which needs all rows")
        return None

    def _plain(self, node: ast.Call, func: ast.Attribute, place: Place) -> tuple[ast.expr, Place] | None:
        rest = self._rest(node, place, {"inplace"}, skip=0)
        whole = [part for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Call)]
        if rest is None:
            self._stop(place.unit, f"calls `.{func.attr}` with values that the notebook no longer has")
            return None
        if any(isinstance(part.func, ast.Attribute) and part.func.attr in AGGREGATES for part in whole):
            # `X.fillna(X.mean())` reads the rows themselves; `X_train.mean()` is still there
            if _shares_name(func.value, whole):
                self._stop(place.unit, f"calls `.{func.attr}` with a value that is computed of all rows")
                return None
        owner: ast.expr = func.value
        path = func.attr
        if isinstance(owner, ast.Attribute) and owner.attr in ("str", "dt"):
            path = f"{owner.attr}.{path}"
            owner = owner.value
        self._add(f"{HOLE}.{path}({', '.join(rest)})")
        return owner, place

    def _fitted(self, node: ast.Call, func: ast.Attribute, place: Place) -> tuple[ast.expr, Place] | None:
        root: ast.expr = func.value
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        owner = self.places.text(func.value, place)
        if not isinstance(root, ast.Name):
            made = self.looks.maker(func.value, place).rpartition(".")[2] or ast.unparse(func.value)
            self._stop(place.unit, f"fits a `{made}` that has no name and cannot be asked again")
            return None
        if owner is None or self.places.is_refitted(root.id, Place(place.unit)):
            self._stop(place.unit, f"applies `{ast.unparse(func.value)}`, which is fitted again later or is not there")
            return None
        for step in self.looks.own_steps(func.value, place):
            if last := next(filter(_LAST_CALL.__contains__, _called(step)), ""):
                what = f"applies `{ast.unparse(func.value)}`, whose own `transform` computes with all rows (`{last}`)"
                self._stop(place.unit, what)
                return None
        method = "transform" if func.attr == "fit_transform" else func.attr
        rest = self._rest(node, place, {"y"}) if method != "transform" else []
        if rest is None:
            return None
        made = self.looks.maker(func.value, place).rpartition(".")[2]
        self._add(f"{owner}.{method}({', '.join([HOLE, *rest])})", texts=made in tables.TEXT_STEPS)
        self.say(place, f"`{owner}` is fitted before and applied to the input")
        return node.args[0], place

    def _own(self, node: ast.Call, place: Place) -> tuple[ast.expr, Place] | None:
        function = self.places.function(node, place)
        if function is None or not node.args or not isinstance(node.func, ast.Name):
            return None
        name = node.func.id
        if last := next(filter(_LAST_CALL.__contains__, _called(function)), ""):
            self._stop(place.unit, f"calls `{name}`, which computes with all rows (`{last}`)")
            return None
        for part in ast.walk(function):
            if isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple):
                self._stop(place.unit, f"calls `{name}`, which gives more than the inputs")
                return None
        rest = self._rest(node, place, set())
        if rest is None:
            return None
        self._add(f"{name}({', '.join([HOLE, *rest])})")
        self.say(place, f"the notebook's own `{name}` makes features of the input")
        return node.args[0], place

    # ------------------------------------------------------------------ sums, parts, comprehensions

    def _sum(self, node: ast.BinOp, place: Place) -> tuple[ast.expr, Place] | None:
        sides = ((node.left, node.right, True), (node.right, node.left, False))
        for rows, other, is_left in sides:
            look = self.looks.of(rows, place)
            scaled = look is None and isinstance(other, ast.Constant) and isinstance(other.value, int | float)
            if (look not in ROWS and not scaled) or self._is_aggregate(rows, place):
                continue
            if look in (Look.LIST, Look.TEXTS, Look.DICTS):
                return None
            written = self.places.text(other, place)
            if written is None or self._is_changed_later(other, place):
                self._stop(place.unit, f"computes `{ast.unparse(node)}` with values that the notebook no longer has")
                return None
            if _shares_name(rows, [other]) and not self.places.text(rows, place):
                self._stop(place.unit, f"computes `{ast.unparse(node)}` with all rows")
                return None
            sign = ast.unparse(ast.BinOp(ast.Name("a"), node.op, ast.Name("b")))[1:-1]
            written = f"({written})" if isinstance(other, ast.BinOp | ast.UnaryOp | ast.Compare) else written
            step = f"{HOLE}{sign}{written}" if is_left else f"{written}{sign}{HOLE}"
            self._add(step)
            return rows, place
        return None

    def _is_aggregate(self, node: ast.expr, place: Place) -> bool:
        """Whether an expression is one figure, or one for each column, of many rows."""
        for _ in range(4):
            if isinstance(node, ast.Call):
                full = self.analysis.full_name(place.unit, node.func) or ""
                method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                return (full.rpartition(".")[2] or method) in AGGREGATES
            if not isinstance(node, ast.Name):
                return False
            bound = self.places.bound(node.id, place)
            if bound is None or bound.position is not None:
                return False
            node, place = bound.value, bound.place
        return False

    def _comprehension(self, node: ast.ListComp, place: Place) -> tuple[ast.expr, Place] | None:
        [generator] = node.generators
        if generator.ifs or not isinstance(generator.target, ast.Name):
            return None
        each = self.places.text(
            ast.ListComp(node.elt, [ast.comprehension(generator.target, ast.List([]), [], 0)]), place
        )
        if each is None:
            return None
        self._add(f"[{ast.unparse(node.elt)} for {generator.target.id} in {HOLE}]")
        return generator.iter, place


def _called(function: ast.AST) -> Iterator[str]:
    """The last names of what a function calls."""
    for part in ast.walk(function):
        if isinstance(part, ast.Call):
            if isinstance(part.func, ast.Attribute):
                yield part.func.attr
            elif isinstance(part.func, ast.Name):
                yield part.func.id


def is_drop(node: ast.expr) -> bool:
    """Whether an expression is a frame without some of its columns."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "drop"


def _is_records(node: ast.Call) -> bool:
    values = [*node.args, *[k.value for k in node.keywords if k.arg == "orient"]]
    return any(isinstance(value, ast.Constant) and value.value == "records" for value in values)


def _shares_name(one: ast.expr, others: list[ast.Call] | list[ast.expr]) -> bool:
    names = {part.id for part in ast.walk(one) if isinstance(part, ast.Name)}
    return any(isinstance(part, ast.Name) and part.id in names for other in others for part in ast.walk(other))
