"""What emitters are given, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass

from nbexport.emit.data_copies import DataCopies
from nbexport.emit.local_modules import LocalModules
from nbexport.plan import Artifact, Wheel
from nbexport.program import Program


@dataclass(frozen=True, slots=True)
class Export:
    """One export: what the notebook lifts to, what is asked for, and what lies beside the notebook."""

    program: Program
    level: int
    """Maturity level."""
    ci: str
    """Where the project is checked, and from level 3 on retrained."""
    local: LocalModules
    """The modules beside the notebook that its code imports."""
    data: DataCopies
    """The data beside the notebook that its code reads."""
    wheel: Wheel | None = None
    """The runtime as a package; None vendors it."""


@dataclass(frozen=True, slots=True)
class Project:
    """Files of an exported project, and sentences to show with the plan."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...] = ()
    ejected: tuple[Artifact, ...] = ()
    """The files that are other ones where the runtime is vendored, as they are then."""
