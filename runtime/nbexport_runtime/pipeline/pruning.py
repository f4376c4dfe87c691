"""What may go from a project's folder: what a kill left half made, and versions that nothing names any more.

A version is kept while it is among the last placings, has a share of the traffic, has an alias of the registry, or is
younger than a day. Of the others only the copy here goes, and only where the store has it too: whoever needs it again
gets it from there.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from nbexport_runtime.pipeline import merging
from nbexport_runtime.pipeline.outcome import Outcome, progress
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry, Version
from nbexport_runtime.pipeline.store import State

DAY_S = 86_400.0
PLACINGS = 5
"""How many of the last versions in production are kept."""
STAGING = re.compile(r"\.[A-Za-z0-9_+.-]+-[a-z0-9_]{8}")
"""What `tempfile` calls a folder or file that gets its own name when it is whole."""


@dataclass(frozen=True)
class Leftover:
    """A folder or file that may go."""

    path: Path
    why: str
    size_bytes: int


def prune(project: Project, registry: Registry, stored: State, *, placings: int, really: bool) -> Outcome:
    """Remove what may go; without `really`, only name it.

    Args:
        project: The project; nobody else changes it meanwhile.
        registry: Its registry.
        stored: What the store has.
        placings: How many of the last versions in production are kept.
        really: Whether to remove it.
    """
    progress("looking for what may go")
    leftovers = [*half_made(project), *unnamed(project, registry.versions(), stored, placings)]
    if really:
        for leftover in leftovers:
            remove(leftover.path)
    verb = "removed" if really else "would remove"
    lines = [
        f"{verb} {leftover.path.relative_to(project.root)}  {size(leftover.size_bytes)}  {leftover.why}"
        for leftover in leftovers
    ]
    total = sum(leftover.size_bytes for leftover in leftovers)
    lines.append(f"{verb} {len(leftovers)} things, {size(total)}")
    if leftovers and not really:
        lines.append("nothing was removed; do it with `python registry.py prune --yes`")
    shown = [
        {"path": str(entry.path.relative_to(project.root)), "why": entry.why, "size_bytes": entry.size_bytes}
        for entry in leftovers
    ]
    return Outcome(tuple(lines), {"removed": really, "size_bytes": total, "leftovers": shown})


def half_made(project: Project) -> list[Leftover]:
    """What a kill left under a name of its own, older than a day, and no process works in."""
    places = [project.models, project.versions, project.models / "artifacts", project.data, project.sets]
    places += [project.holdout, project.decisions, project.cards, project.reports]
    in_use = working_folders()
    leftovers = []
    for place in places:
        for path in sorted(place.glob(".*")):
            used = any(folder.is_relative_to(path.resolve()) for folder in in_use)
            if STAGING.fullmatch(path.name) and not path.is_symlink() and not used and age_s(path) > DAY_S:
                leftovers.append(Leftover(path, "half made, older than a day", weight(path)))
    return leftovers


def unnamed(project: Project, versions: list[Version], stored: State, placings: int) -> list[Leftover]:
    """The copies here of versions that nothing names any more, and that the store has."""
    names = recent(project, placings) | {version.version for version in versions if version.aliases}
    state = merging.readable(project.traffic)
    names |= {arm.version for arm in state.arms} if state else set()
    runs = {version.run: version.version for version in versions}
    leftovers = []
    for kind, version_of in (("versions", dict[str, str]()), ("artifacts", runs)):
        for path in sorted((project.models / kind).glob("*")):
            unit = path.relative_to(project.root).as_posix()
            version = version_of.get(path.name, path.name)
            if path.name.startswith(".") or version in names or unit not in stored.units or age_s(path) < DAY_S:
                continue
            leftovers.append(Leftover(path, "neither placed lately nor in the traffic nor aliased", weight(path)))
    return leftovers


def recent(project: Project, count: int) -> set[str]:
    """The last versions that were in production."""
    versions = dict.fromkeys(placement.version for placement in reversed(project.journal.placements))
    return set(list(versions)[: max(count, 2)])


def working_folders() -> set[Path]:
    """The folders that processes of this machine work in, where the system shows them."""
    folders = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            folders.add(link.readlink())
        except OSError:
            # it has ended, or is somebody else's
            continue
    return folders


def age_s(path: Path) -> float:
    """How long ago something in it changed last."""
    times = [entry.lstat().st_mtime for entry in (path, *(path.rglob("*") if path.is_dir() else ())) if present(entry)]
    # of what is copied as links the bytes are older than the folder
    return time.time() - max(times, default=0.0)


def weight(path: Path) -> int:
    """The bytes of its files; of bytes with several names, those that only it has."""
    entries = [entry for entry in (path, *(path.rglob("*") if path.is_dir() else ())) if present(entry)]
    facts = [entry.lstat() for entry in entries if not entry.is_dir()]
    return sum(fact.st_size for fact in facts if fact.st_nlink == 1)


def present(path: Path) -> bool:
    """Whether it is there, also as a link to nothing."""
    return path.exists() or path.is_symlink()


def remove(path: Path) -> None:
    """Remove it; a kill leaves it whole, or under a name that the next pruning removes."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    aside = path
    if not STAGING.fullmatch(path.name):
        aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        path.rename(aside / path.name)
    shutil.rmtree(aside, ignore_errors=True)


def size(size_bytes: int) -> str:
    """Bytes for people."""
    value = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}" if unit != "bytes" else f"{size_bytes} bytes"
        value /= 1000
    return f"{value:.3g} GB"
