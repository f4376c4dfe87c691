"""Light scripts of jupytext, read as jupytext reads them."""

from __future__ import annotations

import pytest

from nbexport.model import Role
from nbexport.read.notebook import locate, read_text

LIGHT = '''\
#!/usr/bin/env python
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: light
#   kernelspec:
#     language: python
# ---

# # Harvest
# Two plots.

import math
area = 3.0

def yield_of(rows):
    total = 0

    for row in rows:
        total += row
    return total


class Plot:

    def __init__(self):
        self.rows = []

# + tags=["train"]
slope = math.pi

level = slope * area
# -

text = """
# + not a marker

# -
"""
# + [markdown] tags=["intro"]
# What *follows*.
# -

# + language="bash" magic_args="-e"
# ls -l
#
# pwd
# -

# %time level + 1

# + tags=["evaluate"]
metrics = {"level": level}
# + [raw]
# as it is
'''


def test_a_light_script() -> None:
    notebook = read_text(LIGHT, "a.py")
    assert (notebook.format, notebook.language) == ("light", "python")
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [
        ("markdown", "# Harvest\nTwo plots."),
        ("code", "import math\narea = 3.0"),
        (
            "code",
            "def yield_of(rows):\n    total = 0\n\n    for row in rows:\n        total += row\n    return total",
        ),
        ("code", "class Plot:\n\n    def __init__(self):\n        self.rows = []"),
        ("code", "slope = math.pi\n\nlevel = slope * area"),
        ("code", 'text = """\n# + not a marker\n\n# -\n"""'),
        ("markdown", "What *follows*."),
        ("code", "%%bash -e\nls -l\n\npwd"),
        ("code", "%time level + 1"),
        ("code", 'metrics = {"level": level}'),
        ("raw", "as it is"),
    ]
    cells = notebook.cells
    assert (cells[4].roles, cells[6].tags, cells[7].language) == ((Role.TRAIN,), ("intro",), "bash")
    assert (cells[8].code, cells[9].roles) == ("level + 1", (Role.EVALUATE,))


def test_places_in_a_light_script() -> None:
    lines = LIGHT.split("\n")
    for cell in read_text(LIGHT, "a.py").cells:
        for number, row in enumerate(cell.source.split("\n"), 1):
            if row and not row.startswith("%%"):
                line, column = locate(cell, number, len(row) - len(row.lstrip()) + 1)
                assert lines[line - 1][column - 1 :] == row.lstrip()


@pytest.mark.parametrize(
    ("text", "form", "sources"),
    [
        ("# +\nx = 1\n\ny = 2\n# -\n\nz = 3\n", "light", ["x = 1\n\ny = 2", "z = 3"]),
        ('# + tags=["data"]\nx = 1\n# + tags=["train"]\ny = x\n# -\n', "light", ["x = 1", "y = x"]),
        ("# + two more\nx = 1\n# - and less\n", "percent", ["# + two more\nx = 1\n# - and less"]),
        ("# %%\n# +\nx = 1\n# -\n", "percent", ["# +\nx = 1\n# -"]),
        ("s = '''\n# +\n# -\n'''\n", "percent", ["s = '''\n# +\n# -\n'''"]),
        ('# + endofcell="--"\n# -\nx = 1\n# --\n\n# +\ny = 2\n# -\n', "light", ["# -\nx = 1", "y = 2"]),
        ("x = 1\n\ny = 2\n", "percent", ["x = 1\n\ny = 2"]),
    ],
)
def test_what_shows_a_light_script(text: str, form: str, sources: list[str]) -> None:
    notebook = read_text(text, "a.py")
    assert (notebook.format, [cell.source for cell in notebook.cells]) == (form, sources)


def test_the_header_names_other_markers() -> None:
    head = "# ---\n# jupyter:\n#   jupytext:\n#     cell_markers: region,endregion\n#     format_name: light\n# ---\n"
    text = head + '# region tags=["train"]\nx = 1\n\ny = 2\n# endregion\n\n# + a comment\nz = 3\n'
    cells = read_text(text, "a.py").cells
    assert [(cell.source, cell.tags) for cell in cells] == [
        ("x = 1\n\ny = 2", ("train",)),
        ("# + a comment\nz = 3", ()),
    ]
