"""Estimators of scikit-learn that a cell fits again, sets or reaches through a container."""

from __future__ import annotations

from soundness.cases import cases

IMPORTS = """\
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
"""
DATA = """\
--- data
X = np.arange(12.0).reshape(6, 2) ** 1.5
y = np.array([0.0, 1.0, 1.0, 3.0, 4.0, 9.0])
"""
RIDGE = "--- train\nmodel = Ridge().fit(X, y)\nlevel = 1.0\n"
SCORE = '--- evaluate\nmetrics = {"v": float(model.predict(X).sum() + model.predict(X)[0]) * level}\n'

FITTED_AGAIN = {
    "fit_on_half": "model.fit(X[:3], y[:3])",
    "fit_by_an_alias": "other = model\nother.fit(X, y * 2)",
    "fit_in_a_loop_over_a_list": "for candidate in [model, Ridge(2.0)]:\n    candidate.fit(X, -y)",
    "fit_in_a_loop_over_a_dict": 'models = {"a": model, "b": Ridge()}\nfor name, one in models.items():\n    print(name, one.fit(X, y + 1).score(X, y))',
    "fit_in_a_helper": "def report(estimator, rows, labels):\n    estimator.fit(rows, labels)\n    return estimator.score(rows, labels)\nreport(model, X[:4], y[:4])",
    "fit_in_a_method": "class Study:\n    def __init__(self, estimator):\n        self.estimator = estimator\n\n    def run(self):\n        self.estimator.fit(X[2:], y[2:])\nStudy(model).run()",
    "fit_by_a_bound_method": "again = model.fit\nagain(X[:2], y[:2])",
    "fit_by_a_partial": "from functools import partial\npartial(model.fit, X)(y ** 2)",
    "fit_in_a_comprehension": "[model.fit(X[:n], y[:n]).score(X, y) for n in (2, 3, 4)]",
    "fit_in_a_pipeline": "make_pipeline(StandardScaler(), model).fit(X, y)",
    "fit_as_a_named_step": 'pipe = Pipeline([("scale", MinMaxScaler()), ("ridge", model)])\npipe.fit(X, y)',
    "fit_predicted": "print(Pipeline([('m', model)]).fit(X[:4], y[:4]).predict(X))",
    "coefficients_zeroed": "model.coef_[0] = 0.0",
    "coefficients_replaced": "model.coef_ = np.zeros(2)",
    "coefficients_scaled": "weights = model.coef_\nweights *= 3",
    "intercept_set": "model.intercept_ = 5.0",
    "intercept_by_setattr": 'setattr(model, "intercept_", -5.0)',
    "state_by_vars": 'vars(model)["intercept_"] = 3.0',
    "state_restored": "model.__setstate__({**model.__getstate__(), 'intercept_': 1.0})",
    "refitted_by_a_mapped_method": "list(map(model.fit, [X], [y * 5]))",
    "refitted_by_a_getattr": 'getattr(model, "fit")(X, y - 3)',
    "refitted_in_a_try": "try:\n    model.fit(X[:1], y[:1])\nexcept ValueError:\n    print('too few')",
    "warmed_by_a_stack": "from sklearn.base import BaseEstimator\nstack = [model]\nstack[-1].fit(X * 2, y)",
    "voted_prefit": "from sklearn.frozen import FrozenEstimator\nfrozen = FrozenEstimator(model)\nfrozen.estimator.fit(X, y * 7)",
}
CASES = [
    case
    for name, line in FITTED_AGAIN.items()
    for case in cases(f"=== {name}\n{DATA}{RIDGE}--- behind\n{line}\n{SCORE}", imports=IMPORTS)
]
CASES += cases(
    """
    === partial_fit
    --- data
    X = np.arange(6.0).reshape(6, 1) / 6
    y = X[:, 0]
    --- train
    model = SGDRegressor(random_state=0).fit(X, y)
    level = 1.0
    --- behind
    model.partial_fit(X, 3 * y)
    --- evaluate
    metrics = {"v": float(model.predict(X).sum()) * level}
    === partial_fit_of_a_scaler
    --- data
    X = np.arange(6.0).reshape(6, 1)
    --- features
    scaler = StandardScaler().fit(X)
    --- behind
    scaler.partial_fit(X * 10)
    --- evaluate
    metrics = {"v": float(scaler.transform(X)[0, 0]) * level}
    === fit_transform_of_a_shared_scaler
    --- data
    X = np.arange(6.0).reshape(6, 1)
    --- features
    scaler = StandardScaler().fit(X)
    --- behind
    scaler.fit_transform(X[:2])
    --- evaluate
    metrics = {"v": float(scaler.transform(X)[0, 0]) * level}
    === scaler_without_a_copy
    --- data
    X = np.arange(6.0).reshape(6, 1)
    --- features
    scaler = StandardScaler(copy=False).fit(X)
    --- behind
    scaler.transform(X)
    --- evaluate
    metrics = {"v": float(X.sum()) + level}
    === scale_function_without_a_copy
    --- data
    X = np.arange(6.0).reshape(6, 1)
    --- behind
    from sklearn.preprocessing import scale
    scale(X, copy=False)
    --- evaluate
    metrics = {"v": float(X.sum()) + level}
    === normalize_without_a_copy
    --- data
    X = np.arange(1.0, 7.0).reshape(3, 2)
    --- behind
    from sklearn.preprocessing import normalize
    normalize(X, copy=False)
    --- evaluate
    metrics = {"v": float(X.sum()) * level}
    === estimator_that_overwrites_its_rows
    --- data
    X = np.arange(1.0, 13.0).reshape(6, 2)
    y = np.arange(6.0)
    --- behind
    LinearRegression(copy_X=False).fit(X, y)
    --- evaluate
    metrics = {"v": float(X.sum()) + level}
    === parameters_set_then_fitted
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    model = Ridge(1.0)
    --- behind
    model.set_params(alpha=100.0)
    --- train
    model.fit(X, y)
    level = 1.0
    --- evaluate
    metrics = {"v": float(model.coef_[0]) * level}
    === nested_parameters_set
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    ridge = Ridge(1.0)
    pipe = Pipeline([("scale", StandardScaler()), ("ridge", ridge)])
    --- behind
    pipe.set_params(ridge__alpha=50.0)
    --- train
    ridge.fit(X, y)
    level = 1.0
    --- evaluate
    metrics = {"v": float(ridge.coef_[0]) * level}
    === parameter_by_an_attribute
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    model = Ridge(1.0)
    --- behind
    model.alpha = 30.0
    --- train
    model.fit(X, y)
    level = 1.0
    --- evaluate
    metrics = {"v": float(model.coef_[0]) * level}
    === step_replaced
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    pipe = Pipeline([("scale", StandardScaler()), ("ridge", Ridge(1.0))])
    --- behind
    pipe.steps[1] = ("ridge", Ridge(80.0))
    --- train
    pipe.fit(X, y)
    level = 1.0
    --- evaluate
    metrics = {"v": float(pipe.predict(X)[0]) * level}
    === step_changed_by_name
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    pipe = make_pipeline(StandardScaler(), Ridge(1.0))
    --- behind
    pipe.named_steps["ridge"].alpha = 70.0
    --- train
    pipe.fit(X, y)
    level = 1.0
    --- evaluate
    metrics = {"v": float(pipe.predict(X)[0]) * level}
    === step_popped
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    pipe = Pipeline([("low", MinMaxScaler((0, 0.1))), ("ridge", Ridge(1.0))])
    --- behind
    pipe.steps.pop(0)
    --- train
    pipe.fit(X, y)
    level = 1.0
    --- evaluate
    metrics = {"v": float(pipe.predict(X)[0]) * level}
    === fitted_step_used_directly
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    --- features
    scaler = StandardScaler().fit(X)
    --- behind
    pipe = make_pipeline(scaler, Ridge())
    pipe.fit(X[:3], y[:3])
    --- evaluate
    metrics = {"v": float(scaler.transform(X)[0, 0]) * level}
    === union_fits_its_parts
    --- data
    X = np.arange(6.0).reshape(6, 1)
    --- features
    scaler = StandardScaler().fit(X)
    --- behind
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import FeatureUnion
    union = FeatureUnion([("a", "passthrough")])
    union.transformer_list.append(("b", scaler))
    scaler.fit(X[:2])
    --- evaluate
    metrics = {"v": float(scaler.transform(X)[0, 0]) * level}
    === warm_start_goes_on
    --- data
    X, y = np.arange(6.0).reshape(6, 1) / 6, np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    --- train
    model = SGDRegressor(warm_start=True, max_iter=1, tol=None, random_state=0).fit(X, y)
    level = 1.0
    --- behind
    model.fit(X, y)
    --- evaluate
    metrics = {"v": float(model.predict(X).sum()) * level}
    === trees_added
    --- data
    from sklearn.ensemble import RandomForestRegressor
    X, y = np.arange(20.0).reshape(20, 1), np.arange(20.0) ** 2
    --- train
    forest = RandomForestRegressor(3, random_state=0, warm_start=True).fit(X, y)
    level = 1.0
    --- behind
    forest.set_params(n_estimators=6)
    forest.fit(X, y)
    --- evaluate
    metrics = {"v": float(forest.predict(X).sum()) * level}
    === trees_taken_away
    --- data
    from sklearn.ensemble import RandomForestRegressor
    X, y = np.arange(20.0).reshape(20, 1), np.arange(20.0) ** 2
    --- train
    forest = RandomForestRegressor(3, random_state=0).fit(X, y)
    level = 1.0
    --- behind
    forest.estimators_.pop()
    --- evaluate
    metrics = {"v": float(sum(tree.predict(X).sum() for tree in forest.estimators_)) * level}
    === vocabulary_learnt_again
    --- data
    from sklearn.feature_extraction.text import CountVectorizer
    texts = ["a cat sat", "a dog ran"]
    --- features
    words = CountVectorizer().fit(texts)
    --- behind
    words.fit_transform(["red blue"])
    --- evaluate
    metrics = {"v": float(len(words.vocabulary_)) * level}
    === encoder_fitted_on_another_column
    --- data
    from sklearn.preprocessing import LabelEncoder
    labels = ["x", "y", "z"]
    --- features
    encoder = LabelEncoder()
    codes = encoder.fit_transform(labels)
    --- behind
    encoder.fit(["q"])
    --- evaluate
    metrics = {"v": float(len(encoder.classes_) + codes.sum()) * level}
    === encoder_in_a_loop_over_columns
    --- data
    from sklearn.preprocessing import LabelEncoder
    frame = pd.DataFrame({"a": ["x", "y", "z"], "b": ["k", "k", "m"]})
    encoder = LabelEncoder()
    codes = encoder.fit_transform(frame["a"])
    --- behind
    for column in frame:
        print(column, encoder.fit(frame[column]).classes_)
    --- evaluate
    metrics = {"v": float(len(encoder.classes_) + codes.sum()) * level}
    === imputer_learns_again
    --- data
    from sklearn.impute import SimpleImputer
    X = np.array([[1.0], [np.nan], [3.0]])
    --- features
    imputer = SimpleImputer().fit(X)
    --- behind
    imputer.fit([[100.0]])
    --- evaluate
    metrics = {"v": float(imputer.transform(X)[1, 0]) * level}
    === own_estimator_with_an_inherited_fit
    --- define
    from sklearn.base import BaseEstimator

    class Mean(BaseEstimator):
        def fit(self, rows):
            self.mean_ = float(np.mean(rows))
            return self

    class Doubled(Mean):
        def predict(self):
            return 2 * self.mean_
    --- data
    rows = np.arange(4.0)
    --- train
    model = Doubled().fit(rows)
    level = 1.0
    --- behind
    Mean.fit(model, rows + 10)
    --- evaluate
    metrics = {"v": model.predict() * level}
    === base_of_an_ensemble_fitted
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    --- train
    base = Ridge().fit(X, y)
    level = 1.0
    --- behind
    from sklearn.multioutput import RegressorChain
    chain = {"inner": base}
    chain["inner"].fit(X, y * 9)
    --- evaluate
    metrics = {"v": float(base.predict(X)[0]) * level}
    === feature_names_given_later
    --- data
    X, y = np.arange(6.0).reshape(6, 1), np.array([0.0, 1.0, 4.0, 9.0, 16.0, 25.0])
    --- train
    model = Ridge().fit(X, y)
    level = 1.0
    --- behind
    model.fit(pd.DataFrame({"width": X[:, 0]}), y)
    --- evaluate
    metrics = {"v": float(hasattr(model, "feature_names_in_")) + level}
    === cluster_refitted_by_fit_predict
    --- data
    from sklearn.cluster import KMeans
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    --- train
    model = KMeans(2, n_init=1, random_state=0).fit(X)
    level = 1.0
    --- behind
    model.fit_predict(X * 100)
    --- evaluate
    metrics = {"v": float(model.inertia_) * level}
    === components_flipped
    --- data
    from sklearn.decomposition import PCA
    X = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 7.0]])
    --- train
    pca = PCA(1).fit(X)
    level = 1.0
    --- behind
    pca.components_ *= -1
    --- evaluate
    metrics = {"v": float(pca.transform(X)[0, 0]) * level}
    === search_object_refitted
    --- data
    from sklearn.model_selection import GridSearchCV
    X, y = np.arange(12.0).reshape(12, 1), np.arange(12.0) ** 2
    --- train
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(X, y)
    level = 1.0
    --- behind
    search.fit(X, -y)
    --- evaluate
    metrics = {"v": float(search.best_estimator_.predict(X)[0]) * level}
    === best_estimator_refitted
    --- data
    from sklearn.model_selection import GridSearchCV
    X, y = np.arange(12.0).reshape(12, 1), np.arange(12.0) ** 2
    --- train
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit(X, y)
    level = 1.0
    --- behind
    best = search.best_estimator_
    best.fit(X[:4], y[:4])
    --- evaluate
    metrics = {"v": float(search.predict(X)[0]) * level}
    """,
    imports=IMPORTS,
)
