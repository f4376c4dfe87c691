"""Every route answers those who may ask, about files that they may see, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SOUND
from emit.wheels import runtime_wheel
from lab.jupyter import Jupyter, running

from nbexport import api
from nbexport.lab.server import ROUTES
from nbexport.plan import ExportRequest
from nbexport.propose import suggest
from nbexport.read.notebook import python_notebook, read_text

HIDDEN = "print(missing)\n"


def as_content(text: str) -> dict[str, Any]:
    """A py:percent text as the browser's notebook."""
    cells = []
    for number, cell in enumerate(read_text(text, "a.py").cells):
        code = {"execution_count": None, "outputs": []} if cell.kind == "code" else {}
        metadata = {"tags": list(cell.tags)} if cell.tags else {}
        cells.append({"cell_type": cell.kind, "id": f"c{number}", "metadata": metadata, "source": cell.source, **code})
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("server")) as found:
        (found.root / "some.ipynb").write_text(json.dumps(as_content(SOUND)), encoding="utf-8")
        yield found


def request(**changes: Any) -> dict[str, Any]:
    every = {"key": "", "what": "metrics", "name": "rate", "help": "", "type": "", "level": 2, "output": "made"}
    return {"path": "some.ipynb", "content": as_content(SOUND), **every, **changes}


# --------------------------------------------------------------------------- who may ask


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("token", [None, "wrong"])
def test_nobody_without_the_token_is_answered(server: Jupyter, route: str, token: str | None) -> None:
    body = None if route == "catalogue" else request()
    assert server.api(route, body, token=token).status_code in (302, 403)


@pytest.mark.parametrize("route", sorted(set(ROUTES) - {"catalogue"}))
def test_a_browser_without_the_xsrf_token_is_not_answered(server: Jupyter, route: str) -> None:
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
        browser.get("/tree", params={"token": "a-token-for-tests"})
        assert browser.get("/api/contents").status_code == 200  # it is logged in
        address = f"/nbexport/api/{route}"
        assert browser.post(address, json=request()).status_code == 403
        headers = {"X-XSRFToken": "made-up"}
        assert browser.post(address, json=request(), headers=headers).status_code == 403


# --------------------------------------------------------------------------- what may be reached


ESCAPES = ["../a.ipynb", "a/../../b.ipynb", "/etc/passwd", "..", "a/./b", "C:/a.ipynb", "a\\b", "a\x00b", "", "a//b"]


@pytest.mark.parametrize("path", [*ESCAPES, ".hidden/a.ipynb", "link/a.ipynb", "absent.ipynb"])
@pytest.mark.parametrize("route", sorted(set(ROUTES) - {"catalogue"}))
def test_notebooks_elsewhere_are_not_read(server: Jupyter, route: str, path: str) -> None:
    prepare_outside(server)
    answer = server.api(route, request(path=path))
    assert answer.status_code in (403, 404), answer.text
    assert answer.json()["message"]


@pytest.mark.parametrize("output", [*ESCAPES, ".hidden/made", "link/made"])
@pytest.mark.parametrize("route", ["plan"])
def test_nothing_is_written_elsewhere(server: Jupyter, route: str, output: str) -> None:
    outside = prepare_outside(server)
    before = sorted(outside.rglob("*"))
    assert server.api(route, request(output=output)).status_code in (403, 404)
    assert sorted(outside.rglob("*")) == before


def prepare_outside(server: Jupyter) -> Path:
    """A folder outside the root with a notebook, and a link to it inside."""
    outside = server.root.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "a.ipynb").write_text("{}", encoding="utf-8")
    (server.root / ".hidden").mkdir(exist_ok=True)
    (server.root / ".hidden" / "a.ipynb").write_text("{}", encoding="utf-8")
    if not (server.root / "link").is_symlink():
        (server.root / "link").symlink_to(outside)
    return outside


# --------------------------------------------------------------------------- what is answered


@pytest.mark.parametrize("route", sorted(set(ROUTES) - {"catalogue"}))
@pytest.mark.parametrize("body", ["no json", "[]", "{}", '{"path": 3, "content": []}'])
def test_other_bodies_are_told_so(server: Jupyter, route: str, body: str) -> None:
    headers = {"Authorization": "token a-token-for-tests"}
    answer = httpx.post(f"{server.url}/nbexport/api/{route}", content=body, headers=headers, timeout=60)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_the_catalogue_holds_what_the_browser_offers(server: Jupyter) -> None:
    found = server.api("catalogue").json()
    assert [level["number"] for level in found["levels"]] == [0, 1, 2, 3, 4]
    assert {"parameters", "train", "predict"} <= {role["name"] for role in found["roles"]}
    assert any(rule["code"] == "NBX101" and "## How to fix" in rule["doc"] for rule in found["rules"])


def test_check_judges_what_is_not_saved(server: Jupyter) -> None:
    content = as_content(SOUND)
    found = server.api("check", request(content=content)).json()
    assert found["findings"] == []
    assert [level["reached"] for level in found["ladder"]] == [True] * 5
    assert [parameter["option"] for parameter in found["parameters"]] == ["--rate"]
    content["cells"][2]["source"] += f"\n{HIDDEN}"
    found = server.api("check", request(content=content)).json()
    (finding,) = found["findings"]
    assert (finding["code"], finding["place"]["cell"], finding["place"]["cell_id"]) == ("NBX101", 2, "c2")
    assert (finding["place"]["row"], finding["place"]["column"]) == (2, 7)
    assert [level["reached"] for level in found["ladder"]] == [False] * 5
    assert found["ladder"][1]["needs"][0].startswith("cell 3: `missing` is bound nowhere")
    assert server.api("check", request(content=content, ignore=["NBX1"])).json()["findings"] == []


def test_tag_proposes_what_the_command_line_proposes(server: Jupyter) -> None:
    content = as_content(SOUND)
    for cell in content["cells"]:
        cell["metadata"] = {}
    found = server.api("tag", request(content=content)).json()
    expected = suggest(python_notebook(server.root / "some.ipynb", text=json.dumps(content)))
    assert [p["roles"] for p in found["proposals"]] == [[r.value for r in p.roles] for p in expected.proposals]
    assert found["proposals"][0]["tags"] == ["parameters"]
    assert found["proposals"][0]["reason"]


def test_fix_changes_the_cells_that_the_fix_changes(server: Jupyter) -> None:
    content = as_content(SOUND.replace("weight = sum(rows) * rate", "epochs = 3\nweight = sum(rows) * rate * epochs"))
    (finding,) = server.api("check", request(content=content)).json()["findings"]
    assert finding["fix"]["safe"]
    cells = server.api("fix", request(content=content, key=finding["key"])).json()["cells"]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in content["cells"]]
    assert "epochs = 3" in cells[0]["source"]
    assert "epochs = 3" not in cells[2]["source"]
    gone = server.api("fix", request(content=content, key="NBX101 9 9 9 no"))
    assert gone.status_code == 422
    assert "no fix any more" in gone.json()["message"]


def test_a_plan_is_for_the_ci_system_that_is_asked_for(server: Jupyter) -> None:
    plan = server.api("plan", request(output="of-gitlab", level=1, ci="gitlab")).json()
    paths = {file["path"] for file in plan["files"]}
    assert ".gitlab-ci.yml" in paths
    assert not any(path.startswith(".github/") for path in paths)
    for odd in ("jenkins", 3, ["gitlab"]):
        assert server.api("plan", request(output="of-gitlab", level=1, ci=odd)).status_code == 400


def test_a_problem_names_no_place_of_the_server_and_no_command(server: Jupyter) -> None:
    answer = server.api("plan", request(output="some.ipynb"))
    assert answer.status_code == 422
    assert "some.ipynb" in answer.json()["message"]
    assert str(server.root) not in answer.text
    assert answer.json()["fix"] == "give another folder"
    hint = "move it to the `parameters` cell"
    content = as_content(SOUND.replace("weight = sum(rows) * rate", "epochs = 3\nweight = sum(rows) * rate * epochs"))
    notes = server.api("plan", request(output="notes", level=1, content=content)).json()["notes"]
    assert not [note for note in notes if "`--" in note or "`nbexport " in note]
    (finding,) = server.api("check", request(content=content)).json()["findings"]
    assert finding["hint"] == hint


def test_a_notebook_that_cannot_be_exported_is_told_why(server: Jupyter) -> None:
    content = as_content(SOUND)
    content["cells"][2]["source"] += f"\n{HIDDEN}"
    plan = server.api("plan", request(content=content)).json()
    assert plan["files"] == []
    assert [finding["code"] for finding in plan["refused"]] == ["NBX101"]


# --------------------------------------------------------------------------- verify


def kernels(folder: Path) -> list[str]:
    """Kernels whose working directory is a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if b"ipykernel" in command and (process / "cwd").readlink() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found


def test_how_a_project_has_the_runtime_is_remembered(server: Jupyter) -> None:
    wheel = runtime_wheel(server.root / "built")
    some, folder = server.root / "some.ipynb", server.root / "packaged"
    made = api.plan(ExportRequest(some, folder, 2, runtime="package", runtime_wheel=wheel))
    assert not isinstance(made, api.Refused)
    api.apply(made)
    plan = server.api("plan", request(output="packaged")).json()
    actions = {file["path"]: file["action"] for file in plan["files"]}
    assert set(actions.values()) == {"same"}
    assert f"wheels/{wheel.name}" in actions
    (folder / "wheels" / wheel.name).write_bytes(b"")
    answer = server.api("plan", request(output="packaged"))
    assert answer.status_code == 422
    assert "is not a wheel of `nbexport-runtime`" in answer.text
