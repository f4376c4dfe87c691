"""Layout → segments: the stage statements in notebook order, cut where the role changes.

A cell tagged `model, train, evaluate` is cut statement by statement. Each statement gets a cost per role from what it
does, and the cheapest non-decreasing assignment wins, so that

    clf = SVC()                                  model
    clf.fit(X, y)                                train
    pred = clf.predict(X_test)                   evaluate
    metrics = {"f1": f1_score(y_test, pred)}     evaluate

is cut between lines 1 and 2 and between 2 and 3. Wherever it is cut, the order of the statements stays the
notebook's, so a surprising cut can make a surprising function but never another result.
"""

from __future__ import annotations

import ast

from nbexport.analysis.notebook import Analysis
from nbexport.lift.layout import Layout
from nbexport.model import STAGE_ROLES, Role
from nbexport.names.nodes import root_name
from nbexport.record import field, record

FUNCTIONS = {
    Role.DATA: "load_data",
    Role.FEATURES: "prepare",
    Role.MODEL: "build_model",
    Role.TRAIN: "train_model",
    Role.EVALUATE: "evaluate_model",
}
"""Role → name of the generated function; where a role occurs again, `stage_names` chooses which one has it."""

OWN_NAMES = frozenset(
    """Run predict save_model load_model set_process set_seed set_definitions bundle definitions Path Any Mapping
    partial random TYPE_CHECKING""".split()
)
"""Names that `model.py` itself uses at module level, beside those of its stages."""

_WORDS = {
    Role.DATA: frozenset(
        """read_csv read_table read_json read_parquet read_excel load_dataset train_test_split DataLoader TensorDataset
        random_split open loadtxt genfromtxt glob listdir concat merge dropna drop_duplicates fillna""".split()
    ),
    Role.FEATURES: frozenset(
        """fit_transform transform StandardScaler MinMaxScaler OneHotEncoder LabelEncoder get_dummies
        ColumnTransformer TfidfVectorizer CountVectorizer SimpleImputer PolynomialFeatures PCA""".split()
    ),
    Role.MODEL: frozenset("Sequential Pipeline make_pipeline to compile summary".split()),
    Role.TRAIN: frozenset(
        """fit partial_fit backward step zero_grad SGD Adam AdamW RMSprop CrossEntropyLoss MSELoss BCELoss
        BCEWithLogitsLoss NLLLoss train StepLR GridSearchCV RandomizedSearchCV lr_scheduler OneCycleLR""".split()
    ),
    Role.EVALUATE: frozenset(
        """score predict predict_proba accuracy_score f1_score precision_score recall_score roc_auc_score
        classification_report confusion_matrix mean_squared_error mean_absolute_error r2_score log_loss eval evaluate
        test cross_val_score average_precision_score decision_function""".split()
    ),
}


@record(frozen=False, eq=False)
class Segment:
    """Consecutive stage statements of one role: one generated function."""

    role: Role
    function: str
    units: list[int] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def segments(layout: Layout) -> list[Segment]:
    """The segments in notebook order."""
    roles = _roles(layout)
    made: list[Segment] = []
    for unit in layout.code:
        role = roles[unit]
        if not made or made[-1].role is not role:
            made.append(Segment(role, FUNCTIONS[role]))
        made[-1].units.append(unit)
    return made


def _roles(layout: Layout) -> dict[int, Role]:
    """The one stage role of each statement; statements of no stage join the next one, or the last."""
    analysis = layout.analysis
    chosen: dict[int, Role | None] = {}
    by_cell: dict[int, list[int]] = {}
    for unit in layout.code:
        by_cell.setdefault(analysis.units[unit].cell, []).append(unit)
    for number, units in by_cell.items():
        stages = [role for role in STAGE_ROLES if role in analysis.cells[number].roles]
        if len(stages) <= 1:
            chosen.update(dict.fromkeys(units, stages[0] if stages else None))
        else:
            chosen.update(zip(units, _cut(analysis, units, stages), strict=True))
    return _fill(chosen)


def _fill(chosen: dict[int, Role | None]) -> dict[int, Role]:
    units = list(chosen)
    filled: dict[int, Role] = {}
    following: Role | None = None
    for unit in reversed(units):
        following = chosen[unit] or following
        if following is not None:
            filled[unit] = following
    last = next((role for role in reversed(list(chosen.values())) if role is not None), Role.DATA)
    return {unit: filled.get(unit, last) for unit in units}


def _cut(analysis: Analysis, units: list[int], stages: list[Role]) -> list[Role]:
    """The cheapest non-decreasing sequence of roles; where two cost the same, the later cut."""
    best: dict[int, tuple[float, list[int]]] = {-1: (0.0, [])}
    for unit in units:
        scores = _scores(analysis, unit)
        after: dict[int, tuple[float, list[int]]] = {}
        for last, (total, path) in best.items():
            for index in range(max(last, 0), len(stages)):
                cost = total - scores.get(stages[index], 0.0)
                if index not in after or cost < after[index][0]:
                    after[index] = (cost, [*path, index])
        best = after
    _, path = min(best.values(), key=lambda entry: entry[0])
    return [stages[index] for index in path]


def _scores(analysis: Analysis, unit: int) -> dict[Role, float]:
    """How much a statement looks like each role."""
    node = analysis.units[unit].node
    scores: dict[Role, float] = {}
    if isinstance(node, ast.Assert):
        scores[Role.EVALUATE] = 3.0
    for part in ast.walk(node):
        name = ""
        if isinstance(part, ast.Attribute):
            name = part.attr
        elif isinstance(part, ast.Name):
            name = part.id
            if name == "metrics":
                scores[Role.EVALUATE] = scores.get(Role.EVALUATE, 0.0) + 2.0
        for role, words in _WORDS.items():
            if name in words:
                # a call that trains outweighs anything scored or built around it
                scores[role] = scores.get(role, 0.0) + (4.0 if name in ("fit", "backward", "step") else 1.0)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and Role.TRAIN not in scores:
        callee = root_name(node.value.func)
        full = analysis.full_name(unit, node.value.func) or ""
        made = full.rpartition(".")[2] or (callee.id if callee is not None else "")
        builds = full.startswith(("sklearn.", "torch.nn.", "xgboost.", "lightgbm.")) or any(
            d.function is not None and d.function.is_class for d in analysis.before[unit].get(made, ())
        )
        if made[:1].isupper() and builds:
            scores[Role.MODEL] = scores.get(Role.MODEL, 0.0) + 1.5
    return scores
