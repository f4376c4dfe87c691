"""`nbexport.lock` and `.nbexport/base.json`: what the last export wrote, so that the next knows what a person changed.

The lock names the notebook, its digest, the options, the verdict with what the export assumes, and the sha256 of every
generated file. Once `nbexport verify` has found notebook and project equal, `verified` holds the digests of both: it is
believed while both are what they were, and the next export of something else drops it. The base holds the generated
texts themselves, for three-way merges. Both belong into version control; neither holds a time, a path or a user.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbexport import __version__
from nbexport.errors import NbexportError
from nbexport.model import Artifact, Assumption, Verdict
from nbexport.record import field, record

LOCK = "nbexport.lock"
BASE = ".nbexport/base.json"
FORMAT = 1


@record
class Written:
    """What the last export wrote to one file."""

    sha256: str
    owned: bool


@record
class Record:
    """What the last export wrote."""

    notebook: str = ""
    digest: str = ""
    """Of the notebook, as `Notebook.digest`."""
    level: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    """What else the export was asked for."""
    files: Mapping[str, Written] = field(default_factory=dict)
    base: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    """What the export takes to be harmless."""
    verified: Mapping[str, str] = field(default_factory=dict)
    """What `nbexport verify` found equal, as `compared` gives it; empty when nothing was."""


def digest(content: bytes) -> str:
    """The sha256 of the content, in hexadecimal."""
    return sha256(content).hexdigest()


def unix_text(content: bytes) -> bytes:
    """The content with Unix line ends: a checkout that changes them is no edit."""
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def is_as_written(content: bytes, written: Written) -> bool:
    """Whether a file holds what was written to it, whatever its line ends."""
    return written.sha256 in (digest(content), digest(unix_text(content)))


def compared(folder: Path, record: Record, *, notebook: str) -> dict[str, str]:
    """What a verification is about: the digests of the notebook and of the files in the lock, as they lie there.

    Args:
        folder: The project.
        record: What its lock says.
        notebook: Digest of the notebook, as `Notebook.digest`.
    """
    facts = sha256()
    for path in sorted(record.files):
        place = folder / path
        content = digest(unix_text(place.read_bytes())) if place.is_file() else "missing"
        facts.update(f"{path}\0{content}\n".encode())
    return {"notebook_sha256": notebook, "project_sha256": facts.hexdigest()}


def is_verified(folder: Path, record: Record, *, notebook: str) -> bool:
    """Whether `nbexport verify` found this very notebook and project, as they are now, equal.

    Args:
        folder: The project.
        record: What its lock says.
        notebook: Digest of the notebook, as `Notebook.digest`.
    """
    return bool(record.verified) and dict(record.verified) == compared(folder, record, notebook=notebook)


def read(folder: Path) -> Record | None:
    """What was written to the folder last; None where nbexport never wrote.

    Raises:
        NbexportError: The lock is damaged, or a newer nbexport wrote it in a way that this one does not know.
    """
    path = folder / LOCK
    if not path.is_file():
        return None
    try:
        lock = json.loads(path.read_bytes())
        if lock["format"] > FORMAT:
            raise NbexportError(
                f"`{path}` was written by a newer nbexport ({lock['generator']})",
                fix="upgrade: python -m pip install --upgrade nbexport",
            )
        files = {name: Written(str(entry["sha256"]), bool(entry["owned"])) for name, entry in lock["files"].items()}
        notebook, made_of, level = str(lock["notebook"]), str(lock["notebook_sha256"]), int(lock["level"])
        options = dict(lock.get("options") or {})
        assumptions = tuple(_assumption(members) for members in lock.get("assumptions") or ())
        verified = {str(name): str(value) for name, value in (lock.get("verified") or {}).items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NbexportError(
            f"`{path}` is damaged",
            why="it is not the JSON that nbexport writes",
            fix="restore it from version control, or delete it and export to a new folder",
        ) from None
    return Record(notebook, made_of, level, options, files, _base(folder, files), assumptions, verified)


def entry(assumption: Assumption) -> dict[str, Any]:
    """An assumption as JSON has it."""
    return {
        "cell": assumption.cell,
        "line": assumption.line,
        "object": assumption.object,
        "call": assumption.call,
        "reason": assumption.reason,
    }


def _assumption(members: Mapping[str, Any]) -> Assumption:
    texts = [str(members[name]) for name in ("object", "call", "reason")]
    return Assumption(int(members["cell"]), int(members["line"]), *texts)


def _base(folder: Path, files: Mapping[str, Written]) -> dict[str, str]:
    """The texts that the lock vouches for; a base that is lost or damaged only means fewer merges."""
    path = folder / BASE
    try:
        texts = json.loads(path.read_bytes())
        return {
            name: text
            for name, text in ((name, "".join(lines)) for name, lines in texts.items())
            if name in files and digest(text.encode()) == files[name].sha256
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def artifacts(
    files: Iterable[Artifact],
    *,
    notebook: str,
    digest_of_notebook: str,
    level: int,
    options: Mapping[str, Any],
    assumptions: Sequence[Assumption] = (),
    verified: Mapping[str, str] | None = None,
) -> tuple[Artifact, Artifact]:
    """The lock and the base for these files.

    Args:
        files: Every file of the project.
        notebook: File name of the notebook.
        digest_of_notebook: Its digest.
        level: Maturity level.
        options: What else the export was asked for.
        assumptions: What the export takes to be harmless.
        verified: What was found equal, where it is these very files; None where nothing was.
    """
    ordered = sorted(files, key=lambda file: file.path)
    lock = {
        "format": FORMAT,
        "generator": f"nbexport {__version__}",
        "notebook": notebook,
        "notebook_sha256": digest_of_notebook,
        "level": level,
        "options": dict(options),
        "verdict": Verdict.ASSUMED if assumptions else Verdict.PROVEN,
        "assumptions": [entry(assumption) for assumption in assumptions],
        "files": {file.path: {"sha256": digest(file.content), "owned": file.owned} for file in ordered},
    }
    if verified:
        lock["verified"] = dict(verified)
    base = {file.path: text.splitlines(keepends=True) for file in ordered if (text := text_of(file)) is not None}
    return Artifact(LOCK, _json(lock)), Artifact(BASE, _json(base))


def text_of(file: Artifact) -> str | None:
    """The text of a generated file that can be merged line by line."""
    if not file.owned or b"\0" in file.content:
        return None
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        return None


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
