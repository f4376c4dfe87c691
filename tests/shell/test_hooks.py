"""The doors that other tools call: the pre-commit hooks and the GitHub Action."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PRE_COMMIT = [sys.executable, "-m", "pre_commit"]


def notebook(*sources: str, tags: dict[int, list[str]] | None = None) -> str:
    """The text of an `.ipynb`."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {"tags": tags[number]} if tags and number in tags else {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources, 1)
    ]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": python, "cells": cells}, indent=1)


HIDDEN = notebook("rows = [1, 2]", "print(total)")
FIXED = notebook("rows = [1, 2]\ntotal = sum(rows)", "print(total)")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for git and pre-commit that leave the user's own settings alone, and the network too.

    pre-commit makes an environment for the hook and installs this repository into it; what nbexport depends on is found
    in the environment of the tests.
    """
    home = tmp_path_factory.mktemp("home")
    names = {"GIT_AUTHOR_NAME": "a", "GIT_COMMITTER_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_EMAIL": "a@b"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    return {
        **kept,
        **names,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "NBEXPORT_CACHE_DIR": str(home / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.mark.slow(minutes=1)
def test_a_commit_with_hidden_state_is_rejected_and_the_fixed_one_passes(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=tmp_path,
            env={**environment, **settings},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def nbexport(*words: str) -> None:
        # this repository, whatever is installed
        path = f"{ROOT}{os.pathsep}{environment['PYTHONPATH']}"
        done = run(sys.executable, "-m", "nbexport", *words, PYTHONPATH=path)
        assert done.returncode == 0, done.stdout

    hook = tmp_path / "hooks"
    # what is being worked on, as a repository of its own: pre-commit installs hooks from commits
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    parts = (
        "nbexport/",
        "runtime/",
        "pyproject",
        "README",
        "LICENSE",
        ".pre-commit",
        "hatch_build",
        "extension/",
        "package",
        "src/",
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and name.startswith(parts):
            (hook / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, hook / name)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it is"]):
        assert run("git", "-C", str(hook), *words).returncode == 0
    revision = run("git", "-C", str(hook), "rev-parse", "HEAD").stdout.strip()

    (tmp_path / ".gitignore").write_text("/hooks/\n")
    hooks = [{"id": "nbexport-check"}, {"id": "nbexport-sync"}]
    config = {"repos": [{"repo": str(hook), "rev": revision, "hooks": hooks}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    assert run("git", "init", "-q").returncode == 0
    assert run(*PRE_COMMIT, "install").returncode == 0
    (tmp_path / "analysis.ipynb").write_text(HIDDEN)
    assert run("git", "add", "-A").returncode == 0
    rejected = run("git", "commit", "-m", "hidden state")
    assert rejected.returncode == 1, rejected.stdout
    assert "NBX101 `total` is bound nowhere" in rejected.stdout
    assert run("git", "log").returncode != 0, "nothing is committed"
    (tmp_path / "analysis.ipynb").write_text(FIXED)
    assert run("git", "add", "-A").returncode == 0
    passed = run("git", "commit", "-m", "fixed")
    assert passed.returncode == 0, passed.stdout

    tags = {1: ["train"], 2: ["evaluate"]}
    (tmp_path / "model.ipynb").write_text(notebook("weight = 3", "metrics = {'weight': weight}", tags=tags))
    nbexport("model.ipynb")
    assert run("git", "add", "-A").returncode == 0
    exported = run("git", "commit", "-m", "exported")
    assert exported.returncode == 0, exported.stdout
    (tmp_path / "model.ipynb").write_text(notebook("weight = 4", "metrics = {'weight': weight}", tags=tags))
    assert run("git", "add", "-A").returncode == 0
    behind = run("git", "commit", "-m", "the project has fallen behind")
    assert behind.returncode == 1
    assert "`model.py` would be updated" in behind.stdout

    # a project elsewhere, of a notebook that imports a module: a commit of the module alone is looked at too
    nbexport("sync", "model.ipynb")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "weights.py").write_text("first = 3\n")
    tagged = {1: ["define"], 2: ["train"], 3: ["evaluate"]}
    (tmp_path / "notebooks" / "local.ipynb").write_text(
        notebook("from weights import first", "weight = first + 1", "metrics = {'weight': weight}", tags=tagged)
    )
    nbexport("notebooks/local.ipynb", "-o", "services/local")
    assert run("git", "add", "-A").returncode == 0
    exported = run("git", "commit", "-m", "exported elsewhere")
    assert exported.returncode == 0, exported.stdout
    (tmp_path / "notebooks" / "weights.py").write_text("first = 4\n")
    assert run("git", "add", "-A").returncode == 0
    behind = run("git", "commit", "-m", "only a module")
    assert behind.returncode == 1, behind.stdout
    assert "`weights.py` would be updated" in behind.stdout

    tried = run(*PRE_COMMIT, "try-repo", str(hook), "nbexport-check", "--files", "analysis.ipynb")
    assert tried.returncode == 0, tried.stdout
    (tmp_path / "analysis.ipynb").write_text(HIDDEN)
    tried = run(*PRE_COMMIT, "try-repo", str(hook), "nbexport-check", "--files", "analysis.ipynb")
    assert tried.returncode == 1
    assert "NBX101" in tried.stdout


def test_the_action_s_script_annotates_and_writes_sarif(tmp_path: Path, environment: dict[str, str]) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    (script,) = (step["run"] for step in action["runs"]["steps"] if step.get("id") == "check")
    here = tmp_path / "nbexport" / "bin"
    here.mkdir(parents=True)
    (here / "nbexport").symlink_to(Path(sys.executable).parent / "nbexport")
    (tmp_path / "a b.ipynb").write_text(HIDDEN)
    (tmp_path / "clean.ipynb").write_text(FIXED)

    def run(paths: str, arguments: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "output").write_text("")
        inputs = {"NBEXPORT_PATHS": paths, "NBEXPORT_ARGUMENTS": arguments, "RUNNER_TEMP": str(tmp_path)}
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={**environment, **inputs, "GITHUB_OUTPUT": str(tmp_path / "output")},
            capture_output=True,
            text=True,
            check=False,
        )

    found = run("a b.ipynb\n\nclean.ipynb\n")
    assert found.returncode == 1
    assert found.stdout.startswith("::error file=a b.ipynb,line=")
    said = (tmp_path / "output").read_text()
    sarif = json.loads(Path(said.strip().removeprefix("sarif-file=")).read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["NBX101"]
    assert run("clean.ipynb").returncode == 0
    assert run(".", "--ignore\nNBX101").returncode == 0
    assert run("$(touch broken-out)").returncode == 2
    assert not (tmp_path / "broken-out").exists()
