"""Wheels made of what is installed here, with a lock of their hashes: an index for tests that use no network."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def locked(requirements: Iterable[str], folder: Path) -> str:
    """The text of a lock of some requirements and all that they need, whose wheels are written to a folder.

    Args:
        requirements: Requirement lines, installed here.
        folder: Where the wheels go; `PIP_FIND_LINKS` names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for distribution in sorted(_needed(requirements), key=lambda found: found.name):
        wheel = _wheel(distribution, folder)
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{distribution.name}=={distribution.version.partition('+')[0]} \\\n    --hash=sha256:{sha256}\n")
    return "".join(lines)


def _needed(requirements: Iterable[str]) -> Iterator[metadata.Distribution]:
    """The distributions of some requirements, and theirs."""
    waiting = [Requirement(line) for line in requirements]
    seen: set[tuple[str, str]] = set()
    given: set[str] = set()
    while waiting:
        asked = waiting.pop()
        distribution = metadata.distribution(asked.name)
        if canonicalize_name(asked.name) not in given:
            given.add(canonicalize_name(asked.name))
            yield distribution
        for extra in ("", *asked.extras):
            if (key := (canonicalize_name(asked.name), extra)) in seen:
                continue
            seen.add(key)
            needs = [Requirement(line) for line in distribution.requires or ()]
            waiting += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]


def _wheel(distribution: metadata.Distribution, folder: Path) -> Path:
    """A wheel of an installed distribution, stored without compression."""
    about = distribution.read_text("WHEEL") or ""
    tags = [line.partition(": ")[2] for line in about.splitlines() if line.startswith("Tag: ")]
    name = canonicalize_name(distribution.name).replace("-", "_")
    version = distribution.version.partition("+")[0]
    path = folder / f"{name}-{version}-{tags[0]}.whl"
    if path.exists():
        return path
    with zipfile.ZipFile(path, "w") as archive:
        for file in distribution.files or ():
            # scripts and compiled files are made when it is installed
            if file.parts[0] != ".." and file.suffix != ".pyc" and file.name not in ("INSTALLER", "REQUESTED"):
                archive.write(str(file.locate()), file.as_posix())
    return path
