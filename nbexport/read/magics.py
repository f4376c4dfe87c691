"""One cell's source → the Python it runs, and the IPython syntax in it.

    >>> cell = recognise("%time model.fit(x)\\nfiles = !ls *.csv\\nif files:\\n    %cd data")
    >>> print(cell.code)
    model.fit(x)
    files = get_ipython().getoutput('ls *.csv')
    if files:
        pass
    >>> [(magic.name, magic.argument, magic.runs_python) for magic in cell.magics]
    [('time', 'model.fit(x)', True), ('!', 'ls *.csv', False), ('cd', 'data', False)]

A source that is Python as it stands has no IPython syntax; most are told apart by a quick look, and only the others
load the modules that know more.

Source: IPython 9, `IPython.core.inputtransformer2`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nbexport.model import Cell, Span
from nbexport.read.magic_names import AUTOMAGIC
from nbexport.read.syntax import Syntax, may_hold_magics
from nbexport.record import replace


def recognise(source: str) -> Syntax:
    r"""The Python that a cell runs, its IPython syntax, and its language.

    Args:
        source: A code cell's source, with `\n` line ends.
    """
    if not may_hold_magics(source):
        return Syntax(code=source)
    from nbexport.read.magic_lines import rewritten  # most notebooks never need it

    return rewritten(source)


def with_automagic(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells, with one-line cells such as `pip install x` or `ls` read as the magics they are.

    IPython does so while nothing in the namespace has the magic's name; here, while no other cell mentions it.
    """
    names = {cell.number: name for cell in cells if (name := _automagic_name(cell))}
    free = {name for name in set(names.values()) if not _mentioned(name, cells, names)}
    return tuple(_as_magic(cell) if names.get(cell.number) in free else cell for cell in cells)


def _automagic_name(cell: Cell) -> str:
    """The magic that a one-line cell may stand for; empty when it cannot."""
    text = cell.source.strip()
    name, _, argument = text.partition(" ")
    if name not in AUTOMAGIC or "\n" in text or cell.magics or not cell.runs:
        return ""
    return "" if re.match(r"[ \t]*=(?!=)", argument) else name


def _mentioned(name: str, cells: Sequence[Cell], names: Mapping[int, str]) -> bool:
    """Whether the word stands in the Python of a cell that is not such a line itself."""
    word = re.compile(rf"^(?!.*get_ipython\(\)).*\b{name}\b", re.MULTILINE)
    return any(names.get(cell.number) != name and name in cell.code and word.search(cell.code) for cell in cells)


def _as_magic(cell: Cell) -> Cell:
    """The cell, read with a `%` before its only line."""
    rows = cell.source.split("\n")
    row = next(at for at, text in enumerate(rows) if text.strip())
    text = rows[row].strip()
    indent = rows[row].index(text)
    as_cell = recognise("%" + text)
    span = Span(row + 1, indent + 1, row + 1, indent + len(text) + 1)
    rows[row] = as_cell.code
    shift = indent + len(text) - len(as_cell.code)
    return replace(
        cell,
        code="\n".join(rows),
        magics=tuple(replace(magic, span=span) for magic in as_cell.magics),
        column_shifts={row + 1: shift} if as_cell.column_shifts else {},
    )
