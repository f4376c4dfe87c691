"""A project that is exported in a server holds nothing that the server's root does not show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import SOUND
from lab.jupyter import TOKEN, Jupyter, running
from lab.test_server import as_content

SECRET = "nobody-may-see-this"
SHOWN = "everybody-may-see-this"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A server with a notebook in `work`, a module beside it and one in `lib`; others are hidden, linked, or outside."""
    with running(tmp_path_factory.mktemp("server")) as found:
        outside, work = found.root.parent / "outside", found.root / "work"
        for folder in (
            outside / "package",
            outside / "data",
            work / "data",
            found.root / "lib",
            found.root / ".hidden",
        ):
            folder.mkdir(parents=True)
        for name in ("cleaning.py", "package/__init__.py", "data/rows.csv", "rows.csv"):
            (outside / name).write_text(f"VALUE = '{SECRET}'\n")
        (found.root / ".hidden" / "cleaning.py").write_text(f"VALUE = '{SECRET}'\n")
        (work / "data" / ".rows.csv").write_text(SECRET)
        (found.root / "lib" / "tidying.py").write_text(f"VALUE = '{SHOWN}'\n")
        (found.root / "lib" / ".hidden.txt").write_text(SECRET)
        (found.root / "lib" / "reading.py").write_text(
            "from pathlib import Path\nVALUE = (Path(__file__).parent / '.hidden.txt').read_text()\n"
        )
        (found.root / "lib" / "opening.py").write_text(
            f"import sys\nsys.path.append({str(outside)!r})\nimport cleaning\nVALUE = '{SHOWN}'\n"
        )
        (work / "linked.py").symlink_to(outside / "cleaning.py")
        (work / "package").symlink_to(outside / "package")
        yield found


def content(server: Jupyter, code: str) -> dict[str, Any]:
    """A notebook whose definitions are some code, saved where it will be exported from."""
    code = code.replace("OUTSIDE", str(server.root.parent / "outside"))
    found = as_content(
        SOUND.replace("rows = [", "rows = [float(bool(VALUE)), ").replace("# %% tags", f"# %%\n{code}\n# %% tags", 1)
    )
    (server.root / "work" / "some.ipynb").write_text(json.dumps(found), encoding="utf-8")
    return found


def answers(server: Jupyter, code: str) -> dict[str, httpx.Response]:
    """What each door that shows a project answers for it."""
    request = {"path": "work/some.ipynb", "content": content(server, code), "level": 1, "output": "made"}
    headers = {"Authorization": f"token {TOKEN}"}
    address = f"{server.url}/nbconvert/nbexport-train/work/some.ipynb"
    return {
        "plan": server.api("plan", request),
        "archive": server.api("archive", request),
        "jobs": server.api("jobs", {**request, "kind": "export"}),
        "nbconvert": httpx.get(address, headers=headers, timeout=60),
    }


PLACES = {
    "another folder": "import sys\nsys.path.append('../../outside')\nfrom cleaning import VALUE",
    "an absolute one": "import sys\nsys.path.insert(0, 'OUTSIDE')\nfrom cleaning import VALUE",
    "a package": "import sys\nsys.path.append('../../outside')\nfrom package import VALUE",
    "a hidden folder": "import sys\nsys.path.append('../.hidden')\nfrom cleaning import VALUE",
    "a link to a module": "from linked import VALUE",
    "a link to a package": "from package import VALUE",
    "what a module adds": "import sys\nsys.path.append('../lib')\nfrom opening import VALUE",
}


@pytest.mark.parametrize("place", PLACES)
def test_modules_elsewhere_are_neither_shown_nor_exported(server: Jupyter, place: str) -> None:
    for door, answer in answers(server, PLACES[place]).items():
        assert answer.status_code == (500 if door == "nbconvert" else 422), (door, answer.text)
        assert SECRET.encode() not in answer.content, door
        assert "is not found in the folders that Jupyter shows" in answer.text, door
    assert not (server.root / "made").exists()


def test_modules_below_the_root_come_along(server: Jupyter) -> None:
    found = answers(server, "import sys\nsys.path.append('../lib')\nfrom tidying import VALUE")
    plan = found["plan"].json()
    assert SHOWN in next(file for file in plan["files"] if file["path"] == "tidying.py")["text"]
    for door in ("archive", "nbconvert"):
        assert found[door].status_code == 200
        assert b"tidying.py" in found[door].content


def test_hidden_data_does_not_come_along(server: Jupyter) -> None:
    module = "import sys\nsys.path.append('../lib')\nfrom reading import VALUE"
    for code in (module, "def VALUE():\n    return open('data/.rows.csv').read()"):
        for door, answer in answers(server, code).items():
            assert answer.status_code == (409 if door == "jobs" else 200), (door, answer.text)
            assert SECRET.encode() not in answer.content, door
            assert b"hidden.txt" not in answer.content or door == "plan", door
            assert b".rows.csv" not in answer.content or door == "plan", door
    assert "`data/.rows.csv` is hidden" in json.dumps(answers(server, code)["plan"].json()["notes"])
