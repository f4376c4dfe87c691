"""py:percent files, as jupytext and the editors read them."""

from __future__ import annotations

import pytest
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from nbexport.model import Cell, Role
from nbexport.read.notebook import locate, read_text


def _only(text: str) -> Cell:
    (cell,) = read_text(text, "a.py").cells
    return cell


PERCENT = '''\
#!/usr/bin/env python
# ---
# jupyter:
#   kernelspec:
#     language: python
# ---

"""Module text
# %% not a marker
"""

# %% [markdown] tags=["intro"]
# # Title
#
# Some *text*.

# %% Load the data tags=["data", "nbexport:features"] editable=false
# %matplotlib inline
import os
if os:
    # !ls \\
    #   -la
    # %time x = 1


# %% {"tags": ["train"]}
y = 2  # %% no marker
# # %time z
#%%
z = """
# %% inside
"""
# %% language="bash" magic_args="-e"
# ls -l
# %% [raw]
# raw
# %% [markdown]
"""
Quoted *text*
"""
# %% active="py"
only_in_script()
# %% tags=["active-ipynb"]
# shown()
'''


def test_percent_file() -> None:
    notebook = read_text(PERCENT, "a.py")
    assert (notebook.format, notebook.language) == ("percent", "python")
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [
        ("code", '"""Module text\n# %% not a marker\n"""'),
        ("markdown", "# Title\n\nSome *text*."),
        ("code", "%matplotlib inline\nimport os\nif os:\n    !ls \\\n      -la\n    %time x = 1"),
        ("code", "y = 2  # %% no marker\n# %time z"),
        ("code", 'z = """\n# %% inside\n"""'),
        ("code", "%%bash -e\nls -l"),
        ("raw", "raw"),
        ("markdown", "Quoted *text*"),
        ("raw", "only_in_script()"),
        ("code", "shown()"),
    ]
    cells = notebook.cells
    assert cells[1].tags == ("intro",)
    assert (cells[2].tags, cells[2].roles) == (("data", "nbexport:features"), (Role.FEATURES,))
    assert cells[2].code == "pass\nimport os\nif os:\n    pass\n\n    x = 1"
    assert (cells[3].roles, cells[5].language, cells[9].roles) == ((Role.TRAIN,), "bash", (Role.SKIP,))
    assert cells[2].metadata["editable"] is False


def test_places_in_a_percent_file() -> None:
    lines = PERCENT.split("\n")
    for cell in read_text(PERCENT, "a.py").cells[1:]:
        assert "%%" in lines[cell.file_line - 1]
        for number, row in enumerate(cell.source.split("\n"), 1):
            if not row.startswith("%%"):
                indent = len(row) - len(row.lstrip())
                line, column = locate(cell, number, indent + 1)
                assert lines[line - 1][column - 1 :] == row.lstrip()


@pytest.mark.parametrize("text", ["x = 1\n# a % b\n", "", "# %%time\nx = 1", '"""never closed\n'])
def test_a_file_without_markers_is_one_cell(text: str) -> None:
    cell = _only(text)
    assert (cell.number, cell.kind, cell.file_line) == (1, "code", 1)


def test_a_string_that_is_never_closed_hides_no_marker() -> None:
    cells = read_text("# %%\nx = '''\n# %%\ny = 1\n# %%\nz = 2", "a.py").cells
    assert [cell.source for cell in cells] == ["x = '''", "y = 1", "z = 2"]


def test_a_comment_inside_brackets_stays_one() -> None:
    cell = _only("# %%\nf(\n    # %s is the format\n    1)")
    assert (cell.code, cell.magics) == ("f(\n    # %s is the format\n    1)", ())


@pytest.mark.parametrize("before", ["#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n", "# coding: utf-8\n", ""])
def test_shebang_and_encoding_are_no_cell(before: str) -> None:
    assert [cell.source for cell in read_text(before + "# %%\nx = 1\n# coding: utf-8", "a.py").cells] == [
        "x = 1\n# coding: utf-8"
    ]


def test_kernel_named_in_the_header() -> None:
    assert read_text("# ---\n# jupyter:\n#   kernelspec:\n#     language: R\n# ---\n# %%\nx", "a.py").language == "r"


@examples(200)
@given(st.lists(st.sampled_from(PERCENT.split("\n")) | st.text(max_size=12), max_size=12))
def test_any_percent_text_is_read(rows: list[str]) -> None:
    text = "\n".join(rows)
    for cell in read_text(text, "a.py").cells:
        assert len(cell.lines) == cell.source.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "kind", "source"),
    [
        ("#%% md\n# A title\nand *prose*, as it is\n", "markdown", "# A title\nand *prose*, as it is"),
        ("#%% md\n# a\n# b\n", "markdown", "a\nb"),
        ('#%% md\n"""\nprose\n"""\n', "markdown", "prose"),
        ("#%% md title\nprose\n", "markdown", "prose"),
        ("#%% mdx\nx = 1\n", "code", "x = 1"),
        ("#%%\nx = 1\n", "code", "x = 1"),
    ],
)
def test_cells_of_pycharm(text: str, kind: str, source: str) -> None:
    assert (_only(text).kind, _only(text).source) == (kind, source)


@pytest.mark.parametrize("name", ["a.py", "a.md", "a.Rmd"])
def test_what_jupytext_shows_as_a_notebook_is_read_as_one(name: str) -> None:
    text = '{"metadata": {}, "nbformat_minor": 5, "nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}'
    found = read_text(text, name)
    assert (found.format, [cell.source for cell in found.cells]) == ("ipynb", ["x = 1"])


def test_a_script_may_begin_with_a_brace() -> None:
    assert read_text("{print(1) for _ in range(3)}\n", "a.py").format == "percent"
