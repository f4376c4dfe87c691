"""A rollout from a CI, where each run is another machine and only the store is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SOUND
from nbexport_runtime.traffic import placements

from .compiled import compiled
from .conftest import Done, export, run

pytestmark = pytest.mark.slow(minutes=1)


class Ci:
    """A store, and machines that are thrown away after each run."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        (folder / "sound.py").write_text(SOUND, encoding="utf-8")
        self._repository = folder / "repository"
        assert export(folder / "sound.py", self._repository, "--level", "3").returncode == 0
        compiled(self._repository)
        settings = self._repository / "pipeline.toml"
        text = settings.read_text(encoding="utf-8").replace('interval = "required"', 'interval = "optional"')
        settings.write_text(text, encoding="utf-8")
        # as on a runner: the trial store would be an artifact there
        self._here = {"PIPELINE_STORE": str(folder / "store"), "PATH": os.environ["PATH"]}

    def machine(self) -> Path:
        """A fresh checkout, with the Python of the tests where the workflow expects one."""
        self._count += 1
        place = self._folder / f"machine{self._count}"
        shutil.copytree(self._repository, place)
        python = place / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        return place

    def retrain(self, *options: str, **inputs: str) -> tuple[dict[str, str], str]:
        """The step of the workflow on a machine of its own: its outputs, and the decision.

        Args:
            options: Words for `train.py`, as another notebook would have them.
            inputs: Of the run by hand.
        """
        place = self.machine()
        workflow = yaml.safe_load((place / ".github" / "workflows" / "retrain.yml").read_text(encoding="utf-8"))
        (step,) = [step for step in workflow["jobs"]["retrain"]["steps"] if step.get("id") == "retrain"]
        text = str(step["run"])
        text = text.replace(
            "code=0\n", f'if [ "$1" = retrain.py ]; then set -- "$@" -- {" ".join(options)}; fi\ncode=0\n'
        )
        variables = {"ROLLOUT": "10", "GITHUB_OUTPUT": "out", "GITHUB_STEP_SUMMARY": "summary", **self._here, **inputs}
        done = subprocess.run(
            ["bash", "-e", "-c", text], cwd=place, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        lines = (place / "out").read_text(encoding="utf-8").splitlines() if (place / "out").exists() else []
        return dict(line.split("=", 1) for line in lines), (place / "decision.md").read_text(encoding="utf-8")

    def released(self, outputs: dict[str, str]) -> Path:
        """The bundle that a release pushes, on another machine."""
        place = self.machine()
        assert self.command(place, "registry.py", "sync").returncode == 0
        done = self.command(place, "-m", "nbexport_runtime.traffic", "--newest")
        assert done.returncode == 0, done.stderr
        bundle = place / done.stdout.strip()
        assert done.stdout.strip() == outputs["model"]
        assert placements.digest(bundle) == outputs["model_digest"]
        return bundle

    def status(self) -> dict[str, Any]:
        """What another machine knows of the rollout."""
        place = self.machine()
        assert self.command(place, "registry.py", "sync").returncode == 0
        done = self.command(place, "rollout.py", "status", "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def command(self, place: Path, *words: str) -> Done:
        return run(*words, cwd=place, env=self._here)


def test_a_candidate_gets_a_share_then_more_and_an_emergency_ends_it(tmp_path: Path) -> None:
    ci = Ci(tmp_path)
    first, decision = ci.retrain("--rate", "0.5", FIRST="true")
    assert first["released"] == "true", decision
    ci.released(first)
    production = ci.status()["production"]

    # the scheduled run: better, so it gets 10 %, and its image is pushed
    second, decision = ci.retrain("--rate", "0.75")
    assert second["released"] == "true", decision
    assert second["model"] != first["model"]
    ci.released(second)
    state = ci.status()
    assert state["production"] == production
    assert state["rollout"]["percent"] == 10

    # the next scheduled run judges it again and gives it more
    third, decision = ci.retrain("--rate", "0.75")
    assert third["model"] == second["model"], decision
    assert ci.status()["rollout"]["percent"] == 50

    # an emergency, by hand
    outputs, _ = ci.retrain(ROLLOUT_ACTION="abort")
    assert outputs == {}
    state = ci.status()
    assert (state["production"], state["rollout"]) == (production, None)

    # and all at once, then back
    fourth, decision = ci.retrain("--rate", "0.9", ROLLOUT="100")
    assert fourth["released"] == "true", decision
    assert ci.status()["production"] != production
    back, _ = ci.retrain(ROLLBACK="previous")
    assert back["model"] == first["model"]
    assert ci.status()["production"] == production
