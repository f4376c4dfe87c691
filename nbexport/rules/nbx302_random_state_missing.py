"""A scikit-learn split, shuffle or estimator without `random_state`.

## What it does
Reports scikit-learn calls that draw from numpy's global generator because they are given no `random_state`, when
nothing seeds that generator before: `train_test_split`, `shuffle`, `KFold(shuffle=True)`, `make_moons`, and estimators
whose `fit` draws, such as random forests and `KMeans`.

## Why is this bad
Each run splits other rows or grows other trees, so the score changes from run to run, and a better score may be luck.

## How to fix
Give the call `random_state=0`, or seed numpy above it.

## Limits
Only calls that resolve to scikit-learn by their import. Estimators that draw only in rare settings, such as
`QuantileTransformer`, are left out, and so is `LinearSVC` but for `dual=True` and for notebooks that make columns of
texts.

## Source
scikit-learn, "Common pitfalls and recommended practices: controlling randomness".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.analysis.seeding import owner, unseeded
from nbexport.fix.edits import argument_added
from nbexport.model import Edit, Fix, Problem, Severity
from nbexport.names import effects
from nbexport.names.kinds import Generator
from nbexport.names.nodes import dotted_name

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("sklearn",)

GOOD = """\
# %%
import numpy as np
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, train_test_split
from sklearn.tree import DecisionTreeClassifier
X, y = [[1], [2], [3], [4]], [0, 1, 0, 1]
options = {"random_state": 1}
# %%
a, b = train_test_split(X, random_state=1)
forest = RandomForestClassifier(**options)
# %%
a, b = train_test_split(X, shuffle=False)
folds = KFold(5)
same = KFold(n_splits=5, shuffle=False)
linear = LogisticRegression()
tree = DecisionTreeClassifier()
bag = BaggingClassifier(tree, random_state=1)
# %%
def train_test_split_by_date(rows):
    return rows[:3], rows[3:]
a, b = train_test_split_by_date(X)
# %%
from sklearn.svm import LinearSVC
few = LinearSVC(dual=False)
usual = LinearSVC()
# %%
np.random.seed(0)
a, b = train_test_split(X)
"""

BAD = """\
# %%
from sklearn.cluster import KMeans
from sklearn.model_selection import KFold, train_test_split
X, y = [[1], [2], [3], [4]], [0, 1, 0, 1]
# %%
X_train, X_test, y_train, y_test = train_test_split(  # <- here
    X, y, test_size=0.25
)
# %%
clusters = KMeans(2, random_state=None)  # <- here
# %%
clusters.fit(X)
folds = KFold(n_splits=2, shuffle=True)  # <- here
# %%
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC
words = TfidfVectorizer().fit_transform(["a b", "c d"])
machine = LinearSVC().fit(words, [0, 1])  # <- here
"""

_RARELY = frozenset(
    """LinearSVC QuantileTransformer SplineTransformer IterativeImputer TheilSenRegressor NMF
    HistGradientBoostingClassifier HistGradientBoostingRegressor""".split()
)
"""Estimators that draw only in some settings, or on large data."""
_DRAWS_IN_DUAL = frozenset({"LinearSVC", "LinearSVR"})
"""Estimators that draw where they solve the dual problem: by default where columns outnumber the rows."""
_TEXT_STEPS = ("TfidfVectorizer(", "CountVectorizer(", "HashingVectorizer(")
_ENSEMBLES = ("BaggingClassifier", "BaggingRegressor", "AdaBoostClassifier", "AdaBoostRegressor")


def find(analysis: Analysis) -> Iterator[Problem]:
    """Calls of scikit-learn that draw from numpy's unseeded generator."""
    reported: set[int] = set()
    for event in unseeded(analysis):
        node = event.node
        if event.generator is not Generator.NUMPY or not isinstance(node, ast.Call) or id(node) in reported:
            continue
        full = analysis.full_name(event.unit, node.func) or ""
        last = full.rpartition(".")[2]
        if not full.startswith("sklearn.") or any(k.arg is None for k in node.keywords):
            continue
        if last in _RARELY and not (last in _DRAWS_IN_DUAL and _is_dual(analysis, node)):
            continue
        home = owner(analysis, event.unit, node)
        if home is None:
            continue
        if last in effects.RANDOM_ESTIMATORS and _is_given_one(analysis, event.unit, node):
            continue
        reported.add(id(node))
        kind = "draws from numpy's global generator"
        if last in effects.RANDOM_ESTIMATORS:
            kind = f"{kind} when fitted"
        yield Problem(
            f"`{dotted_name(node.func) or last}` without `random_state` {kind}, and nothing seeds it before this line",
            "give it `random_state=0`",
            analysis.units[home].cell,
            analysis.span(home, node),
            fix=Fix("give it `random_state=0`", (_edit(analysis, home, node),), safe=False),
        )


def _is_dual(analysis: Analysis, node: ast.Call) -> bool:
    """Whether a linear machine solves the dual problem: as it is told to, or since texts make so many columns."""
    told = next((keyword.value for keyword in node.keywords if keyword.arg == "dual"), None)
    if isinstance(told, ast.Constant) and told.value != "auto":
        return told.value is True
    return any(word in cell.code for cell in analysis.notebook.cells for word in _TEXT_STEPS)


def _is_given_one(analysis: Analysis, unit: int, node: ast.Call) -> bool:
    """Whether the estimator is only the base of an ensemble, which sets the state of each copy itself."""
    statement = analysis.units[unit].node
    name = None
    if isinstance(statement, ast.Assign) and statement.value is node and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
    for index in range(unit, len(analysis.units)):
        code = analysis.cells[analysis.units[index].cell].code
        if index > unit and (name is None or not any(word in code for word in _ENSEMBLES)):
            continue
        for call in ast.walk(analysis.units[index].node):
            if not isinstance(call, ast.Call) or not (dotted_name(call.func) or "").endswith(_ENSEMBLES):
                continue
            given = [*call.args, *[keyword.value for keyword in call.keywords]]
            if any(part is node or (isinstance(part, ast.Name) and part.id == name) for part in given):
                return True
    return False


def _edit(analysis: Analysis, unit: int, node: ast.Call) -> Edit:
    """Put `random_state=0` in place of `random_state=None`, or before the closing parenthesis."""
    cell = analysis.units[unit].cell
    for keyword in node.keywords:
        if keyword.arg == "random_state":
            return Edit(cell, analysis.span(unit, keyword.value), "0")
    return argument_added(analysis, unit, node, "random_state=0")
