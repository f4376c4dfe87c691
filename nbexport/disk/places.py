"""Where a file may lie: relative paths inside the project's folder, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from nbexport.errors import NbexportError


def real_folder(folder: Path) -> Path:
    """The project's folder without symbolic links.

    Raises:
        NbexportError: It cannot be a project's folder.
    """
    real = Path(os.path.realpath(folder))
    if real == real.parent:
        raise NbexportError(f"`{folder}` is the root of the file system", fix="give a folder with --output")
    if os.path.lexists(real) and not real.is_dir():
        raise NbexportError(f"`{folder}` is a file", fix="give another folder with --output")
    return real


def check_paths(paths: Iterable[str]) -> None:
    """Check that the paths can lie beside each other in one folder on every system.

    Raises:
        NbexportError: One leaves the folder, or two are the same where case does not count, or one lies in another.
    """
    seen: dict[str, str] = {}
    for path in paths:
        parts = path.split("/")
        if (
            not all(parts)
            or any(part in (".", "..") or part.lower() == ".git" for part in parts)
            or any(char in path for char in "\\:\0")
            or not path.isprintable()
        ):
            raise NbexportError(f"`{ascii(path)[1:-1]}` is not a path inside the project", fix="rename the file")
        folded = path.casefold()
        if folded in seen:
            raise NbexportError(
                f"`{seen[folded]}` and `{path}` are one file where upper and lower case are the same",
                fix="rename one of them",
            )
        seen[folded] = path
    for folded, path in seen.items():
        for end in (place for place, char in enumerate(folded) if char == "/"):
            if (above := seen.get(folded[:end])) is not None:
                raise NbexportError(f"`{path}` lies in `{above}`, which is a file", fix="rename one of them")


def check_place(folder: Path, path: str) -> Path:
    """The place of a project's file on disk, which no symbolic link leads out of the folder.

    Raises:
        NbexportError: It does, or something that is not a file lies there.
    """
    place = folder / path
    parent = Path(os.path.realpath(place.parent))
    if parent != folder and folder not in parent.parents:
        raise NbexportError(
            f"`{path}` would be written outside the project",
            why=f"`{place.parent}` is a symbolic link to `{parent}`",
            fix="remove the link, or give another folder with --output",
        )
    if os.path.lexists(parent) and not parent.is_dir():
        raise NbexportError(f"`{parent}` is a file, and nbexport needs a folder there", fix="move it away")
    if place.is_symlink():
        raise NbexportError(
            f"`{place}` is a symbolic link",
            why="nbexport would overwrite what it points to",
            fix="replace it by the file itself, or give another folder with --output",
        )
    if os.path.lexists(place) and not place.is_file():
        raise NbexportError(f"`{place}` is not a file, and nbexport needs to write one there", fix="move it away")
    return place
