"""The data that the notebook reads, where it is small enough to travel with the project."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from nbexport.emit import Project
from nbexport.emit.local_modules import local_modules
from nbexport.model import Artifact, Program

LIMIT_BYTES = 20_000_000
"""More data than this stays where it is."""


def emit(program: Program, root: Path | None) -> Project:
    """Copies of data files and of the notebook's own modules; they belong to the user once written."""
    if root is None:
        return Project(())
    files: dict[str, bytes] = {}
    notes: list[str] = []
    left_bytes = LIMIT_BYTES
    for source in sorted({source.path for source in program.sources if source.path is not None}):
        found = _inside(root, source)
        if found is None:
            notes.append(f"`{source}` is not in the notebook's folder: give its place with `train.py --data`")
            continue
        members = [found] if found.is_file() else _members(found, root)
        size_bytes = sum(path.stat().st_size for path in members)
        if size_bytes > left_bytes:
            notes.append(f"`{source}` is too large to copy ({size_bytes / 1e6:.0f} MB): use `train.py --data`")
            continue
        left_bytes -= size_bytes
        files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in members}
    files |= local_modules(program, root).files
    artifacts = [Artifact(path, content, owned=False) for path, content in sorted(files.items())]
    return Project(tuple(artifacts), tuple(notes))


def _inside(root: Path, source: str) -> Path | None:
    """The file or folder of a source, when it really lies below the notebook's folder."""
    pure = PurePosixPath(source)
    if pure.is_absolute() or ".." in pure.parts:
        return None
    found = root / pure
    inside = root.resolve()
    if not found.exists() or found.resolve() == inside or not found.resolve().is_relative_to(inside):
        return None
    return found


def _members(folder: Path, root: Path) -> list[Path]:
    """The files of a data folder; links that lead out of the notebook's folder stay behind."""
    inside = root.resolve()
    files = (path for path in folder.rglob("*") if path.is_file() and path.resolve().is_relative_to(inside))
    return sorted(files)
