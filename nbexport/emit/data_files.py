"""The data that the notebook reads, where it is small enough to travel with the project."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from nbexport.emit import Project
from nbexport.model import Artifact, Program

LIMIT_BYTES = 20_000_000
"""More data than this stays where it is."""


def emit(program: Program, root: Path | None) -> Project:
    """Copies of data files and of the notebook's own modules; they belong to the user once written."""
    if root is None:
        return Project(())
    files: list[Artifact] = []
    notes: list[str] = []
    left_bytes = LIMIT_BYTES
    for source in sorted({source.path for source in program.sources if source.path is not None}):
        found = _inside(root, source)
        if found is None:
            notes.append(f"`{source}` is not in the notebook's folder: give its place with `train.py --data`")
            continue
        members = [found] if found.is_file() else sorted(path for path in found.rglob("*") if path.is_file())
        size_bytes = sum(path.stat().st_size for path in members)
        if size_bytes > left_bytes:
            notes.append(f"`{source}` is too large to copy ({size_bytes / 1e6:.0f} MB): use `train.py --data`")
            continue
        left_bytes -= size_bytes
        files += [
            Artifact(path.relative_to(root).as_posix(), path.read_bytes(), owned=False)
            for path in members
            if not path.is_symlink()
        ]
    modules, missing = _local_modules(program, root)
    return Project((*files, *modules), (*notes, *missing))


def _inside(root: Path, source: str) -> Path | None:
    """The file or folder of a source, when it really lies below the notebook's folder."""
    pure = PurePosixPath(source)
    if pure.is_absolute() or ".." in pure.parts:
        return None
    found = root / pure
    if not found.exists() or not found.resolve().is_relative_to(root.resolve()):
        return None
    return found


def _local_modules(program: Program, root: Path) -> tuple[list[Artifact], list[str]]:
    """Modules that lie beside the notebook and that the lifted code imports."""
    files: list[Artifact] = []
    notes: list[str] = []
    for name in sorted({module.lstrip(".").partition(".")[0] for module in program.imports}):
        single, package = root / f"{name}.py", root / name
        if single.is_file():
            files.append(Artifact(f"{name}.py", single.read_bytes(), owned=False))
        elif (package / "__init__.py").is_file():
            for path in sorted(package.rglob("*.py")):
                if path.resolve().is_relative_to(root.resolve()):
                    files.append(Artifact(path.relative_to(root).as_posix(), path.read_bytes(), owned=False))
    return files, notes
