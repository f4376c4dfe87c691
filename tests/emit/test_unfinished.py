"""What a project still lacks is said with each export until it is there: locks that fit, images by digest."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SOUND
from nbexport_runtime import images

from nbexport import api
from nbexport.emit.unfinished import NAMING
from nbexport.plan import Action, ExportRequest, Plan
from nbexport.shell.cli import main

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
LOCKS = {1: ("", "-dev"), 2: ("", "-dev", "-score", "-serve"), 3: ("", "-dev", "-pipeline", "-score", "-serve")}
LOCKS[4] = (*LOCKS[3], "-platform")


def planned(folder: Path, *, level: int = 2, text: str = SOUND, ci: str = "github") -> Plan:
    folder.mkdir(exist_ok=True)
    (folder / "sound.py").write_text(text, encoding="utf-8")
    plan = api.plan(ExportRequest(folder / "sound.py", level=level, output=folder / "project", ci=ci))
    assert isinstance(plan, Plan)
    return plan


def lock(project: Path) -> None:
    """Locks as `make lock` would write them: of the versions that the project names, and the lowest that it allows."""
    names = [path.stem for path in sorted(project.glob("requirements*.txt"))]
    texts = {name: (project / f"{name}.txt").read_text(encoding="utf-8") for name in names}
    lines = {name: [line for line in text.splitlines() if line[:2] != "-r"] for name, text in texts.items()}
    group = (project / "pyproject.toml").read_text(encoding="utf-8").partition("dev = [")[2].partition("]\n")[0]
    tools = [line.strip(' ",').replace(">=", "==").partition(",")[0] for line in group.splitlines() if line.strip()]
    everything = [line for name in names for line in lines[name]]
    whole = {f"requirements-{part}": everything for part in ("score", "pipeline", "platform")}
    whole["requirements-dev"] = [*everything, *tools]
    for name in [*names, "requirements-dev"]:
        found = whole.get(name) or lines[name]
        text = "".join(f"{line} \\\n    --hash=sha256:{'0' * 64}\n" for line in found)
        (project / f"{name}.lock").write_text(text, encoding="utf-8")


def pin(project: Path) -> None:
    """Digests as `make lock` would write them."""
    for path in project.rglob("*"):
        if path.name.endswith(NAMING):
            text = path.read_text(encoding="utf-8")
            path.write_text(images.pinned(text, dict.fromkeys(images.by_tag(text), DIGEST)), encoding="utf-8")


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_what_is_missing_is_said_until_it_is_there(level: int, tmp_path: Path) -> None:
    plan = planned(tmp_path, level=level)
    said = [note for note in plan.notes if "make lock" in note]
    assert len(said) == (1 if level == 1 else 2)
    assert [f"`requirements{name}.lock`" in said[0] for name in LOCKS[level]] == [True] * len(LOCKS[level])
    api.apply(plan)
    assert [note for note in planned(tmp_path, level=level).notes if "make lock" in note] == said
    lock(tmp_path / "project")
    assert [note for note in planned(tmp_path, level=level).notes if "make lock" in note] == said[1:]
    pin(tmp_path / "project")
    assert planned(tmp_path, level=level).notes == ()


def test_locks_that_no_longer_fit_are_named(tmp_path: Path) -> None:
    api.apply(planned(tmp_path, level=1))
    project = tmp_path / "project"
    lock(project)
    path = project / "requirements.lock"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("loguru==", "loguru==99."), encoding="utf-8")
    (note,) = planned(tmp_path, level=1).notes
    assert note.startswith("`requirements.lock` does not fit")
    path.write_text(good, encoding="utf-8")
    # the export itself adds a requirement
    text = SOUND.replace("rows = [1.0, 2.0, 3.0]", "import numpy\nrows = numpy.ones(3).tolist()")
    (note,) = planned(tmp_path, level=1, text=text).notes
    assert note.startswith("`requirements.lock`, `requirements-dev.lock` do not fit")
    # and so does somebody by hand
    with (project / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("--prefer-binary\nrich>=1  # for the table\n")
    (note,) = planned(tmp_path, level=1).notes
    assert note.startswith("`requirements.lock`, `requirements-dev.lock` do not fit")


def test_a_tool_that_the_lock_lacks_is_noticed(tmp_path: Path) -> None:
    api.apply(planned(tmp_path, level=1))
    project = tmp_path / "project"
    lock(project)
    path = project / "requirements-dev.lock"
    path.write_text(path.read_text(encoding="utf-8").replace("ruff==0.17", "ruff==0.1"), encoding="utf-8")
    assert [note.partition(" ")[0] for note in planned(tmp_path, level=1).notes] == ["`requirements-dev.lock`"]


def test_digests_survive_the_next_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `make lock` wrote is an edit like any other: kept, and merged with what the notebook changes."""
    project = tmp_path / "project"
    api.apply(planned(tmp_path, level=3))
    pin(project)
    pinned = (project / "Dockerfile").read_text(encoding="utf-8")
    assert pinned.count(DIGEST) == 2
    again = planned(tmp_path, level=3)
    assert {change.action for change in again.changes} == {Action.SAME}
    assert main(["sync", "--check", str(tmp_path / "sound.py"), "--output", str(project)]) == 0
    capsys.readouterr()
    # one more module is copied into the image
    (tmp_path / "helpers.py").write_text("def half(x):\n    return x / 2\n", encoding="utf-8")
    text = SOUND.replace("return row * weight", "return half(row) * weight").replace(
        '# %% tags=["data"]\n', '# %% tags=["data"]\nfrom helpers import half\n'
    )
    changed = planned(tmp_path, level=3, text=text)
    assert changed.conflicts == ()
    api.apply(changed)
    after = (project / "Dockerfile").read_text(encoding="utf-8")
    assert after.count(DIGEST) == 2
    assert "helpers.py" in after
    assert not [note for note in planned(tmp_path, level=3, text=text).notes if "images" in note]


def test_gitlab_s_images_count_too(tmp_path: Path) -> None:
    plan = planned(tmp_path, level=1, ci="gitlab")
    assert plan.notes[-1].startswith("`.gitlab-ci.yml` names images by tags: `make lock`")
    # nothing there renews a digest by itself
    texts = {change.path: str(change.after) for change in planned(tmp_path, level=3, ci="gitlab").changes}
    assert "Dependabot" not in texts["Dockerfile"] + texts["deploy/pipeline.Dockerfile"]
