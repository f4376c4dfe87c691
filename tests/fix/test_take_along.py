"""A statement that exported code depends on becomes part of the export, in its place, and nothing else changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nbexport import api
from nbexport.analysis.analyse import analyse
from nbexport.fix.parts import keeper, pieces
from nbexport.fix.take_along import take_along_fix
from nbexport.judge import fixing
from nbexport.model import Part, Role
from nbexport.read.notebook import read_text
from nbexport.shell import cli

TRAIN = (Role.TRAIN,)
DATA = '# %% tags=["data"]\nimport numpy as np\nnp.random.seed(0)\nrows = [1, 2]\n'
USE = '# %% tags=["train"]\nmodel = sum(rows) + np.random.rand()\n# %% tags=["evaluate"]\nmetrics = {"sum": model}\n'


def percent(behind: str, *, tags: str = "") -> str:
    """A py:percent notebook with one cell between data and training."""
    return f"{DATA}# %%{tags}\n{behind}\n{USE}"


def ipynb(behind: str, *, ids: bool = True, outputs: list[dict[str, Any]] | None = None, **layout: Any) -> str:
    """The same as Jupyter writes it, run from top to bottom."""
    cells = []
    for number, cell in enumerate(read_text(percent(behind), "a.py").cells, 1):
        shown = outputs or [] if number == 2 else []
        cells.append(
            {
                "cell_type": "code",
                "execution_count": number,
                **({"id": f"cell-{number}"} if ids else {}),
                "metadata": {"tags": list(cell.tags)} if cell.tags else {},
                "outputs": shown,
                "source": cell.source.splitlines(keepends=True),
            }
        )
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5 if ids else 4}
    return json.dumps(document, **layout)


def after(text: str, *, name: str = "a.py", unsafe: bool = False) -> str:
    """A notebook after its fixes."""
    return fixing.fix(text.encode(), name, unsafe=unsafe).after


def codes(text: str, *, name: str = "a.py") -> list[str]:
    """The errors of a check."""
    return [finding.code for finding in api.check_text(text, name)[1] if finding.severity == "error"]


# --------------------------------------------------------------------------- which rows


@pytest.mark.parametrize(
    ("behind", "cells"),
    [
        ("rows.append(3)", [("rows.append(3)", ["train"])]),
        ("import os\nrows.append(3)", [("import os\nrows.append(3)", ["train"])]),
        ("print(1)\nrows.append(3)", [("print(1)", []), ("rows.append(3)", ["train"])]),
        ("rows.append(3)\nprint(1)", [("rows.append(3)", ["train"]), ("print(1)", [])]),
        ("print(1)\nrows.append(3)\nprint(2)", [("print(1)", []), ("rows.append(3)", ["train"]), ("print(2)", [])]),
        ("print(1)\n\n# why\nrows.append(\n    3\n)\n\nprint(2)", None),
        (
            "extra = max(rows)\nrows.append(extra)\nprint(1)",
            [("extra = max(rows)\nrows.append(extra)", ["train"]), ("print(1)", [])],
        ),
        ("extra = max(rows)\nprint(1)\nrows.append(extra)", None),
        ("print(np.random.rand())\nprint(1)", [("print(np.random.rand())", ["train"]), ("print(1)", [])]),
        ("rows.append(3)\n# that was it", [("rows.append(3)\n# that was it", ["train"])]),
    ],
)
def test_the_statement_gets_the_role_of_the_reader(behind: str, cells: list[tuple[str, list[str]]] | None) -> None:
    text = after(percent(behind))
    now = [(cell.source, list(cell.tags)) for cell in read_text(text, "a.py").cells][1:-2]
    if cells is not None:
        assert now == cells
    assert "\n".join(source for source, _ in now).replace("\n", "") == behind.replace("\n", "")
    assert codes(percent(behind)) != []
    assert codes(text) == []
    as_json = after(ipynb(behind, indent=1), name="a.ipynb")
    assert [(cell.source, list(cell.tags)) for cell in read_text(as_json, "a.ipynb").cells][1:-2] == now


def test_definitions_beside_other_statements_get_a_role_too() -> None:
    text = after(percent("def grown(table):\n    return table + [3]\nprint(1)\nrows = grown(rows)"))
    assert [list(cell.tags) for cell in read_text(text, "a.py").cells][1:-2] == [["define"], [], ["train"]]
    assert codes(text) == []


def test_what_comes_from_other_cells_comes_along() -> None:
    text = percent("extra = max(rows)\nprint(1)\n# %%\nprint(2)\n# %%\nrows.append(extra)")
    tags = [(cell.source, list(cell.tags)) for cell in read_text(after(text), "a.py").cells][1:-2]
    assert tags == [
        ("extra = max(rows)", ["train"]),
        ("print(1)", []),
        ("print(2)", []),
        ("rows.append(extra)", ["train"]),
    ]


@pytest.mark.parametrize(
    ("reader", "role"),
    [("metrics", Role.EVALUATE), ("limit", Role.TRAIN), ("predict", Role.TRAIN)],
)
def test_a_reader_that_is_no_stage_gives_the_role_of_the_stage_before(reader: str, role: Role) -> None:
    text = (
        f'{DATA}# %% tags=["train"]\nmodel = sum(rows)\n# %%\nprint(1)\nrows.append(3)\n'
        '# %% tags=["define"]\nlimit = 3\n# %% tags=["predict"]\ndef predict(x: int) -> int:\n    return x\n'
        '# %% tags=["evaluate"]\nmetrics = {"sum": model}\n'
    )
    analysis = analyse(read_text(text, "a.py"))
    (unit,) = (d.unit + 1 for d in analysis.definitions["model"])
    assert analysis.cell_of(unit + 1).number == 3
    (use,) = (d.unit for d in analysis.definitions[reader])
    fix = take_along_fix(analysis, unit + 1, use)
    assert fix is not None
    assert fix.parts == (Part(3, 2, 2, (role,)),)


@pytest.mark.parametrize(
    "text",
    [
        percent("print(1)\nrows.append(3)", tags=' tags=["skip"]'),
        percent("%%time\nprint(1)\nrows.append(3)"),
        percent("%cd data\nfirst = open('x.txt').read()").replace("sum(rows)", "len(open('y.txt').read())"),
    ],
    ids=["skipped on purpose", "below a magic about the whole cell", "a line of IPython"],
)
def test_where_it_cannot_be_taken_along_nothing_is_changed(text: str) -> None:
    assert after(text, unsafe=True) == text


@pytest.mark.parametrize(
    ("behind", "safe"),
    [
        ("rows.append(3); print(1)", True),
        ("rows.append(3); open('x', 'w')", False),
        ("from sklearn.linear_model import SGDClassifier\nSGDClassifier().fit([[0], [1]], [0, 1])", False),
    ],
)
def test_it_is_safe_unless_more_is_taken_along_than_is_needed(behind: str, safe: bool) -> None:
    text = percent(behind)
    assert (after(text) != text) == safe
    assert codes(after(text, unsafe=True)) == []


# --------------------------------------------------------------------------- what the file holds


OUTPUTS: list[dict[str, Any]] = [
    {"output_type": "stream", "name": "stdout", "text": ["1\n"]},
    {"output_type": "execute_result", "data": {"text/plain": ["3"]}, "metadata": {}, "execution_count": 2},
]


@pytest.mark.parametrize(
    "layout", [{"indent": 1}, {"indent": 4, "sort_keys": True}, {}, {"separators": (",", ":")}], ids=str
)
def test_outputs_stay_ids_are_unique_and_the_layout_is_kept(layout: dict[str, Any]) -> None:
    text = ipynb("print(1)\nrows.append(3)\nlen(rows)", outputs=OUTPUTS, **layout)
    fixed = after(text, name="a.ipynb")
    document = json.loads(fixed)
    plain = {key: value for key, value in layout.items() if key != "sort_keys"}
    assert fixed == json.dumps(document, **plain)
    first, taken, last = document["cells"][1:4]
    assert [cell["id"] for cell in document["cells"]] == [
        "cell-1",
        "cell-2-1",
        "cell-2-2",
        "cell-2",
        "cell-3",
        "cell-4",
    ]
    assert (first["outputs"], taken["outputs"], last["outputs"]) == ([], [], OUTPUTS)
    assert (first["execution_count"], taken["execution_count"], last["execution_count"]) == (None, None, 2)
    assert taken["metadata"] == {"tags": ["train"]}


def test_what_was_printed_stays_with_what_prints() -> None:
    text = ipynb("print(1)\nrows.append(3)", outputs=OUTPUTS[:1], indent=1)
    printing, taken = json.loads(after(text, name="a.ipynb"))["cells"][1:3]
    assert (printing["id"], printing["outputs"], printing["execution_count"]) == ("cell-2", OUTPUTS[:1], 2)
    assert (taken["id"], taken["outputs"], taken["execution_count"]) == ("cell-2-1", [], None)


def test_a_cell_that_is_taken_whole_only_gets_a_tag() -> None:
    text = ipynb("rows.append(3)", outputs=OUTPUTS[:1], indent=1)
    before, fixed = json.loads(text), json.loads(after(text, name="a.ipynb"))
    assert fixed["cells"][1]["metadata"].pop("tags") == ["train"]
    assert fixed == before


def test_a_notebook_without_ids_gets_none() -> None:
    fixed = json.loads(after(ipynb("print(1)\nrows.append(3)", ids=False, indent=1), name="a.ipynb"))
    assert len(fixed["cells"]) == 5
    assert not any("id" in cell for cell in fixed["cells"])


def test_percent_keeps_line_ends_and_the_first_cell_needs_no_marker() -> None:
    text = f"rows = [1, 2]\nprint(1)\n{USE}".replace("np.random.rand()", "1").replace("\n", "\r\n")
    assert "NBX103" in codes(text)
    behind = "# %%\nprint(1)\nrows.append(3)\n\n\nprint(2)\n".replace("\n", "\r\n")
    fixed = after(percent("X").replace("\n", "\r\n").replace("# %%\r\nX\r\n", behind))
    assert '# %%\r\nprint(1)\r\n# %% tags=["train"]\r\nrows.append(3)\r\n\r\n\r\n# %%\r\nprint(2)\r\n' in fixed


def test_pieces_hold_every_row() -> None:
    source = "# head\n\na()\nb()\n# c\nc()\n\n# tail"
    made = pieces(source, [Part(1, 4, 4, TRAIN), Part(1, 5, 6, TRAIN)])
    assert [(piece.source, piece.roles) for piece in made] == [
        ("# head\n\na()", ()),
        ("b()\n# c\nc()\n\n# tail", TRAIN),
    ]
    assert [(piece.source, piece.roles) for piece in pieces("# head\na()", [Part(1, 2, 2, TRAIN)])] == [
        ("# head\na()", TRAIN)
    ]


def test_the_last_cell_keeps_the_outputs_unless_only_another_prints() -> None:
    made = pieces("print(1)\na()\nb", [Part(1, 2, 2, TRAIN)])
    assert keeper(made, OUTPUTS) == 2
    assert keeper(made, OUTPUTS[:1]) == 0
    assert keeper(made, []) == 2


# --------------------------------------------------------------------------- the command


def test_an_export_takes_along_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = tmp_path / "a.py"
    notebook.write_text(percent("print(1)\nrows.append(3)"), encoding="utf-8")
    assert cli.main([str(notebook)]) == 1
    assert "`--fix`" in capsys.readouterr().err
    assert cli.main([str(notebook), "--fix"]) == 0
    assert "taken along" in capsys.readouterr().out
    trained = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path / "a", capture_output=True, text=True, check=False
    )
    assert trained.returncode == 0, trained.stderr
    (metrics,) = (tmp_path / "a").rglob("metrics.json")
    assert json.loads(metrics.read_text())["sum"] == 6 + np.random.RandomState(0).rand()
    assert codes(notebook.read_text(encoding="utf-8")) == []
    assert cli.main([str(notebook)]) == 0


def test_a_file_that_is_written_along_is_no_data_from_outside(tmp_path: Path) -> None:
    notebook = tmp_path / "a.py"
    notebook.write_text(
        '# %%\nopen("rows.txt", "w").write("1 2 3")\nprint(1)\n# %% tags=["data"]\nrows = open("rows.txt").read()\n'
        '# %% tags=["train", "evaluate"]\nmetrics = {"n": len(rows)}\n',
        encoding="utf-8",
    )
    assert cli.main([str(notebook), "--fix"]) == 0
    trained = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path / "a", capture_output=True, text=True, check=False
    )
    assert trained.returncode == 0, trained.stderr
    (metrics,) = (tmp_path / "a").rglob("metrics.json")
    assert json.loads(metrics.read_text())["n"] == 5
