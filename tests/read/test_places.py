"""Where the characters of a cell stand in the file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbexport.model import Cell, Notebook
from nbexport.read.notebook import locate, read_text


def _cell(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source} | more


def _document(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more


def _text(*cells: Any, **more: Any) -> str:
    return json.dumps(_document(*cells, **more), indent=1)


def _only(text: str | bytes, path: str = "a.ipynb") -> Cell:
    (cell,) = read_text(text, path).cells
    return cell


def _char(text: str, cell: Cell, row: int, column: int) -> str:
    """What stands in the file where a character of the cell should."""
    line, at = locate(cell, row, column)
    return text.split("\n")[line - 1][at - 1]


def test_places_in_the_usual_layout() -> None:
    text = _text(_cell("a"), _cell(["x = 'é'\n", "\ty = 2\n", ""]))
    cell = read_text(text, "a.ipynb").cells[1]
    lines = text.split("\n")
    assert lines[cell.file_line - 1] == "  {"
    assert [lines[line - 1][column - 1 :] for line, column in cell.lines] == [
        r"""x = '\u00e9'\n",""",
        r"""\ty = 2\n",""",
        '"',
    ]
    assert cell.lines[0] == next(iter(cell.lines))
    assert cell.lines[:2] == list(cell.lines)[:2]
    assert _char(text, cell, 1, 7) == "'"
    assert _char(text, cell, 2, 2) == "y"


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize("ascii_", [True, False])
@pytest.mark.parametrize("as_list", [True, False])
def test_every_character_is_found_in_the_file(indent: Any, ascii_: bool, as_list: bool) -> None:
    source = 'print("\\t", \'é😀\')\n\n\tx = {"a": 1}\nend = """\u2028"""\n'
    document = _document(_cell("first"), _cell(source.splitlines(keepends=True) if as_list else source), _cell("last"))
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_)
    _check_places(text, read_text(text, "a.ipynb"))


def _check_places(text: str, notebook: Notebook) -> None:
    """Each character of each cell is the one that its place in the file decodes to."""
    file_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for cell in notebook.cells:
        rows = cell.source.split("\n")
        assert len(cell.lines) == len(rows)
        for number, row in enumerate(rows, 1):
            assert locate(cell, number) == cell.lines[number - 1] or not row
            for column, char in enumerate(row, 1):
                line, at = locate(cell, number, column)
                rest = file_lines[line - 1][at - 1 :]
                size = 1 if rest[0] != "\\" else 2 if rest[1] != "u" else 12 if ord(char) > 0xFFFF else 6
                assert json.loads(f'"{rest[:size]}"') == char


_sources = st.text(alphabet=st.characters() | st.sampled_from('\n\r\t"\\é😀%!'), max_size=40)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(_sources, max_size=4) | _sources, max_size=4),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
)
def test_places_of_any_source(sources: list[list[str] | str], indent: int | None, ascii_: bool) -> None:
    text = json.dumps(_document(*map(_cell, sources)), indent=indent, ensure_ascii=ascii_)
    if not ascii_ and any("\ud800" <= char <= "\udfff" for char in text):
        return
    notebook = read_text(text, "a.ipynb")
    expected = ["".join(source).replace("\r\n", "\n").replace("\r", "\n") for source in sources]
    assert [cell.source for cell in notebook.cells] == expected
    _check_places(text, notebook)


def test_places_past_the_end_are_the_end() -> None:
    text = _text(_cell("ab"))
    cell = _only(text)
    assert locate(cell, 1, 99) == locate(cell, 9, 99) == locate(cell, 1, 3)
    assert _char(text, cell, 1, 3) == '"'


def test_a_cell_made_by_hand_has_places_too() -> None:
    assert locate(Cell(1, "code", "x\ny", file_line=5), 2, 3) == (6, 3)


def test_words_that_look_like_a_source_are_not_taken_for_one() -> None:
    decoy = {"source": "x = 1", "cells": [{"source": "x = 1"}]}
    cells = [_cell("x = 1", metadata=decoy, outputs=[{"output_type": "display_data", "data": {"source": "x = 1"}}])]
    text = _text(*cells, metadata=decoy)
    assert _char(text, _only(text), 1, 1) == "x"
    assert text.split("\n")[locate(_only(text), 1)[0] - 1].startswith('   "source": "x = 1"')
