"""The files of a project that a guard looks at: versions, placings, traffic and logs; no model is trained."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import shares
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.guard.arm import Arm
from nbexport_runtime.platform.guard.loop import Watch
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.platform.guard.watching import stamp
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.traffic import placements
from nbexport_runtime.traffic.placements import PROMOTED
from runtime.platform.guard.streams import line


class Site:
    """A project with three versions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = Project(root, root)
        self.models = root / "models"
        self.log = root / "logs" / "predictions.jsonl"
        self.log.parent.mkdir()
        self.now = time.time() + 5
        (root / "stages.py").write_text("", encoding="utf-8")
        for version in ("v0", "v1", "v2", "v3"):
            self.bundle(version)
        # long ago: production itself is not watched
        for number, version in enumerate(("v0", "v1"), 1):
            placement = placements.Placement(
                number, f"2026-01-0{number}T00:00:00+00:00", version, self.digest(version), PROMOTED, None
            )
            with self.project.placements.open("ab") as file:
                file.write(placement.line())

    def bundle(self, version: str) -> None:
        """A version, as small as it can be."""
        folder = self.models / "versions" / version
        folder.mkdir(parents=True, exist_ok=True)
        facts = {"version": version, "created": "2026-01-01T00:00:00+00:00", "files": {}}
        (folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")

    def digest(self, version: str) -> str:
        """The sha256 of a manifest."""
        return hashlib.sha256((self.models / "versions" / version / "manifest.json").read_bytes()).hexdigest()

    def place(self, version: str) -> None:
        """Make a version production now."""
        placements.append(
            self.project.placements, version=version, manifest_sha256=self.digest(version), reason=PROMOTED
        )

    def roll_out(self, version: str = "v2", percent: float = 10) -> None:
        """Give a version a share."""
        shares.begin(self.project, version, percent)

    def watch(self, **settings: Any) -> Watch:
        """A guard that has not looked yet."""
        return Watch(self.project, Guard(**settings), Outcomes(), clock=lambda: self.now)

    def arm(self, watch: Watch) -> Arm:
        """The only version that is watched."""
        (found,) = watch.memory.arms.values()
        return found

    # ------------------------------------------------------------------ logs

    def append(self, content: bytes) -> None:
        """Write to the prediction log."""
        with self.log.open("ab") as file:
            file.write(content)

    def write(self, version: str, arm: str, outcome: str = "ok", count: int = 1, **more: Any) -> None:
        """Lines of a version."""
        record = {**line(version, arm, outcome), "time": stamp(self.now), **more}
        self.append((json.dumps(record) + "\n").encode() * count)

    def fail(self, version: str, count: int) -> None:
        """Requests that production answered for a candidate."""
        meant = {"arm": "candidate", "model_version": version, "reason": "error"}
        self.write("v1", "production", count=count, meant=meant)

    def rotate(self) -> None:
        """What the service does when a file is full."""
        for number in range(8, 0, -1):
            older = self.log.with_name(f"{self.log.name}.{number}")
            if older.exists():
                older.rename(self.log.with_name(f"{self.log.name}.{number + 1}"))
        self.log.rename(self.log.with_name(f"{self.log.name}.1"))

    def say(self, outcomes: list[dict[str, Any]]) -> None:
        """Outcomes that came in."""
        with self.log.with_name("outcomes.jsonl").open("a", encoding="utf-8") as file:
            for outcome in outcomes:
                file.write(json.dumps(outcome) + "\n")

    # ------------------------------------------------------------------ what the guard did

    def production(self) -> tuple[str, str]:
        """What is in production, and why."""
        placement = placements.read(self.project.placements).production
        assert placement is not None
        return placement.version, placement.reason

    def journal(self) -> list[dict[str, Any]]:
        """The entries of the guard's journal."""
        lines = (self.models / "guard.jsonl").read_bytes().splitlines()
        return [json.loads(text) for text in lines if text.startswith(b'{"time": "20')]

    def pad(self, path: Path) -> None:
        """Fill the last page of a file with an empty line, up to a few bytes."""
        missing = -path.stat().st_size % 4096
        with path.open("ab") as file:
            file.write(b" " * (missing - 1) + b"\n")
