"""One notebook in every text format: tags, fixes and exports are the same in each, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.fix.new_cells import NewCell, with_cells
from nbexport.fix.tags import tagged
from nbexport.fix.text import fixed_text
from nbexport.model import Edit, Fix, Notebook, Part, Role, Span
from nbexport.plan import ExportRequest, Plan
from nbexport.read.notebook import read_text
from nbexport.shell.export import write_fixed

DATA = "rows = [1.0, 2.0]\n\nmore = [3.0]"
TRAIN = "seen = []\nseen.append(len(more))\nprint(seen)\nrate = 0.5\nweight = sum(rows + more) * rate"
SCORE = 'metrics = {"weight": weight, "seen": seen[0]}'


class Form(NamedTuple):
    """A format: the ending of its files, what stands first, and a cell of code without and with the tag `train`."""

    ending: str
    head: str
    plain: str
    tagged: str
    between: str = "\n"


FORMS = {
    "percent": Form(".py", "", "# %%\n{}\n", '# %% tags=["train"]\n{}\n'),
    "light": Form(".py", "# + [markdown]\n# A line.\n# -\n\n", "# +\n{}\n# -\n", '# + tags=["train"]\n{}\n# -\n'),
    "databricks": Form(
        ".py",
        "# Databricks notebook source\n# MAGIC %md\n# MAGIC A line.\n\n# COMMAND ----------\n\n",
        "{}\n",
        '#| tags: ["train"]\n{}\n',
        "\n# COMMAND ----------\n\n",
    ),
    "jupytext": Form(".md", "A line.\n\n", "```python\n{}\n```\n", '```python tags=["train"]\n{}\n```\n'),
    "myst": Form(
        ".md",
        "A line.\n\n",
        "```{{code-cell}} ipython3\n{}\n```\n",
        '```{{code-cell}} ipython3\n:tags: ["train"]\n\n{}\n```\n',
    ),
    "quarto": Form(".qmd", "A line.\n\n", "```{{python}}\n{}\n```\n", '```{{python}}\n#| tags: ["train"]\n{}\n```\n'),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
every_ending = pytest.mark.parametrize("ending", ["\n", "\r\n"])


def _text(form: Form, *cells: str) -> str:
    return form.head + form.between.join(cells)


def _codes(text: str, form: Form) -> list[tuple[str, tuple[str, ...]]]:
    return [(cell.source, cell.tags) for cell in read_text(text, f"a{form.ending}").cells if cell.kind == "code"]


def _numbers(notebook: Notebook) -> list[int]:
    return [cell.number for cell in notebook.cells if cell.kind == "code"]


@every_form
@every_ending
def test_a_tag_is_all_that_changes(form: Form, ending: str) -> None:
    cells = [form.plain.format(source) for source in (DATA, TRAIN, SCORE)]
    before = _text(form, *cells).replace("\n", ending)
    after = _text(form, cells[0], form.tagged.format(TRAIN), cells[2]).replace("\n", ending)
    notebook = read_text(before, f"a{form.ending}")
    number = _numbers(notebook)[1]
    assert tagged(before.encode(), notebook, {number: ("train",)}).decode() == after
    again = read_text(after, f"a{form.ending}")
    assert again.cells[number - 1].roles == (Role.TRAIN,)
    twice = tagged(after.encode(), again, {number: ("evaluate",)}).decode()
    assert twice == after.replace('["train"]', '["train", "evaluate"]')


@every_form
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_keeps_its_encoding(form: Form, encoding: str) -> None:
    data = _text(form, *(form.plain.format(source) for source in (DATA, "name = 'é'", SCORE))).encode(encoding)
    notebook = read_text(data, f"a{form.ending}")
    made = tagged(data, notebook, {_numbers(notebook)[1]: ("data",)})
    assert made.decode(encoding).replace('["data"]', "") != data.decode(encoding)
    assert read_text(made, f"a{form.ending}").cells[_numbers(notebook)[1] - 1].tags == ("data",)


@every_form
@every_ending
def test_a_cell_is_parted(form: Form, ending: str) -> None:
    text = _text(form, *(form.plain.format(source) for source in (DATA, TRAIN, SCORE))).replace("\n", ending)
    notebook = read_text(text, f"a{form.ending}")
    number = _numbers(notebook)[1]
    fix = Fix("part it", parts=(Part(number, 1, 2, (Role.DATA,)), Part(number, 4, 5, (Role.TRAIN,))))
    after, done = fixed_text(text, notebook, [fix])
    rows = TRAIN.split("\n")
    assert done == [fix]
    assert _codes(after, form) == [
        (DATA, ()),
        ("\n".join(rows[:2]), ("data",)),
        (rows[2], ()),
        ("\n".join(rows[3:]), ("train",)),
        (SCORE, ()),
    ]
    assert "\n" not in after.replace(ending, "")


@every_form
def test_a_line_that_moves_to_a_cell_of_its_own(form: Form, tmp_path: Path) -> None:
    score = form.tagged.replace("train", "evaluate").format(SCORE)
    data = form.tagged.replace("train", "data").format(DATA)
    path = tmp_path / f"slope{form.ending}"
    path.write_text(_text(form, data, form.tagged.format(TRAIN), score), encoding="utf-8")
    assert write_fixed(ExportRequest(path, tmp_path, 1))
    codes = _codes(path.read_text(encoding="utf-8"), form)
    assert codes == [
        ("rate = 0.5", ("parameters",)),
        (DATA, ("data",)),
        (TRAIN.replace("rate = 0.5\n", ""), ("train",)),
        (SCORE, ("evaluate",)),
    ]
    planned = api.plan(ExportRequest(path, tmp_path / "slope", 1))
    assert isinstance(planned, Plan)
    model = next(change.after for change in planned.changes if change.path == "model.py")
    assert model is not None
    assert b"def train_model(" in model
    assert b"def load_data(" in model


@every_form
def test_a_new_cell_at_the_end(form: Form) -> None:
    text = _text(form, form.plain.format("import math"))
    notebook = read_text(text, f"a{form.ending}")
    after, _ = fixed_text(text.rstrip("\n"), notebook, [Fix("hoist", parameters=("rate = 0.5",))])
    assert _codes(after, form) == [("import math", ()), ("rate = 0.5", ("parameters",))]


@every_form
@every_ending
def test_new_cells_below_others(form: Form, ending: str) -> None:
    text = _text(form, *(form.plain.format(source) for source in (DATA, TRAIN))).replace("\n", ending)
    notebook = read_text(text, f"a{form.ending}")
    first, last = _numbers(notebook)
    new = [NewCell(first, "half = 0.5", ("define",)), NewCell(last, SCORE, ("evaluate",))]
    made = with_cells(text.encode(), notebook, new).decode()
    assert _codes(made, form) == [(DATA, ()), ("half = 0.5", ("define",)), (TRAIN, ()), (SCORE, ("evaluate",))]
    assert "\n" not in made.replace(ending, "")


PARAGRAPHS = "# A line.\n\nrows = [1.0]\n\nweight = sum(rows)\nprint(weight)\n\n# +\nlast = 1\n# -\n"


def test_a_paragraph_of_a_light_script_gets_markers_when_it_needs_them() -> None:
    notebook = read_text(PARAGRAPHS, "a.py")
    made = tagged(PARAGRAPHS.encode(), notebook, {2: ("data",), 3: ("train",)}).decode()
    first = '# + tags=["data"]\nrows = [1.0]\n# -\n'
    assert made == PARAGRAPHS.replace("rows = [1.0]\n", first).replace(
        "weight = sum(rows)\nprint(weight)\n", '# + tags=["train"]\nweight = sum(rows)\nprint(weight)\n# -\n'
    )
    after, _ = fixed_text(PARAGRAPHS, notebook, [Fix("part it", parts=(Part(3, 1, 1, (Role.TRAIN,)),))])
    cells = read_text(after, "a.py").cells
    assert [(cell.source, cell.tags) for cell in cells[2:]] == [
        ("weight = sum(rows)", ("train",)),
        ("print(weight)", ()),
        ("last = 1", ()),
    ]


@pytest.mark.parametrize(
    ("text", "path", "edit"),
    [
        (PARAGRAPHS, "a.py", Edit(3, Span(2, 1, 2, 1), "\n")),
        ("```python\nx = 1\n```\n", "a.md", Edit(1, Span(1, 1, 1, 1), 's = """\n```\n"""\n')),
    ],
)
def test_an_edit_that_would_change_other_cells_is_refused(text: str, path: str, edit: Edit) -> None:
    notebook = read_text(text, path)
    with pytest.raises(NbexportError, match="cannot be written into `a"):
        fixed_text(text, notebook, [Fix("break it", (edit,))])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('```{python tags=c("a")}\nx = 1\n```\n', "a.Rmd"),
        ("```{code-cell}\n---\ntags:\n  - a\n---\nx = 1\n```\n", "a.md"),
    ],
)
def test_tags_that_are_written_in_another_way_are_left_alone(text: str, path: str) -> None:
    with pytest.raises(NbexportError, match="the tags"):
        tagged(text.encode(), read_text(text, path), {1: ("train",)})
