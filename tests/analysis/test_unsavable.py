"""Values that no bundle can hold are refused before anything is trained, with what to keep instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from both_ways import against
from nbexport_runtime.bundle.codec import codecs

from nbexport.analysis import unsavable

TABLE = json.loads(Path(unsavable.__file__).with_suffix(".json").read_text(encoding="utf-8"))["entries"]

NOTEBOOK = """\
# %% tags=["define"]
{imports}
# %% tags=["train"]
{train}
# %% tags=["evaluate"]
metrics = {{"n": 1}}
# %% tags=["predict"]
def predict(x: float) -> float:
    return float({asked}.ask(x))
predict(1.0)
"""

REFUSED = {
    "an instance": ("from surprise import SVD", "best = SVD()", "surprise.SVD"),
    "fitted in one line": ("import surprise as s", "best = s.SVD(n_factors=2).fit([1])", "surprise.SVD"),
    "by another name": ("from surprise import KNNBasic", "algo = KNNBasic()\nalgo.fit([1])\nbest = algo", "KNNBasic"),
    "a maker": ("import spacy", 'best = spacy.load("en")', "spacy.load"),
    "a member": (
        "from h2o.automl import H2OAutoML",
        "found = H2OAutoML(max_models=3)\nfound.train(y=1)\nbest = found.leader",
        "h2o.automl.H2OAutoML",
    ),
    "what a pipeline of Spark fits": (
        "from pyspark.ml import Pipeline",
        "best = Pipeline(stages=[]).fit([1])",
        "pyspark.ml.Pipeline",
    ),
    "an index": ("import faiss", "best = faiss.IndexFlatL2(8)", "faiss.IndexFlatL2"),
}

EXPORTED = {
    "a number of such a library": ("from surprise import accuracy", "best = accuracy.rmse([1])"),
    "what the fix says": ("import pmdarima as pm", "best = pm.auto_arima([1.0]).arima_res_"),
    "arrays of it": (
        "from implicit.als import AlternatingLeastSquares",
        "best = AlternatingLeastSquares().item_factors",
    ),
    "another library": ("from sklearn.linear_model import Ridge", "best = Ridge()"),
    "bound to something else in the end, perhaps": (
        "from surprise import SVD\nfrom sklearn.linear_model import Ridge",
        "best = SVD() if len('ab') > 3 else Ridge()",
    ),
}

CACHED = """\
import functools
import spacy
@functools.cache
def best():
    return spacy.load("en")"""


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_saved_is_refused_with_a_way_out(case: str) -> None:
    imports, train, what = REFUSED[case]
    problems = [finding.problem for finding in against(NOTEBOOK.format(imports=imports, train=train, asked="best"))]
    assert [problem.name for problem in problems] == ["best"]
    assert what in problems[0].message
    assert problems[0].hint
    assert "{" not in problems[0].hint


@pytest.mark.parametrize("case", EXPORTED)
def test_what_may_be_saved_is_left_to_the_bundle(case: str) -> None:
    imports, train = EXPORTED[case]
    assert not against(NOTEBOOK.format(imports=imports, train=train, asked="best"))


def test_what_a_function_loads_is_loaded_by_the_service() -> None:
    assert not against(NOTEBOOK.format(imports=CACHED, train="n = 1", asked="best()"))


def test_the_table_names_no_library_whose_values_a_bundle_holds() -> None:
    allowed = [codec.allowed for codec in codecs()]
    roots = {codec.library for codec in codecs()}
    roots |= {family.pattern.partition(".")[0] for each in allowed for family in each.families}
    assert not roots & {entry["library"] for entry in TABLE}
    assert [entry["library"] for entry in TABLE] == sorted({entry["library"] for entry in TABLE})


def test_each_fix_is_one_action() -> None:
    for entry in TABLE:
        fix = entry["fix"].replace("{name}", "best")
        assert fix[0].islower()
        assert not fix.endswith(".")
        assert fix.count("`") % 2 == 0
