"""Commands are rehearsed with what their image has: no git, no make, no home, nothing of this machine's shell."""

from __future__ import annotations

import os
import re
import shutil
import site
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import SOUND

from nbexport import api
from nbexport.plan import ExportRequest
from nbexport.verify import dockerfile, images
from nbexport.verify.rehearsal import rehearse
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import Rehearsed, StepOutcome

SLIM, FULL, DOCKER = "python:3.12-slim-bookworm@sha256:0", "python:3.12-bookworm", "docker:28"


def rehearsed(project: Path, folder: Path) -> list[Rehearsed]:
    (folder / "scratch").mkdir()
    return list(rehearse(project, scratch=folder / "scratch", progress=lambda step: None, stop=Stop()))


def gitlab(folder: Path, image: str, *lines: str) -> Path:
    """A project with one job in an image."""
    project = folder / "project"
    project.mkdir()
    script = "".join(f"    - {line}\n" for line in lines)
    text = f"default: {{image: '{image}'}}\nstages: [a]\njob:\n  stage: a\n  script:\n{script}"
    (project / ".gitlab-ci.yml").write_text(text, encoding="utf-8")
    return project


@pytest.mark.parametrize(
    ("image", "has", "lacks"),
    [
        (SLIM, "python pip sed tar sha256sum bash", "git make curl gcc gh docker bash-completion"),
        (FULL, "python git make curl bash", "gh docker"),
        (DOCKER, "sh docker git sed sha256sum", "bash make python curl gh"),
    ],
)
def test_a_job_has_the_programs_of_its_image(image: str, has: str, lacks: str, tmp_path: Path) -> None:
    needed = [f"command -v {name}" for name in has.split() if name != "pip"]
    missing = [f"'! command -v {name}'" for name in lacks.split()]
    (step,) = rehearsed(gitlab(tmp_path, image, *needed, *missing), tmp_path)
    assert step.outcome is StepOutcome.DONE, step.said


def test_a_command_that_needs_git_fails_where_the_image_has_none(tmp_path: Path) -> None:
    (tmp_path / "slim").mkdir()
    (tmp_path / "full").mkdir()
    (step,) = rehearsed(gitlab(tmp_path / "slim", SLIM, "git --version"), tmp_path / "slim")
    assert step.outcome is StepOutcome.FAILED
    assert "git" in step.said
    (step,) = rehearsed(gitlab(tmp_path / "full", FULL, "git --version"), tmp_path / "full")
    assert step.outcome is StepOutcome.DONE


@pytest.mark.parametrize("image", [SLIM, "ubuntu:unknown"])
def test_a_job_has_a_home_and_variables_of_its_own(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THIS_SHELL", "1")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://pypi.example.org/simple")
    lines = (
        'test -z "$OF_THIS_SHELL$PYTHONPATH"',
        'test -z "$(ls -A "$HOME")"',
        'test "$PIP_INDEX_URL" = https://pypi.example.org/simple',
        "'! command -v nbexport'",
    )
    (step,) = rehearsed(gitlab(tmp_path, image, *lines), tmp_path)
    assert step.outcome is StepOutcome.DONE, step.said


def test_images_that_are_known_and_not() -> None:
    assert images.programs("python:3.13-slim-bookworm") == images.programs("docker.io/library/python:3.12-slim")
    assert "git" not in (images.programs(SLIM) or ())
    assert "git" in (images.programs("python:3.12") or ())
    assert "bash" not in (images.programs(DOCKER) or ())
    for other in ("", "ubuntu-latest", "python:3.12-alpine", "registry.example.org/team/python:3.12-slim"):
        assert images.programs(other) is None


def test_lines_of_a_dockerfile() -> None:
    text = "FROM a\nRUN one \\\n # comment\n && two\n# RUN never\nCOPY . .\nRUN  three\n"
    assert [" ".join(line.split()) for line in dockerfile.run_lines(text)] == ["one && two", "three"]


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_image_installs_with_what_is_faster_and_fails_as_pip_does(
    installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.pathsep.join((os.environ["PATH"], sysconfig.get_path("scripts")))
    (tmp_path / "bin").mkdir()
    for name in ("bash", "uv") if installer == "uv" else ("bash",):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name, path=path)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with zipfile.ZipFile(tmp_path / "shop-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("shop/__init__.py", "")
        archive.writestr("shop-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
        archive.writestr("shop-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("shop-1.0.dist-info/RECORD", "")
    project = gitlab(tmp_path, "ubuntu:unknown", "true")
    image = project / dockerfile.DOCKERFILE
    image.parent.mkdir()
    by = (
        f"import importlib.metadata as m; assert m.distribution('shop').read_text('INSTALLER').strip() == '{installer}'"
    )
    alone = f"--no-index --find-links {tmp_path}"
    lines = (f"pip install --no-cache-dir {alone} shop==1.0", f'python -c "{by}"', f"pip install {alone} no-such-shop")
    image.write_text("\n".join([f"FROM {SLIM}", *(f"RUN {line}" for line in lines), ""]), encoding="utf-8")
    steps = [step for step in rehearsed(project, tmp_path) if step.job == "image"]
    outcomes = [step.outcome for step in steps]
    assert outcomes == [StepOutcome.DONE, StepOutcome.DONE, StepOutcome.FAILED], steps
    assert "No matching distribution found for no-such-shop" in steps[-1].said


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Rehearsed]]:
    """A project whose pipeline ran in the image that a cluster trains in, and what became of each line.

    Its packages are those of the tests, since there is no index; everything else is as in the image.
    """
    folder = tmp_path_factory.mktemp("image")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    project = folder / "project"
    plan = api.plan(ExportRequest(folder / "sound.py", level=3, output=project, ci="gitlab"))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    # only the image
    (project / ".gitlab-ci.yml").write_text("stages: [a]\njob: {stage: a, script: ['true']}\n", encoding="utf-8")
    path = project / dockerfile.DOCKERFILE
    install, *others = dockerfile.run_lines(path.read_text(encoding="utf-8"))
    assert "pip install" in install
    here = "\n".join(site.getsitepackages())
    packages = f"import pathlib, site; pathlib.Path(site.getsitepackages()[0], 'tests.pth').write_text({here!r})"
    lines = [f'RUN python -c "{packages}"', *(f"RUN {line}" for line in others)]
    head = path.read_text(encoding="utf-8").partition("RUN ")[0]
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    return project, rehearsed(project, folder)


@pytest.mark.slow
def test_the_pipeline_runs_in_its_image_without_git(trained: tuple[Path, list[Rehearsed]]) -> None:
    _, found = trained
    steps = [step for step in found if step.job == "image"]
    assert [step.said for step in steps if step.outcome is not StepOutcome.DONE] == []
    names = [step.step for step in steps]
    assert [name for name in names if name.startswith("cronjob.yaml: python retrain.py")]
    shown = [re.sub(r"^workflow.yaml: python (\S+).*", r"\1", name) for name in names[-4:]]
    assert shown == ["scripts/fetch_data.py", "train.py", "evaluate.py", "promote.py"]
