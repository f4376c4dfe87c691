"""The nouns of an export: what is asked for, the files of a project, and what writing them would change."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from nbexport.model import Assumption, Verdict
from nbexport.program import Lifted
from nbexport.record import record

if TYPE_CHECKING:
    from pathlib import Path


@record
class ExportRequest:
    """What somebody asks to be exported, and where to."""

    notebook: Path
    output: Path
    """Folder of the project."""
    level: int
    """Maturity level, 1 to 4."""
    ci: str | None = None
    """Where a level 3 project is retrained; None leaves it where the last export put it."""
    fix: bool = False
    """Make parameters of the literals in the notebook's stages, and export the statements that it needs, first."""
    text: str | Mapping[str, str] | None = None
    """What the notebook, or some of several by their file names, is taken to hold; None reads it."""
    strict: bool = False
    """Refuse what a warning or an assumption concerns."""
    runtime: str | None = None
    """How the project has the runtime; None leaves it as the last export had it."""
    runtime_wheel: Path | None = None
    """The wheel of the runtime, where it is a package; None takes the one that lies in the project."""
    within: Path | None = None
    """The folder outside of which neither modules nor data are read; None for no such limit."""
    before: tuple[Path, ...] = ()
    """The notebooks that run before this one and become one project with it, in their order."""

    @property
    def notebooks(self) -> tuple[Path, ...]:
        """All notebooks, in the order in which they run."""
        return (*self.before, self.notebook)


@record
class Artifact:
    """One file of the exported project; `path` is relative, with `/`."""

    path: str
    content: bytes
    executable: bool = False
    owned: bool = True
    """False for a file that belongs to the user once written (copied data): left alone when it exists."""
    vendored: bool = False
    """A file of the runtime, which nobody edits: replaced whole, never merged."""
    origins: str = ""
    """Where its lines come from in the notebook, as `lift.provenance.origins` says it; empty where from nowhere."""


@record
class Wheel:
    """A wheel of the runtime."""

    path: str
    """Where it lies in a project."""
    version: str
    content: bytes
    files: Mapping[str, bytes]
    """Path of each file of the runtime, as in a project that vendors it → content."""


@record
class Means:
    """What of the machine an export uses, besides the notebook's folder."""

    wheel: Wheel | None = None
    """The runtime as a package; None vendors it."""
    within: Path | None = None
    """The folder outside of which neither modules nor data are read; None for no such limit."""


@record
class Project:
    """The files of an exported project, before anything is written."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...]
    """Sentences to show with the plan."""
    lifted: Lifted
    """What the files were made of."""
    ejected: tuple[Artifact, ...] = ()
    """The files that are other ones where the runtime is vendored, as they are then."""


class Action(StrEnum):
    """What applying a plan does to one file."""

    CREATE = "create"
    SAME = "same"
    UPDATE = "update"
    MERGE = "merge"
    CONFLICT = "conflict"
    ORPHAN = "orphan"


@record
class Change:
    """One file of a plan: its action, what lies on disk and what would lie there after."""

    path: str
    action: Action
    before: bytes | None
    after: bytes | None
    executable: bool = False
    note: str = ""
    vendored: bool = False
    """Whether it is a file of the runtime."""
    kept: bool = False
    """Whether what lies there is kept beside it as `.orig`."""


@record
class Plan:
    """What an export would do to a folder; nothing has been written."""

    folder: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    """Sentences to show with the plan (a data file too large to copy, say)."""
    assumptions: tuple[Assumption, ...] = ()
    """The calls in cells that stay in the notebook which the export takes to be harmless."""
    verified: bool = False
    """Whether the lock says that this very notebook and project were run and compute the same."""
    lowered_from: int = 0
    """The level of the project that lies there, where it is higher than that of the export; 0 where it is not."""
    takes_back: str = ""
    """What is kept of the export that an undo takes back; empty where the plan is an export's."""

    @property
    def verdict(self) -> Verdict:
        """Whether the export rests on assumptions."""
        return Verdict.ASSUMED if self.assumptions else Verdict.PROVEN

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """The changes that would lose a hand edit."""
        return tuple(change for change in self.changes if change.action is Action.CONFLICT)
