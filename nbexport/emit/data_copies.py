"""The data that the notebook reads, where it is small enough to travel with the project."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nbexport.emit import file_reads
from nbexport.program import Program
from nbexport.reach import is_shown

LIMIT_BYTES = 20_000_000
"""More data than this stays where it is."""


_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS has put in place of the data."""
LONGEST = 500
"""Characters of a path."""
_FILE = re.compile(r"[\w ./+-]{0,300}[\w+-]\.\w{1,8}")
"""What looks like the name of a file."""


@dataclass
class DataCopies:
    """What is copied, and what is not."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Path relative to the notebook's folder → content."""
    notes: list[str] = field(default_factory=list)
    """Why something stays where it is."""


def data_copies(program: Program, root: Path | None, *, within: Path | None = None) -> DataCopies:
    """The copies of what a program reads.

    Args:
        program: What the notebook lifts to.
        root: The notebook's folder; None copies nothing.
        within: The folder outside of which nothing is read; None for no such limit.
    """
    copies = DataCopies()
    if root is None:
        return copies
    left_bytes = LIMIT_BYTES
    known = {source.path for source in program.sources if source.path is not None}
    left = dict.fromkeys(_read(program, root, known), "put it into the project by hand")
    left |= dict.fromkeys(known, "give its place with `train.py --data`")
    handed = {one.path for one in program.handed}
    left = {path: fix for path, fix in left.items() if posixpath.normpath(path) not in handed}
    for source_path, fix in sorted(left.items()):
        place = _inside(root, source_path)
        text = program.written_files.get(posixpath.normpath(source_path))
        if place is None and text is not None:
            copies.files[posixpath.normpath(source_path)] = text.encode()
            continue
        if place is None:
            copies.notes.append(f"`{source_path}` is not in the notebook's folder: {fix}")
            continue
        members = [path for path in _members(place, root) if is_shown(path, within=within)]
        if not members and not is_shown(place, within=within):
            copies.notes.append(f"`{source_path}` is hidden: {fix}")
            continue
        size_bytes = sum(path.stat().st_size for path in members)
        if size_bytes > left_bytes:
            megabytes = f"{size_bytes / 1e6:.0f} MB"
            copies.notes.append(f"`{source_path}` is too large to copy ({megabytes}): {fix}")
            continue
        if any(_is_pointer(path) for path in members):
            copies.notes.append(
                f"`{source_path}` is a pointer of Git LFS, not the data: `git lfs pull`, and export again"
            )
            continue
        left_bytes -= size_bytes
        copies.files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in members}
    return copies


def _is_pointer(path: Path) -> bool:
    """Whether a file stands for data that Git LFS has not fetched yet."""
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER


def _read(program: Program, root: Path, known: Iterable[str]) -> set[str]:
    """What the code reads besides: files and folders that lie beside the notebook, and files that do not.

    Args:
        program: What the notebook lifts to.
        root: The notebook's folder.
        known: The sources that have an option.
    """
    read = file_reads.reads(file_reads.parsed(program.model, program.definitions))
    paths = {path for path in read.paths if _FILE.fullmatch(path) and not path.endswith((".py", ".ipynb"))}
    beside = {path for path in paths if (place := _inside(root, path)) is not None and place.is_file()}
    beside |= {path for path in read.folders if _inside(root, path) is not None}
    return beside | {path for path in paths & read.certain if not _is_in(path, known)}


def _is_in(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of some paths, or lies in one of them."""
    pure = PurePosixPath(posixpath.normpath(path))
    return any(pure.is_relative_to(posixpath.normpath(folder)) for folder in folders)


def _inside(root: Path, source: str) -> Path | None:
    """The file or folder of a source, when it really lies below the notebook's folder."""
    pure = PurePosixPath(source)
    if pure.is_absolute() or ".." in pure.parts or "\0" in source or len(source) > LONGEST:
        return None
    place = root / pure
    inside = root.resolve()
    if not place.exists() or place.resolve() == inside or not place.resolve().is_relative_to(inside):
        return None
    return place


def _members(folder: Path, root: Path) -> list[Path]:
    """A file, or those of a data folder; links that lead out of the notebook's folder stay in the notebook."""
    if folder.is_file():
        return [folder]
    inside = root.resolve()
    files = (path for path in folder.rglob("*") if path.is_file() and path.resolve().is_relative_to(inside))
    return sorted(files)
