"""Models that take no effort, in the place of a model: which there are, and why others are not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nbexport_runtime.pipeline import baselines
from nbexport_runtime.pipeline.remembering import Memory
from nbexport_runtime.pipeline.replay import Call
from nbexport_runtime.pipeline.stages import Stage, Stages
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

RANDOM = np.random.default_rng(5)
COUNT = 300
TABLE = pd.DataFrame(
    {
        "plan": RANDOM.choice(["basic", "plus", None], COUNT),
        "fee": RANDOM.normal(size=COUNT),
        "useless": RANDOM.normal(size=COUNT),
        "text": [f"text {row}" for row in range(COUNT)],
    }
)
LEAVES = np.where((TABLE["fee"] > 0.3), "yes", "no")
STAGES = Stages(
    "n.ipynb",
    (
        Stage("load_data", "data", gives=("X_train", "y_train", "X_test", "y_test")),
        Stage("train_model", "train", takes=("X_train", "y_train"), gives=("model",)),
        Stage("evaluate_model", "evaluate", takes=("X_test", "y_test", "model"), gives=("metrics",)),
    ),
    held_back=("X_test", "y_test"),
)


def evaluated(model: Any, asked: list[tuple[str, Any]], **moving: Any) -> Any:
    """An evaluation that asked a model about rows, as `Evaluation` keeps it."""
    memory = Memory({"model": model})
    count = len(next(iter(moving.values())))
    with memory.recording(moving, [count]):
        for method, rows in asked:
            model(rows) if method == "forward" else getattr(model, method)(rows)
    return SimpleNamespace(memory=memory, values=moving, moving={count: list(moving)})


def training(fit: Any, rows: Any, labels: Any) -> Call:
    """Calls the stages of a notebook whose training fits a model with a function."""

    def call(stage: Stage, values: Any) -> dict[str, Any]:
        if stage.role == "data":
            given = (rows, labels, rows.iloc[:0], labels[:0])
            return dict(zip(stage.gives, given, strict=True))
        return {"model": fit(values["X_train"], values["y_train"])}

    return call


def never(stage: Stage, values: Any) -> dict[str, Any]:
    raise AssertionError("nothing is trained")


def answers(baseline: baselines.Baseline) -> list[Any]:
    return [np.asarray(answer) for answer in baseline.answers]


def test_a_classifier_has_the_shares_of_its_labels_and_a_rule_on_the_column_that_tells_most() -> None:
    columns = TABLE[["plan", "fee", "useless"]]
    model = RandomForestClassifier(5, random_state=0).fit(columns[["fee"]], LEAVES)
    evaluation = evaluated(
        model, [("predict_proba", columns[["fee"]]), ("predict", columns[["fee"]])], X_test=columns, y_test=LEAVES
    )

    fitted: list[int] = []

    def fit(rows: Any, labels: Any) -> Any:
        search = GridSearchCV(RandomForestClassifier(5), {"max_depth": [1, 2]})
        fitted.append(1)
        return search.fit(rows, labels).best_estimator_

    known, why_not = baselines.found(STAGES, training(fit, columns, LEAVES), evaluation, {})
    assert why_not == []
    assert [baseline.name for baseline in known] == ["constant", "rule on `fee` alone"]
    share = (LEAVES == "yes").mean()
    proba, predicted = answers(known[0])
    np.testing.assert_allclose(proba, np.tile([1 - share, share], (COUNT, 1)))
    assert set(predicted) == {"no"}
    assert (answers(known[1])[1] == LEAVES).mean() > 0.95
    # the search was stopped where it began, and works again
    assert fitted == [1]
    assert hasattr(RandomForestClassifier(3).fit(columns[["fee"]], LEAVES), "estimators_")


def test_a_rule_on_categories_knows_those_it_was_fitted_on() -> None:
    columns = TABLE[["plan", "useless"]]
    labels = (TABLE["plan"] == "plus").to_numpy()
    model = DummyClassifier().fit(columns, labels)
    evaluation = evaluated(model, [("predict", columns)], X_test=columns, y_test=labels)

    def fit(rows: Any, labels: Any) -> Any:
        return DummyClassifier().fit(rows, labels)

    known, _ = baselines.found(STAGES, training(fit, columns, labels), evaluation, {})
    (predicted,) = answers(next(baseline for baseline in known if "plan" in baseline.name))
    np.testing.assert_array_equal(predicted, labels)


def test_a_regressor_has_mean_and_median_and_a_rule() -> None:
    rows, numbers = TABLE[["fee"]], TABLE["fee"].to_numpy() ** 2
    model = LinearRegression().fit(rows, numbers)
    evaluation = evaluated(model, [("predict", rows)], X_test=rows, y_test=numbers)

    def fit(rows: Any, labels: Any) -> Any:
        return LinearRegression().fit(rows, labels)

    known, why_not = baselines.found(STAGES, training(fit, rows, numbers), evaluation, {})
    assert why_not == []
    assert [b.name for b in known] == ["constant mean", "constant median", "rule on `fee` alone"]
    assert answers(known[0])[0][0] == pytest.approx(numbers.mean())
    assert answers(known[1])[0][0] == pytest.approx(np.median(numbers))


def test_a_module_of_torch_has_the_logarithms_of_its_shares() -> None:
    module, images = torch.nn.Linear(4, 3), torch.rand(30, 4)
    labels = torch.tensor([0] * 15 + [1] * 10 + [2] * 5)
    evaluation = evaluated(module, [("forward", images)], images=images, y=labels, y_again=labels.numpy())
    known, why_not = baselines.found(STAGES, never, evaluation, {})
    assert why_not == ["one rule: the model is not one of scikit-learn"]
    (logits,) = known[0].answers
    assert isinstance(logits, torch.Tensor)
    torch.testing.assert_close(logits[3].exp(), torch.tensor([1 / 2, 1 / 3, 1 / 6]))


@pytest.mark.parametrize(
    ("moving", "reason"),
    [
        ({"X": torch.rand(30, 4)}, "no value that the evaluation reads looks like the labels"),
        (
            {"X": torch.rand(30, 4), "y": torch.arange(30) % 3, "fold": torch.arange(30) % 2},
            "the labels may be `y` or `fold`",
        ),
        ({"X": torch.rand(30, 4), "texts": [[1, 2], [3]] * 15}, "no value that the evaluation reads looks like"),
    ],
)
def test_where_the_labels_are_not_known_there_is_no_constant(moving: dict[str, Any], reason: str) -> None:
    evaluation = evaluated(torch.nn.Linear(4, 3), [("forward", moving["X"])], **moving)
    known, why_not = baselines.found(STAGES, never, evaluation, {})
    assert known == []
    assert reason in why_not[0]


def test_an_evaluation_that_asks_no_model_has_none() -> None:
    evaluation = evaluated(torch.nn.Linear(4, 3), [], X=torch.rand(30, 4))
    assert baselines.found(STAGES, never, evaluation, {})[1] == [
        "constant: its evaluation reads no predictions of a model that could be replaced"
    ]


def test_a_training_that_fails_before_it_fits_is_a_reason() -> None:
    rows = TABLE[["fee"]]
    model = LinearRegression().fit(rows, TABLE["fee"])
    evaluation = evaluated(model, [("predict", rows)], X_test=rows, y_test=TABLE["fee"].to_numpy())

    def fails(rows: Any, labels: Any) -> Any:
        raise ValueError("no such column")

    _, why_not = baselines.found(STAGES, training(fails, rows, TABLE["fee"]), evaluation, {})
    assert why_not == ["one rule: ValueError: no such column"]
