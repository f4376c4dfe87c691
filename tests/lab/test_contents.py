"""Every way of having a notebook: read-only, as a text file, without a file at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import SOUND
from lab.jupyter import Jupyter, running
from lab.test_server import ESCAPES, as_content, request
from lab.test_tasks import IRIS, NUMBERS


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("files")) as found:
        (found.root / "some.py").write_text(SOUND, encoding="utf-8")
        locked = found.root / "locked.ipynb"
        locked.write_text(json.dumps(as_content(SOUND)), encoding="utf-8")
        locked.chmod(0o444)
        yield found


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    folder = tmp_path_factory.mktemp("memory")
    (folder / "root" / "work").mkdir(parents=True)
    (folder / "root" / "work" / "some.ipynb").write_text(json.dumps(as_content(SOUND)), encoding="utf-8")
    manager = "--ServerApp.contents_manager_class=lab.contents_in_memory.ContentsInMemory"
    with running(folder, options=(manager,)) as found:
        yield found


def codes(server: Jupyter, path: str, content: dict[str, Any]) -> list[tuple[str, str]]:
    found = server.api("check", request(path=path, content=content)).json()
    return [(finding["code"], finding["place"]["cell_id"]) for finding in found["findings"]]


EDITED = as_content(SOUND.replace("sum(rows)", "sum(lost)"))


def edits(server: Jupyter, path: str) -> None:
    """Whether everything that needs no file works."""
    assert codes(server, path, as_content(SOUND)) == []
    assert codes(server, path, EDITED) == [("NBX101", "c2")]
    untagged = as_content(SOUND)
    for cell in untagged["cells"]:
        cell["metadata"] = {}
    assert server.api("tag", request(path=path, content=untagged)).json()["proposals"][0]["tags"] == ["parameters"]
    numbers = request(path=path, content=as_content(NUMBERS))
    assert "epochs = 3" in server.api("fix", {**numbers, "all": True}).json()["cells"][0]["source"]
    assert "epochs = 3" in server.api("options", numbers).json()["cells"][0]["source"]
    parameter = {**numbers, "help": "step", "type": "float"}
    assert server.api("parameter", parameter).json()["cells"][0]["source"] == "rate: float = 0.5  # step"
    inserted = server.api("insert", request(path=path, content=as_content(IRIS), what="metrics")).json()["cells"]
    assert [cell["tags"] for cell in inserted].count(["evaluate"]) == 1


@pytest.mark.parametrize("path", ["some.py", "locked.ipynb"])
def test_a_text_file_and_a_notebook_that_may_not_be_written_are_checked_and_edited(files: Jupyter, path: str) -> None:
    edits(files, path)
    assert not list(files.root.glob("made*"))


@pytest.mark.parametrize("path", ["some.py", "locked.ipynb"])
def test_they_are_exported_elsewhere(files: Jupyter, path: str) -> None:
    output = f"projects/{path.partition('.')[0]}"
    plan = files.api("plan", request(path=path, output=output)).json()
    assert plan["refused"] == []
    job = files.api("jobs", request(path=path, output=output, kind="export", digest=plan["digest"]))
    assert job.json()["state"] == "done", job.text
    assert (files.root / output / "train.py").is_file()


def test_notebooks_that_are_not_files_are_checked_and_edited(memory: Jupyter) -> None:
    edits(memory, "work/some.ipynb")


def test_their_data_is_not_looked_for_on_the_machine(memory: Jupyter) -> None:
    (memory.root / "rows.csv").write_text("town,price\nOslo,3\n", encoding="utf-8")
    reading = IRIS.replace(
        "X, y = load_iris(return_X_y=True)",
        'import pandas as pd\ndf = pd.read_csv("../rows.csv")\nX, y = df[["town"]], df["price"]',
    )
    content = as_content(reading)
    for what in ("metrics", "predict"):
        answer = memory.api("insert", request(path="work/some.ipynb", content=content, what=what))
        assert "Oslo" not in answer.text


def test_what_needs_a_file_says_so(memory: Jupyter) -> None:
    answer = memory.api("plan", request(path="work/some.ipynb"))
    assert (answer.status_code, answer.json()["message"]) == (501, "notebooks of this server are not files")


def test_one_of_them_becomes_a_project_alone(memory: Jupyter) -> None:
    told = memory.api("together?notebook=work/some.ipynb").json()
    assert (told["notebooks"], told["others"], told["project"]) == (["work/some.ipynb"], [], "")
    assert told["refusal"] == "notebooks of this server are not files"
    pair = ["work/other.ipynb", "work/some.ipynb"]
    for route in ("check", "together"):
        assert memory.api(route, request(path="work/some.ipynb", notebooks=pair)).status_code == 501


@pytest.mark.parametrize("path", [*ESCAPES, ".hidden/a.ipynb", "absent.ipynb"])
def test_paths_lead_nowhere_else_there_either(memory: Jupyter, path: str) -> None:
    for route in ("check", "tag", "options"):
        assert memory.api(route, request(path=path)).status_code in (403, 404)
