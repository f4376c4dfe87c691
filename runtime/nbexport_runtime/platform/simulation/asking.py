"""The project's own commands, each in a process of its own, as a team or its scheduler runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.outcome import DONE, REFUSED, PipelineError
from nbexport_runtime.platform.simulation import scratch

LIMIT_S = 600.0
"""How long a command may take."""
REGISTERING = "nbexport_runtime.platform.simulation.entering"
SHOWN = 12
"""Last lines of what a failed command said."""


@dataclass(frozen=True)
class Said:
    """What a command did."""

    code: int
    facts: Mapping[str, Any]

    @property
    def refused(self) -> bool:
        """Whether it ended with exit code 10: an alarm, or a refusal."""
        return self.code == REFUSED


class Commands:
    """The commands of the copy."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Nothing runs yet.

        Args:
            folder: The copy.
            environment: The variables of their processes.
        """
        self._folder, self._environment = folder, environment
        self.count = 0
        """How many were run."""

    def run(self, command: str, *words: str) -> Said:
        """What a command says to programs.

        Args:
            command: Its name, without `.py`.
            *words: Its arguments, without `--json`.

        Raises:
            PipelineError: It failed, or took too long.
        """
        self.count += 1
        return self._run([f"{command}.py", *words], "--json")

    def register(self, version: str) -> None:
        """Register a version, which no command does without judging it.

        Raises:
            PipelineError: It failed, or took too long.
        """
        self._run(["-m", REGISTERING, version])

    def _run(self, words: Sequence[str], *silent: str) -> Said:
        shown = " ".join(["python", *words])
        line = [scratch.python(), *words, *silent]
        try:
            done = subprocess.run(
                line,
                cwd=self._folder,
                env=dict(self._environment),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PipelineError(f"`{shown}` took longer than {LIMIT_S:g} s in the simulation") from None
        try:
            facts = json.loads(done.stdout)
        except ValueError:
            facts = None
        if done.returncode not in (DONE, REFUSED) or not isinstance(facts, dict):
            lines = [text for text in f"{done.stdout}\n{done.stderr}".splitlines() if text.strip()][-SHOWN:]
            raise PipelineError("\n".join([f"`{shown}` failed in the simulation (exit {done.returncode}):", *lines]))
        return Said(done.returncode, facts)
