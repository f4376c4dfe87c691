"""What an archive holds: files, and marks of the live files; as data, and as the JSON of a manifest."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.lines.live import KINDS, Mark

FORMAT = 1
DIGITS = 12
"""Digits of the number of a manifest: names sort as numbers do."""


@dataclass(frozen=True)
class Part:
    """A Parquet file."""

    path: str
    """Within the archive."""
    date: str
    """The day of its lines, `2026-11-29`."""
    rows: int
    size_bytes: int
    level: int = 0
    """How often it was merged from others."""
    redacted: tuple[str, ...] = ()
    """The names whose values are removed from it."""


@dataclass(frozen=True)
class Log:
    """What the archive holds of one log."""

    parts: tuple[Part, ...] = ()
    marks: tuple[Mark, ...] = ()
    """How much of each live file is in it."""


@dataclass(frozen=True)
class Manifest:
    """What the archive holds."""

    number: int = 0
    """Which change it was; 0 before the first."""
    written: str = ""
    """When, in UTC."""
    logs: dict[str, Log] = field(default_factory=lambda: {kind: Log() for kind in KINDS})


def path_of(number: int) -> str:
    """The path of a manifest."""
    return f"manifests/{number:0{DIGITS}}.json"


def parsed(content: bytes, number: int, address: str) -> Manifest:
    """The manifest that a file says.

    Raises:
        PipelineError: It says something else.
    """
    try:
        whole = json.loads(content)
        if whole["format"] != FORMAT:
            raise PipelineError(
                f"the archive `{address}` has format {whole['format']}, which this runtime cannot read: update it"
            )
        logs = {
            kind: Log(
                tuple(Part(**{**part, "redacted": tuple(part["redacted"])}) for part in log["parts"]),
                tuple(Mark(**mark) for mark in log["marks"]),
            )
            for kind, log in whole["logs"].items()
        }
        return Manifest(number, str(whole["written"]), logs)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PipelineError(
            f"the archive `{address}` holds a manifest {number} that cannot be read: "
            "remove it to go back to the one before"
        ) from None


def content_of(manifest: Manifest, own: str) -> bytes:
    """The text of a manifest.

    Args:
        manifest: What the archive holds.
        own: A text that no other writer has: it tells whose manifest has a number.
    """
    return json.dumps({"format": FORMAT, "id": own, **asdict(manifest)}).encode()
