"""What emitters are given, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbexport.emit.data_copies import DataCopies
from nbexport.emit.local_modules import LocalModules
from nbexport.model import Artifact, Program


@dataclass(frozen=True, slots=True)
class Export:
    """One export: what the notebook lifts to, what is asked for, and what lies beside the notebook."""

    program: Program
    level: int
    """Maturity level."""
    ci: str
    """Where a pipeline is scheduled."""
    root: Path | None
    """The notebook's folder; None where nothing is copied from it."""
    local: LocalModules
    data: DataCopies


@dataclass(frozen=True, slots=True)
class Project:
    """Files of an exported project, and sentences to show with the plan."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...] = ()
