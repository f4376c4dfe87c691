"""`--fix` moves literals into the parameters cell and leaves the rest of the file as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.read import read

PERCENT = """\
# %%
import torch
# %% tags=["train"]
epochs = 5  # passes
total = 0
net = torch.nn.Linear(1, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(epochs):
    total += epoch
# %% tags=["evaluate"]
metrics = {"total": total}
"""


def notebook(cells: list[tuple[str, list[str]]], **more: object) -> str:
    """The text of a notebook of code cells with tags, as Jupyter writes it."""
    made = [
        {
            "cell_type": "code",
            "execution_count": 3,
            "id": f"c{number}",
            "metadata": {"tags": tags},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for number, (source, tags) in enumerate(cells)
    ]
    document = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def test_percent(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(PERCENT, encoding="utf-8")
    assert api.hoist(path, level=1)
    assert path.read_text(encoding="utf-8") == (
        PERCENT.replace("epochs = 5  # passes\n", "")
        .replace("lr=0.01", "lr=learning_rate")
        .replace(
            '# %% tags=["train"]',
            '# %% tags=["parameters"]\nepochs = 5  # passes\nlearning_rate = 0.01\n\n# %% tags=["train"]',
        )
    )
    assert not api.hoist(path, level=1)


def test_a_notebook_gets_a_parameters_cell_and_keeps_everything_else(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [("import torch", []), ("print(1)", []), ("epochs = 5\nx = 'é'\nepochs", ["train"])]
    path.write_text(notebook([*cells, ("metrics = {'n': epochs}", ["evaluate"])]), encoding="utf-8")
    before = json.loads(path.read_text(encoding="utf-8"))
    assert api.hoist(path, level=1)
    after = json.loads(path.read_text(encoding="utf-8"))
    [made] = [cell for cell in after["cells"] if cell["metadata"]["tags"] == ["parameters"]]
    assert (made["source"], made["id"]) == (["epochs = 5"], "parameters")
    after["cells"].remove(made)
    before["cells"][2]["source"] = ["x = 'é'\n", "epochs"]
    assert after == before
    assert path.read_text(encoding="utf-8").startswith('{\n "cells": [\n')


def test_an_existing_parameters_cell_grows(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [("seed = 1", ["parameters"]), ("epochs = 5\nx = seed", ["train"]), ("metrics = {'n': x}", ["evaluate"])]
    path.write_text(notebook(cells), encoding="utf-8")
    assert api.hoist(path, level=1)
    found = read(path)
    assert [cell.source for cell in found.cells] == ["seed = 1\nepochs = 5", "x = seed", "metrics = {'n': x}"]


@pytest.mark.parametrize(
    "source",
    [
        "total = 0\ntotal += 1",
        "for n in range(2):\n    best = 1\n    best = n",
        "clf = make(max_depth=3)\nother = make(max_depth=4)",
        "lr = object()\nclf = make(lr=lr)",
        "rows = [1]",
        "n = 3\ndel n",
    ],
)
def test_what_is_no_parameter_stays(source: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    text = f'# %% tags=["train"]\ndef make(**options):\n    return options\n{source}\n# %% tags=["evaluate"]\nmetrics = {{}}\n'
    path.write_text(text, encoding="utf-8")
    _, findings = api.check(path, level=1)
    assert [finding.problem.name for finding in findings if finding.code == "NBX207"] == []
