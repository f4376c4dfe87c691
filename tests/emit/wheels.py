"""Wheels made of what is installed here, with a lock of their hashes: an index for tests that use no network.

And wheels of the runtime, as it stands in the repository or changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUNTIME = Path(__file__).parents[2] / "runtime"


def runtime_wheel(folder: Path, *, version: str = "", changed: Mapping[str, str] | None = None) -> Path:
    """A wheel of the runtime, built here.

    Args:
        folder: Where it goes.
        version: The version that it says it has; its own when empty.
        changed: Path in the package → text of files that are other ones in it.
    """
    source = shutil.copytree(RUNTIME, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    package = source / "nbexport_runtime"
    if version:
        (package / "__init__.py").write_text(f'"""Another one."""\n\n__version__ = "{version}"\n', encoding="utf-8")
    for path, text in (changed or {}).items():
        (package / path).write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        folder,
        source,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(source)
    (wheel,) = folder.glob("nbexport_runtime-*.whl")
    return wheel


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
    # one for Python 2 comes before that for 3
    path = folder / f"{name}-{version}-{tags[-1]}.whl"
    if path.exists():
        return path
    with zipfile.ZipFile(path, "w") as archive:
        for file in distribution.files or ():
            # scripts of Python and compiled files are made when it is installed
            if file.parts[0] != ".." and file.suffix != ".pyc" and file.name not in ("INSTALLER", "REQUESTED"):
                archive.write(str(file.locate()), file.as_posix())
            elif file.parts[-2:-1] == ("bin",) and not Path(str(file.locate())).read_bytes().startswith(b"#!"):
                archive.write(str(file.locate()), f"{name}-{version}.data/scripts/{file.name}")
    return path
