"""`manifest.json`: where a bundle comes from, and the size and sha256 of every file in it.

Nothing of a bundle is opened before its manifest is known to be the one that was meant (`digest_of`, a signature), and
nothing but what the manifest lists lies in the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from nbexport_runtime.bundle.errors import BundleError
from nbexport_runtime.bundle.signature import SIGNATURE, verify

MANIFEST = "manifest.json"
FORMAT = 2
"""What is written."""
FORMATS = (1, 2)
"""What is read."""


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(folder: Path | str) -> str:
    """The sha256 of a bundle's manifest, which stands for the whole bundle: the manifest has those of all files.

    Raises:
        BundleError: There is no bundle.
    """
    return hashlib.sha256(_bytes_of(Path(folder))).hexdigest()


def read_manifest(folder: Path, *, digest: str | None = None, public_key: str | None = None) -> dict[str, Any]:
    """A bundle's manifest, once it is known to be the one that was meant.

    Args:
        folder: The bundle.
        digest: What `digest_of` said where the bundle was written.
        public_key: The minisign key that must have signed the manifest.

    Raises:
        BundleError: There is none, it is another, or this code cannot read its format.
    """
    data = _bytes_of(folder)
    if digest is not None and hashlib.sha256(data).hexdigest() != digest:
        raise BundleError(f"`{folder}/{MANIFEST}` is not the one that was promoted; deploy the bundle again")
    if public_key is not None:
        verify(folder, data, public_key)
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"`{folder}/{MANIFEST}` cannot be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") not in FORMATS:
        known = manifest.get("format") if isinstance(manifest, dict) else None
        raise BundleError(f"`{folder}` has bundle format {known}, this code reads {' and '.join(map(str, FORMATS))}")
    return manifest


def facts_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and sha256 of every file in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): {"sha256": sha256(path), "size_bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def compare_files(folder: Path, known: Any, beside: Collection[str] = ()) -> None:
    """Raise unless the folder holds the manifest's files, as they were, and no others.

    Args:
        folder: The bundle.
        known: `files` of its manifest.
        beside: Names of further files that may lie in the folder; none of them is read.

    Raises:
        BundleError: It does not.
    """
    if not isinstance(known, dict) or "values.json" not in known:
        raise BundleError(f"`{folder}/{MANIFEST}` does not list the bundle's files")
    for name in known:
        if not _is_inside(name):
            raise BundleError(f"`{folder}/{MANIFEST}` lists `{name}`, which is not a path inside the bundle")
    for name, is_link in _entries(folder, folder):
        if is_link:
            raise BundleError(f"`{folder / name}` is a link, which no bundle may hold; train again")
        if name not in known and name not in (MANIFEST, SIGNATURE, *beside):
            raise BundleError(f"`{folder / name}` does not belong to this bundle; train again")
    for name, facts in known.items():
        path = folder / name
        # the size first: it says so without reading what may be far larger
        if not isinstance(facts, dict) or not path.is_file() or path.stat().st_size != facts.get("size_bytes"):
            raise BundleError(f"`{path}` is missing or was changed since it was written; train again")
        if sha256(path) != facts.get("sha256"):
            raise BundleError(f"`{path}` is missing or was changed since it was written; train again")


def _bytes_of(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise BundleError(f"`{folder}` holds no bundle (no {MANIFEST}); run `python train.py` first") from None


def _is_inside(name: Any) -> bool:
    if not isinstance(name, str) or "\\" in name or ":" in name or "\0" in name:
        return False
    path = PurePosixPath(name)
    return path.as_posix() == name and not path.is_absolute() and ".." not in path.parts and name not in ("", ".")


def _entries(folder: Path, top: Path) -> Iterator[tuple[str, bool]]:
    """Name of each file below a folder, and whether it is a link; folders behind links are not entered."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(path, top)
            else:
                yield path.relative_to(top).as_posix(), entry.is_symlink() or not entry.is_file(follow_symlinks=False)
