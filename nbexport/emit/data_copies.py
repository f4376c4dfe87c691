"""The data that the notebook reads, where it is small enough to travel with the project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nbexport.model import Source

LIMIT_BYTES = 20_000_000
"""More data than this stays where it is."""


@dataclass
class DataCopies:
    """What is copied, and what is not."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Path relative to the notebook's folder → content."""
    notes: list[str] = field(default_factory=list)
    """Why something stays where it is."""


def data_copies(sources: Iterable[Source], root: Path | None, *, named: Iterable[str] = ()) -> DataCopies:
    """The copies of what a program reads.

    Args:
        sources: Where it reads.
        root: The notebook's folder; None copies nothing.
        named: What may be a file that it reads.
    """
    copies = DataCopies()
    if root is None:
        return copies
    left_bytes = LIMIT_BYTES
    known = {source.path for source in sources if source.path is not None}
    beside = {name for name in named if (place := _inside(root, name)) is not None and place.is_file()}
    for source in sorted(known | beside):
        place = _inside(root, source)
        if place is None:
            copies.notes.append(f"`{source}` is not in the notebook's folder: give its place with `train.py --data`")
            continue
        members = [place] if place.is_file() else _members(place, root)
        size_bytes = sum(path.stat().st_size for path in members)
        if size_bytes > left_bytes:
            megabytes = f"{size_bytes / 1e6:.0f} MB"
            copies.notes.append(f"`{source}` is too large to copy ({megabytes}): use `train.py --data`")
            continue
        left_bytes -= size_bytes
        copies.files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in members}
    return copies


def _inside(root: Path, source: str) -> Path | None:
    """The file or folder of a source, when it really lies below the notebook's folder."""
    pure = PurePosixPath(source)
    if pure.is_absolute() or ".." in pure.parts:
        return None
    place = root / pure
    inside = root.resolve()
    if not place.exists() or place.resolve() == inside or not place.resolve().is_relative_to(inside):
        return None
    return place


def _members(folder: Path, root: Path) -> list[Path]:
    """The files of a data folder; links that lead out of the notebook's folder stay in the notebook."""
    inside = root.resolve()
    files = (path for path in folder.rglob("*") if path.is_file() and path.resolve().is_relative_to(inside))
    return sorted(files)
