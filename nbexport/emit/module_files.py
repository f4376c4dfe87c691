"""The files of a package, and what a module opens beside itself or beside the notebook: as they come along.

tools/__init__.py, tools/words.txt          the package `tools` with its data
open(Path(__file__).parent / "a.txt")       a.txt beside the module
open("b.txt")                               b.txt beside the notebook
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from nbexport.emit import file_reads
from nbexport.emit.file_reads import Reads
from nbexport.reach import is_shown
from nbexport.record import record

LIMIT_BYTES = 20_000_000
"""More data than this stays where it is."""


@record
class Bases:
    """Where the paths of a module begin."""

    folder: Path
    """Where it was found, which becomes the project: absolute paths are put together from there."""
    root: Path
    """The notebook's folder: relative paths begin there."""
    within: Path | None
    """The folder outside of which nothing is read; None for no such limit."""


def of_package(package: Path, inside: Path, *, whole: bool) -> tuple[list[Path], bool]:
    """The files of a package, and whether they are all that it needs.

    Args:
        package: Its folder, which may not be there.
        inside: The real folder that links may not lead out of.
        whole: Whether it has an `__init__.py`: of a mere folder only the data that its modules name comes along.
    """
    paths = [path for path in sorted(package.rglob("*")) if path.is_file() and _belongs(path, package, inside)]
    data = [path for path in paths if path.suffix != ".py"]
    is_large = sum(path.stat().st_size for path in data) > LIMIT_BYTES
    if data and (not whole or is_large):
        paths = [path for path in paths if path.suffix == ".py" or _is_named(path, paths)]
    return paths, not (data and whole and is_large)


def opened(read: Reads, path: str, bases: Bases, written: Mapping[str, str]) -> tuple[dict[str, bytes], list[str]]:
    """Path in the project → content of what a module opens, and sentences about what cannot come.

    Args:
        read: What it opens.
        path: The module, in the project.
        bases: Where its paths begin.
        written: Relative path → text of the files that the notebook writes itself.
    """
    files: dict[str, bytes] = {}
    notes: list[str] = []
    left_bytes = LIMIT_BYTES
    for named in sorted(read.paths | read.folders):
        members = _members(named, bases, of_folder=named in read.folders)
        if members is None:
            notes.append(f"`{path}` reads `{named}`, which does not come along: it would lie outside of the project")
            continue
        size_bytes = sum(member.stat().st_size for member in members.values())
        if size_bytes > left_bytes:
            notes.append(f"what `{path}` reads in `{named}` is too large to copy: put it into the project by hand")
            continue
        left_bytes -= size_bytes
        files |= {where: member.read_bytes() for where, member in members.items()}
        if named in written and named not in files:
            files[named] = written[named].encode()
    if read.unknown:
        lines = ", ".join(map(str, read.unknown))
        notes.append(
            f"`{path}`, line {lines}, looks for files beside itself that only a run knows: "
            "put them into the project by hand"
        )
    return files, notes


def _members(named: str, bases: Bases, *, of_folder: bool) -> dict[str, Path] | None:
    """Path in the project → file of what a path names; None for what lies beyond the project.

    Args:
        named: The path, absolute where it begins beside the module.
        bases: Where paths begin.
        of_folder: Whether all that lies in a folder is read.
    """
    pure = PurePosixPath(named)
    if (
        len(named) > 500
        or "\0" in named
        or pure.suffix in (".py", ".ipynb")
        or not (pure.suffix or "/" in named or of_folder)
    ):
        return {}
    inside = (bases.folder if pure.is_absolute() else bases.root).resolve()
    place = Path(named) if pure.is_absolute() else inside / named
    try:
        if not is_shown(place, within=bases.within) or not place.exists():
            return {}
        if not place.resolve().is_relative_to(inside):
            beyond = pure.is_absolute() and place.is_file() and place.is_relative_to(inside.parent)
            return None if beyond else {}
    except OSError:
        return {}
    files = [place] if place.is_file() else []
    if of_folder and place.is_dir() and place.resolve() != inside:
        files = [path for path in sorted(place.rglob("*")) if path.is_file() and _belongs(path, place, inside)]
    kept = [path for path in files if path.suffix not in (".py", ".ipynb")]
    return {path.resolve().relative_to(inside).as_posix(): path for path in kept}


def _belongs(path: Path, package: Path, inside: Path) -> bool:
    """Whether a file in a package is part of it: not hidden, not compiled, no link that leads out of the folder."""
    parts = path.relative_to(package).parts
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    return not hidden and path.suffix not in (".pyc", ".pyo") and path.resolve().is_relative_to(inside)


def _is_named(path: Path, paths: Iterable[Path]) -> bool:
    """Whether one of the modules of a package says the name of a small file in it."""
    if path.stat().st_size > LIMIT_BYTES:
        return False
    parsed_texts = (file_reads.parsed(other.read_bytes()).texts() for other in paths if other.suffix == ".py")
    return any(path.name in texts for texts in parsed_texts)
