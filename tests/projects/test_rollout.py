"""A share of the traffic for a candidate whose code differs: split, changed, finished and aborted while the service runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import SOUND
from nbexport_runtime.traffic import placements, traffic

from .conftest import Done, export, judged_by_figures, run
from .serving import IDS, Service, served, until


def do(project: Path, *words: str) -> Done:
    done = run(*words, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model is in production; the candidate is better, and its code answers otherwise, by a module of its own."""
    folder = tmp_path_factory.mktemp("rollout")
    notebook = folder / "notebook" / "sound.py"
    notebook.parent.mkdir()
    notebook.write_text(SOUND, encoding="utf-8")
    made = folder / "project"
    done = export(notebook, made, "--level", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    judged_by_figures(made)
    do(made, "retrain.py")
    code = made / "definitions.py"
    text = code.read_text(encoding="utf-8")
    assert text.count("return row * weight") == 1
    code.write_text(
        text.replace("return row * weight", "import offset\n\n    return row * weight + offset.MORE"), encoding="utf-8"
    )
    (made / "offset.py").write_text("MORE = 1000.0\n", encoding="utf-8")
    do(made, "train.py", "--rate", "0.9", "--data", "data/train")
    return made


@pytest.fixture
def service(project: Path, tmp_path: Path) -> Iterator[Service]:
    """The service, before any rollout."""
    (project / "models" / "traffic.json").unlink(missing_ok=True)
    with served(project, None, tmp_path) as found:
        yield found


def asked(service: Service, ids: list[str]) -> dict[str, float]:
    """What each id is answered to 2."""
    return {name: round(answer["result"], 6) for name, answer in service.answers({"row": 2.0}, ids).items()}


OLD, NEW = 6.0, 1010.8


def test_a_rollout_from_its_start_to_its_abort(project: Path, service: Service) -> None:
    # how exactly the shares are met is seen with more of them in tests/runtime/traffic
    ids = IDS[:500]
    do(project, "rollout.py", "start", "--percent", "10")
    until(lambda: service.share() == 10)
    first = asked(service, ids)
    assert set(first.values()) == {OLD, NEW}
    ten = {name for name, answer in first.items() if answer != OLD}
    assert 0.04 < len(ten) / len(ids) < 0.16
    assert asked(service, ids) == first
    do(project, "rollout.py", "set", "20")
    until(lambda: service.share() == 20)
    twenty = {name for name, answer in asked(service, ids).items() if answer != OLD}
    assert ten < twenty
    assert 0.12 < len(twenty) / len(ids) < 0.28
    # nobody without an id is tried upon
    plain = {service.post({"row": 2.0}).json()["result"] for _ in range(50)}
    assert plain == {OLD}
    assert service.post({"row": 2.0}, headers={"X-Rollout-Key": ""}).json()["result"] == OLD
    arms = {(line["arm"], line["model_version"]) for line in service.lines()}
    assert len(arms) == 2
    candidate = dict(arms)["candidate"]
    assert service.counted(model_version=candidate, outcome="ok") == len(ten) * 2 + len(twenty)
    assert json.loads(run("rollout.py", "status", "--json", cwd=project).stdout)["rollout"]["percent"] == 20
    do(project, "rollout.py", "abort")
    until(lambda: service.share() == 0)
    assert set(asked(service, IDS[:100]).values()) == {OLD}
    assert "Traceback" not in service.said.read_text(encoding="utf-8")


def test_a_candidate_that_cannot_be_used_leaves_production_alone(project: Path, service: Service) -> None:
    do(project, "rollout.py", "start", "--percent", "50")
    until(lambda: service.share() == 50)
    do(project, "rollout.py", "abort")
    until(lambda: service.share() == 0)
    versions = project / "models" / "versions"
    (new,) = [path for path in versions.iterdir() if (path / "code" / "offset.py").exists()]
    shutil.copytree(new, versions / "broken")
    # code that is not what the manifest says is never run
    (versions / "broken" / "code" / "offset.py").write_text("print('run!')\nMORE = 2000.0\n", encoding="utf-8")
    placement = placements.read(project / "models" / placements.NAME).production
    assert placement is not None
    shares = traffic.split_of(placement, {"broken": 50}, salt="s", key_header="X-Rollout-Key", started="now")
    path = project / "models" / traffic.NAME
    traffic.write(path, shares)
    until(lambda: "was changed since it was written" in service.said.read_text(encoding="utf-8"))
    assert "run!" not in service.said.read_text(encoding="utf-8")
    assert set(asked(service, IDS[:100]).values()) == {OLD}
    path.write_text("{", encoding="utf-8")
    until(lambda: "is damaged, so production answers all" in service.said.read_text(encoding="utf-8"))
    assert set(asked(service, IDS[:100]).values()) == {OLD}
    assert httpx.get(service.url + "/ready", timeout=60).status_code == 200


def test_the_finish_makes_it_production_without_a_restart(project: Path, service: Service) -> None:
    before = service.health()["model_version"]
    do(project, "rollout.py", "start", "--percent", "10")
    until(lambda: service.share() == 10)
    do(project, "rollout.py", "finish")
    until(lambda: service.health()["model_version"] != before and service.share() == 0)
    assert set(asked(service, IDS[:100]).values()) == {NEW}
    do(project, "promote.py", "--rollback")
    until(lambda: service.health()["model_version"] == before)
    assert set(asked(service, IDS[:100]).values()) == {OLD}
    assert "Traceback" not in service.said.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("set", "20"), 1, "no rollout is under way"),
        (("finish",), 1, "no rollout is under way"),
        (("abort",), 0, "no rollout is under way"),
        (("set", "0"), 0, "no rollout is under way"),
        (("set",), 2, "set takes a percentage"),
        (("start", "101"), 2, "from 0 to 100"),
        (("start", "--version", "none"), 1, "there is no version `none`"),
    ],
)
def test_a_mistake_is_told(project: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (project / "models" / "traffic.json").unlink(missing_ok=True)
    done = run("rollout.py", *words, cwd=project)
    assert done.returncode == code, done.stderr
    assert said in (done.stderr if code else done.stdout)
    assert "Traceback" not in done.stderr
