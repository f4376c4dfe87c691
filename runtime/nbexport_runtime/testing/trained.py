"""A run of a project's training in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport_runtime.training import Parser


@dataclass(frozen=True)
class Trained:
    """What a run of `train.py` left."""

    code: int
    """Its exit code."""
    output: Path
    """The bundle's folder."""
    text: str
    """What it printed."""

    @property
    def manifest(self) -> dict[str, Any]:
        """The bundle's manifest."""
        manifest: dict[str, Any] = json.loads((self.output / "manifest.json").read_text(encoding="utf-8"))
        return manifest


def train(project: Path, output: Path, *options: str) -> Trained:
    """Run `train.py`."""
    command = [sys.executable, "train.py", "--output", str(output), *options]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    return Trained(done.returncode, output, done.stdout + done.stderr)


def gate_options(parser: Parser, gates: dict[str, Any], *, number: str) -> list[str]:
    """Options that set every gate to a threshold that no metric reaches.

    Args:
        parser: The options of `train.py`.
        gates: Those of a manifest.
        number: A number that is too large for any metric.
    """
    impossible = {">": number, ">=": number, "==": number, "<": f"-{number}", "<=": f"-{number}"}
    return [
        f"{option}={impossible[gate['operator']]}"
        for option, gate in zip(parser.thresholds, gates.values(), strict=True)
    ]
