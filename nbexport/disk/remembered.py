"""Where the projects of a notebook lie: beside it under its name, or where `.nbexport/projects.json` beside it says.

    notebooks/churn.ipynb                 exported with `--output ../services/churn`
    notebooks/.nbexport/projects.json     {"churn.ipynb": ["../services/churn"]}
    services/churn/nbexport.lock          "notebook": "churn.ipynb"

The paths are relative, so that the file belongs into version control. The lock decides: a folder without one, or with
the one of another notebook, is not a project of this one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from nbexport.disk import lockfile, transaction
from nbexport.disk.reporting import reporting
from nbexport.errors import NbexportError

PROJECTS = ".nbexport/projects.json"
"""The file beside notebooks whose projects lie elsewhere."""


def usual(notebook: Path) -> Path:
    """The folder of a notebook's project where nothing else is said: the one beside it that has its name."""
    return notebook.parent / notebook.stem


def projects_of(notebook: Path) -> tuple[Path, ...]:
    """The folders that hold an exported project of a notebook, the usual one first.

    Raises:
        NbexportError: What is remembered or the lock of a project cannot be read.
    """
    return tuple(folder for folder in _candidates(notebook) if _is_of(folder, notebook))


def members(notebook: Path, record: lockfile.Record | None) -> tuple[Path, ...]:
    """The notebooks that became a project, in the order in which they run; they lie beside one another.

    Args:
        notebook: One of them.
        record: What the last export wrote; None where there is none.
    """
    names = record.notebooks if record is not None else ()
    return tuple(notebook.with_name(name) for name in names) or (notebook,)


def notebooks_at(folder: Path) -> Iterator[Path]:
    """The notebooks that a folder says something of: by the lock of a project in it, or by what is remembered there.

    Raises:
        NbexportError: One of the two cannot be read.
    """
    if (folder / lockfile.LOCK).is_file():
        with reporting(folder):
            record = lockfile.read(folder)
        if record is not None and record.notebook:
            names = record.notebooks or (record.notebook,)
            yield from (place / name for place in (folder.parent, folder) for name in names)
    yield from (folder / name for name in _read(folder))


def remember(notebook: Path, project: Path) -> Path | None:
    """Write down where a project of a notebook lies, unless it is found without that.

    Args:
        notebook: The notebook.
        project: Folder of its project.

    Returns:
        The file that was written; None where nothing had to be.

    Raises:
        NbexportError: What is remembered cannot be read or written.
    """
    here = Path(os.path.realpath(notebook.parent))
    if Path(os.path.realpath(project)) in (here / notebook.stem, here):
        return None
    known = _read(notebook.parent)
    there = _relative(project, here)
    kept = [place for place in known.get(notebook.name, ()) if place != there and _is_of(here / place, notebook)]
    if known.get(notebook.name) == [*kept, there]:
        return None
    path = notebook.parent / PROJECTS
    text = json.dumps({**known, notebook.name: [*kept, there]}, indent=1, sort_keys=True, ensure_ascii=False)
    with reporting(path):
        path.parent.mkdir(exist_ok=True)
        transaction.write_one(path, f"{text}\n".encode("utf-8", "surrogateescape"))
    return path


def _candidates(notebook: Path) -> Iterator[Path]:
    seen: set[str] = set()
    remembered = (notebook.parent / place for place in _read(notebook.parent).get(notebook.name, ()))
    for folder in (usual(notebook), notebook.parent, *remembered):
        real = os.path.realpath(folder)
        if real not in seen:
            seen.add(real)
            yield Path(os.path.normpath(folder))


def _is_of(folder: Path, notebook: Path) -> bool:
    with reporting(folder):
        record = lockfile.read(folder)
    return record is not None and record.is_of(notebook.name)


def _relative(project: Path, here: Path) -> str:
    """The way from a notebook's folder to its project; the whole path where there is none, as to another drive."""
    real = os.path.realpath(project)
    try:
        return Path(os.path.relpath(real, here)).as_posix()
    except ValueError:
        return Path(real).as_posix()


def _read(folder: Path) -> dict[str, list[str]]:
    """Name of a notebook in the folder → where its projects lie."""
    path = folder / PROJECTS
    try:
        remembered = json.loads(path.read_bytes())
        return {str(name): [str(place) for place in places] for name, places in remembered.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise NbexportError(
            f"`{path}` cannot be read", why=error.strerror or str(error), fix="check its permissions"
        ) from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise NbexportError(
            f"`{path}` is damaged",
            why="it is not the JSON that nbexport writes",
            fix="restore it from version control, or delete it and export with --output again",
        ) from None
