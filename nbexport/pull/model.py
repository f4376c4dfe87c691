"""The nouns of a pull: what goes into a cell, what cannot, and what has no cell."""

from __future__ import annotations

from nbexport.record import record


@record
class Edit:
    """An edit of the project that a cell of the notebook takes over."""

    file: str
    line: int
    """Its first line in the project's file."""
    cell: int
    row: int
    """The first row of the statement in the cell, as it is now."""


@record
class Conflict:
    """A statement that the project and the notebook have changed to different things."""

    file: str
    line: int
    cell: int
    """0 where the notebook no longer has the statement."""
    reason: str
    yours: str
    """What the project has; empty where it has removed the statement."""
    theirs: str
    """What an export would write."""


@record
class Homeless:
    """An edit of the project that no cell can take over."""

    file: str
    line: int
    """0 where it is the whole file."""
    reason: str
    yours: str
    """What stands in the project; empty where it was removed."""
    base: str = ""
    """What the export wrote; empty where something was added."""


@record
class Pulled:
    """What a pull comes to; nothing has been written."""

    notebook: str
    """Path of the notebook."""
    before: str
    after: str
    """The notebook's text without and with the edits."""
    content: bytes
    """`after` in the file's own encoding."""
    edits: tuple[Edit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    homeless: tuple[Homeless, ...] = ()
    notes: tuple[str, ...] = ()
