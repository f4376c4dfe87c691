"""`nbexport tag`: which role it proposes for which cell and why, and that writing the tags changes nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.command.codes import ExitCode
from nbexport.errors import NbexportError
from nbexport.fix.new_cells import NewCell, with_cells
from nbexport.fix.tags import tagged, tags_for
from nbexport.model import Role
from nbexport.plan import ExportRequest, Plan
from nbexport.propose import Proposal, Suggestion, suggest
from nbexport.read.notebook import python_notebook, read, read_text
from nbexport.shell.cli import main
from nbexport.shell.tag import write_tags

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("messages", "churn", "digits")

TRAINED = """\
# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
# %%
df = pd.read_csv("rows.csv")
X_train, X_test, y_train, y_test = train_test_split(df[["a", "b"]], df["y"], random_state=0)
"""


def suggested(text: str, target: str | None = None) -> Suggestion:
    """The suggestion for a py:percent notebook."""
    from nbexport.propose import suggest

    return suggest(read_text(text, "notebook.py"), target=target)


def roles(text: str, target: str | None = None) -> dict[int, str]:
    """Cell → its proposed roles as words, for the cells that get one."""
    return {p.cell: " ".join(p.roles) for p in suggested(text, target).proposals if p.roles}


def proposal(text: str, cell: int, target: str | None = None) -> Proposal:
    return next(p for p in suggested(text, target).proposals if p.cell == cell)


def stripped(name: str, folder: Path) -> Path:
    """A copy of an example, its data beside it, without one tag."""
    for source in (EXAMPLES / name).iterdir():
        if source.is_file() and source.suffix != ".md":
            (folder / source.name).write_bytes(source.read_bytes())
    path = folder / f"{name}.ipynb"
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        cell["metadata"].pop("tags", None)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


# --------------------------------------------------------------------------- the examples


@pytest.mark.parametrize("name", NAMES)
def test_an_example_without_its_tags_gets_them_back(name: str, tmp_path: Path) -> None:
    wanted = {cell.number: cell.roles for cell in read(EXAMPLES / name / f"{name}.ipynb").cells if cell.kind == "code"}
    found = {p.cell: p.roles for p in suggest(python_notebook(stripped(name, tmp_path))).proposals}
    lifted = [number for number, given in wanted.items() if given and given != (Role.SKIP,)]
    assert [found[number] for number in lifted] == [wanted[number] for number in lifted]
    # a cell of nothing but definitions is exported with or without a tag
    extra = {number: found[number] for number in wanted if number not in lifted and found[number]}
    assert extra == ({16: (Role.DEFINE,)} if name == "digits" else {})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_exported_with_the_proposed_tags_is_what_was_exported_with_the_authors(
    name: str, tmp_path: Path
) -> None:
    path = stripped(name, tmp_path)
    assert isinstance(api.plan(ExportRequest(path, level=1, output=tmp_path / "before")), api.Refused)
    assert write_tags(path, suggest(python_notebook(path))) > 0
    made = api.plan(ExportRequest(path, level=1, output=tmp_path / "project"))
    assert isinstance(made, Plan)
    theirs = api.plan(ExportRequest(EXAMPLES / name / f"{name}.ipynb", level=1, output=tmp_path / "project"))
    assert isinstance(theirs, Plan)
    texts = [{c.path: c.after for c in plan.changes if c.path.endswith(".py")} for plan in (made, theirs)]
    assert "model.py" in texts[0]
    assert texts[0] == texts[1]


# --------------------------------------------------------------------------- which result, which model


def test_the_metrics_decide_which_of_two_models_is_exported() -> None:
    text = f"""{TRAINED}# %%
depth = 4
# %%
knn = KNeighborsClassifier().fit(X_train, y_train)
print(knn.score(X_test, y_test))
# %%
tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
# %%
tree.fit(X_train, y_train)
# %%
predicted = tree.predict(X_test)
# %%
metrics = {{"f1": f1_score(y_test, predicted)}}
# %%
assert metrics["f1"] > 0.5
"""
    assert roles(text) == {
        2: "data",
        3: "parameters",
        5: "model",
        6: "train",
        7: "evaluate",
        8: "evaluate",
        9: "evaluate",
    }
    assert proposal(text, 4).left_out_reason.endswith("another model than the one behind `metrics`")


def test_predict_decides_where_there_are_no_metrics() -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
# %%
tree.score(X_test, y_test)
# %%
knn = KNeighborsClassifier().fit(X_train, y_train)
# %%
knn.score(X_test, y_test)
# %%
def predict(a: float, b: float) -> int:
    return int(tree.predict([[a, b]])[0])
"""
    assert roles(text) == {2: "data", 3: "train", 4: "evaluate", 7: "predict"}


def test_a_predict_that_is_given_the_model_is_a_helper() -> None:
    text = f"""{TRAINED}# %%
def predict(model, rows):
    return model.predict(rows)
# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
# %%
metrics = {{"accuracy": accuracy_score(y_test, predict(tree, X_test))}}
"""
    assert roles(text) == {2: "data", 3: "define", 4: "train", 5: "evaluate"}


def scored(first: float, second: float, third: float, score: str = "accuracy_score") -> str:
    """A notebook, as `.ipynb`, that scores three models and stores what it saw."""
    models = ("LogisticRegression()", "KNeighborsClassifier()", "DecisionTreeClassifier(random_state=0)")
    sources = [TRAINED.split("# %%\n")[1], TRAINED.split("# %%\n")[2]]
    outputs: list[float | None] = [None, None]
    for made, value in zip(models, (first, second, third), strict=True):
        name = f"m{len(sources)}"
        sources += [f"{name} = {made}\n{name}.fit(X_train, y_train)", f"{score}(y_test, {name}.predict(X_test))"]
        outputs += [None, value]
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": []
            if value is None
            else [
                {
                    "output_type": "execute_result",
                    "execution_count": None,
                    "metadata": {},
                    "data": {"text/plain": [str(value)]},
                }
            ],
            "source": source,
        }
        for source, value in zip(sources, outputs, strict=True)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


@pytest.mark.parametrize(
    ("values", "score", "fitted"),
    [
        ((0.71, 0.93, 0.84), "accuracy_score", 5),
        ((0.95, 0.93, 0.84), "accuracy_score", 3),
        ((0.71, 0.93, 0.84), "mean_squared_error", 3),
    ],
)
def test_the_best_of_comparable_scores_wins(
    values: tuple[float, float, float], score: str, fitted: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.ipynb"
    text = scored(*values, score=score).replace("import accuracy_score", "import mean_squared_error, accuracy_score")
    path.write_text(text, encoding="utf-8")
    found = {p.cell: " ".join(p.roles) for p in suggest(python_notebook(path)).proposals if p.roles}
    assert found == {2: "data", fitted: "train", fitted + 1: "evaluate"}


def test_a_score_on_held_out_rows_outranks_a_later_one_on_the_rows_of_training() -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
# %%
test_accuracy = tree.score(X_test, y_test)
# %%
knn = KNeighborsClassifier().fit(X_train, y_train)
# %%
knn.score(X_train, y_train)
"""
    assert roles(text) == {2: "data", 3: "train", 4: "evaluate"}
    notes = suggested(text).notes
    assert any(
        'after cell 4, tagged `evaluate`, with `metrics = {"test_accuracy": float(test_accuracy)}`' in n for n in notes
    )
    assert any("there is no `predict`" in note for note in notes)


def test_without_a_score_the_last_fit_is_the_result_and_the_advice_says_what_is_missing() -> None:
    text = f"{TRAINED}# %%\nLogisticRegression().fit(X_train, y_train)\n# %%\ntree = DecisionTreeClassifier()\n"
    text += "tree.fit(X_train, y_train)\n"
    found = suggested(text)
    assert found.result == "the last fitted model"
    assert roles(text) == {2: "data", 4: "train evaluate"}
    assert all(p.confidence < 0.75 for p in found.proposals)
    assert found.notes[0].startswith("there is no dict `metrics`")


def test_where_nothing_is_fitted_nothing_is_proposed() -> None:
    found = suggested("# %%\nimport os\n# %%\nprint(os.sep)\n")
    assert [p.roles for p in found.proposals] == [(), ()]
    assert "--target" in found.notes[0]
    assert found.proposals[0].left_out_reason.startswith("only imports")


@pytest.mark.parametrize(
    "other",
    [
        "from sklearn import metrics\nprint(metrics.f1_score(y_test, tree.predict(X_test)))\n",
        'metrics = ["accuracy", "f1"]\nprint(f1_score(y_test, tree.predict(X_test)), metrics)\n',
        'metrics = {"f1": f1_score}\nprint(metrics["f1"](y_test, tree.predict(X_test)))\n',
    ],
)
def test_the_dict_wins_over_anything_else_that_is_called_metrics(other: str) -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
# %%
metrics = {{"accuracy": tree.score(X_test, y_test)}}
# %%
{other}"""
    assert suggested(text).result == "`metrics`"
    assert roles(text) == {2: "data", 3: "train", 4: "evaluate"}


def test_cross_validation_leaves_no_model_so_it_is_no_result() -> None:
    text = f"""{TRAINED}from sklearn.model_selection import cross_val_score
# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
# %%
scores = []
for model in (LogisticRegression(), KNeighborsClassifier()):
    scores.append(cross_val_score(model, df[["a", "b"]], df["y"]).mean())
# %%
print(max(scores))
"""
    assert roles(text) == {2: "data", 3: "train evaluate"}
    assert "fits copies of a model and keeps none of them" in proposal(text, 4).left_out_reason
    alone = text.replace("tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)", "pass")
    assert any("cross validation fits copies" in note for note in suggested(alone).notes)


def test_a_score_without_a_fitted_model_is_no_result() -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
tree.score(X_test, y_test)
# %%
print(accuracy_score(y_test, [0] * len(y_test)))
"""
    assert roles(text) == {2: "data", 3: "train evaluate"}
    assert "no fitted model has part in it" in proposal(text, 4).left_out_reason


def test_a_loop_of_comparisons_gives_way_to_the_fit_below_it() -> None:
    text = f"""{TRAINED}# %%
for neighbors in (1, 3):
    model = KNeighborsClassifier(neighbors)
    model.fit(X_train, y_train)
    print(model.score(X_test, y_test))
# %%
best = KNeighborsClassifier(3)
best.fit(X_train, y_train)
"""
    assert roles(text) == {2: "data", 4: "train evaluate"}


def test_a_dummy_is_there_to_be_compared_with() -> None:
    text = f"""{TRAINED}from sklearn.dummy import DummyClassifier
# %%
nobody = DummyClassifier().fit(X_train, y_train)
nobody.score(X_test, y_test)
# %%
tree = DecisionTreeClassifier()
tree.fit(X_train, y_train)
"""
    assert roles(text) == {2: "data", 4: "train evaluate"}
    alone = text.replace("tree.fit(X_train, y_train)", "")
    assert roles(alone) == {2: "data", 3: "train evaluate"}


def test_what_comes_after_metrics_and_predict_is_exploration() -> None:
    text = f"""{TRAINED}# %%
model = DecisionTreeClassifier(random_state=0)
model.fit(X_train, y_train)
# %%
metrics = {{"accuracy": model.score(X_test, y_test)}}
# %%
def predict(a: float, b: float) -> int:
    return int(model.predict([[a, b]])[0])

predict(1.0, 2.0)
# %%
model = KNeighborsClassifier()
model.fit(X_train, y_train)
print(accuracy_score(y_test, model.predict(X_test)))
"""
    assert roles(text) == {2: "data", 3: "train", 4: "evaluate", 5: "predict"}
    reason = proposal(text, 6).left_out_reason
    assert reason == "fits `model` after `metrics` and `predict`: another fit, which the result does not need"


def test_a_predict_above_the_training_reads_what_is_trained_below() -> None:
    text = f"""{TRAINED}# %%
def predict(a: float, b: float) -> int:
    return int(model.predict([[a, b]])[0])
# %%
model = DecisionTreeClassifier(random_state=0)
model.fit(X_train, y_train)
# %%
model.score(X_test, y_test)
"""
    assert roles(text) == {2: "data", 3: "predict", 4: "train", 5: "evaluate"}


def test_the_reason_of_a_score_names_the_models() -> None:
    text = f"""{TRAINED}# %%
knn = KNeighborsClassifier().fit(X_train, y_train)
f1_score(y_test, knn.predict(X_test))
# %%
tree = DecisionTreeClassifier().fit(X_train, y_train)
# %%
accuracy_score(y_train, tree.predict(X_train))
# %%
accuracy_score(y_test, tree.predict(X_test))
"""
    assert suggested(text).result == "`accuracy_score` in cell 6"
    assert (
        proposal(text, 5).left_out_reason
        == "scores `tree` with `accuracy_score` too; the result is `accuracy_score` in cell 6"
    )
    assert proposal(text, 3).left_out_reason.startswith("fits `knn`: another model than the one behind")
    split = text.replace("\nf1_score(", "\n# %%\nf1_score(")
    assert proposal(split, 4).left_out_reason == (
        "scores `knn` with `f1_score`; the result, `accuracy_score` in cell 7, is about `tree`"
    )


# --------------------------------------------------------------------------- which cells


def test_a_torch_loop_with_its_helpers() -> None:
    text = """\
# %%
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets
# %%
torch.manual_seed(1)
# %%
batch_size = 64
epochs = 3
# %%
device = torch.device("cpu")
# %%
train_set = datasets.MNIST("data", train=True)
test_set = datasets.MNIST("data", train=False)
# %%
train_loader = DataLoader(train_set, batch_size=batch_size)
test_loader = DataLoader(test_set)
# %%
class Net(nn.Module):
    def forward(self, rows):
        return rows
# %%
def one_epoch(model, optimizer):
    for rows, labels in train_loader:
        loss = nn.functional.cross_entropy(model(rows), labels)
        loss.backward()
        optimizer.step()
# %%
def right(model):
    model.eval()
    return sum((model(rows).argmax(1) == labels).sum() for rows, labels in test_loader)
# %%
lost = Net()
# %%
net = Net().to(device)
# %%
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
# %%
for epoch in range(epochs):
    one_epoch(net, optimizer)
# %%
metrics = {"right": right(net)}
"""
    assert roles(text) == {
        3: "parameters",
        4: "define",
        5: "data",
        6: "data",
        7: "define",
        8: "define",
        9: "define",
        11: "model",
        12: "train",
        13: "train",
        14: "evaluate",
    }
    assert "seeds" in proposal(text, 2).left_out_reason
    assert "`lost`" in proposal(text, 10).left_out_reason


def test_a_change_in_place_belongs_to_the_slice_and_a_look_does_not() -> None:
    text = f"""{TRAINED}# %%
X_train["c"] = X_train["a"] * 2
X_test["c"] = X_test["a"] * 2
# %%
X_train.describe()
# %%
tree = DecisionTreeClassifier().fit(X_train, y_train)
# %%
metrics = {{"accuracy": tree.score(X_test, y_test)}}
"""
    assert roles(text) == {2: "data", 3: "features", 5: "train", 6: "evaluate"}
    assert proposal(text, 4).left_out_reason == "shows values; binds nothing"


def test_what_the_rest_of_a_tagged_cell_reads_is_added() -> None:
    text = f"""{TRAINED}# %%
limit = len(df) // 2
# %%
tree = DecisionTreeClassifier().fit(X_train, y_train)
print("more than", limit)
# %%
metrics = {{"accuracy": tree.score(X_test, y_test)}}
"""
    assert 3 in roles(text)
    assert "needed by a tagged cell" in proposal(text, 3).reason


def test_a_fit_that_is_done_again_later_is_not_needed() -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier(random_state=0)
# %%
tree.fit(X_train[:10], y_train[:10])
# %%
tree.fit(X_train, y_train)
# %%
metrics = {{"accuracy": tree.score(X_test, y_test)}}
"""
    assert roles(text) == {2: "data", 3: "model", 5: "train", 6: "evaluate"}


def test_a_draw_that_a_later_draw_depends_on_is_added_and_a_rival_that_draws_is_named() -> None:
    head = "# %%\nimport numpy as np\nfrom sklearn.linear_model import LinearRegression, SGDRegressor\n"
    tail = """\
# %%
X = np.random.rand(20, 2)
y = X[:, 0]
# %%
model = LinearRegression().fit(X, y)
# %%
metrics = {"r2": model.score(X, y)}
"""
    drawn = f"{head}# %%\nnp.random.seed(0)\n# %%\nprint(np.random.rand())\n{tail}"
    assert {3, 4, 5, 6} == set(roles(drawn))
    rival = f"{head}# %%\nnp.random.seed(0)\nrows = np.eye(3)\n# %%\nSGDRegressor().fit(rows, [1, 2, 3])\n{tail}"
    assert 3 not in roles(rival)
    assert any("NBX105" in note and "cell 3" in note for note in suggested(rival).notes)


def test_tags_that_are_there_stay_and_count() -> None:
    text = f"""{TRAINED.replace("# %%", "# %%", 1)}# %% tags=["features"]
scale = float(df["a"].max())
# %% tags=["skip"]
other = DecisionTreeClassifier().fit(X_train, y_train)
metrics = {{"accuracy": other.score(X_test, y_test)}}
# %%
tree = DecisionTreeClassifier().fit(X_train / scale, y_train)
# %%
tree.score(X_test / scale, y_test)
"""
    found = {p.cell: p for p in suggested(text).proposals}
    assert found[3].roles == (Role.FEATURES,)
    assert found[3].tagged
    assert found[4].roles == (Role.SKIP,)
    assert (found[5].roles, found[6].roles) == ((Role.TRAIN,), (Role.EVALUATE,))


def test_a_target_proposes_its_slice_and_says_why_the_rest_stays() -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier().fit(X_train, y_train)
# %%
knn = KNeighborsClassifier().fit(X_train, y_train)
# %%
f1 = f1_score(y_test, knn.predict(X_test))
# %%
metrics = {{"accuracy": tree.score(X_test, y_test)}}
"""
    assert roles(text, "f1") == {2: "data", 4: "train", 5: "evaluate"}
    assert "another model than the one behind `f1`" in proposal(text, 3, "f1").left_out_reason
    assert "the result is `f1`" in proposal(text, 6, "f1").left_out_reason
    with pytest.raises(NbexportError, match="no cell binds `f11`") as raised:
        suggested(text, "f11")
    assert "`f1`" in str(raised.value)


def test_a_loop_over_epochs_trains_whatever_it_calls() -> None:
    text = """\
# %%
import numpy as np
X, y = np.eye(3), np.ones(3)
# %%
weights = np.zeros(3)
# %%
for epoch in range(9):
    weights = weights - 0.1 * X.T @ (X @ weights - y)
# %%
mse = ((X @ weights - y) ** 2).mean()
"""
    assert {cell: found for cell, found in roles(text).items() if cell > 2} == {3: "train", 4: "evaluate"}


def test_a_score_worked_out_by_hand_counts() -> None:
    text = f"""{TRAINED}# %%
tree = DecisionTreeClassifier().fit(X_train, y_train)
# %%
knn = KNeighborsClassifier().fit(X_train, y_train)
# %%
predicted = tree.predict(X_test)
accuracy = (predicted == y_test).mean()
"""
    assert roles(text) == {2: "data", 3: "train", 5: "evaluate"}
    assert 'after cell 5, tagged `evaluate`, with `metrics = {"accuracy": float(accuracy)}`' in suggested(text).notes[0]


def test_a_heading_settles_what_the_code_leaves_open() -> None:
    text = f"""{TRAINED}# %% [markdown]
# ## The model
# %%
import json
settings = json.loads('{{"max_depth": 3}}')
# %%
tree = DecisionTreeClassifier(**settings).fit(X_train, y_train)
# %% [markdown]
# ## Evaluation
# %%
predicted = tree.predict(X_test)
# %%
metrics = {{"accuracy": accuracy_score(y_test, predicted)}}
"""
    assert roles(text) == {2: "data", 4: "model", 5: "train", 7: "evaluate", 8: "evaluate"}
    assert "under “The model”" in proposal(text, 4).reason
    plain = text.replace("## The model", "## And so on").replace("## Evaluation", "## And so on")
    assert "under" not in proposal(plain, 7).reason
    assert proposal(plain, 7).confidence < proposal(text, 7).confidence
    assert roles(plain)[4] != "model"


def test_literals_in_stages_are_named_as_parameters_to_be() -> None:
    text = f"{TRAINED}# %%\nrounds = 30\ntree = DecisionTreeClassifier(max_depth=5)\ntree.fit(X_train[rounds:], y_train[rounds:])\n"
    text += '# %%\nmetrics = {"accuracy": tree.score(X_test, y_test)}\n'
    [note] = [note for note in suggested(text).notes if "promoting" in note]
    assert "`rounds`" in note
    assert "`max_depth`" in note


def test_a_second_cell_of_parameters_gets_our_prefix() -> None:
    notebook = read_text("# %%\na = 1\n# %%\nb = 2\n", "notebook.py")
    given = {1: (Role.PARAMETERS,), 2: (Role.PARAMETERS,)}
    assert tags_for(notebook, given) == {1: ("parameters",), 2: ("nbexport:parameters",)}


def test_propose_gives_one_proposal_for_each_code_cell() -> None:
    text = "# %% [markdown]\n# # Title\n# %%\nimport os\n# %%\n%%bash\nls\n# %%\nx = (\n"
    found = suggest(read_text(text, "notebook.py")).proposals
    assert [(p.cell, p.roles) for p in found] == [(2, ()), (3, ()), (4, ())]
    assert found[1].left_out_reason == "runs bash, not Python"
    assert found[2].left_out_reason == "does not parse"


# --------------------------------------------------------------------------- the file


def cell(source: str, metadata: object = None, **more: object) -> dict[str, object]:
    found: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": []}
    if metadata is None:
        del found["metadata"]
    return {**found, "source": source, **more}


CELLS = [
    cell("a = 1", {}),
    cell("b = '\u2028é \\\\ \"'", {"collapsed": True}),
    cell("c = 3", {"tags": []}),
    cell("d = 4", {"tags": ["nbval-skip"], "trusted": True}),
    cell("e = 5", {"slideshow": {"slide_type": "skip"}, "zz": 1}),
    cell("f = 6", {"tags": "hide-input, keep"}),
    cell("g = 7"),
    cell("h = 8", {"tags": None}),
    {"cell_type": "markdown", "metadata": {}, "source": "text"},
    cell("i = 9", {"zoom": [1, {"tags": []}]}),
]


@pytest.mark.parametrize("indent", [1, 2, 4, None, "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n"])
def test_only_the_tags_change(indent: int | str | None, ends: str, tail: str) -> None:
    document = {"cells": CELLS, "metadata": {"tags": ["mine"]}, "nbformat": 4, "nbformat_minor": 4}
    text = (json.dumps(document, indent=indent, ensure_ascii=False) + tail).replace("\n", ends)
    notebook = read_text(text, "a.ipynb")
    tags = {c.number: ("train", "evaluate") for c in notebook.cells if c.kind == "code"}
    data = tagged(text.encode(), notebook, tags)
    wanted = json.loads(text)
    for one in wanted["cells"]:
        if one["cell_type"] == "code":
            old = one.setdefault("metadata", {}).get("tags")
            new = ["train", "evaluate"]
            one["metadata"]["tags"] = f"{old}, train, evaluate" if isinstance(old, str) else [*(old or []), *new]
    assert json.loads(data) == wanted
    # laid out as Jupyter lays out the whole, but for the order of the keys, which stays
    lines = sorted(json.dumps(wanted, indent=indent, ensure_ascii=False).replace("\n", ends).split(ends))
    made = sorted(data.decode().removesuffix(tail.replace("\n", ends)).split(ends))
    assert [line.rstrip(",") for line in made] == [line.rstrip(",") for line in lines] if indent else len(made) == 1
    assert data.decode().endswith(tail.replace("\n", ends))


def test_lines_that_are_there_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    text = json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)
    path.write_text(text, encoding="utf-8")
    notebook = read(path)
    data = tagged(path.read_bytes(), notebook, {2: ("data",)}).decode()
    assert data == text.replace(
        '    "collapsed": true\n', '    "collapsed": true,\n    "tags": [\n     "data"\n    ]\n'
    )


def test_compact_json_stays_compact_and_a_byte_order_mark_stays() -> None:
    document = {"cells": [CELLS[0], CELLS[3]], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    text = json.dumps(document, separators=(",", ":"))
    data = b"\xef\xbb\xbf" + text.encode()
    made = tagged(data, read_text(data, "a.ipynb"), {1: ("data",), 2: ("train",)})
    wanted = text.replace('"metadata":{},"outputs"', '"metadata":{"tags":["data"]},"outputs"')
    assert made == b"\xef\xbb\xbf" + wanted.replace('["nbval-skip"]', '["nbval-skip","train"]').encode()


def test_a_notebook_of_format_3() -> None:
    sheet = {"cells": [{"cell_type": "code", "input": ["x = 1"], "language": "python", "metadata": {}, "outputs": []}]}
    text = json.dumps({"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet, sheet]}, indent=1)
    made = tagged(text.encode(), read_text(text, "a.ipynb"), {2: ("data",)})
    sheets = json.loads(made)["worksheets"]
    assert [one["cells"][0]["metadata"] for one in sheets] == [{}, {"tags": ["data"]}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# %%\nx = 1\n", '# %% tags=["data"]\nx = 1\n'),
        ("#%% load it \nx = 1", '#%% load it tags=["data"]\nx = 1'),
        ("# %%\r\nx = 1\r\n", '# %% tags=["data"]\r\nx = 1\r\n'),
        ('# %% tags=["a"] name="b"\nx = 1\n', '# %% tags=["a", "data"] name="b"\nx = 1\n'),
        ('# %% tags="a,b"\nx = 1\n', '# %% tags=["a", "b", "data"]\nx = 1\n'),
        ('# %% fit {"tags": ["a"], "n": 1}\nx = 1\n', '# %% fit {"tags": ["a", "data"], "n": 1}\nx = 1\n'),
        ("# In[3]:\n\nx = 1\n", '# %% tags=["data"]\n\nx = 1\n'),
        ("x = 1\n# %%\ny = 2\n", '# %% tags=["data"]\nx = 1\n# %%\ny = 2\n'),
    ],
)
def test_a_percent_header(before: str, after: str) -> None:
    made = tagged(before.encode(), read_text(before, "a.py"), {1: ("data",)})
    assert made.decode() == after


def test_what_cannot_be_read_back_is_not_written() -> None:
    text = "# %% tags=[a]\nx = 1\n"
    with pytest.raises(NbexportError, match="cannot be read"):
        tagged(text.encode(), read_text(text, "a.py"), {1: ("data",)})
    with pytest.raises(NbexportError, match="not UTF-8"):
        tagged(b"# %%\nx = '\xe9'\n", read_text("# %%\nx = 1\n", "a.py"), {1: ("data",)})


@pytest.mark.parametrize("indent", [1, 4, None, "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_new_cells_change_nothing_else(indent: int | str | None, ends: str) -> None:
    cells = [{**one, "id": f"cell-{at}"} for at, one in enumerate(CELLS)]
    cells[0]["id"] = "predict"
    document = {"cells": cells, "metadata": {"z": 1, "a": 2}, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(document, indent=indent, ensure_ascii=False).replace("\n", ends)
    new = [
        NewCell(3, "x = 1\n\ny = 'é'", ("evaluate",)),
        NewCell(3, "z = 2", ("predict",)),
        NewCell(10, "w = 3", ("define",)),
    ]
    made = with_cells(text.encode(), read_text(text, "a.ipynb"), new)
    found = json.loads(made)
    added = [found["cells"][at] for at in (3, 4, 12)]
    assert [one["metadata"]["tags"] for one in added] == [["evaluate"], ["predict"], ["define"]]
    assert ["".join(one["source"]) for one in added] == ["x = 1\n\ny = 'é'", "z = 2", "w = 3"]
    assert [one["id"] for one in added] == ["evaluate", "predict-0", "define"]
    # without the new cells it is the file as it was, character for character
    left = [line.rstrip(",") for line in text.split(ends)]
    kept = iter(line.rstrip(",") for line in made.decode().split(ends))
    assert all(line in kept for line in left) if indent else made.decode().startswith(text[:200])


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_new_cells_of_a_percent_file(ends: str) -> None:
    text = "# %%\na = 1\n# %% [markdown]\n# text\n# %%\nb = 2".replace("\n", ends)
    new = [NewCell(1, "x = 1", ("evaluate",)), NewCell(3, "z = 2", ("predict",))]
    made = with_cells(text.encode(), read_text(text, "a.py"), new).decode()
    wanted = (
        '# %%\na = 1\n# %% tags=["evaluate"]\nx = 1\n\n# %% [markdown]\n# text\n# %%\nb = 2\n'
        '# %% tags=["predict"]\nz = 2\n'
    )
    assert made.rstrip() == wanted.replace("\n", ends).rstrip()


# --------------------------------------------------------------------------- the command


def test_the_command_shows_and_writes_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stripped("churn", tmp_path)
    before = path.read_bytes()
    assert main(["tag", str(path)]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "  15  train       95%   model.fit(X_train, y_train)" in shown
    assert "only imports" in shown
    assert path.read_bytes() == before
    assert main(["tag", str(path), "--apply"]) == ExitCode.OK
    assert "7 cells" in capsys.readouterr().err
    assert path.read_bytes() == (EXAMPLES / "churn" / "churn.ipynb").read_bytes()
    assert main(["tag", str(path), "--apply"]) == ExitCode.OK
    assert "is unchanged" in capsys.readouterr().err
    assert main(["check", str(path), "--level", "1"]) == ExitCode.OK


def test_the_command_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stripped("churn", tmp_path)
    assert main(["tag", str(path), "--output-format", "json", "--target", "baseline"]) == ExitCode.OK
    found = json.loads(capsys.readouterr().out)
    assert found["result"] == "`baseline`"
    cells = {one["cell"]: one for one in found["cells"]}
    assert cells[5]["roles"] == ["data"]
    assert cells[10]["roles"][0] == "train"
    assert cells[15]["roles"] == []
    assert "another model" in cells[15]["left_out_reason"]


def test_trouble_with_the_target_or_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = stripped("churn", tmp_path)
    assert main(["tag", str(path), "--target", "modle"]) == ExitCode.TROUBLE
    assert "did you mean `model`" in capsys.readouterr().err
    suggestion = suggest(python_notebook(path))
    path.write_bytes(path.read_bytes().replace(b"test_size = 0.25", b"test_size = 0.35"))
    with pytest.raises(NbexportError, match="has changed"):
        write_tags(path, suggestion)


LACKING = (
    TRAINED
    + """\
# %%
tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
# %%
print(accuracy_score(y_test, tree.predict(X_test)))
"""
)


def test_the_command_offers_the_missing_cells_and_adds_them_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.py"
    path.write_text(LACKING, encoding="utf-8")
    assert main(["tag", str(path), "--write-metrics"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "@@ new cell below cell 4, tagged `evaluate` @@" in shown
    assert '+metrics = {"accuracy": float(accuracy_score(y_test, tree.predict(X_test)))}' in shown
    assert path.read_text(encoding="utf-8") == LACKING
    assert main(["tag", str(path), "--apply"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert f"add this cell with `nbexport tag {path} --apply --write-predict`" in shown
    tagged_only = path.read_text(encoding="utf-8")
    assert "metrics" not in tagged_only.replace("sklearn.metrics", "")
    assert main(["tag", str(path), "--apply", "--write-metrics", "--write-predict"]) == ExitCode.OK
    assert "Cells for `metrics` and `predict` were added." in capsys.readouterr().err
    after = path.read_text(encoding="utf-8")
    assert after.startswith(tagged_only)
    assert [cell.roles for cell in read(path).cells[-2:]] == [(Role.EVALUATE,), (Role.PREDICT,)]
    assert main(["check", str(path), "--level", "2"]) == ExitCode.OK
    capsys.readouterr()
    assert main(["tag", str(path), "--apply", "--write-metrics", "--write-predict"]) == ExitCode.OK
    assert "is unchanged" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == after


def test_missing_cells_as_json_and_why_there_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "some.py"
    path.write_text("# %%\nx = 1\n", encoding="utf-8")
    assert main(["tag", str(path), "--write-metrics", "--write-predict", "--output-format", "json"]) == ExitCode.OK
    new = json.loads(capsys.readouterr().out)["new_cells"]
    assert [(one["role"], one["source"]) for one in new] == [("evaluate", None), ("predict", None)]
    assert "nothing is scored or fitted here" in new[0]["refusal"]
    assert "no call of a trained model" in new[1]["refusal"]
    assert main(["tag", str(path), "--write-predict"]) == ExitCode.OK
    assert "no cell for `predict` can be proposed" in capsys.readouterr().out
