"""The features that an export proposes: right for the churn example, nothing where the notebook names no entity."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from nbexport_runtime.platform import settings

from nbexport import api
from nbexport.emit import platform
from nbexport.plan import ExportRequest, Plan

CHURN = Path(__file__).parents[2] / "examples" / "churn" / "churn.ipynb"
NOTEBOOK = """\
# %%
import pandas as pd
{imports}
{helper}
# %% tags=["parameters"]
rate = 0.5
{parameter}
# %% tags=["data"]
df = pd.read_csv("rows.csv"{reading})
y = df["label"]
X = {selection}
# %% tags=["train"]
weight = float(y.mean()) * rate + len(X) * 0
# %% tags=["evaluate"]
metrics = {{"weight": weight}}
# %% tags=["predict"]
def predict({arguments}) -> float:
    return weight
predict({call})
"""
DROPS = 'df.drop(columns=["user_id", "label"])'


def exported(notebook: Path, output: Path) -> tuple[str, tuple[str, ...]]:
    """The text of `platform.toml`, and the notes of the plan."""
    plan = api.plan(ExportRequest(notebook, output, 4))
    assert isinstance(plan, Plan), plan
    (content,) = [change.after for change in plan.changes if change.path == "platform.toml"]
    return (content or b"").decode(), plan.notes


def drawn(folder: Path, header: str, *, selection: str = DROPS, arguments: str = "a: float", **parts: str) -> str:
    """`platform.toml` of a small notebook."""
    (folder / "rows.csv").write_text(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    values = {"imports": "", "helper": "", "parameter": "", "reading": "", "call": "1.0", **parts}
    notebook = folder / "rows.py"
    notebook.write_text(NOTEBOOK.format(selection=selection, arguments=arguments, **values))
    return exported(notebook, folder / "project")[0]


def uncommented(text: str) -> str:
    """`platform.toml` once a person has removed the # of the proposal."""
    before, mark, after = text.partition("# [[features]]\n")
    view, end, others = after.partition("\n\n")
    lines = [line.removeprefix("# ") for line in (mark + view).splitlines()]
    return before + "\n".join(lines) + end + others


def proposed(text: str) -> dict[str, object]:
    (view,) = tomllib.loads(uncommented(text))["features"]
    return dict(view)


def test_the_proposal_for_churn_is_right(tmp_path: Path) -> None:
    text, notes = exported(CHURN, tmp_path / "churn")
    assert "features" not in tomllib.loads(text)
    assert proposed(text) == {
        "name": "customer",
        "entity": "customer_id",
        "source": "customers.csv",
        "event_time": "2026-03-01",
        "created": "",
        "columns": ["plan", "monthly_fee", "tenure_months", "signup_date", "country", "support_tickets"],
        "max_age_days": 0,
        "missing": "refuse",
    }
    assert any("proposes features of `customer_id` from `customers.csv`" in note for note in notes)


def test_the_proposal_is_one_that_the_runtime_takes(tmp_path: Path) -> None:
    text, _ = exported(CHURN, tmp_path / "churn")
    path = tmp_path / "platform.toml"
    path.write_text(text)
    assert settings.read(path).features == ()
    path.write_text(uncommented(text))
    (view,) = settings.read(path).features
    assert (view.entity, len(view.columns)) == ("customer_id", 6)


@pytest.mark.parametrize(
    "selection",
    [
        DROPS,
        'df.drop(["user_id", "label"], axis=1)',
        'df.set_index("user_id").drop(columns="label")',
        'df[["a", "b"]]',
    ],
)
def test_an_id_that_is_no_input_is_the_entity(selection: str, tmp_path: Path) -> None:
    found = proposed(drawn(tmp_path, "user_id,a,b,label", selection=selection, arguments="a: float, b: float = 2.0"))
    assert (found["entity"], found["columns"], found["name"]) == ("user_id", ["a", "b"], "user")


def test_an_id_that_names_somebody_comes_before_one_that_counts_rows(tmp_path: Path) -> None:
    text = drawn(tmp_path, "id,user_id,a,label", selection='df.drop(columns=["id", "user_id", "label"])')
    assert proposed(text)["entity"] == "user_id"


def test_dates_that_are_no_input_are_times(tmp_path: Path) -> None:
    text = drawn(tmp_path, "user_id,a,updated_at,loaded_at,label")
    assert (proposed(text)["event_time"], proposed(text)["created"]) == ("updated_at", "loaded_at")


def test_dates_that_the_notebook_reads_are_times(tmp_path: Path) -> None:
    assert proposed(drawn(tmp_path, "user_id,a,seen,label", reading=', parse_dates=["seen"]'))["event_time"] == "seen"


def test_a_date_that_is_an_input_is_none_of_them(tmp_path: Path) -> None:
    text = drawn(tmp_path, "user_id,a,signup_date,label", arguments='a: float, signup_date: str = "2026-01-01"')
    assert (proposed(text)["event_time"], proposed(text)["columns"]) == ("", ["a", "signup_date"])
    assert "the notebook has none, so add one" in text


def test_the_members_of_an_object_are_features(tmp_path: Path) -> None:
    helper = "from typing_extensions import TypedDict\nclass User(TypedDict):\n    a: float\n    other: int\n"
    text = drawn(tmp_path, "user_id,a,label", helper=helper, arguments="user: User", call='{"a": 1.0, "other": 2}')
    assert proposed(text)["columns"] == ["a"]


@pytest.mark.parametrize(
    ("notebook", "project"),
    [("churn", "churn"), ("Who leaves?", "who_leaves"), ("sqlite demo", "project_sqlite_demo"), ("éé", "project")],
)
def test_feast_takes_the_name_of_the_project(notebook: str, project: str) -> None:
    assert platform.project_of(notebook) == project


def test_no_line_is_too_long(tmp_path: Path) -> None:
    names = [f"a_column_with_a_long_name_{number}" for number in range(12)]
    arguments = ", ".join(f"{name}: float = 1.0" for name in names)
    text = drawn(tmp_path, ",".join(["user_id", *names, "label"]), arguments=arguments)
    assert proposed(text)["columns"] == names
    assert max(map(len, text.splitlines())) <= 120
    churn, _ = exported(CHURN, tmp_path / "churn")
    assert max(map(len, churn.splitlines())) <= 120


def test_a_dict_takes_every_column_that_is_not_dropped(tmp_path: Path) -> None:
    text = drawn(tmp_path, "user_id,a,b,label", arguments="row: dict", call='{"a": 1.0}')
    assert proposed(text)["columns"] == ["a", "b"]


@pytest.mark.parametrize("header", ["name,a,label", "user_id,x,label"])
def test_nothing_is_proposed_where_nothing_fits(header: str, tmp_path: Path) -> None:
    text = drawn(tmp_path, header, selection='df.drop(columns=["label"])')
    assert "the notebook names no entity" in text
    assert "features" not in tomllib.loads(text)
    assert tomllib.loads(uncommented(text))["features"][0]["entity"] == "customer_id"
