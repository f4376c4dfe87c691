"""Files that are there whole or not at all, and what they weigh."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle.signature import SIGNATURE
from nbexport_runtime.pipeline.outcome import PipelineError


def digests(folder: Path) -> dict[str, dict[str, Any]]:
    """Path within a folder → sha256 and size of each file."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size_bytes = path.stat().st_size
            found[path.relative_to(folder).as_posix()] = {
                "sha256": digest,
                "size_bytes": size_bytes,
            }
    return found


def digest_of(value: Any) -> str:
    """The sha256 of plain data."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a text in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write plain data in one step."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file.

    Raises:
        PipelineError: It is not there, or holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(f"`{path}` is not there") from None
    except (OSError, ValueError) as error:
        raise PipelineError(f"`{path}` cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise PipelineError(f"`{path}` does not hold an object")
    return found


def manifest(bundle: Path) -> dict[str, Any]:
    """The manifest of a bundle.

    Raises:
        PipelineError: There is none.
    """
    if not (bundle / "manifest.json").is_file():
        raise PipelineError(f"`{bundle}` holds no model (no manifest.json)")
    return read_json(bundle / "manifest.json")


def intact(bundle: Path) -> None:
    """Compare a bundle with its manifest.

    Raises:
        PipelineError: A file is missing, changed, or not its own.
    """
    known = {name: facts["sha256"] for name, facts in manifest(bundle)["files"].items()}
    own = {name: facts["sha256"] for name, facts in digests(bundle).items() if name not in ("manifest.json", SIGNATURE)}
    wrong = sorted(name for name in known | own if known.get(name) != own.get(name))
    if wrong:
        raise PipelineError(f"`{bundle / wrong[0]}` is not as the manifest says; train again")


def staging(place: Path) -> Path:
    """A new folder beside a place, to be moved there when it is whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))


def copy(source: Path, target: Path, *, link: bool = False) -> None:
    """Copy a folder's files; as links to the same bytes where they never change and the disk allows it."""
    for path in sorted(source.rglob("*")):
        if not path.is_file():
            continue
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        if link:
            try:
                os.link(path, to)
                continue
            except OSError:
                # another disk, or one without links
                to.unlink(missing_ok=True)
        shutil.copyfile(path, to)
