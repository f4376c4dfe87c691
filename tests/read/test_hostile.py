"""Files that want to hurt: each gives a clear error or a clean result, in bounded memory."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from nbexport.errors import NbexportError
from nbexport.read.notebook import MAX_SIZE_BYTES, locate, read, read_text


def _document(*cells: Any, **more: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | more)


def _error(text: str | bytes, path: str = "a.ipynb") -> NbexportError:
    with pytest.raises(NbexportError) as caught:
        read_text(text, path)
    return caught.value


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        (b"", "`a.ipynb` is empty", ""),
        (b" \n\t", "`a.ipynb` is empty", ""),
        (b"\xef\xbb\xbf", "`a.ipynb` is empty", ""),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "`a.ipynb` is not UTF-8 text", "byte 1 is not part of a character"),
        ('{"cells": "é"}'.encode("latin-1"), "`a.ipynb` is not UTF-8 text", "byte 12 is not part of a character"),
        (b"\xff\xfe{\x00}", "`a.ipynb` is not UTF-16 text", "byte 5 is not part of a character"),
        (b"not json", "`a.ipynb` is not JSON", "Expecting value at line 1, column 1"),
        (b'{"cells": [1,\n}', "`a.ipynb` is not JSON", "Expecting value at line 2, column 1"),
        (b'{"cells": []', "`a.ipynb` ends in the middle of its JSON", "Expecting ',' delimiter at line 1, column 13"),
        (b'{"cells": [{"source', "`a.ipynb` ends in the middle of its JSON", ""),
        (b'{"cells" []}', "`a.ipynb` is not JSON", "Expecting ':' delimiter at line 1, column 10"),
        (
            b"{cells: []}",
            "`a.ipynb` is not JSON",
            "Expecting property name enclosed in double quotes at line 1, column 2",
        ),
        (b'{"nbformat": 4, "cells": []} x', "`a.ipynb` is not JSON", "Extra data at line 1, column 30"),
        (b'{"x": "a\x00"}', "`a.ipynb` is not JSON", "Invalid control character at at line 1, column 9"),
        (
            b'{\n<<<<<<< HEAD\n "cells": []\n=======\n "cells": [1]\n>>>>>>> other\n}',
            "`a.ipynb` holds a merge conflict",
            "Expecting property name enclosed in double quotes at line 2, column 1",
        ),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "`a.ipynb` holds a value that cannot be read", ""),
        (b"[]", "`a.ipynb` is JSON, but not a notebook", ""),
        (b'"nbformat"', "`a.ipynb` is JSON, but not a notebook", ""),
        (b'{"cells": []}', "`a.ipynb` is JSON, but not a notebook", ""),
        (b'{"nbformat": "4", "cells": []}', "`a.ipynb` is JSON, but not a notebook", ""),
        (b'{"nbformat": true, "cells": []}', "`a.ipynb` is JSON, but not a notebook", ""),
        (b'{"nbformat": 2, "worksheets": []}', "`a.ipynb` is a notebook of format 2", "formats 3 and 4 are read"),
        (b'{"nbformat": 5, "cells": []}', "`a.ipynb` is a notebook of format 5", "formats 3 and 4 are read"),
        (b'{"nbformat": 4}', "`a.ipynb` is not a notebook: it has no list `cells`", ""),
        (b'{"nbformat": 4, "cells": null}', "`a.ipynb` is not a notebook: it has no list `cells`", ""),
        (b'{"nbformat": 4, "cells": {"a": 1}}', "`a.ipynb` is not a notebook: it has no list `cells`", ""),
        (b'{"nbformat": 3}', "`a.ipynb` is not a notebook: it has no list `worksheets`", ""),
    ],
)
def test_trouble_with_the_file(text: bytes, what: str, why: str) -> None:
    error = _error(text)
    assert error.what == what
    assert error.fix
    assert not why or error.why == why


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        (None, "cell 2 of `a.ipynb` is not a JSON object"),
        (3, "cell 2 of `a.ipynb` is not a JSON object"),
        ([], "cell 2 of `a.ipynb` is not a JSON object"),
        ({}, "cell 2 of `a.ipynb` has no `cell_type`"),
        ({"cell_type": 4, "source": ""}, "cell 2 of `a.ipynb` has no `cell_type`"),
        (
            {"cell_type": "code", "source": 7},
            "the source of cell 2 of `a.ipynb` is neither a string nor a list of strings",
        ),
        (
            {"cell_type": "code", "source": ["x", None]},
            "the source of cell 2 of `a.ipynb` is neither a string nor a list of strings",
        ),
        (
            {"cell_type": "code", "source": {"x": 1}},
            "the source of cell 2 of `a.ipynb` is neither a string nor a list of strings",
        ),
    ],
)
def test_trouble_with_a_cell_names_the_cell(cell: Any, what: str) -> None:
    good = {"cell_type": "code", "source": "x = 1"}
    assert _error(_document(good, cell)).what == what


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "code"},
        {"cell_type": "code", "source": None},
        {"cell_type": "code", "source": []},
        {"cell_type": "code", "source": "", "metadata": [], "outputs": 3, "id": 4, "execution_count": "7"},
        {"cell_type": "unheard of", "source": "", "metadata": {"tags": {"a": 1}}, "outputs": [1, None, "x"]},
        {"cell_type": "heading", "source": "", "level": "high"},
    ],
)
def test_malformed_parts_of_no_weight_are_left_out(cell: Any) -> None:
    (read,) = read_text(_document(cell, metadata=[1]), "a.ipynb").cells
    assert (read.source.strip("# "), read.tags, read.outputs, read.execution_count) == ("", (), (), None)
    assert len(read.lines) == 1
    assert read.lines[0][0] == 1


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("before", ["", '{"nbformat": 4, "metadata": ', '{"nbformat": 4, "cells": [{"outputs": '])
def test_deep_nesting(opening: str, before: str) -> None:
    error = _error(before + opening * 100_000)
    assert error.what == "`a.ipynb` nests its JSON too deeply to be read"


def test_a_hundred_megabytes_of_outputs(tmp_path: Path) -> None:
    image = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 60_000_000}}
    stream = {"output_type": "stream", "name": "stdout", "text": ["x" * 78 + "\n"] * 500_000}
    first = {"cell_type": "code", "source": ["import os\n", "os"], "outputs": [image, stream]}
    last = {"cell_type": "code", "source": ["x = 1\n", "y = 2"], "outputs": []}
    path = tmp_path / "huge.ipynb"
    path.write_text(_document(first, last).replace('{"cell_type"', '\n{"cell_type"'))
    del image, stream, first
    size = path.stat().st_size
    assert size > 100_000_000
    tracemalloc.start()
    notebook = read(path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.6 * size
    assert kept < 1.4 * size
    tail = path.read_text()[-200:]
    path.unlink()
    assert locate(notebook.cells[1], 2) == (3, tail.index("y = 2") - tail.index("\n{"))


def test_larger_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "sparse.ipynb"
    with path.open("wb") as file:
        file.truncate(MAX_SIZE_BYTES + 1)
    with pytest.raises(NbexportError, match="is larger than 1000 MB"):
        read(path)


def test_one_huge_line() -> None:
    source = "x = [" + "1, " * 50_000 + "]\n%time y = '" + "\\'" * 200_000 + "'"
    text = _document({"cell_type": "code", "source": source})
    (cell,) = read_text(text, "a.ipynb").cells
    line, column = locate(cell, 2, 7)
    assert (line, text[column - 1 : column + 3]) == (1, "y = ")
    assert cell.magics[0].name == "time"


@pytest.mark.parametrize(
    "row",
    [
        "x = '\\''\\'\\'",
        "!echo (",
        "a." * 5_000 + " ?",
        "x : " * 5_000 + "= !ls",
        "%time " * 5_000,
        "%%time",
        "x = !ls \\",
        '"""',
        "'''x",
        "# # %x",
        "f(" * 200,
        "? ? ?",
        "=" * 5_000 + "%",
    ],
)
@pytest.mark.parametrize("path", ["a.ipynb", "a.py"])
def test_rows_that_invite_endless_search(row: str, path: str) -> None:
    source = "\n".join(["%matplotlib inline", *[row] * (2_000_000 // (len(row) + 1) // 20), "!ls"])
    text = source if path == "a.py" else _document({"cell_type": "code", "source": source})
    (cell,) = read_text(text, path).cells
    assert cell.source.count("\n") == source.count("\n")
    assert cell.magics


@pytest.mark.parametrize("row", ["", "````python", "# +", "#| tags: ["])
@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("a.md", "```python\nx = 1\n```\n"),
        ("a.py", "# ---\n# jupyter:\n#   format_name: light\n# ---\nif 1:\n"),
        ("a.py", "# Databricks notebook source\n# DBTITLE 1,x\n"),
    ],
)
def test_rows_that_invite_text_formats_to_look_back(row: str, path: str, head: str) -> None:
    text = head + "\n\n".join([row] * 10_000) + "\n    y = 2\n"
    notebook = read_text(text, path)
    assert all(len(cell.lines) == cell.source.count("\n") + 1 for cell in notebook.cells)


def test_many_one_word_cells() -> None:
    cells = [{"cell_type": "code", "source": word} for word in ("ls", "pwd", "who")] * 3_000
    assert all(cell.magics for cell in read_text(_document(*cells), "a.ipynb").cells)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NbexportError, match=r"none.ipynb` does not exist"):
        read(tmp_path / "none.ipynb")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(NbexportError, match="is a folder"):
        read(tmp_path)


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(NbexportError, match="is not a regular file"):
        read(tmp_path / "pipe.ipynb")


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").symlink_to(tmp_path / "b.ipynb")
    (tmp_path / "b.ipynb").symlink_to(tmp_path / "a.ipynb")
    with pytest.raises(NbexportError, match="cannot be read"):
        read(tmp_path / "a.ipynb")


@pytest.mark.parametrize("path", ["a\x00b.ipynb", "x" * 5_000 + ".ipynb"])
def test_names_no_file_can_have(path: str) -> None:
    with pytest.raises(NbexportError, match="cannot be read"):
        read(path)


def test_a_name_with_line_breaks_stays_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\n::error::\x1b[31m.ipynb"
    path.write_text("no")
    with pytest.raises(NbexportError) as caught:
        read(path)
    assert caught.value.what.isprintable()
    path.write_text(_document())
    assert read(path).path == str(path)
