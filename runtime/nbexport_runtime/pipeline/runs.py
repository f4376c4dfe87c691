"""Training runs: each leaves its log, its parameters and how it ended in `models/runs/ID`, also one that failed.

models/runs/ID/parameters.json    what it was started with
models/runs/ID/log.jsonl          its log, one line per message
models/runs/ID/outcome.json       when it began, its exit code, why it left no model, the last lines of what it said
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import syncing
from nbexport_runtime.pipeline.files import manifest, read_json, write_json
from nbexport_runtime.pipeline.outcome import DONE
from nbexport_runtime.pipeline.project import Project

FOLDER = "models/runs"
OUTCOME = "outcome.json"
SHOWN = 40
"""Last lines kept of what a run wrote to standard error: what ends a process may never reach its log."""


@dataclass(frozen=True)
class Training:
    """One training run that a pipeline has started."""

    folder: Path
    began: datetime

    @property
    def name(self) -> str:
        """Its id."""
        return self.folder.name

    def end(self, code: int, reason: str, output: str, bundle: Path) -> None:
        """Write down how it ended.

        Args:
            code: The exit code of `train.py`.
            reason: Why it left no model; empty where it did.
            output: What it wrote to standard error.
            bundle: Where it puts its model.
        """
        facts = {
            "run": self.name,
            "began": self.began.isoformat(timespec="seconds"),
            "duration_s": round((datetime.now(UTC) - self.began).total_seconds(), 3),
            "exit_code": code,
            "reason": masked(reason),
            "version": manifest(bundle)["version"] if code == DONE else None,
            "said": masked(output).splitlines()[-SHOWN:],
        }
        write_json(self.folder / OUTCOME, facts)


def begin(project: Project) -> Training:
    """The record of a run that begins now."""
    now = datetime.now(UTC)
    folder = project.root / FOLDER / f"r-{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    folder.mkdir(parents=True)
    return Training(folder, now)


def known(project: Project) -> list[dict[str, Any]]:
    """How each run ended, the newest first; one that was killed has no exit code.

    Raises:
        PipelineError: The store is not responding.
    """
    sync = syncing.of(project)
    stored = {Path(unit).name for unit in sync.base().units if unit.startswith(f"{FOLDER}/")}
    names = stored | {path.name for path in (project.root / FOLDER).glob("r-*")}
    return [of(project, sync, name) for name in sorted(names, reverse=True)]


def of(project: Project, sync: syncing.Sync, name: str) -> dict[str, Any]:
    """How a run ended."""
    sync.need(f"{FOLDER}/{name}")
    path = project.root / FOLDER / name / OUTCOME
    facts = read_json(path) if path.is_file() else {"run": name, "exit_code": None, "reason": "it was killed"}
    return {**facts, "folder": f"{FOLDER}/{name}"}
