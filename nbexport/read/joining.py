"""Several notebooks → one document whose cells know their notebook: what is exported as one project.

    prepare.ipynb   1 load   2 clean          joined   1 load    `1 of prepare.ipynb`
    train.ipynb     1 read   2 fit                     2 clean   `2 of prepare.ipynb`
                                                       3 read    `1 of train.ipynb`
                                                       4 fit     `2 of train.ipynb`

The notebooks run one after the other, each in a kernel of its own, in the folder in which they all lie.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from nbexport.errors import NbexportError
from nbexport.model import CellNumber, Notebook
from nbexport.read.bringing import in_place
from nbexport.read.notebook import python_notebook, shown
from nbexport.record import replace

Notebooks: TypeAlias = Path | str | Sequence[Path]
"""A notebook, or several in the order in which they run."""
Texts: TypeAlias = str | Mapping[str, str] | None
"""What a notebook is taken to hold, or some of several by their file names; what is not said is read."""


def in_order(path: Notebooks) -> tuple[Path, ...]:
    """The notebooks in the order in which they run; a project of several is named after the last one."""
    return (Path(path),) if isinstance(path, Path | str) else tuple(path)


def python_notebooks(path: Notebooks, *, text: Texts = None) -> Notebook:
    """What is exported as one project: a notebook, or several as one document.

    Args:
        path: The notebook, or several.
        text: What the file of a single notebook, or those of some by name, are taken to hold; None reads all.

    Raises:
        NbexportError: A file is not a notebook, or not a Python one; one is given twice; they lie in several folders.
    """
    paths = in_order(path)
    if len(paths) == 1:
        return in_place(python_notebook(path if isinstance(path, str) else paths[0], text=held(text, paths[0])))
    check_places(paths)
    by_name = text if isinstance(text, Mapping) else {}
    return joined([python_notebook(path, text=by_name.get(path.name)) for path in paths])


def held(text: Texts, path: Path) -> str | None:
    """What one notebook is taken to hold; None reads it."""
    return text.get(path.name) if isinstance(text, Mapping) else text


def check_places(paths: Sequence[Path]) -> None:
    """Check that several notebooks are different ones and lie beside one another.

    Raises:
        NbexportError: They are not, or do not.
    """
    seen: dict[str, Path] = {}
    for path in paths:
        if seen.setdefault(os.path.realpath(path), path) is not path:
            raise NbexportError(
                f"`{shown(str(path))}` is given twice", fix="name each notebook once, in the order in which they run"
            )
    folders = {os.path.realpath(path.parent): path for path in paths}
    if len(folders) > 1:
        one, other = (shown(str(path)) for path in list(folders.values())[:2])
        raise NbexportError(
            f"`{one}` and `{other}` lie in different folders",
            why="notebooks that become one project hand files on by paths that begin in their common folder",
            fix="move them into one folder, or export them one by one",
        )


def joined(notebooks: Sequence[Notebook]) -> Notebook:
    """The notebooks as one document, in this order.

    Execution counts stay with the parts: each kernel counts for itself.
    """
    places = [(cell, Path(notebook.path).name) for notebook in notebooks for cell in notebook.cells]
    last = notebooks[-1]
    return Notebook(
        last.path,
        tuple(
            replace(cell, number=CellNumber(number, cell.number, name), execution_count=None)
            for number, (cell, name) in enumerate(places, 1)
        ),
        last.format if len({notebook.format for notebook in notebooks}) == 1 else "ipynb",
        last.language,
        {key: value for notebook in notebooks for key, value in notebook.metadata.items()},
        tuple(notebooks),
    )


def parts(notebook: Notebook) -> Iterator[Notebook]:
    """Each notebook of a joined document by itself, its cells numbered as they are in the document."""
    begin = 0
    for part in notebook.parts:
        cells = notebook.cells[begin : begin + len(part.cells)]
        begin += len(part.cells)
        counts = [cell.execution_count for cell in part.cells]
        yield replace(
            part,
            cells=tuple(replace(cell, execution_count=count) for cell, count in zip(cells, counts, strict=True)),
        )
