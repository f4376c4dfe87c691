"""A project with two models, of which the candidate breaks when a file says so."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import SOUND
from nbexport_runtime.traffic import placements, traffic

from .compiled import compiled
from .conftest import export, run

FAULT = "FAULT"
"""The variable that names the file which says how the candidate breaks."""


class Arms:
    """Productions of the project's own code, and a candidate whose `predict` calls `faulty.happen` first."""

    def __init__(self, folder: Path, *, level: int, faulty: str, calm: str, rate: str) -> None:
        """Export the project and train its models.

        Args:
            folder: Where notebook and project are.
            level: The project's level.
            faulty: The text of the module that breaks.
            calm: What the file says while nothing is broken.
            rate: What the candidate is trained with.
        """
        notebook = folder / "notebook" / "sound.py"
        notebook.parent.mkdir()
        notebook.write_text(SOUND, encoding="utf-8")
        self.project = folder / "project"
        self.models = self.project / "models"
        self.fault = folder / "fault.txt"
        self.fault.write_text(calm, encoding="utf-8")
        done = export(notebook, self.project, "--level", str(level))
        assert done.returncode == 0, done.stdout + done.stderr
        compiled(self.project)
        fetched = run("scripts/fetch_data.py", "--output", "data/train", cwd=self.project)
        assert fetched.returncode == 0, fetched.stdout + fetched.stderr
        self.production = self.train()
        code = self.project / "definitions.py"
        own = code.read_text(encoding="utf-8")
        assert own.count("    return row * weight") == 1
        code.write_text(
            "import faulty\n" + own.replace("    return row * weight", "    faulty.happen()\n    return row * weight"),
            encoding="utf-8",
        )
        (self.project / "faulty.py").write_text(faulty, encoding="utf-8")
        self.candidate = self.train("--rate", rate)
        code.write_text(own, encoding="utf-8")
        (self.project / "faulty.py").unlink()

    def train(self, *options: str) -> str:
        """The version of a model that is trained now, where versions lie."""
        words = ["train.py", "--data", "data/train", *options]
        done = run(*words, cwd=self.project, env={FAULT: str(self.fault)})
        assert done.returncode == 0, done.stdout + done.stderr
        facts = json.loads((self.models / "candidate" / "manifest.json").read_text(encoding="utf-8"))
        version = str(facts["version"])
        (self.models / "versions").mkdir(exist_ok=True)
        (self.models / "candidate").rename(self.models / "versions" / version)
        return version

    def place(self, version: str, reason: str = placements.PROMOTED) -> None:
        """Make it production, as `promote.py` does."""
        digest = placements.digest(self.models / "versions" / version)
        placements.append(self.models / placements.NAME, version=version, manifest_sha256=digest, reason=reason)

    def roll_out(self, percent: float) -> None:
        """A share for the candidate, as `rollout.py start` gives one after a judgement."""
        placement = placements.read(self.models / placements.NAME).production
        assert placement is not None
        state = traffic.split_of(
            placement, {self.candidate: percent}, salt="s", key_header=traffic.KEY_HEADER, started=placement.time
        )
        traffic.write(self.models / traffic.NAME, state)
