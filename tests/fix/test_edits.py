"""Fixes change what they say and leave the rest of the file as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nbexport import api
from nbexport.fix.rounds import Judged, apply_fixes
from nbexport.fix.text import fixed_text
from nbexport.judge import fixing
from nbexport.model import Edit, Finding, Fix, Problem, Severity, Span
from nbexport.plan import ExportRequest
from nbexport.read.notebook import Text, read, read_text
from nbexport.shell.export import write_fixed

PERCENT = """\
# %%
import torch
# %% tags=["train"]
epochs = 5  # passes
total = 0
net = torch.nn.Linear(1, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(epochs):
    total += epoch
# %% tags=["evaluate"]
metrics = {"total": total}
"""


def notebook(cells: list[tuple[str, list[str]]], **more: object) -> str:
    """The text of a notebook of code cells with tags, as Jupyter writes it."""
    made = [
        {
            "cell_type": "code",
            "execution_count": 3,
            "id": f"c{number}",
            "metadata": {"tags": tags},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for number, (source, tags) in enumerate(cells)
    ]
    document = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def test_percent(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(PERCENT, encoding="utf-8")
    assert write_fixed(ExportRequest(path, path.parent, 1))
    assert path.read_text(encoding="utf-8") == (
        PERCENT.replace("epochs = 5  # passes\n", "")
        .replace("lr=0.01", "lr=learning_rate")
        .replace(
            '# %% tags=["train"]',
            '# %% tags=["parameters"]\nepochs = 5  # passes\nlearning_rate = 0.01\n\n# %% tags=["train"]',
        )
    )
    assert not write_fixed(ExportRequest(path, path.parent, 1))


def test_a_notebook_gets_a_parameters_cell_and_keeps_everything_else(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [("import torch", []), ("print(1)", []), ("epochs = 5\nx = 'é'\nepochs", ["train"])]
    path.write_text(notebook([*cells, ("metrics = {'n': epochs}", ["evaluate"])]), encoding="utf-8")
    before = json.loads(path.read_text(encoding="utf-8"))
    assert write_fixed(ExportRequest(path, path.parent, 1))
    after = json.loads(path.read_text(encoding="utf-8"))
    [made] = [cell for cell in after["cells"] if cell["metadata"]["tags"] == ["parameters"]]
    assert (made["source"], made["id"]) == (["epochs = 5"], "parameters")
    after["cells"].remove(made)
    before["cells"][2]["source"] = ["x = 'é'\n", "epochs"]
    assert after == before
    assert path.read_text(encoding="utf-8").startswith('{\n "cells": [\n')


def test_an_existing_parameters_cell_grows(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [("seed = 1", ["parameters"]), ("epochs = 5\nx = seed", ["train"]), ("metrics = {'n': x}", ["evaluate"])]
    path.write_text(notebook(cells), encoding="utf-8")
    assert write_fixed(ExportRequest(path, path.parent, 1))
    found = read(path)
    assert [cell.source for cell in found.cells] == ["seed = 1\nepochs = 5", "x = seed", "metrics = {'n': x}"]


@pytest.mark.parametrize(
    "source",
    [
        "total = 0\ntotal += 1",
        "for n in range(2):\n    best = 1\n    best = n",
        "clf = make(max_depth=3)\nother = make(max_depth=4)",
        "lr = object()\nclf = make(lr=lr)",
        "rows = [1]",
        "n = 3\ndel n",
    ],
)
def test_what_is_no_parameter_stays(source: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    text = f'# %% tags=["train"]\ndef make(**options):\n    return options\n{source}\n# %% tags=["evaluate"]\nmetrics = {{}}\n'
    path.write_text(text, encoding="utf-8")
    _, findings = api.check(path, level=1)
    assert [finding.problem.name for finding in findings if finding.code == "NBX207"] == []


# --------------------------------------------------------------------------- only the fix changes in the file


def suppressed(cells: list[tuple[str, list[str]]], **layout: object) -> str:
    """A notebook in whose cells something can be fixed, laid out as `json.dumps` is told."""
    document = json.loads(notebook(cells))
    document["metadata"] = {"numbers": [1.0, 1e5, 1e-7], "z": 1, "a": "\u00e9"}
    return json.dumps(document, **layout)  # type: ignore[arg-type]


UNUSED = "x = 'é \\\\ \"'\ny = 1  # noqa: NBX101\nz = '\\u00e9'\n"
LAYOUTS = [
    {"indent": 1, "ensure_ascii": False},
    {"indent": 1},
    {"indent": 4, "sort_keys": True},
    {"indent": "\t"},
    {},
    {"separators": (",", ":")},
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n"], ids=["no end", "end", "two ends"])
def test_every_other_character_stays(layout: dict[str, object], ending: str, last: str, tmp_path: Path) -> None:
    text = (suppressed([("import json", []), (UNUSED, []), ("z", [])], **layout) + last).replace("\n", ending)
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        result = fixing.fix(text.encode(encoding), str(tmp_path / "a.ipynb"))
        assert result.content == text.replace("y = 1  # noqa: NBX101", "y = 1").encode(encoding)
        assert len(result.applied) == 1


def test_a_source_that_is_one_string_stays_one(tmp_path: Path) -> None:
    document = json.loads(suppressed([(UNUSED, [])]))
    document["cells"][0]["source"] = UNUSED
    text = json.dumps(document)
    assert fixing.fix(text.encode(), "a.ipynb").after == text.replace("1  # noqa: NBX101", "1")


def test_a_line_that_goes_leaves_a_list(tmp_path: Path) -> None:
    text = suppressed([("x = 1\n# nbexport: ignore[NBX101]\ny = 2", []), ("# nbexport: ignore[NBX101]", [])], indent=1)
    after = fixing.fix(text.encode(), "a.ipynb").after
    line = '    "# nbexport: ignore[NBX101]\\n",\n'
    assert after == text.replace(line, "").replace('[\n    "# nbexport: ignore[NBX101]"\n   ]', "[]")


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_a_new_cell_is_laid_out_as_the_others(layout: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [("import torch", []), ("epochs = 5\nx = epochs", ["train"]), ("metrics = {'n': x}", ["evaluate"])]
    text = suppressed(cells, **layout)
    path.write_text(text, encoding="utf-8")
    assert write_fixed(ExportRequest(path, path.parent, 1))
    after = path.read_text(encoding="utf-8")
    plain = {key: value for key, value in layout.items() if key != "sort_keys"}
    document = json.loads(after)
    made = document["cells"][1]
    assert made["source"] == ["epochs = 5"]
    assert document["cells"][2]["source"] == ["x = epochs"]
    assert after.replace("epochs = 5", "") == json.dumps(document, **plain).replace("epochs = 5", "")


def test_a_cell_of_format_3(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "input": [source], "language": "python", "metadata": {"tags": tags}, "outputs": []}
        for source, tags in (("x = 2\nepochs = 5\ny = epochs * x", ["train"]), ("metrics = {'n': y}", ["evaluate"]))
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}))
    assert write_fixed(ExportRequest(path, path.parent, 1))
    assert [cell.source for cell in read(path).cells][:2] == ["x = 2\nepochs = 5", "y = epochs * x"]


def test_percent_keeps_line_ends_magics_and_blank_rows(tmp_path: Path) -> None:
    text = (
        "import torch\r\n"
        '# %% tags=["train"]\r\n\r\n'
        "# %matplotlib inline\r\n"
        "epochs = 5\r\n"
        "x = epochs  # noqa: NBX101\r\n\r\n\r\n"
        '# %% tags=["evaluate"]\r\n'
        "metrics = {'n': x}"
    )
    result = fixing.fix(b"\xef\xbb\xbf" + text.encode(), "a.py", level=1)
    assert (
        result.content
        == b"\xef\xbb\xbf"
        + text.replace("  # noqa: NBX101", "")
        .replace("epochs = 5\r\n", "")
        .replace('# %% tags=["train"]', '# %% tags=["parameters"]\r\nepochs = 5\r\n\r\n# %% tags=["train"]')
        .encode()
    )


def test_percent_code_without_a_marker_gets_one(tmp_path: Path) -> None:
    text = 'print(1)\n# %% tags=["train"]\nx = 2\n# %% tags=["evaluate"]\nmetrics = {"n": x}\n'
    after = fixing.fix(text.encode(), "a.py", level=1).after
    assert after.startswith('# %% tags=["parameters"]\nx = 2\n\n# %%\nprint(1)\n# %% tags=["train"]\n')
    text = '# %% tags=["train"]\nx = 2\n# %% tags=["evaluate"]\nmetrics = {"n": x}\n# %% tags=["parameters"]\nrate = 1'
    assert fixing.fix(text.encode(), "a.py", level=1).after.endswith('# %% tags=["parameters"]\nrate = 1\nx = 2')


# --------------------------------------------------------------------------- rounds


def spans(text: str, *, row: int) -> Span:
    """The whole of one row."""
    return Span(row, 1, row, len(text.split("\n")[row - 1]) + 1)


def judged(change: Callable[[str], str | None], *, safe: bool = True) -> Callable[[str], Judged]:
    """Rules that would change the first row of a one-cell notebook."""

    def judge(text: str) -> Judged:
        found = read_text(text, "a.py")
        source = found.cells[0].source
        new = change(source.split("\n")[0])
        if new is None:
            return found, ()
        fix = Fix("change it", (Edit(1, spans(source, row=1), new),), safe=safe)
        return found, (Finding("NBX999", Severity.ADVICE, Problem("m", "h", 1, Span(1, 1, 1, 1), fix=fix)),)

    return judge


def test_fixes_go_on_until_nothing_changes_or_ten_rounds() -> None:
    file = Text("# %%\nx = 1\n", "utf-8")
    some = apply_fixes(file, judged(lambda row: row + "1" if len(row) < 8 else None), wanted=lambda fix: True)
    assert (some.after, len(some.applied), some.findings) == ("# %%\nx = 1111\n", 3, ())
    endless = apply_fixes(file, judged(lambda row: row + "1"), wanted=lambda fix: True)
    assert (len(endless.after) - len(file.text), len(endless.applied), len(endless.findings)) == (10, 10, 1)
    nothing = apply_fixes(file, judged(lambda row: row), wanted=lambda fix: True)
    assert (nothing.after, nothing.applied) == (file.text, ())


def test_a_fix_that_breaks_a_cell_is_not_applied() -> None:
    file = Text("# %%\nx = 1\n", "utf-8")
    broken = apply_fixes(file, judged(lambda row: f"({row}"), wanted=lambda fix: True)
    assert (broken.after, broken.applied) == (file.text, ())


def test_unsafe_fixes_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fixing,
        "check_text",
        lambda text, name, **_: judged(lambda row: None if "2" in row else "x = 2", safe=False)(text),
    )
    assert fixing.fix(b"# %%\nx = 1\n", "a.py").after == "# %%\nx = 1\n"
    assert fixing.fix(b"# %%\nx = 1\n", "a.py", unsafe=True).after == "# %%\nx = 2\n"


def test_edits_that_overlap_wait_and_equal_fixes_count_once() -> None:
    found = read_text("# %%\nabc\n", "a.py")
    one = Fix("", (Edit(1, Span(1, 1, 1, 3), "x"),))
    other = Fix("", (Edit(1, Span(1, 2, 1, 4), "y"),))
    head = Fix("", (Edit(1, Span(1, 1, 1, 1), "import a\n"),))
    text, done = fixed_text("# %%\nabc\n", found, [one, other, head, Fix("", head.edits)])
    assert text == "# %%\nimport a\nxc\n"
    assert done == [one, head, head]


MOVED = [
    # (before, after): a line moves where it finds what it reads, and stays where it would not
    ("print(x)\n# %%\nx = 1  # so", "x = 1  # so\nprint(x)\n# %%\n"),
    ("import math\nprint(x)\n# %%\ny = 2\nx = math.pi", "import math\nx = math.pi\nprint(x)\n# %%\ny = 2\n"),
    ("print(f(1))\n# %%\ndef f(a):\n    return a", "def f(a):\n    return a\nprint(f(1))\n# %%\n"),
    ("print(x)\n# %%\ny = 2\nx = y", None),
    ("print(x)\n# %%\ny = 2; x = 3", None),
    ("a = 1; print(x)\n# %%\nx = 3", None),
    ("rows = [1]\nprint(row)", "rows = [1]\nprint(rows)"),
]


@pytest.mark.parametrize(("before", "after"), MOVED)
@pytest.mark.parametrize("kind", ["py", "ipynb"])
def test_hidden_state_is_fixed_by_moving_or_renaming(before: str, after: str | None, kind: str) -> None:
    def text(body: str) -> str:
        cells = body.split("\n# %%\n")
        shown = "# %%\n" + body if body.endswith("\n") or kind == "ipynb" else f"# %%\n{body}\n"
        return notebook([(cell, []) for cell in cells]) if kind == "ipynb" else shown

    name = f"a.{kind}"
    found = fixing.fix(text(before).encode(), name, unsafe=True)
    expected = before if after is None else after
    sources = [cell.source.rstrip("\n") for cell in read_text(found.after, name).cells]
    assert sources == [cell.rstrip("\n") for cell in expected.split("\n# %%\n")]
    assert bool(found.applied) == (after is not None)
    untouched = fixing.fix(text(before).encode(), name)
    assert untouched.before == untouched.after


def test_the_copy_of_a_source_that_deepnote_keeps() -> None:
    cells = [("x = 1\ny = 2", []), ("z = 3", [])]
    document = json.loads(notebook(cells))
    document["cells"][0]["metadata"] |= {"deepnote_source": "x = 1\ny = 2"}
    document["cells"][1]["metadata"] |= {"deepnote_source": "SELECT 3"}
    text = json.dumps(document, indent=1)
    edits = tuple(Edit(number, Span(1, 5, 1, 6), "9") for number in (1, 2))
    after, _ = fixed_text(text, read_text(text, "a.ipynb"), [Fix("nine", edits)])
    document["cells"][0] |= {"source": ["x = 9\n", "y = 2"]}
    document["cells"][0]["metadata"]["deepnote_source"] = "x = 9\ny = 2"
    document["cells"][1]["source"] = ["z = 9"]
    assert after == json.dumps(document, indent=1)
