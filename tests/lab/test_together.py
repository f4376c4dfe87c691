"""Several notebooks that become one project: what the panel is told of them, and what it does with them, on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.jupyter import Jupyter, running
from lab.test_jobs import follow
from lab.test_server import as_content
from several import PREPARE, RAW, TRAIN

from nbexport import api
from nbexport.lab.tasks import joint
from nbexport.lab.tasks.requests import RequestError
from nbexport.plan import ExportRequest, Plan

PAIR = ["prepare.ipynb", "train.ipynb"]
SAID = 'notebooks = ["prepare.ipynb", "train.ipynb"]\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture
def folder(server: Jupyter, request: pytest.FixtureRequest) -> Path:
    """A folder of the server with two notebooks and their data, the name of the test."""
    made = server.root / request.node.name.partition("[")[0]
    made.mkdir()
    (made / "raw.csv").write_text(RAW, encoding="utf-8")
    for name, text in zip(PAIR, (PREPARE, TRAIN), strict=True):
        (made / name).write_text(json.dumps(as_content(text)), encoding="utf-8")
    return made


def told(server: Jupyter, path: str, project: str = "") -> dict[str, Any]:
    answer = server.api(f"together?notebook={path}&project={project}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def asked(folder: Path, text: str, name: str = "train.ipynb", **changes: Any) -> dict[str, Any]:
    """A request about a notebook of the pair, as the browser has it."""
    where = folder.name
    every = {"level": 2, "output": f"{where}/made", "ci": "github", "strict": False}
    together = {"notebooks": [f"{where}/{one}" for one in PAIR]}
    return {"path": f"{where}/{name}", "content": as_content(text), **every, **together, **changes}


# --------------------------------------------------------------------------- which they are


def test_a_notebook_is_alone_until_something_says_otherwise(server: Jupyter, folder: Path) -> None:
    (folder / "later.ipynb").write_text(json.dumps(as_content("# %%\nx = 1\n")), encoding="utf-8")
    where = folder.name
    assert told(server, f"{where}/train.ipynb") == {
        "notebooks": [f"{where}/train.ipynb"],
        "configured": [],
        "others": [f"{where}/later.ipynb", f"{where}/prepare.ipynb"],
        "project": "",
        "file": f"{where}/nbexport.toml",
        "is_new": True,
        "refusal": "",
    }


def test_the_configuration_and_then_the_lock_of_a_project_say_it(server: Jupyter, folder: Path) -> None:
    where = folder.name
    both = [f"{where}/{name}" for name in PAIR]
    plan = api.plan(ExportRequest(folder / PAIR[1], folder / "train", 1, before=(folder / PAIR[0],)))
    assert isinstance(plan, Plan)
    api.apply(plan)
    by_lock = told(server, both[1])
    assert (by_lock["notebooks"], by_lock["configured"], by_lock["project"]) == (both, [], f"{where}/train")
    assert by_lock["others"] == []
    # the project has another name than this one: the panel says which folder it looks at
    assert told(server, both[0], f"{where}/train")["notebooks"] == both
    assert told(server, both[0])["notebooks"] == both[:1]
    (folder / "nbexport.toml").write_text('notebooks = ["train.ipynb", "prepare.ipynb"]\n', encoding="utf-8")
    configured = told(server, both[0])
    assert configured["notebooks"] == configured["configured"] == both[::-1]
    assert configured["is_new"] is False


def test_it_is_written_where_the_command_line_reads_it(server: Jupyter, folder: Path) -> None:
    where = folder.name
    both = [f"{where}/{name}" for name in PAIR]
    written = server.api("together", {"path": both[1], "notebooks": both})
    assert (written.status_code, written.json()["configured"]) == (200, both)
    assert (folder / "nbexport.toml").read_text(encoding="utf-8") == SAID
    # other settings and comments stay, and one notebook alone takes the setting out
    (folder / "nbexport.toml").write_text(f"# ours\nselect = ['NBX1']\n{SAID}", encoding="utf-8")
    alone = server.api("together", {"path": both[1], "notebooks": both[1:]})
    assert (alone.status_code, alone.json()["notebooks"]) == (200, both[1:])
    assert (folder / "nbexport.toml").read_text(encoding="utf-8") == "# ours\nselect = ['NBX1']\n"


def test_a_configuration_above_keeps_its_settings(server: Jupyter, folder: Path) -> None:
    deep = folder / "deep"
    deep.mkdir()
    for name in PAIR:
        (folder / name).rename(deep / name)
    (folder / "pyproject.toml").write_text("[tool.nbexport]\nselect = ['NBX1']  # ours\n", encoding="utf-8")
    both = [f"{folder.name}/deep/{name}" for name in PAIR]
    assert told(server, both[0])["file"] == f"{folder.name}/pyproject.toml"
    assert server.api("together", {"path": both[0], "notebooks": both}).json()["configured"] == both
    assert (folder / "pyproject.toml").read_text(encoding="utf-8") == (
        '[tool.nbexport]\nnotebooks = ["deep/prepare.ipynb", "deep/train.ipynb"]\nselect = [\'NBX1\']  # ours\n'
    )
    assert not (deep / "nbexport.toml").exists()
    # it names these already: other ones would take them away
    (folder / "other.ipynb").write_text(json.dumps(as_content("# %%\nx = 1\n")), encoding="utf-8")
    other = told(server, f"{folder.name}/other.ipynb")
    assert other["refusal"] == f"`{folder.name}/pyproject.toml` names other notebooks already"
    refused = server.api(
        "together", {"path": f"{folder.name}/other.ipynb", "notebooks": [f"{folder.name}/other.ipynb"]}
    )
    assert refused.status_code == 422


def test_a_configuration_above_the_root_is_left_alone(server: Jupyter, folder: Path) -> None:
    above = server.root.parent / "nbexport.toml"
    both = [f"{folder.name}/{name}" for name in PAIR]
    for text in ("strict = true\n", "nonsense = 1\n"):
        above.write_text(text, encoding="utf-8")
        try:
            answer = told(server, both[0])
            refused = server.api("together", {"path": both[0], "notebooks": both})
        finally:
            above.unlink()
        assert (answer["notebooks"], answer["file"]) == (both[:1], "nbexport.toml")
        assert answer["refusal"] == "the settings of this folder lie above the folder that Jupyter shows"
        assert refused.status_code == 422
        assert "nonsense" not in refused.text
    assert not (folder / "nbexport.toml").exists()


# --------------------------------------------------------------------------- who may ask for what


def test_notebooks_lie_beside_one_another_below_the_root(server: Jupyter, folder: Path, tmp_path: Path) -> None:
    where = folder.name
    (tmp_path / "secret.ipynb").write_text(json.dumps(as_content("# %%\nprint(top_secret)\n")), encoding="utf-8")
    (folder / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (folder / "deep").mkdir()
    (folder / "deep" / "other.ipynb").write_text(json.dumps(as_content("# %%\nx = 1\n")), encoding="utf-8")
    own = f"{where}/train.ipynb"
    for other, statuses in (
        ("../secret.ipynb", (403,)),
        (f"{where}/../../secret.ipynb", (403,)),
        ("/etc/passwd", (403,)),
        (f"{where}/link.ipynb", (403,)),
        (f"{where}/.hidden.ipynb", (403, 404)),
        (f"{where}/deep/other.ipynb", (403, 422)),
        (f"{where}/nowhere.ipynb", (404, 422)),
        (f"{where}/{'long' * 100}.ipynb", (404, 422)),
    ):
        pair = {"notebooks": [other, own]}
        assert server.api("plan", asked(folder, TRAIN, **pair)).status_code in statuses, other
        assert server.api("jobs", asked(folder, TRAIN, kind="export", **pair)).status_code in statuses, other
        assert server.api("together", {"path": own, **pair}).status_code in statuses, other
        check = server.api("check", asked(folder, TRAIN, **pair))
        assert check.status_code in (*statuses, 200), other
        assert "top_secret" not in check.text
        # what cannot be read is said, and reaches no level
        assert check.status_code != 200 or not any(level["reached"] for level in check.json()["ladder"])
    assert not (folder / "nbexport.toml").exists()


def test_a_name_that_no_file_can_have_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as raised:
        joint.beside(str(tmp_path / "a.ipynb"), "a.ipynb", ["half\ud800.ipynb", "a.ipynb"], root=tmp_path)
    assert raised.value.status == 404


def test_odd_requests_are_refused_and_nobody_asks_without_the_token(server: Jupyter, folder: Path) -> None:
    own, both = f"{folder.name}/train.ipynb", [f"{folder.name}/{name}" for name in PAIR]
    for odd in (both[:1], "both", [3], [f"{folder.name}/{number}.ipynb" for number in range(60)]):
        assert server.api("plan", asked(folder, TRAIN, notebooks=odd)).status_code == 400
        assert server.api("check", asked(folder, TRAIN, notebooks=odd)).status_code in (200, 400)
        assert server.api("together", {"path": own, "notebooks": odd}).status_code == 400
    assert server.api("together", {"path": own, "notebooks": [own, own]}).status_code == 422
    assert server.api("plan", asked(folder, TRAIN, notebooks=[own, own])).json()["message"] == (
        "a notebook is named twice"
    )
    assert server.api("together", {"path": own, "notebooks": both}, token=None).status_code == 403
    assert server.api(f"together?notebook={own}", token=None).status_code == 403
    assert server.api("together?notebook=../train.ipynb").status_code == 403
    assert not (folder / "nbexport.toml").exists()


# --------------------------------------------------------------------------- what is done with them


def test_a_check_judges_them_together(server: Jupyter, folder: Path) -> None:
    alone = server.api("check", asked(folder, PREPARE, "prepare.ipynb", notebooks=[])).json()
    assert not any(level["reached"] for level in alone["ladder"][1:])
    both = server.api("check", asked(folder, PREPARE, "prepare.ipynb")).json()
    assert [level["reached"] for level in both["ladder"][:3]] == [True, True, True]
    assert both["roles_elsewhere"] == ["data", "evaluate", "predict", "train"]
    assert both["roles"] == alone["roles"]
    assert both["flow"] == alone["flow"]
    assert [(one["name"], one["notebook"], one["cell"]) for one in both["parameters"]] == [("oldest", "", 0)]
    other = server.api("check", asked(folder, TRAIN)).json()
    assert [(one["name"], one["notebook"], one["cell"]) for one in other["parameters"]] == [
        ("oldest", f"{folder.name}/prepare.ipynb", 0)
    ]
    # what stands in the other notebook is told with its path, by its own numbers
    lost = PREPARE.replace("raw if row[0]", "lost if row[0]")
    (folder / "prepare.ipynb").write_text(json.dumps(as_content(lost)), encoding="utf-8")
    other = server.api("check", asked(folder, TRAIN)).json()
    (elsewhere,) = [one for one in other["elsewhere"] if one["severity"] == "error"]
    assert (elsewhere["code"], elsewhere["fix"]) == ("NBX101", None)
    assert elsewhere["place"]["notebook"] == f"{folder.name}/prepare.ipynb"
    assert (elsewhere["place"]["cell"], elsewhere["place"]["cell_id"]) == (3, "c3")
    assert not [one for one in other["findings"] if one["severity"] == "error"]
    assert not other["ladder"][1]["reached"]


def test_a_finding_of_the_open_notebook_keeps_its_fix_and_its_key(server: Jupyter, folder: Path) -> None:
    text = TRAIN.replace("slope = sum", "print(late_rate)\nslope = sum").replace(
        '# %% tags=["predict"]', '# %%\nlate_rate = 1\n# %% tags=["predict"]'
    )
    alone = server.api("check", asked(folder, text, notebooks=[])).json()["findings"]
    both = server.api("check", asked(folder, text)).json()["findings"]
    fixable = {one["key"]: one["fix"] for one in alone if one["fix"]}
    assert fixable
    assert {one["key"]: one["fix"] for one in both if one["fix"]} == fixable
    request = asked(folder, text, key=next(iter(fixable)))
    assert server.api("fix", request).status_code == 200


def test_a_conflict_names_both_places(server: Jupyter, folder: Path) -> None:
    text = TRAIN.replace("[float(value) for value in row]", "[float(value) + 1 for value in row]")
    check = server.api("check", asked(folder, text)).json()
    (conflict,) = [one for one in (*check["findings"], *check["elsewhere"]) if one["code"] == "NBX131"]
    places = [conflict["place"], *(one["place"] for one in conflict["related"])]
    assert sorted((place["notebook"], place["cell"]) for place in places) == [
        ("", 0),
        (f"{folder.name}/prepare.ipynb", 1),
    ]
    plan = server.api("plan", asked(folder, text)).json()
    assert [one["code"] for one in plan["refused"]] == ["NBX131"]
    assert plan["refused"][0]["place"] == conflict["place"]


def test_they_are_exported_as_the_browser_has_them_and_verified(server: Jupyter, folder: Path) -> None:
    # the open notebook is not saved, the other one is what its file holds
    changed = TRAIN.replace('metrics = {"rows"', 'metrics = {"unsaved": 1, "rows"')
    plan = server.api("plan", asked(folder, changed)).json()
    assert plan["refused"] == []
    texts = {file["path"]: file["text"] for file in plan["files"]}
    assert "unsaved" in texts["model.py"]
    assert "def prepare" in texts["model.py"]
    job = server.api("jobs", asked(folder, changed, kind="export", digest=plan["digest"])).json()
    assert follow(server, job)["state"] == "done"
    lock = json.loads((folder / "made" / "nbexport.lock").read_text(encoding="utf-8"))
    assert lock["notebooks"] == PAIR
    again = server.api("plan", asked(folder, changed)).json()
    assert {file["action"] for file in again["files"]} == {"same"}
    job = server.api("jobs", asked(folder, changed, kind="verify")).json()
    verdict = follow(server, job)["verdict"]
    assert verdict["equal"], verdict
    assert {"unsaved", "rows", "slope"} <= {figure["name"] for figure in verdict["figures"]}
    # each notebook finds the project, which lies elsewhere than its name says
    for name in PAIR:
        assert told(server, f"{folder.name}/{name}")["project"] == f"{folder.name}/made"
