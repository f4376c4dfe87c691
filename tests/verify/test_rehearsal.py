"""A rehearsal runs each command line of a project's workflows, and says which one fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from conftest import SOUND

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.plan import ExportRequest
from nbexport.shell.cli import main
from nbexport.verify.limits import Limits
from nbexport.verify.rehearsal import checkout, rehearse
from nbexport.verify.stopping import Stop, StoppedError
from nbexport.verify.verification import Rehearsed, StepOutcome
from nbexport.verify.workflows import jobs

GROUPED_BY = "ci"

RETRAIN = """\
on:
  workflow_dispatch:
    inputs:
      first: {type: boolean, default: false}
      source: {type: string, default: "here"}
env: {OUTER: whole, SHARED: whole}
jobs:
  last:
    needs: [first]
    steps:
      - uses: actions/checkout@abc
      - run: |
          test ! -e made.txt
          python -c 'import urllib.request as r, os; print(r.urlopen(os.environ["GITHUB_API_URL"] + "/zip/some").status)'
          docker build --tag "$IMAGE" .
          printf secret | docker login --password-stdin
        env: {IMAGE: "a b"}
  first:
    env: {SHARED: job}
    steps:
      - uses: actions/checkout@abc
      - name: Make
        env: {GIVEN: "${{ inputs.source }}", TOKEN: "${{ github.token }}", OTHER: "${{ secrets.OTHER }}", F: "${{ inputs.first }}"}
        run: |
          test "$OUTER $SHARED $GIVEN $TOKEN $F" = "whole job here rehearsal true"
          test -z "$OTHER"
          test -z "${CI_PROJECT_DIR:-}"
          echo one > made.txt
          echo "a=b" >> "$GITHUB_OUTPUT"
      - uses: actions/upload-artifact@abc
        with: {name: some, path: made.txt}
      - uses: somebody/else@abc
"""


def project(folder: Path, **workflows: str) -> Path:
    """A folder with workflows."""
    place = folder / "project" / ".github" / "workflows"
    place.mkdir(parents=True)
    for name, text in workflows.items():
        (place / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder / "project"


def rehearsed(project: Path, folder: Path) -> list[Rehearsed]:
    scratch = folder / "scratch"
    scratch.mkdir()
    return list(rehearse(project, scratch=scratch, progress=lambda step: None, stop=Stop()))


def test_every_line_runs_in_the_order_of_needs(tmp_path: Path) -> None:
    made = project(tmp_path, retrain=RETRAIN)
    found = rehearsed(made, tmp_path)
    assert [(step.job, step.outcome) for step in found] == [
        ("first", StepOutcome.DONE),
        ("first", StepOutcome.DONE),
        ("first", StepOutcome.LEFT_OUT),
        ("last", StepOutcome.DONE),
    ], found
    assert found[-1].stand_ins == ("docker build --tag a b .", "docker login --password-stdin")
    assert sorted(path.name for path in made.iterdir()) == [".github"]


def test_secrets_reach_what_asks_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub gives a step what its `env` names, GitLab each job all; what the shell has is not what a CI has."""
    monkeypatch.setenv("API_KEY", "of the shell")
    asks = 'test "$API_KEY" = stored; test -z "${OTHER:-}"'
    steps = [
        f"{{run: '{asks}', env: {{API_KEY: '${{{{ secrets.SHOP_KEY }}}}', OTHER: '${{{{ secrets.OTHER }}}}'}}}}",
        "{run: 'test -z \"${API_KEY:-}\"'}",
    ]
    made = project(tmp_path, ci=f"jobs: {{a: {{steps: [{', '.join(steps)}]}}}}")
    (made / ".gitlab-ci.yml").write_text(f"stages: [a]\nb: {{stage: a, script: '{asks}'}}\n", encoding="utf-8")
    (tmp_path / "scratch").mkdir()
    quiet = {"scratch": tmp_path / "scratch", "progress": lambda step: None, "stop": Stop()}
    found = rehearse(made, secrets={"API_KEY": "stored"}, **quiet)
    assert [(step.job, step.outcome) for step in found] == [
        ("a", StepOutcome.DONE),
        ("a", StepOutcome.DONE),
        ("b", StepOutcome.DONE),
    ], found


def test_what_fails_is_named_and_nothing_builds_upon_it(tmp_path: Path) -> None:
    broken = RETRAIN.replace("echo one > made.txt", "echo what it says; false; echo never")
    other = "on: push\njobs:\n  alone:\n    steps: [{run: 'true'}]\n"
    found = rehearsed(project(tmp_path, retrain=broken, ci=other), tmp_path)
    assert [(step.job, step.outcome) for step in found] == [
        ("first", StepOutcome.FAILED),
        ("last", StepOutcome.LEFT_OUT),
        ("alone", StepOutcome.DONE),
    ]
    assert found[0].said.splitlines() == ["what it says", "exit code 1"]


def test_nothing_kept_is_a_failure(tmp_path: Path) -> None:
    found = rehearsed(project(tmp_path, retrain=RETRAIN.replace("path: made.txt", "path: other.txt")), tmp_path)
    assert found[1].outcome == StepOutcome.FAILED
    assert "other.txt" in found[1].said


def test_what_cannot_be_rehearsed_is_said(tmp_path: Path) -> None:
    text = """\
on: push
jobs:
  many: {strategy: {matrix: {a: [1, 2]}}, steps: [{run: "true"}]}
  called: {uses: ./.github/workflows/other.yml}
  shell: {steps: [{run: "print()", shell: python}]}
"""
    found = rehearsed(project(tmp_path, ci=text), tmp_path)
    assert [(step.job, step.outcome, step.said) for step in found] == [
        ("many", StepOutcome.LEFT_OUT, "it has `strategy`"),
        ("called", StepOutcome.LEFT_OUT, "it has `uses`"),
        ("shell", StepOutcome.LEFT_OUT, "its shell is `python`"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("jobs: {a: {needs: b}, b: {needs: a}}", "wait for each other"),
        ("jobs: [", "cannot be read"),
        ("- just\n- a list", "is not a workflow"),
        ("on: push", "no workflows to rehearse"),
    ],
)
def test_files_that_are_no_workflows(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(NbexportError, match=why):
        jobs(project(tmp_path, retrain=text))


def test_gitlabs_jobs_begin_with_the_first_model(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".gitlab-ci.yml").write_text(
        """\
stages: [check, retrain, release]
variables: {ALL: everywhere, PIP_CACHE_DIR: $CI_PROJECT_DIR/x}
release: {stage: release, needs: [retrain], script: ['test -e models/a', 'test "$DECIDED" -eq 10', 'test "$CI_REGISTRY_USER" = rehearsal']}
check: {stage: check, script: ['test "$ALL" = everywhere', 'test -z "${DECIDED:-}"', 'test ! -e models/a']}
last: {stage: release, script: ['test "$DECIDED" -eq 10', 'test -e models/a']}
retrain:
  stage: retrain
  script: ['test "$FIRST" = true', 'echo DECIDED=10 > some.env', 'mkdir models', 'touch models/a']
  artifacts: {paths: [models/], reports: {dotenv: some.env}}
""",
        encoding="utf-8",
    )
    found = rehearsed(folder, tmp_path)
    assert [(step.job, step.outcome) for step in found] == [
        ("retrain", StepOutcome.DONE),
        ("retrain", StepOutcome.DONE),
        ("check", StepOutcome.DONE),
        ("release", StepOutcome.DONE),
        ("last", StepOutcome.DONE),
    ], found


def test_a_copy_has_what_version_control_has(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    for name in (
        "train.py",
        ".venv/x",
        "models/a",
        "data/train/a",
        "data/sets/a.dvc",
        "sub/models/a",
        ".git/x",
        "a.tmp",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    (folder / ".gitignore").write_text("data/train/\n*.tmp\n", encoding="utf-8")
    checkout(folder, tmp_path / "copy")
    found = {
        path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*") if path.is_file()
    }
    assert found == {"train.py", ".gitignore", "data/sets/a.dvc", "sub/models/a"}


def test_a_rehearsal_can_be_stopped(tmp_path: Path) -> None:
    stop = Stop()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    made = project(tmp_path, ci="jobs: {a: {steps: [{run: 'exec sleep 600'}]}}")
    with pytest.raises(StoppedError):
        rehearse(made, scratch=scratch, progress=lambda step: stop.ask(), stop=stop)


def test_a_command_that_goes_beyond_the_limits_has_failed(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    made = project(tmp_path, ci="jobs: {a: {steps: [{name: Wait, run: 'exec sleep 600'}]}}")
    (step,) = rehearse(made, scratch=scratch, progress=print, stop=Stop(), limits=Limits(time_s=0.5))
    assert step.outcome is StepOutcome.FAILED
    assert "`Wait` had run for" in step.said
    assert "--timeout 1" in step.said


def test_verify_tells_of_it(tmp_path: Path, sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "project"
    assert main([str(sound), "--level", "3", "--output", str(output)]) == 0
    shutil.rmtree(output / ".github")
    shutil.rmtree(output / "deploy")
    assert main(["verify", str(sound), "--project", str(output), "--level", "3"]) == 2
    assert "no workflows to rehearse" in capsys.readouterr().err
    place = output / ".github" / "workflows"
    place.mkdir(parents=True)
    text = "jobs:\n  a:\n    steps:\n      - {name: Build, run: docker build .}\n      - {name: Fall, run: 'echo why; exit 3'}\n"
    (place / "own.yml").write_text(text, encoding="utf-8")
    assert main(["verify", str(sound), "--project", str(output), "--level", "3"]) == 1
    said = capsys.readouterr().out
    assert "failed: own.yml / a / Fall\n    why\n    exit code 3\n" in said
    assert "not really run, only noted:\n    docker build .\n" in said
    assert "Rehearsed 2 steps of 1 job of the workflows in fresh copies: 1 did their work.\n" in said
    assert "are equal (exactly)" in said
    assert '"outcome": "failed"' in (output / "verification.json").read_text(encoding="utf-8")


@pytest.mark.slow(minutes=6)
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_workflows_of_an_export_do_their_work(tmp_path: Path, ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With environments of their own, installed from the package index as a CI would; by uv, as pip takes minutes."""
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").symlink_to(uv)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    example = Path(__file__).parents[2] / "examples" / "churn"
    notebook = tmp_path / "sound.py"
    notebook.write_text(SOUND, encoding="utf-8")
    if ci == "github":
        shutil.copytree(example, tmp_path / "churn")
        notebook = tmp_path / "churn" / "churn.ipynb"
    output = tmp_path / "project"
    made = api.plan(ExportRequest(notebook, level=3, output=output, ci=ci))
    assert not isinstance(made, api.Refused)
    api.apply(made)
    subprocess.run(["make", "--silent", "lock"], cwd=output, check=True)
    # what `verify` compares besides is compared elsewhere
    found = rehearsed(output, tmp_path)
    # what GitHub alone can sign is linted
    attested = [step for step in found if step.step.startswith("Attest")]
    assert [step.outcome for step in attested] == [StepOutcome.LEFT_OUT] * (2 if ci == "github" else 0)
    failed = [step for step in found if step not in attested and step.outcome is not StepOutcome.DONE]
    assert failed == []
    assert len(found) > (15 if ci == "github" else 5)
    (built,) = [call for step in found for call in step.stand_ins if " --push " in call]
    assert "--provenance mode=max" in built
    # the model that the service of this image starts with, and a tag of its version and commit
    assert re.search(r"--build-arg MODEL_DIGEST=[0-9a-f]{64} ", built)
    assert re.search(r" --tag \S+:\d{8}T\d{6}-\w+-0{12} \.$", built)
