"""`%run other.ipynb` → the cells of that notebook in place, in the kernel that runs it: one document.

    train.ipynb     1 `%run clean.ipynb`      the document   1 (what is left of cell 1)   `1`
                    2 fit                                    2 read                       `1 of clean.ipynb`
    clean.ipynb     1 read                                   3 drop gaps                  `2 of clean.ipynb`
                    2 drop gaps                              4 fit                        `2`

IPython runs each code cell of the other notebook in the namespace of the one that says so, and shows nothing of it. A
cell with more than that line is divided there; each piece keeps the rows that it has in the file.

Left in place, for the rules to report: a path that only a run knows, or that leads out of the folder; a notebook that
cannot be read, or runs itself; `%run` inside a statement or below a cell magic, after the working folder may have
changed, and of scripts, which run in a namespace of their own.

Source: IPython 9, `ExecutionMagics.run` and `InteractiveShell.safe_execfile_ipy`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from nbexport.errors import NbexportError
from nbexport.model import Cell, CellNumber, Magic, Notebook, Role
from nbexport.read.importing import with_modules
from nbexport.read.notebook import PYTHON, read
from nbexport.read.python_text import parses
from nbexport.record import record, replace

MAX_CELLS = 10_000
"""A document that would grow longer keeps its `%run` as it is."""
_WORD = "run"
_ARGUMENT = re.compile(r"""(?:-i[ \t]+)?(?:"([^"$]+\.ipynb)"|'([^'$]+\.ipynb)'|([^\s"'$\\{}]+\.ipynb))[ \t]*(?:#.*)?""")
_MENTION = re.compile(rb"run[ \t]+[^\n]{0,300}\.ipynb|import_ipynb|ipynb\.fs")
_OF_ITS_OWN = ("__future__", "__file__")
"""Words that mean something else in a notebook that is run than in the one that runs it."""
_CHANGES_FOLDER = re.compile(r"\bchdir\b|^\s*%?(?:cd|pushd|popd|bookmark)\b", re.MULTILINE)


def in_place(notebook: Notebook) -> Notebook:
    """The notebook with the cells of every notebook that it runs, and modules for those that it imports.

    Args:
        notebook: A notebook by itself, whose path says where the others lie.

    Returns:
        The document; the notebook itself where it names no other one.
    """
    return with_modules(_with_cells(notebook))


def _with_cells(notebook: Notebook) -> Notebook:
    if not any(_said(cell) for cell in notebook.cells) or any("__future__" in cell.code for cell in notebook.cells):
        return notebook
    place = os.path.realpath(notebook.path)
    gathering = _Gathering(Path(place).parent, {place: notebook}, Path(notebook.path).parent)
    pieces = list(gathering.pieces(notebook, (place,)))
    if len(gathering.read) == 1 or len(pieces) > MAX_CELLS:
        return notebook
    cells = (
        replace(cell, number=CellNumber(number, cell.number, name, brought=bool(name)))
        for number, (cell, name) in enumerate(pieces, 1)
    )
    return replace(notebook, cells=tuple(cells), brought=tuple(gathering.read.values()))


def runs_others(data: bytes) -> bool:
    """Whether a file may hold a notebook that runs or imports others, which decide too what is found in it."""
    return _MENTION.search(data) is not None


def path_of(magic: Magic) -> str:
    """The notebook that a command runs, as it is written there; empty where it is another command or none can tell."""
    plain = magic.kind == "line" and magic.name == _WORD and magic.target is None
    match = _ARGUMENT.fullmatch(magic.argument.strip()) if plain else None
    return next(filter(None, match.groups())) if match is not None else ""


@record(frozen=False)
class _Gathering:
    """The pieces of a document, while its notebooks are read."""

    folder: Path
    """Where the kernel works, which paths begin from."""
    read: dict[str, Notebook]
    """Real path → notebook."""
    beside: Path
    """The same folder, as the outermost notebook's path names it."""
    moved: bool = False
    """Whether code so far may have changed the working folder."""

    def pieces(self, notebook: Notebook, running: tuple[str, ...]) -> Iterator[tuple[Cell, str]]:
        """The cells in the order in which they run, each with the name of its notebook; empty for the outermost.

        Args:
            notebook: What runs.
            running: Real paths of the notebooks that run it, itself last.
        """
        name = self._shown(running[-1]) if len(running) > 1 else ""
        for cell in notebook.cells:
            self.moved = self.moved or (cell.kind == "code" and bool(_CHANGES_FOLDER.search(cell.source)))
            rest = cell
            for magic in _said(cell):
                other = self._other(magic, running)
                if other is None or (halves := _divided(rest, magic)) is None:
                    continue
                # the first piece keeps what the file says of the cell: its id, its count, its outputs
                is_first, (before, rest) = rest is cell, halves
                if is_first or before.code.strip():
                    yield before, name
                place, brought = other
                self.read.setdefault(place, brought)
                yield from self.pieces(_with_roles(brought, cell.roles), (*running, place))
            if rest is cell or rest.code.strip():
                yield rest, name

    def _other(self, magic: Magic, running: Sequence[str]) -> tuple[str, Notebook] | None:
        """The real path of the notebook that a command runs, and the notebook; None where it stays as it is."""
        written = path_of(magic)
        pure = PurePosixPath(written)
        if not written or self.moved or pure.is_absolute() or any(part.startswith((".", "~")) for part in pure.parts):
            return None
        place = os.path.realpath(self.folder / written)
        if place in running or not Path(place).is_relative_to(self.folder) or not Path(place).is_file():
            return None
        if place in self.read:
            return place, self.read[place]
        try:
            notebook = read(place)
        except NbexportError:
            return None
        code = "\n".join(cell.source for cell in notebook.cells if cell.kind == "code")
        if notebook.language != PYTHON or any(word in code for word in _OF_ITS_OWN):
            return None
        cells = tuple(_as_run(cell) for cell in notebook.cells)
        return place, replace(notebook, path=str(self.beside / self._shown(place)), cells=cells)

    def _shown(self, place: str) -> str:
        return Path(place).relative_to(self.folder).as_posix()


def _said(cell: Cell) -> tuple[Magic, ...]:
    """The commands of a cell that name a notebook to run, in the order in which they stand."""
    if not cell.magics or not cell.runs or any(magic.kind == "cell" for magic in cell.magics):
        return ()
    return tuple(magic for magic in cell.magics if path_of(magic))


def _as_run(cell: Cell) -> Cell:
    """IPython runs every code cell, whatever its tags say; what it once showed is not shown again."""
    tags = tuple(tag for tag in cell.tags if tag != "skip-execution")
    return replace(cell, tags=tags, id=None, execution_count=None, outputs=())


def _with_roles(notebook: Notebook, roles: tuple[Role, ...]) -> Notebook:
    """A notebook without roles of its own has those of the cell that runs it."""
    if not roles or any(cell.roles for cell in notebook.cells):
        return notebook
    return replace(notebook, cells=tuple(replace(cell, roles=roles) for cell in notebook.cells))


def _divided(cell: Cell, magic: Magic) -> tuple[Cell, Cell] | None:
    """What of a cell runs before a command and after it, at the rows of the file; None where it stands in a statement.

    Args:
        cell: The cell, or what is left of it.
        magic: One of its commands.
    """
    first, last = magic.span.row, magic.span.end_row
    rows = cell.code.split("\n")
    before, after = _only(cell, 1, first - 1), _only(cell, last + 1, len(rows))
    if rows[first - 1][:1].isspace() or not (parses(before.code) and parses(after.code)):
        return None
    return before, replace(after, id=None, execution_count=None, outputs=())


def _only(cell: Cell, first: int, last: int) -> Cell:
    """A cell with some of its rows, at their places; the others are empty."""

    def rows(text: str) -> str:
        return "\n".join(row if first <= at <= last else "" for at, row in enumerate(text.split("\n"), 1))

    code = rows(cell.code)
    return replace(
        cell,
        source=rows(cell.source),
        code=code,
        roles=cell.roles if code.strip() else (),
        magics=tuple(magic for magic in cell.magics if first <= magic.span.row <= last),
        column_shifts={row: shift for row, shift in cell.column_shifts.items() if first <= row <= last},
    )
