"""What both files are written from, and the names that `model.py` keeps to itself."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Sequence

from nbexport.analysis.joined import homes
from nbexport.lift.headings import Heading
from nbexport.lift.layout import Layout
from nbexport.lift.placing import Placed
from nbexport.lift.split import OWN_NAMES, Segment
from nbexport.lift.text.imports import Line
from nbexport.lift.text.rewrite import CellText, quoted, text_of
from nbexport.model import own_place
from nbexport.read.notebook import shown
from nbexport.record import field, record


@record(frozen=False)
class Parts:
    """Everything that the two files are written from."""

    placed: Placed
    title: str
    notebook: str
    headings: dict[int, Heading] = field(default_factory=dict)
    """Cell number → the markdown heading that belongs to it."""

    def text(self, cell: int) -> CellText:
        """The cell's source, parsed once."""
        return text_of(self.placed.layout.analysis.cells[cell].code)

    @property
    def generated(self) -> frozenset[str]:
        """Names that `model.py` uses at module level and the notebook may use for something else."""
        return OWN_NAMES | {segment.function for segment in self.placed.segments}

    @property
    def told(self) -> str:
        """The notebook, or the notebooks, as a docstring names them."""
        document = self.placed.layout.analysis.notebook
        brought = (own_place(cell.number)[1] for cell in document.cells)
        names = homes(document) or dict.fromkeys([self.notebook, *filter(None, brought)])
        return listed([f"`{shown(name)}`" for name in names])

    def origin(self, cells: Sequence[int]) -> str:
        """Where cells come from: `cells 1, 2 of `a.ipynb``."""
        by_home: dict[str, list[int]] = {}
        for cell in cells:
            own, name = own_place(cell)
            by_home.setdefault(name or self.notebook, []).append(own)
        return listed(
            [
                f"cell{'s' if len(set(own)) > 1 else ''} {', '.join(map(str, dict.fromkeys(own)))} of `{shown(name)}`"
                for name, own in by_home.items()
            ]
        )

    def cells_of(self, segment: Segment) -> list[int]:
        """The cells that a stage comes from."""
        return sorted({self.placed.layout.analysis.units[unit].cell for unit in segment.units})


@record(frozen=False)
class File:
    """The text of one file, before formatting, and what it imports."""

    text: str = ""
    modules: list[str] = field(default_factory=list)
    """Dotted modules, for the requirements."""
    lines: list[Line] = field(default_factory=list)
    """The notebook's imports in it."""
    names: dict[str, Line] = field(default_factory=dict)
    """Name → the line that imports in another file what the name stands for in this one."""
    blocks: list[ast.stmt] = field(default_factory=list)
    """`try: import … except ImportError: …` as they stand in the notebook."""
    units: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Stage function, or nothing at module level → the notebook's statements, each with how many it has become."""


def listed(words: Sequence[str]) -> str:
    """Some words in a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def reads_unknown(layout: Layout, names: Iterable[str]) -> bool:
    """Whether some name is one that only a star import can bind."""
    if not layout.analysis.star_imports:
        return False
    known = layout.analysis.definitions
    return any(name not in known and not hasattr(builtins, name) for name in names)


def free(name: str, taken: Collection[str]) -> str:
    """The name, with as many underscores behind it as it takes to be none of the others."""
    while name in taken:
        name += "_"
    return name


def heading(text: str) -> str:
    """A text as the first lines of a module: a docstring at no indentation."""
    return quoted(text).replace("\n    ", "\n")


def sentence(text: str) -> str:
    """A heading with a full stop, where it has no end of its own."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
