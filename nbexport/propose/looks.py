"""What an expression holds, as far as the notebook shows it: a frame, a column, an array, texts.

df = pd.read_csv("a.csv")        a frame
df[["a", "b"]]                   a frame
df["a"]                          a column
df["a"].values.reshape(-1, 1)    an array
df.to_dict("records")            dicts
"""

from __future__ import annotations

import ast
from enum import StrEnum

from nbexport.analysis.bindings import Definition
from nbexport.analysis.notebook import Analysis
from nbexport.propose import tables
from nbexport.propose.places import Bound, Place, Places

_DEPTH = 24


class Look(StrEnum):
    """What an expression holds."""

    FRAME = "frame"
    COLUMN = "column"
    ARRAY = "array"
    TENSOR = "tensor"
    TEXTS = "texts"
    """A list of texts."""
    DICTS = "dicts"
    """A list of dicts."""
    LIST = "list"
    SPARSE = "sparse"
    MASK = "mask"
    """What rows are chosen by."""
    LOADER = "loader"
    """What gives batches."""
    DATASET = "dataset"
    """What gives one item after the other."""
    WRAPPED = "wrapped"
    """A library's own container, such as a `DMatrix`."""


FRAME_METHODS = frozenset(
    """copy drop dropna fillna sample head tail assign rename reset_index set_index query sort_values sort_index
    select_dtypes merge join drop_duplicates astype replace apply applymap map groupby agg round clip nlargest filter
    to_frame reindex interpolate ffill bfill convert_dtypes melt pivot pivot_table stack unstack transform shift diff
    pct_change rolling resample mask where eval pipe""".split()
)
AGGREGATES = frozenset(
    """mean median mode std var min max sum quantile count nunique unique value_counts corr cov rank cumsum rolling ewm
    shift diff pct_change groupby resample interpolate ffill bfill describe idxmax argmax""".split()
)
"""Methods whose answer for one row depends on the other rows."""
_SAME_ARRAY = frozenset(
    """reshape astype copy ravel flatten transpose squeeze clip round swapaxes repeat cumsum dot T""".split()
)
_FRAMES = frozenset(
    {"pandas.DataFrame", "pandas.get_dummies", "pandas.concat", "pandas.merge", "pandas.json_normalize"}
)
_COLUMNS = frozenset({"pandas.Series", "pandas.to_datetime", "pandas.to_numeric", "pandas.cut", "pandas.qcut"})
_FRAMES_ONLY = frozenset(
    "columns iloc select_dtypes iterrows itertuples set_index pivot_table melt applymap info".split()
)
"""Attributes that, of what a notebook holds, only a frame has."""
_OF_FRAMES = _FRAMES_ONLY | frozenset("head describe isnull isna dtypes drop merge".split())
"""Two of them make a frame likely enough."""
_OF_DATASETS = {"exog": Look.FRAME, "data": Look.FRAME, "endog": Look.COLUMN}
"""Parts of the data sets of statsmodels."""
_OF_BUNCHES = frozenset({"data", "images", "target", "frame", "features"})
_OF_LISTS = frozenset({"list", "sorted"})
_TEXT_METHODS = frozenset("lower upper strip replace join format title rstrip lstrip".split())


class Looks:
    """What the expressions of one notebook hold."""

    def __init__(self, analysis: Analysis, places: Places) -> None:
        self.analysis, self.places = analysis, places

    def of(self, node: ast.expr, place: Place, depth: int = 0) -> Look | None:
        """What an expression holds; None where the notebook does not show it."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Name):
            return self._of_name(node, place, depth)
        if isinstance(node, ast.List | ast.Tuple):
            return _of_items(node.elts)
        if isinstance(node, ast.ListComp):
            return _of_items([node.elt])
        if isinstance(node, ast.Compare):
            return Look.MASK
        if isinstance(node, ast.UnaryOp):
            return Look.MASK if isinstance(node.op, ast.Invert) else self.of(node.operand, place, depth + 1)
        if isinstance(node, ast.BinOp):
            return self._of_sum(node, place, depth)
        if isinstance(node, ast.Subscript):
            return self._of_part(node, place, depth)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, place, depth)
        return self._of_call(node, place, depth) if isinstance(node, ast.Call) else None

    def _of_name(self, node: ast.Name, place: Place, depth: int) -> Look | None:
        bound = self.places.bound(node.id, place)
        if bound is not None:
            look = self._of_bound(bound, depth)
            return look if look is not None or bound.definition is None else self._of_use([bound.definition])
        looks = set()
        for definition in self.places.definitions(node.id, place) if place.function is None else ():
            bound = self.places.value_of(definition)
            looks.add(self._of_bound(bound, depth + 8) if bound is not None else None)
        definitions = self.places.definitions(node.id, place) if place.function is None else []
        return looks.pop() if len(looks) == 1 and looks != {None} else self._of_use(definitions)

    def _of_use(self, definitions: list[Definition]) -> Look | None:
        """What bindings hold by what the notebook asks of them: `table.columns` makes a frame of `table`."""
        wanted = set(definitions)
        used = set()
        for unit, statement in enumerate(self.analysis.units) if wanted else ():
            for part in statement.nodes:
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.attr in _OF_FRAMES:
                    there = {d for d in self.analysis.before[unit].get(part.value.id, ()) if d.unit >= 0}
                    if there and there <= wanted:
                        used.add(part.attr)
        return Look.FRAME if used & _FRAMES_ONLY or len(used) > 1 else None

    def _of_bound(self, bound: Bound, depth: int) -> Look | None:
        if bound.iterated:
            outer = self.of(bound.value, bound.place, depth + 1)
            return Look.TENSOR if outer in (Look.LOADER, Look.DATASET) else None
        if bound.position is None:
            return self.of(bound.value, bound.place, depth + 1)
        which = bound.position[0]
        if not isinstance(bound.value, ast.Call):
            return None
        full = self.analysis.full_name(bound.place.unit, bound.value.func) or ""
        last = full.rpartition(".")[2]
        if last == "random_split":
            return Look.DATASET
        if last in tables.SPLIT_NAMES and which // 2 < len(bound.value.args):
            return self.of(bound.value.args[which // 2], bound.place, depth + 1)
        if full.startswith("sklearn.datasets."):
            return Look.FRAME if _as_frame(bound.value) and which == 0 else Look.ARRAY
        returned, inside = self._returned(bound.value, bound.place)
        if inside is not None and isinstance(returned, ast.Tuple) and len(returned.elts) == bound.position[1]:
            return self.of(returned.elts[which], inside, depth + 4)
        return None

    def _of_sum(self, node: ast.BinOp, place: Place, depth: int) -> Look | None:
        looks = [self.of(side, place, depth + 1) for side in (node.left, node.right)]
        if Look.MASK in looks and isinstance(node.op, ast.BitAnd | ast.BitOr):
            return Look.MASK
        order = (Look.TENSOR, Look.FRAME, Look.COLUMN, Look.ARRAY, Look.LIST, Look.TEXTS, Look.DICTS)
        return next((look for look in order if look in looks), None)

    def _of_part(self, node: ast.Subscript, place: Place, depth: int) -> Look | None:
        owner, index = node.value, node.slice
        if isinstance(owner, ast.Attribute) and owner.attr in ("iloc", "loc"):
            base = self.of(owner.value, place, depth + 1)
            if base is not Look.FRAME or not isinstance(index, ast.Tuple) or len(index.elts) != 2:
                return None if isinstance(index, ast.Constant) else base
            column = index.elts[1]
            number = isinstance(column, ast.UnaryOp | ast.Constant)
            return Look.COLUMN if number else Look.FRAME
        member = index.value if isinstance(index, ast.Constant) else None
        if (look := self._of_bunch(owner, member, place)) is not None:
            return look
        base = self.of(owner, place, depth + 1)
        if base is None and self.of(index, place, depth + 1) is Look.TEXTS and not isinstance(index, ast.Tuple):
            # only a frame is indexed with a list of names
            return Look.FRAME
        if base is Look.FRAME:
            return Look.COLUMN if isinstance(index, ast.Constant) and isinstance(index.value, str) else Look.FRAME
        if base in (Look.LIST, Look.TEXTS, Look.DICTS):
            return base if isinstance(index, ast.Slice) else None
        if base is None and isinstance(index, ast.Constant) and isinstance(index.value, str):
            return Look.COLUMN
        return None if base is Look.DATASET else base

    def _of_attribute(self, node: ast.Attribute, place: Place, depth: int) -> Look | None:
        if (look := self._of_bunch(node.value, node.attr, place)) is not None:
            return look
        if node.attr in _OF_DATASETS and self.maker(node.value, place).startswith("statsmodels."):
            return _OF_DATASETS[node.attr]
        base = self.of(node.value, place, depth + 1)
        if base is Look.FRAME:
            if node.attr == "values":
                return Look.ARRAY
            return Look.FRAME if node.attr in ("T", "iloc", "loc") else Look.COLUMN
        if base is Look.COLUMN:
            return Look.ARRAY if node.attr == "values" else Look.COLUMN
        return base if base in (Look.ARRAY, Look.TENSOR) and node.attr in ("T", "data") else None

    def _of_bunch(self, owner: ast.expr, member: object, place: Place) -> Look | None:
        """What a member of a data set of scikit-learn's holds: `iris.data`, `iris["data"]`."""
        bunch = self._bunch(owner, place) if member in _OF_BUNCHES else None
        if bunch is None:
            return None
        if member == "frame" or _as_frame(bunch):
            return Look.COLUMN if member == "target" else Look.FRAME
        return Look.TEXTS if "20newsgroups" in ast.unparse(bunch.func) else Look.ARRAY

    def _bunch(self, node: ast.expr, place: Place) -> ast.Call | None:
        """The call of scikit-learn that loads the data set which an expression holds."""
        if isinstance(node, ast.Name):
            bound = self.places.bound(node.id, place)
            if bound is None or bound.position is not None:
                return None
            node, place = bound.value, bound.place
        if isinstance(node, ast.Call):
            full = self.analysis.full_name(place.unit, node.func) or ""
            return node if full.startswith("sklearn.datasets.") else None
        return None

    def _of_call(self, node: ast.Call, place: Place, depth: int) -> Look | None:
        full = self.analysis.full_name(place.unit, node.func) or ""
        last = full.rpartition(".")[2]
        if full:
            return self._of_library(node, full, last, place, depth)
        if isinstance(node.func, ast.Name):
            if node.func.id in _OF_LISTS and node.args:
                return Look.TEXTS if self.of(node.args[0], place, depth + 1) is Look.TEXTS else Look.LIST
            return self._of_own(node, place, depth)
        if not isinstance(node.func, ast.Attribute):
            return None
        method = node.func.attr
        if method in ("transform", "fit_transform"):
            return self._transformed(node.func.value, place)
        owner = self.of(node.func.value, place, depth + 1)
        return _of_method(owner, method, node)

    def _of_library(self, node: ast.Call, full: str, last: str, place: Place, depth: int) -> Look | None:
        if full in _FRAMES or full.startswith("pandas.read_") or full == "seaborn.load_dataset":
            return Look.FRAME
        if full in _COLUMNS:
            return Look.COLUMN
        if last == "add_constant" and node.args:
            return self.of(node.args[0], place, depth + 1)
        if full.startswith(("numpy.", "cupy.")):
            inner = self.of(node.args[0], place, depth + 1) if node.args else None
            keeps = inner in (Look.FRAME, Look.COLUMN) and last in ("log", "log1p", "sqrt", "exp", "abs", "expm1")
            return inner if keeps else Look.ARRAY
        if full.startswith("torch.") and last in tables.WRAPPERS:
            return Look.LOADER if last == "DataLoader" else Look.DATASET
        if full.startswith(("torchvision.datasets.", "torchaudio.datasets.")):
            return Look.DATASET
        if full.startswith("torch."):
            return Look.TENSOR
        if last in tables.CONTAINERS:
            return Look.WRAPPED
        if full.startswith("sklearn.datasets."):
            return Look.FRAME if _as_frame(node) else None
        return Look.ARRAY if last == "pad_sequences" else None

    def _of_own(self, node: ast.Call, place: Place, depth: int) -> Look | None:
        """What a function of the notebook gives, by its only `return`."""
        returned, inside = self._returned(node, place)
        return self.of(returned, inside, depth + 4) if inside is not None and returned is not None else None

    def _returned(self, node: ast.Call, place: Place) -> tuple[ast.expr | None, Place | None]:
        """What a call of a function of the notebook gives, and where that stands; None where it is not one value."""
        function = self.places.function(node, place)
        nodes = ast.walk(function) if function is not None else ()
        returns = [part for part in nodes if isinstance(part, ast.Return) and part.value is not None]
        if function is None or len(returns) != 1:
            return None, None
        return returns[0].value, self.places.inside(node, function, place, returns[0].lineno)

    def _transformed(self, owner: ast.expr, place: Place) -> Look | None:
        made = self.maker(owner, place)
        last = made.rpartition(".")[2]
        if last in tables.TEXT_STEPS or last == "TfidfTransformer":
            return Look.SPARSE
        own = [part for step in self.own_steps(owner, place) for part in ast.walk(step) if isinstance(part, ast.Name)]
        known = [d for part in own for d in self.places.there.get(part.id, ())]
        return Look.SPARSE if any(d.module.startswith("scipy.sparse.") for d in known) else Look.ARRAY

    def own_steps(self, owner: ast.expr, place: Place) -> list[ast.FunctionDef]:
        """The `transform` methods of the notebook's own classes in what is asked: `Pipeline([("own", Own())])`."""
        for _ in range(_DEPTH):
            if not isinstance(owner, ast.Name):
                break
            bound = self.places.bound(owner.id, place)
            if bound is None or bound.position is not None or bound.iterated:
                return []
            owner, place = bound.value, bound.place
        names = {part.id for part in ast.walk(owner) if isinstance(part, ast.Name)}
        functions = [d.function for name in sorted(names) for d in self.analysis.before[place.unit].get(name, ())]
        methods = [
            method.node
            for function in functions
            if function is not None and function.is_class
            for method in function.methods
        ]
        return [node for node in methods if isinstance(node, ast.FunctionDef) and node.name == "transform"]

    def maker(self, node: ast.expr, place: Place) -> str:
        """The full name of the class or function that made what an expression holds; empty where that is not plain."""
        made = self.constructed(node, place)
        return (self.analysis.full_name(made[1].unit, made[0].func) or "") if made is not None else ""

    def constructed(self, node: ast.expr, place: Place) -> tuple[ast.Call, Place] | None:
        """The library call that made what an expression holds, and where it stands; None where that is not plain."""
        for _ in range(_DEPTH):
            if isinstance(node, ast.Name):
                bound = self.places.bound(node.id, place)
                if bound is None or bound.position is not None or bound.iterated:
                    return None
                node, place = bound.value, bound.place
            elif isinstance(node, ast.Call):
                if self.analysis.full_name(place.unit, node.func):
                    return node, place
                if not isinstance(node.func, ast.Attribute):
                    return None
                node = node.func.value
            else:
                return None
        return None


def _as_frame(call: ast.Call) -> bool:
    frames = [k.value for k in call.keywords if k.arg == "as_frame"]
    return any(isinstance(value, ast.Constant) and value.value is True for value in frames)


def _of_items(items: list[ast.expr]) -> Look:
    if items and all(_is_text(item) for item in items):
        return Look.TEXTS
    if items and all(isinstance(item, ast.Dict | ast.DictComp) for item in items):
        return Look.DICTS
    return Look.LIST


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _TEXT_METHODS
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _of_method(owner: Look | None, method: str, call: ast.Call) -> Look | None:
    if method == "to_dict":
        return Look.DICTS
    if method in ("toarray", "todense", "to_numpy", "numpy"):
        return Look.ARRAY
    if owner is None and method == "drop" and any(k.arg in ("columns", "axis") for k in call.keywords):
        return Look.FRAME
    if owner is Look.FRAME:
        return Look.COLUMN if method == "pop" else Look.FRAME if method in FRAME_METHODS else None
    if owner is Look.COLUMN:
        if method == "to_frame":
            return Look.FRAME
        return Look.LIST if method in ("tolist", "to_list") else Look.COLUMN
    if owner is Look.TENSOR:
        return Look.LIST if method == "tolist" else Look.TENSOR
    if owner is Look.ARRAY:
        return Look.LIST if method == "tolist" else Look.ARRAY if method in _SAME_ARRAY else None
    return owner if owner is Look.SPARSE and method in ("tocsr", "astype", "copy") else None
