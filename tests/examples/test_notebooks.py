"""The examples as notebooks: valid, small, anonymous, honest about their data, and showing what a fresh run shows.

What nbexport makes of them is tested in `projects/test_examples.py`.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"
SOUND = ("messages", "churn", "digits")
ALL = (*SOUND, "hidden_state")
LARGEST_BYTES = 300_000
GROUPED_BY = "name"


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(EXAMPLES / name / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs a notebook from top to bottom in a fresh kernel, once per session, past cells that fail."""
    with pytest.MonkeyPatch.context() as patch:
        # `%store -r` would read what this machine's user has stored
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        patch.setenv("OMP_WAIT_POLICY", "PASSIVE")

        @cache
        def run(name: str) -> nbformat.NotebookNode:
            notebook = read(name)
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
            resources = {"metadata": {"path": str(EXAMPLES / name)}}
            NotebookClient(
                notebook, kernel_name="python3", timeout=300, allow_errors=True, resources=resources
            ).execute()
            return notebook

        yield run


def errors(notebook: nbformat.NotebookNode) -> dict[int, str]:
    """Cell number, counted from 1, and the message of each error under it."""
    return {
        number: f"{output.ename}: {output.evalue}"
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", ())
        if output.output_type == "error"
    }


def metrics(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """The dict shown by the cell that ends in `metrics`."""
    shown = [
        output.data["text/plain"]
        for cell in notebook.cells
        if cell.source.endswith("\nmetrics")
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    assert len(shown) == 1
    value: dict[str, Any] = ast.literal_eval(shown[0])
    return value


@pytest.mark.parametrize("name", ALL)
def test_the_file_is_a_valid_small_notebook_of_format_4_5(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert (EXAMPLES / name / f"{name}.ipynb").stat().st_size < LARGEST_BYTES


@pytest.mark.parametrize("name", ALL)
def test_no_output_tells_whose_machine_it_was(name: str) -> None:
    text = (EXAMPLES / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|Users|tmp|opt|usr|work)/|[A-Z]:\\\\|site-packages|ipykernel_\d|Traceback", text)


@pytest.mark.parametrize("name", SOUND)
def test_a_fresh_run_shows_the_stored_metrics(executed: Any, name: str) -> None:
    fresh = executed(name)
    assert errors(fresh) == {}
    # another processor rounds sums otherwise, which training a convolutional network multiplies
    assert metrics(fresh) == pytest.approx(metrics(read(name)), rel=0.05 if name == "digits" else 1e-9)


@pytest.mark.parametrize("name", SOUND)
def test_the_stored_outputs_are_those_of_one_run_from_top_to_bottom(name: str) -> None:
    cells = [cell for cell in read(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not errors(read(name))


def test_the_notebook_with_hidden_state_does_not_run(executed: Any) -> None:
    failed = errors(executed("hidden_state"))
    assert "helpers.py" in failed[4]
    assert "LONG_CALL_MINUTES" in failed[7]
    assert errors(read("hidden_state")) == {}, "its author never saw an error"


def test_the_messages_are_many_distinct_and_spread_over_five_labels() -> None:
    with (EXAMPLES / "messages" / "messages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["text"].lower() for row in rows}) == len(rows) >= 700
    labels = Counter(row["label"] for row in rows)
    assert len(labels) == 5
    assert min(labels.values()) > 100


@pytest.mark.parametrize(("name", "data"), [("messages", "messages.csv"), ("churn", "customers.csv")])
def test_the_readme_says_how_many_rows_the_data_has_and_that_it_was_made_for_this(name: str, data: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    with (EXAMPLES / name / data).open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    assert f"`{data}`" in text
    assert re.search(rf"\b{rows}\b", text)
    assert re.search(r"made up|written for this example", text)
    assert "made up" in read(name).cells[0].source


def test_no_other_data_lies_among_the_examples() -> None:
    files = [path for name in ALL for path in (EXAMPLES / name).glob("[!.]*") if path.is_file()]
    others = {path.name for path in files if path.suffix not in {".ipynb", ".md"}}
    assert others == {"messages.csv", "customers.csv"}
    assert "load_digits()" in "".join(cell.source for cell in read("digits").cells)


def test_the_list_of_examples_is_complete() -> None:
    folders = {path.parent.name for path in EXAMPLES.glob("*/*.ipynb") if path.stem == path.parent.name}
    listed = re.findall(r"^\| \[(\w+)\]\(\1\) \|", (EXAMPLES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert folders == set(listed) == set(ALL)
