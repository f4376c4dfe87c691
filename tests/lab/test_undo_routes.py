"""The panel takes the last export back by a route that asks for the right to write contents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import SOUND
from lab.jupyter import TOKEN, Jupyter, running
from lab.test_server import as_content

from nbexport import api
from nbexport.plan import ExportRequest, Plan


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("server")) as found:
        (found.root / "some.ipynb").write_text(json.dumps(as_content(SOUND)), encoding="utf-8")
        yield found


def export(server: Jupyter, output: str, *levels: int) -> dict[str, bytes]:
    """The files of a project after the first of some exports."""
    states = []
    for level in levels:
        plan = api.plan(ExportRequest(server.root / "some.ipynb", server.root / output, level))
        assert isinstance(plan, Plan)
        api.apply(plan)
        states.append(files(server.root / output))
    return states[0]


def files(folder: Path) -> dict[str, bytes]:
    every = [path for path in folder.rglob("*") if path.is_file() and "history" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in every}


def shown(server: Jupyter, output: str) -> dict[str, Any]:
    answer = server.api(f"undo?project={output}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_last_export_is_shown_and_taken_back(server: Jupyter) -> None:
    first = export(server, "two", 1, 2)
    undo = shown(server, "two")
    assert (undo["notebook"], undo["level"], undo["conflicts"], undo["notes"]) == ("some.ipynb", 2, [], [])
    assert undo["removed"] > 5
    assert undo["left"] == 1
    assert undo["restored"] > 1
    assert files(server.root / "two") != first
    done = server.api("undo", {"output": "two", "step": undo["step"]})
    assert (done.status_code, done.json()) == (200, undo)
    assert files(server.root / "two") == first
    # the same request once more takes no other export back
    again = server.api("undo", {"output": "two", "step": undo["step"]})
    assert (again.status_code, again.json()["message"]) == (409, "This project was exported to since.")
    assert files(server.root / "two") == first
    last = server.api("undo", {"output": "two", "step": shown(server, "two")["step"]})
    assert (last.status_code, last.json()["left"]) == (200, 0)
    assert not (server.root / "two").exists()
    nothing = server.api("undo?project=two")
    assert nothing.status_code == 422
    assert nothing.json()["why"] == "none is kept there"


def test_an_edit_in_the_way_is_named_and_kept_on_demand(server: Jupyter) -> None:
    export(server, "edited", 1, 2)
    readme = server.root / "edited" / "README.md"
    readme.write_text("mine\n")
    undo = shown(server, "edited")
    assert undo["conflicts"] == ["README.md"]
    refused = server.api("undo", {"output": "edited", "step": undo["step"]})
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "README.md would lose what was written by hand.",
    )
    assert readme.read_text() == "mine\n"
    assert server.api("undo", {"output": "edited", "step": undo["step"], "force": True}).status_code == 200
    assert (server.root / "edited" / "README.md.orig").read_text() == "mine\n"


def test_nothing_elsewhere_and_nobody_without_the_token(server: Jupyter) -> None:
    export(server, "kept", 1)
    before = files(server.root / "kept")
    step = shown(server, "kept")["step"]
    for output in ("../kept", "/etc", "kept/../../x", ".hidden"):
        assert server.api("undo", {"output": output, "step": step}).status_code in (403, 404)
        assert server.api(f"undo?project={output}").status_code in (403, 404)
    assert server.api("undo?project=kept", token=None).status_code == 403
    assert server.api("undo", {"output": "kept", "step": step}, token=None).status_code == 403
    for odd in ({}, {"output": 3, "step": step}, {"output": "kept"}, {"output": "kept", "step": step, "force": "yes"}):
        assert server.api("undo", odd).status_code == 400
    cookie = httpx.get(f"{server.url}/tree", params={"token": TOKEN}, follow_redirects=True, timeout=60).cookies
    forged = httpx.post(
        f"{server.url}/nbexport/api/undo", json={"output": "kept", "step": step}, cookies=cookie, timeout=60
    )
    assert forged.status_code == 403
    assert files(server.root / "kept") == before
