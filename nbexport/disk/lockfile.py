"""`nbexport.lock` and `.nbexport/base.json`: what the last export wrote, so that the next knows what a person changed.

The lock names the notebook, its digest, the options, the verdict with what the export assumes, and the sha256 of every
generated file. The base holds the generated texts themselves, packed, for three-way merges. Both belong into version
control; neither holds a path or a user, and a time only where `nbexport verify` has recorded that notebook and project
are equal. The base also says which row of the notebook each line comes from, for tracebacks of the project.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbexport import __version__
from nbexport.errors import NbexportError
from nbexport.model import Assumption, CellNumber, Verdict, own_place
from nbexport.plan import Artifact
from nbexport.record import field, record

LOCK = "nbexport.lock"
BASE = ".nbexport/base.json"
FORMAT = 1
WIDTH = 110
"""Characters in a line of the base."""
LARGEST_BYTES = 50_000_000
"""Texts of a base that are larger than this were not written by nbexport."""


@record
class Written:
    """What the last export wrote to one file."""

    sha256: str
    owned: bool


@record
class Verified:
    """What `nbexport verify` found equal: these bytes of notebook and project, and no others."""

    notebook: str
    """Digest of the notebook, as `Notebook.digest`."""
    project: str
    """Digest of the project's code, as `exported.project_digest`."""
    at: str
    """When, in ISO 8601 (UTC)."""
    nbexport: str
    """Version that compared them."""


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
    verified: Verified | None = None
    """What was found equal last; whether that still holds is what `verified` says."""
    assumptions: tuple[Assumption, ...] = ()
    """What the export takes to be harmless."""
    ejected: Mapping[str, str] = field(default_factory=dict)
    """Path → text of each file that is another one where the runtime is vendored; empty where it is."""
    vendored: tuple[str, ...] = ()
    """Folders that hold the runtime."""
    notebooks: tuple[str, ...] = ()
    """File names of several notebooks that became this project, in their order; empty for one."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """File → where its lines come from, as `Artifact.origins`; the project's `nbexport_runtime.where` reads it."""

    def is_of(self, notebook: str) -> bool:
        """Whether a notebook of this name became the project, by itself or with others."""
        return notebook in (self.notebooks or (self.notebook,))

    def is_vendored(self, path: str) -> bool:
        """Whether a file is one of the runtime's."""
        return path.partition("/")[0] in self.vendored


def verified(lock: Record | None, *, notebook: str, project: str) -> bool:
    """Whether `nbexport verify` has found exactly this notebook and this project equal.

    It is computed from the digests each time, so a change of either takes it back without anybody's doing.

    Args:
        lock: What the last export wrote; None where there is no export.
        notebook: Digest of the notebook as it is now.
        project: Digest of the project's code as it is now, from `exported.project_digest`.
    """
    if lock is None or lock.verified is None:
        return False
    return (lock.verified.notebook, lock.verified.project) == (notebook, project)


def with_verified(lock: bytes, entry: Verified | None) -> bytes:
    """The lock's content with another record of what was found equal; None takes the record out.

    Raises:
        ValueError: The lock is not the JSON that nbexport writes.
    """
    content = json.loads(lock)
    content.pop("verified", None)
    if entry is not None:
        content["verified"] = _verified_json(entry)
    return _json(content)


def digest(content: bytes) -> str:
    """The sha256 of the content, in hexadecimal."""
    return sha256(content).hexdigest()


def unix_text(content: bytes) -> bytes:
    """The content with Unix line ends: a checkout that changes them is not an edit."""
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def is_as_written(content: bytes, written: Written) -> bool:
    """Whether a file holds what was written to it, whatever its line ends."""
    return written.sha256 in (digest(content), digest(unix_text(content)))


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
        entry = lock.get("verified")
        assumptions = tuple(_assumption(members) for members in lock.get("assumptions") or ())
        others = {name: str(sha256) for name, sha256 in (lock.get("ejected") or {}).items()}
        vendored = tuple(str(name) for name in lock.get("vendored") or ())
        notebooks = tuple(_file_name(name) for name in lock.get("notebooks") or ())
        proof = None if entry is None else Verified(*(str(entry[name]) for name in Verified.__match_args__))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NbexportError(
            f"`{path}` is damaged",
            why="it is not the JSON that nbexport writes",
            fix="restore it from version control, or delete it and export to a new folder",
        ) from None
    known = {name: written.sha256 for name, written in files.items()}
    base, ejected = _base(folder, "texts", known), _base(folder, "ejected", others) if others else {}
    origins = _base(folder, "origins", None)
    return Record(
        notebook, made_of, level, options, files, base, proof, assumptions, ejected, vendored, notebooks, origins
    )


def assumption_json(assumption: Assumption) -> dict[str, Any]:
    """An assumption as JSON has it."""
    members: dict[str, Any] = {name: getattr(assumption, name) for name in Assumption.__match_args__}
    members["cell"], notebook = own_place(assumption.cell)
    if notebook:
        members["notebook"] = notebook
    return members


def _assumption(members: Mapping[str, Any]) -> Assumption:
    texts = [str(members[name]) for name in ("object", "call", "reason")]
    cell = int(members["cell"])
    if "notebook" in members:
        cell = CellNumber(cell, cell, str(members["notebook"]))
    return Assumption(cell, int(members["line"]), *texts)


def _file_name(name: object) -> str:
    """The name of a notebook beside the others.

    Raises:
        ValueError: It leads somewhere else.
    """
    text = str(name)
    if text in ("", ".", "..") or "/" in text or "\\" in text:
        raise ValueError(text)
    return text


def _base(folder: Path, member: str, known: Mapping[str, str] | None) -> dict[str, str]:
    """The texts that the lock vouches for; a base that is lost or damaged only means fewer merges.

    Args:
        folder: The project's folder.
        member: What of the base is read.
        known: File → sha256 of its text; None takes them as they are.
    """
    path = folder / BASE
    try:
        content = json.loads(path.read_bytes())
        texts = unpacked(content[member]) if isinstance(content.get("texts"), list) else _line_by_line(content)
        if known is None:
            return texts
        return {name: text for name, text in texts.items() if digest(text.encode()) == known.get(name)}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, EOFError, zlib.error):
        return {}


def _line_by_line(content: Mapping[str, Any]) -> dict[str, str]:
    """The texts as the first versions wrote them: file → its lines."""
    return {name: "".join(lines) for name, lines in content.items()}


def packed(texts: Mapping[str, str]) -> list[str]:
    """Texts, compressed, as lines of ASCII: nobody reads them, and a diff of each would be shown with every export."""
    content = json.dumps(texts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    line = base64.b85encode(zlib.compress(content, 9)).decode()
    return [line[at : at + WIDTH] for at in range(0, len(line), WIDTH)]


def unpacked(lines: Sequence[str]) -> dict[str, str]:
    """The texts that `packed` was given.

    Raises:
        ValueError: The lines are damaged.
        zlib.error: The same.
    """
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(base64.b85decode("".join(lines)), LARGEST_BYTES)
    if unpacking.unconsumed_tail:
        raise ValueError("the base is too large")
    return {str(name): str(text) for name, text in json.loads(content.decode("utf-8", "surrogatepass")).items()}


def same_base(one: bytes, other: bytes) -> bool:
    """Whether two bases hold the same texts: another build of zlib packs them otherwise."""
    try:
        return one == other or _unpacked(one) == _unpacked(other)
    except (ValueError, LookupError, TypeError, AttributeError, zlib.error):
        return False


def _unpacked(base: bytes) -> list[dict[str, str]]:
    content = json.loads(base)
    return [unpacked(content[name]) if name in content else {} for name in ("texts", "ejected", "origins")]


def recorded(
    files: Iterable[Artifact],
    *,
    notebook: str,
    digest_of_notebook: str,
    level: int,
    options: Mapping[str, Any],
    verified: Verified | None = None,
    assumptions: Sequence[Assumption] = (),
    ejected: Iterable[Artifact] = (),
    notebooks: Sequence[str] = (),
) -> Record:
    """The record of these files; what was found equal lasts as long as the notebook does."""
    ordered = sorted(files, key=lambda file: file.path)
    return Record(
        notebook,
        digest_of_notebook,
        level,
        options,
        {file.path: written_as(file) for file in ordered},
        {file.path: text for file in ordered if (text := text_of(file)) is not None},
        verified if verified is not None and verified.notebook == digest_of_notebook else None,
        tuple(assumptions),
        {file.path: text for file in ejected if (text := text_of(file)) is not None},
        vendored_folders(ordered),
        tuple(notebooks),
        {file.path: file.origins for file in ordered if file.origins},
    )


def artifacts(record: Record) -> tuple[Artifact, Artifact]:
    """The lock and the base that a record is read from."""
    lock = {
        "format": FORMAT,
        "generator": f"nbexport {__version__}",
        "notebook": record.notebook,
        "notebook_sha256": record.digest,
        "level": record.level,
        "options": dict(record.options),
        "verdict": Verdict.ASSUMED if record.assumptions else Verdict.PROVEN,
        "assumptions": [assumption_json(assumption) for assumption in record.assumptions],
        "vendored": list(record.vendored),
        "files": {path: {"sha256": file.sha256, "owned": file.owned} for path, file in record.files.items()},
    }
    if record.notebooks:
        lock["notebooks"] = list(record.notebooks)
    if record.verified is not None:
        lock["verified"] = _verified_json(record.verified)
    base: dict[str, Any] = {"packed": "zlib, base85", "texts": packed(record.base)}
    if record.ejected:
        lock["ejected"] = {path: digest(text.encode()) for path, text in record.ejected.items()}
        base["ejected"] = packed(record.ejected)
    if record.origins:
        base["origins"] = packed(record.origins)
    return Artifact(LOCK, _json(lock)), Artifact(BASE, _json(base))


def vendored_folders(files: Iterable[Artifact]) -> tuple[str, ...]:
    """The folders of the files that belong to the runtime."""
    return tuple(sorted({file.path.partition("/")[0] for file in files if file.vendored}))


def written_as(file: Artifact) -> Written:
    """What a lock says of a file."""
    return Written(digest(file.content), file.owned)


def text_of(file: Artifact) -> str | None:
    """The text of a generated file that can be merged line by line; the runtime is replaced instead."""
    if not file.owned or file.vendored or b"\0" in file.content:
        return None
    try:
        return file.content.decode()
    except UnicodeDecodeError:
        return None


def _verified_json(entry: Verified) -> dict[str, str]:
    return {name: getattr(entry, name) for name in Verified.__match_args__}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
