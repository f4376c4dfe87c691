"""Notebooks in Markdown: jupytext's, MyST, Quarto and R Markdown."""

from __future__ import annotations

import pytest

from nbexport.errors import NbexportError
from nbexport.model import Role
from nbexport.read.notebook import locate, read_text

JUPYTEXT = '''\
---
jupyter:
  kernelspec:
    language: python
    name: python3
---

# Title

Some *text*, and code that nobody runs:

```yaml
x: 1
```

```python tags=["data"] name="load"
rows = """
# not a heading
"""
```

```bash magic_args="-e"
ls
```

````python
text = """
```
"""
````

<!-- #region tags=["intro"] -->
```python
shown = 1
```
<!-- #endregion -->

    ```python
    indented = 1
    ```

```python .noeval
never = 1
```

```python active="md"
also_never = 1
```
'''

MYST = """\
---
kernelspec:
  name: python3
---

# Title

+++ {"part": 2}

More.

```{code-cell} ipython3
:tags: [train, "keep"]
:name: fit

slope = 1.0
```

```{code-cell}
---
tags:
  - evaluate
---
metrics = {"slope": slope}
```

```python
shown = 1
```

```{note}
A note.
```
"""

QUARTO = """\
---
title: Slopes
jupyter: python3
---

```{python}
#| tags: [train]
#| echo: false
slope = 1.0
```

```{python}
#| label: score
#| tags: [evaluate]
metrics = {"slope": slope}
```

```python
shown = 1
```
"""


def test_jupytext() -> None:
    notebook = read_text(JUPYTEXT, "a.md")
    assert (notebook.format, notebook.language) == ("markdown", "python")
    code = [cell for cell in notebook.cells if cell.kind != "markdown"]
    assert [(cell.kind, cell.language, cell.source) for cell in code] == [
        ("code", "python", 'rows = """\n# not a heading\n"""'),
        ("code", "bash", "%%bash -e\nls"),
        ("code", "python", 'text = """\n```\n"""'),
        ("raw", "python", "also_never = 1"),
    ]
    assert (code[0].roles, code[0].metadata["name"], code[0].file_line) == ((Role.DATA,), "load", 16)
    prose = [cell.source for cell in notebook.cells if cell.kind == "markdown"]
    assert prose[0].startswith("# Title")
    assert prose[0].endswith("x: 1\n```")
    assert prose[1] == "```python\nshown = 1\n```"
    assert "indented" in prose[2]
    assert "never" in prose[2]


def test_myst() -> None:
    notebook = read_text(MYST, "a.md")
    cells = notebook.cells
    assert [cell.kind for cell in cells] == ["markdown", "markdown", "code", "code", "markdown"]
    assert [(cell.source, cell.tags, cell.roles) for cell in cells[2:4]] == [
        ("slope = 1.0", ("train", "keep"), (Role.TRAIN,)),
        ('metrics = {"slope": slope}', ("evaluate",), (Role.EVALUATE,)),
    ]
    assert "shown" in cells[4].source


@pytest.mark.parametrize(("name", "kept"), [("myst", ["b = 1"]), ("markdown", ["a = 1"]), ("rmarkdown", ["c = 1"])])
def test_a_header_that_names_the_format(name: str, kept: list[str]) -> None:
    text = f"---\njupytext:\n  format_name: {name}\n---\n```python\na = 1\n```\n"
    text += "```{code-cell}\nb = 1\n```\n```{python}\nc = 1\n```\n"
    assert [cell.source for cell in read_text(text, "a.md").cells if cell.kind == "code"] == kept


def test_quarto() -> None:
    notebook = read_text(QUARTO, "a.qmd")
    assert [(cell.source, cell.roles) for cell in notebook.cells if cell.kind == "code"] == [
        ("#| echo: false\nslope = 1.0", (Role.TRAIN,)),
        ('#| label: score\n#| tags: [evaluate]\nmetrics = {"slope": slope}', (Role.EVALUATE,)),
    ]


@pytest.mark.parametrize("text", [JUPYTEXT, MYST, QUARTO])
def test_places(text: str) -> None:
    lines = text.split("\n")
    for cell in read_text(text, "a.md").cells:
        for number, row in enumerate(cell.source.split("\n"), 1):
            line, column = locate(cell, number)
            assert row.startswith("%%") or lines[line - 1][column - 1 :] == row


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("```{r}\nx <- 1\n```\n```{python}\ny = 1\n```\n", "r"),
        (
            "---\njupyter:\n  kernelspec:\n    language: python\n---\n```{r}\nx <- 1\n```\n```{python}\ny\n```\n",
            "python",
        ),
        ("```{python tags=c('data', \"train\")}\ny = 1\n```\n", "python"),
        ("---\nkernelspec:\n  name: ir\n---\n```{code-cell}\nx <- 1\n```\n", "r"),
        ("```julia\nx = 1\n```\n", "julia"),
    ],
)
def test_language(text: str, language: str) -> None:
    notebook = read_text(text, "a.Rmd")
    assert notebook.language == language
    assert [cell.runs for cell in notebook.cells if cell.kind == "code"][-1:] == [language == "python"]


def test_what_r_markdown_says_of_a_chunk() -> None:
    text = "```{python tags=c('data', \"train\"), echo=TRUE}\n# %time y = 1\n```\n```{python eval=FALSE}\nz\n```\n"
    cells = read_text(text, "a.Rmd").cells
    assert [(cell.kind, cell.source, cell.tags) for cell in cells] == [
        ("code", "%time y = 1", ("data", "train")),
        ("raw", "z", ()),
    ]


@pytest.mark.parametrize("text", ["", "# Title\n\ntext\n", "```\nx = 1\n```\n", "```text\nx\n```\n"])
def test_markdown_without_code_cells_is_not_a_notebook(text: str) -> None:
    with pytest.raises(NbexportError, match=r"`a\.md` holds no code cells"):
        read_text(text, "a.md")
