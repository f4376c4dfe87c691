"""A notebook → those that become one project with it, as the command line knows them; and where that is written.

    work/nbexport.toml         notebooks = ["prepare.ipynb", "train.ipynb"]       goes first
    work/train/nbexport.lock   "notebooks": ["prepare.ipynb", "train.ipynb"]      what the last export did

It is written where it takes no other setting away: into the configuration that holds in the notebook's folder, and into
a new `nbexport.toml` only where none does.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nbexport import disk
from nbexport.errors import NbexportError
from nbexport.record import record, replace
from nbexport.shell.config_text import with_notebooks
from nbexport.shell.settings import OWN, SHARED, Finder, Settings


@record
class Together:
    """What is known of a notebook and those that go with it."""

    names: tuple[str, ...]
    """File names of all of them, in the order in which they run."""
    configured: tuple[str, ...]
    """Those that the configuration names, this one among them; empty where it names none."""
    project: Path | None
    """The project that several notebooks became, this one among them; None where there is none."""
    file: Path
    """The configuration that says it, or would."""
    refusal: str
    """Why it cannot be written there; empty where it can."""


def found(notebook: Path, *, project: Path | None, root: Path) -> Together:
    """What goes together with a notebook.

    Args:
        notebook: The notebook, which lies below the root.
        project: A folder that may hold its project.
        root: The folder outside of which nothing is written.

    Raises:
        NbexportError: The configuration or a lock cannot be read.
    """
    settings = _settings(notebook, root)
    named = _beside(notebook, settings.notebooks)
    configured = named if notebook.name in named else ()
    folders = [folder for folder in (project, *disk.projects_of(notebook)) if folder is not None]
    exported, folder = next(
        ((last.notebooks, folder) for folder in folders if (last := _several(folder, notebook)) is not None), ((), None)
    )
    file = settings.file or notebook.parent / OWN
    return Together(
        configured or exported or (notebook.name,),
        configured,
        folder,
        file,
        _refusal(notebook, settings, file, root),
    )


def write(notebook: Path, names: Sequence[str], *, root: Path) -> None:
    """Write into the configuration which notebooks become one project; one alone takes the setting out.

    Args:
        notebook: One of them, which lies below the root.
        names: Their file names, in the order in which they run.
        root: The folder outside of which nothing is written.

    Raises:
        NbexportError: The configuration cannot be read, changed or written.
    """
    known = found(notebook, project=None, root=root)
    if known.refusal:
        raise NbexportError(known.refusal, fix="export the notebooks: their project remembers them")
    file = known.file
    text = file.read_bytes().decode("utf-8", "surrogateescape") if file.is_file() else ""
    folder = Path(os.path.relpath(os.path.realpath(notebook.parent), os.path.realpath(file.parent)))
    paths = [(folder / name).as_posix() for name in names] if len(names) > 1 else []
    content = with_notebooks(text, paths, shared=file.name == SHARED, path=str(file))
    if content != text:
        disk.write_file(file, content.encode("utf-8", "surrogateescape"))


def _settings(notebook: Path, root: Path) -> Settings:
    """What holds in the folder; a file above the root that says it wrongly holds, and says nothing here."""
    try:
        return Finder({}).of(notebook.parent)
    except NbexportError:
        here = Path(os.path.realpath(notebook.parent))
        files = (place / name for place in (here, *here.parents) for name in (OWN, SHARED))
        decides = next(file for file in files if file.is_file())
        if is_in(decides, root):
            raise
        return replace(Finder({"isolated": True}).of(notebook.parent), file=decides)


def _beside(notebook: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """The names of notebooks that lie beside this one; none where one of them lies elsewhere."""
    here = os.path.realpath(notebook.parent)
    beside = all(os.path.realpath(path.parent) == here for path in paths)
    return tuple(path.name for path in paths) if beside else ()


def _several(folder: Path, notebook: Path) -> disk.Record | None:
    """What the last export wrote, if it was one of several notebooks, and this one among them."""
    last = disk.written(folder)
    return last if last is not None and last.notebooks and last.is_of(notebook.name) else None


def _refusal(notebook: Path, settings: Settings, file: Path, root: Path) -> str:
    if not is_in(file, root):
        return "the settings of this folder lie above the folder that Jupyter shows"
    if settings.notebooks and notebook.name not in _beside(notebook, settings.notebooks):
        return f"`{file}` names other notebooks already"
    return ""


def is_in(place: Path, root: Path) -> bool:
    """Whether a place lies in the root folder, wherever links lead."""
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(root))
