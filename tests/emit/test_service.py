"""`serve.py`: what it shows of the notebook, and that no text of the notebook breaks it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nbexport import api
from nbexport.emit.service import docstring, literal
from nbexport.plan import ExportRequest

NOTEBOOK = """\
# %% [markdown]
# # {title}
# %% tags=["train"]
{setting}
weight = 2.0
# %% tags=["evaluate"]
metrics = {{"w": weight}}
# %% tags=["predict"]
def predict(n: float) -> float:
    {docstring}
    return n * weight
"""


def served(folder: Path, title: str = "Title", docstring: str = "'Twice.'", setting: str = "") -> str:
    notebook = folder / "some.py"
    notebook.write_text(NOTEBOOK.format(title=title, docstring=docstring, setting=setting), encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, level=2, output=folder / "project"))
    assert not isinstance(plan, api.Refused), plan.findings
    (change,) = [change for change in plan.changes if change.path == "serve.py"]
    assert change.after is not None
    return change.after.decode()


def test_routes_are_visible_and_the_file_is_short(tmp_path: Path) -> None:
    text = served(tmp_path, "Which customers leave?", '"""The amount.\n\n    Args:\n        n: A number.\n    """')
    assert len(text.splitlines()) <= 60
    assert all(len(line) <= 120 for line in text.splitlines())
    assert 'title="Which customers leave?"' in text
    assert "async def predict(request: PredictRequest) -> PredictResponse:" in text
    routes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.AsyncFunctionDef)}
    assert ast.get_docstring(routes["predict"]) == "The amount.\n\nArgs:\n    n: A number."
    assert "predict_batch" in routes


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        'ends with a "quote"',
        'three """ of them',
        "a \\ backslash \\n \\",
        "two\n\n  indented\nlines",
        "word " * 60,
        '"',
        "{braces}",
    ],
)
def test_no_text_ends_its_literal(text: str) -> None:
    function = ast.parse(f"def f():\n{docstring(text, indent='    ')}\n    return 1\n").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2
    found = ast.get_docstring(function) or ""
    assert found.split() == text.split()
    assert ast.literal_eval(literal(text)) == text


def test_hostile_titles_and_docstrings(tmp_path: Path) -> None:
    title, about = 'a") ; import os  # {0} \\', "r'''raise \"\"\" \\ x'''"
    tree = ast.parse(served(tmp_path, title, about))
    assert [node.module for node in tree.body if isinstance(node, ast.ImportFrom)] == [
        "model",
        "nbexport_runtime.service",
        "schemas",
    ]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


def test_what_the_notebook_sets_is_set_before_the_service_is_imported(tmp_path: Path) -> None:
    text = served(tmp_path, setting='import os\nos.environ["OMP_NUM_THREADS"] = "1"')
    model, split, runtime = (text.index(part) for part in ("from model", "# isort: split", "from nbexport_runtime"))
    assert model < split < runtime
