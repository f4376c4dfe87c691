"""Edits of a project come back into the cells that they belong into, and none is lost."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import fuzzing
import pytest

from nbexport import api
from nbexport.errors import NbexportError
from nbexport.lift import style
from nbexport.plan import Action, ExportRequest, Plan
from nbexport.pull.model import Pulled
from nbexport.pull.pulling import pull
from nbexport.shell.cli import main

CELLS: list[tuple[list[str], str]] = [
    ([], "import math"),
    (["parameters"], "rate = 0.5  # step size\nrounds = 11  # how often"),
    (["define"], "def scaled(value, factor=21):\n    # grows\n    grown = value * factor\n    return grown + 22"),
    (["define"], "LIMIT = 31\n\n\ndef clipped(value):\n    return min(value, LIMIT)"),
    (["data"], "rows = [41.0, 42.0, 43.0]\nlabels = [44, 45, 46]"),
    ([], "print(len(rows), 'rows')"),
    (["features"], "wide = [scaled(row, factor=51) for row in rows]\nshort = [clipped(row) for row in wide]"),
    (["train"], "weight = 61.0\nfor turn in range(rounds):\n    weight += rate * 62\nbias = math.sqrt(weight) + 63"),
    ([], "weight > 60"),
    (["evaluate"], "metrics = {'weight': weight + 71, 'bias': bias}\nassert metrics['weight'] > 7.5"),
    (
        ["predict"],
        "def predict(row: float) -> float:\n    moved = row + 81\n    return moved * weight + bias\n\n\npredict(82.0)",
    ),
]
"""A notebook of plain Python; each number in it occurs once."""


def ipynb(cells: Sequence[tuple[list[str], str]]) -> dict[str, Any]:
    """The cells as a notebook with outputs, which a pull must leave alone."""
    made = [
        {
            "cell_type": "code",
            "execution_count": number,
            "id": f"cell-{number}",
            "metadata": {"tags": tags} if tags else {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": [f"out {number}\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for number, (tags, source) in enumerate(cells, start=1)
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def dumped(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def export(notebook: Path, out: Path) -> Plan:
    """The export, carried out."""
    plan = api.plan(ExportRequest(notebook, out, 1))
    assert isinstance(plan, Plan), [finding.problem.message for finding in plan.against]
    api.apply(plan)
    return plan


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook `work.ipynb` with its project `work`, to be copied."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "work.ipynb").write_text(dumped(ipynb(CELLS)), encoding="utf-8")
    export(folder / "work.ipynb", folder / "work")
    return folder


@pytest.fixture
def work(exported: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(exported, tmp_path / "copy"))


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text)
    path.write_text(text.replace(old, new), encoding="utf-8")


def pulled_into(work: Path) -> Pulled:
    """The pull, written into the notebook."""
    pulled = pull(work / "work.ipynb", work / "work")
    (work / "work.ipynb").write_bytes(pulled.content)
    return pulled


def sources(work: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads((work / "work.ipynb").read_text("utf-8"))["cells"]]


def round_trip(work: Path) -> dict[str, str]:
    """What another export does to the files of the project that are not nbexport's own; without those it leaves."""
    plan = export(work / "work.ipynb", work / "work")
    changed = [one for one in plan.changes if one.action is not Action.SAME and "nbexport" not in one.path]
    return {one.path: one.action.value for one in changed}


EDITS = {
    "a value in a stage": ("model.py", "weight = 61.0", "weight = 64.0", 7),
    "a line in a loop": ("model.py", "rate * 62", "rate * 62 + turn", 7),
    "a comment": ("model.py", "    bias = math", "    # why not\n    bias = math", 7),
    "a quoted line": ("model.py", '"weight": weight + 71', '"weight": weight + 72', 9),
    "a call that is handed more": ("model.py", "factor=51", "factor=52", 6),
    "a new statement": ("model.py", "    return rows\n", "    rows = rows[:2]\n    return rows\n", 4),
    "a removed statement": ("model.py", "        weight += rate * 62\n", "        weight += rate\n", 7),
    "the body of a function": ("definitions.py", "grown + 22", "grown + 23", 2),
    "a constant": ("definitions.py", "LIMIT = 31", "LIMIT = 32", 3),
    "a function that reads a stage's value": ("definitions.py", "row + 81", "row + 80 + 1", 10),
    "a new function": ("definitions.py", "def clipped", "def halved(value):\n    return value / 2\n\n\ndef clipped", 3),
    "the default of an option": ("train.py", "default=11", "default=12", 1),
    "the threshold of a gate": ("train.py", "default=7.5", "default=7.25", 9),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_goes_into_its_cell_and_the_next_export_changes_nothing(work: Path, name: str) -> None:
    file, old, new, cell = EDITS[name]
    before, document = sources(work), json.loads((work / "work.ipynb").read_text("utf-8"))
    replaced(work / "work" / file, old, new)
    pulled = pulled_into(work)
    assert (pulled.conflicts, pulled.homeless, pulled.notes) == ((), (), ())
    assert {edit.cell for edit in pulled.edits} == {cell + 1}
    assert {edit.file for edit in pulled.edits} == {file}
    after = sources(work)
    assert [number for number in range(len(before)) if before[number] != after[number]] == [cell]
    # nothing but this source has changed: no id, no output, no count
    now = json.loads((work / "work.ipynb").read_text("utf-8"))
    document["cells"][cell]["source"] = now["cells"][cell]["source"]
    assert dumped(document) == (work / "work.ipynb").read_text("utf-8")
    # the options of the README follow a default
    assert set(round_trip(work)) <= ({"README.md"} if file == "train.py" else set())
    again = pull(work / "work.ipynb", work / "work")
    assert (again.edits, again.conflicts, again.homeless) == ((), (), ())


def test_untouched_lines_of_a_cell_keep_their_own_quotes_and_spaces(work: Path) -> None:
    replaced(work / "work" / "model.py", '"bias": bias}', '"bias": bias, "extra": 1}')
    pulled_into(work)
    assert sources(work)[9].startswith("metrics = {'weight': weight + 71, 'bias': bias, ")
    assert round_trip(work) == {}


def test_a_statement_is_found_in_a_cell_that_was_moved_split_and_renamed(work: Path) -> None:
    path = work / "work.ipynb"
    document = json.loads(path.read_text("utf-8"))
    cells = document["cells"]
    # the helpers change places, the training is split, and no cell keeps its id
    cells[2], cells[3] = cells[3], cells[2]
    tail = json.loads(json.dumps(cells[7]))
    cells[7]["source"], tail["source"] = cells[7]["source"][:1], cells[7]["source"][1:]
    cells.insert(8, tail)
    for cell in cells:
        del cell["id"]
    document["nbformat_minor"] = 4
    path.write_text(dumped(document), encoding="utf-8")
    replaced(work / "work" / "definitions.py", "grown + 22", "grown + 23")
    replaced(work / "work" / "model.py", "weight) + 63", "weight) + 64")
    pulled = pulled_into(work)
    assert (pulled.conflicts, pulled.homeless) == ((), ())
    assert [edit.cell for edit in pulled.edits] == [9, 4]
    assert "grown + 23" in sources(work)[3]
    assert "weight) + 64" in sources(work)[8]
    assert '"id"' not in path.read_text("utf-8")


def test_both_sides_are_merged_where_they_changed_different_lines(work: Path) -> None:
    replaced(work / "work.ipynb", "value, factor=21", "value, factor=24")
    replaced(work / "work" / "definitions.py", "grown + 22", "grown + 23")
    pulled = pulled_into(work)
    assert pulled.conflicts == ()
    assert "factor=24" in sources(work)[2]
    assert "grown + 23" in sources(work)[2]
    export(work / "work.ipynb", work / "work")
    text = (work / "work" / "definitions.py").read_text()
    assert "factor=24" in text
    assert "grown + 23" in text


def test_a_conflict_names_cell_and_file_and_writes_nothing(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replaced(work / "work.ipynb", "grown + 22", "grown + 24")
    replaced(work / "work" / "definitions.py", "grown + 22", "grown + 23")
    replaced(work / "work" / "model.py", "weight = 61.0", "weight = 64.0")
    before = (work / "work.ipynb").read_bytes()
    assert main(["pull", str(work / "work.ipynb"), "--apply"]) == 3
    assert (work / "work.ipynb").read_bytes() == before
    shown = capsys.readouterr()
    assert re.search(
        r"^conflict  `definitions.py:\d+` and cell 3: project and cell have changed it$", shown.out, re.MULTILINE
    )
    assert "-    return grown + 23" in shown.out
    assert "+    return grown + 24" in shown.out
    assert "nothing was written" in shown.err


def test_what_the_notebook_has_too_is_no_edit(work: Path) -> None:
    replaced(work / "work.ipynb", "grown + 22", "grown + 23")
    replaced(work / "work" / "definitions.py", "grown + 22", "grown + 23")
    pulled = pull(work / "work.ipynb", work / "work")
    assert (pulled.edits, pulled.conflicts, pulled.homeless) == ((), (), ())


def test_a_statement_that_the_notebook_has_lost_is_a_conflict(work: Path) -> None:
    document = json.loads((work / "work.ipynb").read_text("utf-8"))
    document["cells"][6]["source"] = ["wide = list(rows)\n", "short = wide"]
    del document["cells"][2:4]
    (work / "work.ipynb").write_text(dumped(document), encoding="utf-8")
    replaced(work / "work" / "definitions.py", "grown + 22", "grown + 23")
    (conflict,) = pull(work / "work.ipynb", work / "work").conflicts
    assert (conflict.cell, conflict.reason) == (0, "the notebook no longer has this statement")
    assert "grown + 23" in conflict.yours


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("model.py", "import math\n", "import math\nimport statistics\n"),
        ("model.py", "def train_model(*", "def train_model(extra=None, *"),
        ("train.py", "folder of the bundle", "where it goes"),
        ("Makefile", "\ntest:", "\nmine:\n\techo mine\n\ntest:"),
        ("model.py", "\ndef load_model", "\ndef mine():\n    return 1\n\n\ndef load_model"),
    ],
    ids=["import", "signature", "help", "makefile", "function"],
)
def test_what_no_cell_holds_is_listed_and_stays(work: Path, file: str, old: str, new: str) -> None:
    replaced(work / "work" / file, old, new)
    pulled = pulled_into(work)
    assert (pulled.edits, pulled.conflicts) == ((), ())
    assert {one.file for one in pulled.homeless} == {file}
    assert all(one.line > 0 for one in pulled.homeless)
    added = [line for line in new.splitlines() if line.strip() and line not in old]
    assert all(any(line in one.yours for one in pulled.homeless) for line in added)
    assert round_trip(work) == {}
    assert new in (work / "work" / file).read_text()


def test_a_new_module_an_edited_runtime_and_a_removed_file_are_listed(work: Path) -> None:
    out = work / "work"
    (out / "mine.py").write_text("x = 1\n")
    runtime = out / "nbexport_runtime" / "__init__.py"
    runtime.write_text(runtime.read_text() + "\nx = 1\n")
    (out / "Makefile").unlink()
    listed = {one.file: one.reason for one in pull(work / "work.ipynb", out).homeless}
    assert set(listed) == {"mine.py", "nbexport_runtime/__init__.py", "Makefile"}
    assert "runtime" in listed["nbexport_runtime/__init__.py"]


def test_an_edit_that_would_prevent_an_export_is_listed(work: Path) -> None:
    # with this name the notebook could not be exported
    replaced(work / "work" / "model.py", "weight = 61.0", "weight = 61.0 * missing_name")
    pulled = pull(work / "work.ipynb", work / "work")
    assert pulled.edits == ()
    assert pulled.before == pulled.after
    assert any("missing_name" in one.yours for one in pulled.homeless)


def test_an_edit_beside_what_the_lift_has_added_goes_into_the_cell_without_that(work: Path) -> None:
    replaced(work / "work" / "definitions.py", "row: float, *, bias", "row: float, more: float = 91.0, *, bias")
    pulled = pulled_into(work)
    assert (pulled.conflicts, pulled.homeless) == ((), ())
    assert "def predict(row: float, more: float = 91.0) -> float:" in sources(work)[10]
    # the signature in `model.py` follows
    assert set(round_trip(work)) >= {"model.py"}
    assert "definitions.py" not in round_trip(work)


def test_edits_that_need_each_other_are_taken_over_together(work: Path) -> None:
    replaced(
        work / "work" / "definitions.py", "def clipped", "def halved(value):\n    return value / 2\n\n\ndef clipped"
    )
    replaced(work / "work" / "definitions.py", "grown + 22", "halved(grown) + 22")
    replaced(work / "work" / "model.py", "weight = 61.0", "weight = 61.0 * missing_name")
    pulled = pulled_into(work)
    assert len(pulled.edits) == 2
    assert [one.line > 0 for one in pulled.homeless] == [True]


def test_an_unformatted_edit_is_taken_over_and_said(work: Path) -> None:
    replaced(work / "work" / "model.py", "weight = 61.0", "weight=64.0")
    pulled = pulled_into(work)
    assert "weight = 64.0" in sources(work)[7]
    assert "is not formatted" in pulled.notes[0]
    # the next export formats it, and is in no conflict
    assert round_trip(work) == {"model.py": "merge"}
    assert "weight = 64.0" in (work / "work" / "model.py").read_text()


def test_an_edit_that_ruff_objects_to_is_excused_as_the_lift_would(work: Path) -> None:
    replaced(work / "work" / "model.py", "weight = 61.0", "unused = 1\n    weight = 61.0")
    pulled_into(work)
    assert sources(work)[7].startswith("unused = 1\nweight = 61.0\n")
    assert round_trip(work) == {"model.py": "merge"}
    assert "unused = 1  # noqa: F841" in (work / "work" / "model.py").read_text()


FORMATS = {
    "percent.py": lambda tags, source: f"# %% {f'tags={json.dumps(tags)}' if tags else ''}\n{source}\n\n",
    "marked.md": lambda tags, source: (
        f"```{{code-cell}} python\n:tags: {json.dumps(tags)}\n\n{source}\n```\n\nText.\n\n"
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_scripts_and_markdown_change_in_these_lines_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    front = "---\nkernelspec:\n  name: python3\n---\n\n" if name.endswith(".md") else ""
    path.write_text(front + "".join(FORMATS[name](tags, source) for tags, source in CELLS), encoding="utf-8")
    out = path.with_suffix("")
    export(path, out)
    before = path.read_text("utf-8").splitlines()
    replaced(out / "definitions.py", "grown + 22", "grown + 23")
    replaced(out / "model.py", "    weight = 61.0", "    # start\n    weight = 64.0")
    pulled = pull(path, out)
    assert (pulled.conflicts, pulled.homeless) == ((), ())
    path.write_bytes(pulled.content)
    after = path.read_text("utf-8").splitlines()
    assert Counter(after) - Counter(before) == Counter(["    return grown + 23", "# start", "weight = 64.0"])
    assert Counter(before) - Counter(after) == Counter(["    return grown + 22", "weight = 61.0"])
    plan = export(path, out)
    assert not [one.path for one in plan.changes if one.action is not Action.SAME and "nbexport" not in one.path]


def test_the_command_shows_a_diff_and_writes_when_asked(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = work / "work.ipynb"
    replaced(work / "work" / "model.py", "weight = 61.0", "weight = 64.0")
    before = notebook.read_bytes()
    assert main(["pull", str(work / "work")]) == 0
    shown = capsys.readouterr()
    assert '-    "weight = 61.0\\n",' in shown.out
    assert '+    "weight = 64.0\\n",' in shown.out
    assert re.search(r"^cell 8:1 takes over `model.py:\d+`$", shown.out, re.MULTILINE)
    assert "--apply" in shown.err
    assert notebook.read_bytes() == before
    assert main(["pull", str(notebook), "--output-format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["written"] is False
    assert [(edit["file"], edit["cell"]) for edit in answer["edits"]] == [("model.py", 8)]
    assert main(["pull", str(notebook), "-o", str(work / "work"), "--apply"]) == 0
    assert "nbexport sync" in capsys.readouterr().err
    assert b"weight = 64.0" in notebook.read_bytes()
    assert main(["pull", str(notebook)]) == 0
    assert "no edits" in capsys.readouterr().out


def test_wrong_sides_are_clear_errors(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, notebook = work / "work", work / "work.ipynb"

    def error(*words: Path | str) -> str:
        assert main(["pull", *map(str, words)]) == 2
        return capsys.readouterr().err

    (out / "model.py").write_text("def broken(:\n")
    assert "is not Python in line 1" in error(notebook)
    notebook.rename(work / "other.ipynb")
    assert "lies neither beside the project nor in it" in error(out)
    assert "was exported from `work.ipynb`" in error(work / "other.ipynb", "-o", out)
    assert "not an exported project" in error(work / "other.ipynb")
    (work / "other.ipynb").rename(notebook)
    (out / ".nbexport" / "base.json").unlink()
    assert "base.json` is missing" in error(notebook)
    (out / ".nbexport" / "base.json").parent.mkdir(exist_ok=True)
    replaced(notebook, "weight = 61.0", "weight = lost")
    with pytest.raises(NbexportError, match="cannot be exported as it is"):
        pull(notebook, out)


def test_a_project_of_several_notebooks_is_not_pulled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, last = tmp_path / "prepare.py", tmp_path / "learn.py"
    first.write_text('# %% tags=["data"]\nopen("a.txt", "w").write("1\\n2\\n")\n', encoding="utf-8")
    last.write_text(
        '# %% tags=["data"]\nrows = [float(line) for line in open("a.txt")]\n'
        '# %% tags=["train", "evaluate"]\nmetrics = {"sum": sum(rows)}\n',
        encoding="utf-8",
    )
    assert main([str(first), str(last), "-o", str(tmp_path / "out")]) == 0
    before = last.read_bytes()
    replaced(tmp_path / "out" / "model.py", "sum(rows)", "sum(rows) + 1")
    for words in (["pull", str(last), "-o", str(tmp_path / "out")], ["pull", str(tmp_path / "out")]):
        assert main(words) == 2
        assert "was exported from several notebooks (`prepare.py`, `learn.py`)" in capsys.readouterr().err
    assert last.read_bytes() == before


# --------------------------------------------------------------------------- nothing is lost


class Edits:
    """Edits of one round on both sides, each with a number that occurs nowhere else."""

    def __init__(self, work: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.out = work / "work"
        self.path = work / "work.ipynb"
        self.document = json.loads(self.path.read_text("utf-8"))
        self.project: list[str] = []
        self.notebook: list[str] = []
        self.removed: list[str] = []
        self.next = 1000

    def mark(self, marks: list[str]) -> str:
        self.next += 1
        marks.append(str(self.next))
        return str(self.next)

    def run(self) -> None:
        ours = [
            self.number,
            self.statement,
            self.comment,
            self.function,
            self.default,
            self.line,
            self.file,
            self.removal,
        ]
        theirs = [self.cell_number, self.cell_line, self.move, self.split, self.rename, self.exploration]
        for what in self.chance.choices([*ours, *theirs], k=self.chance.randrange(1, 7)):
            what()
        self.path.write_text(dumped(self.document), encoding="utf-8")

    # the project's side

    def edit(self, file: str, edit: Callable[[list[str]], None]) -> None:
        place = self.out / file
        lines = place.read_text().split("\n")
        edit(lines)
        place.write_text("\n".join(lines))

    def lifted_line(self, lines: list[str]) -> int | None:
        """A line of a lifted statement that holds a number of its own."""
        rows = [
            row for row, line in enumerate(lines) if re.search(r"\b[2-8][1-6](\.0)?\b", line) and "cell" not in line
        ]
        return self.chance.choice(rows) if rows else None

    def number(self) -> None:
        def change(lines: list[str]) -> None:
            row = self.lifted_line(lines)
            if row is not None:
                lines[row] = re.sub(r"\b[2-8][1-6](\.0)?\b", lambda _: self.mark(self.project), lines[row], count=1)

        self.edit(self.chance.choice(["model.py", "definitions.py"]), change)

    def statement(self) -> None:
        def add(lines: list[str]) -> None:
            row = self.lifted_line(lines)
            if row is not None and "def " not in lines[row]:
                indent = re.match(" *", lines[row])[0]
                lines.insert(row, f"{indent}extra = {self.mark(self.project)}")

        self.edit(self.chance.choice(["model.py", "definitions.py"]), add)

    def comment(self) -> None:
        def add(lines: list[str]) -> None:
            row = self.lifted_line(lines)
            if row is not None:
                lines[row] += f"  # mine {self.mark(self.project)}"

        self.edit(self.chance.choice(["model.py", "definitions.py"]), add)

    def function(self) -> None:
        def add(lines: list[str]) -> None:
            row = lines.index("def predict(row: float, *, bias, weight) -> float:")
            number = self.mark(self.project)
            lines[row:row] = [f"def mine_{number}(value):", f"    return value + {number}", "", ""]

        self.edit("definitions.py", add)

    def default(self) -> None:
        def change(lines: list[str]) -> None:
            row = next((row for row, line in enumerate(lines) if "default=11" in line or "default=0.5" in line), None)
            if row is not None:
                lines[row] = re.sub(r"default=(11|0\.5)", f"default={self.mark(self.project)}", lines[row])

        self.edit("train.py", change)

    def line(self) -> None:
        """A generated line: an import, an argument, a target of the Makefile."""
        number = self.mark(self.project)
        file, old, new = self.chance.choice(
            [
                ("model.py", "import math\n", f"import math\nimport re as re_{number}\n"),
                ("model.py", "def load_model(", f"def mine_{number}() -> None:\n    pass\n\n\ndef load_model("),
                ("Makefile", "\ntest:", f"\nmine_{number}:\n\techo\n\ntest:"),
                ("README.md", "\n## ", f"\nNumber {number}.\n\n## "),
            ]
        )
        text = (self.out / file).read_text()
        (self.out / file).write_text(text.replace(old, new, 1))

    def file(self) -> None:
        number = self.mark(self.project)
        (self.out / f"mine_{number}.py").write_text(f"x = {number}\n")

    def removal(self) -> None:
        def remove(lines: list[str]) -> None:
            simple = r"    (?:labels|bias|moved|wide) ?= .*?\b([2-8][1-6])\b"
            rows = [row for row, line in enumerate(lines) if re.match(simple, line)]
            if rows:
                row = self.chance.choice(rows)
                self.removed.append(re.match(simple, lines[row])[1])
                del lines[row]

        self.edit("model.py", remove)

    # the notebook's side

    def cell(self) -> dict[str, Any]:
        return self.chance.choice([cell for cell in self.document["cells"] if cell["metadata"].get("tags")])

    def cell_number(self) -> None:
        cell = self.cell()
        text = "".join(cell["source"])
        new = re.sub(r"\b[2-8][1-6](\.0)?\b", lambda _: self.mark(self.notebook), text, count=1)
        cell["source"] = new.splitlines(keepends=True)

    def cell_line(self) -> None:
        cell = self.cell()
        if "parameters" not in cell["metadata"]["tags"]:
            cell["source"] = [f"# theirs {self.mark(self.notebook)}\n", *cell["source"]]

    def move(self) -> None:
        cells = self.document["cells"]
        cells.insert(2, cells.pop(3))

    def split(self) -> None:
        cells = self.document["cells"]
        place = self.chance.choice([n for n, cell in enumerate(cells) if len(cell["source"]) > 1])
        cut = [n for n, line in enumerate(cells[place]["source"]) if n and not line.startswith((" ", "\n"))]
        if cut and "predict" not in cells[place]["metadata"].get("tags", []):
            tail = json.loads(json.dumps(cells[place]))
            at = self.chance.choice(cut)
            tail["source"] = cells[place]["source"][at:]
            cells[place]["source"] = cells[place]["source"][:at]
            tail["id"] = f"tail-{self.next}-{len(cells)}"
            cells.insert(place + 1, tail)

    def rename(self) -> None:
        cell = self.cell()
        cell["id"] = f"renamed-{self.next}-{self.chance.randrange(10**6)}"

    def exploration(self) -> None:
        cell = ipynb([([], f"print({self.mark(self.notebook)})")])["cells"][0]
        cell["id"] = f"seen-{self.next}"
        self.document["cells"].insert(self.chance.randrange(5, len(self.document["cells"])), cell)


@pytest.fixture
def formatted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask ruff once for each text: most rounds have most texts in common."""
    ruff = style._ruff
    once = cache(lambda words, *rest: ruff(list(words), *rest))
    monkeypatch.setattr(style, "_ruff", lambda words, *rest: once(tuple(words), *rest))


@pytest.mark.fuzz
@pytest.mark.usefixtures("formatted_once")
def test_no_edit_is_lost_on_either_side(
    exported: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Each edit is in the notebook afterwards, in a named conflict, or in the list of what has no cell."""
    tally: Counter[str] = Counter()
    for seed in fuzzing.seeds(25, each=50):
        work = Path(shutil.copytree(exported, tmp_path / str(seed)))
        edits = Edits(work, seed)
        edits.run()
        try:
            pulled = pull(edits.path, edits.out)
        except NbexportError as error:
            # what a person wrote is not Python, or the notebook cannot be exported any more: nothing was touched
            tally["refused"] += 1
            assert "cannot be exported as it is" in str(error) or "is not Python" in str(error), seed  # noqa: PT017
            continue
        conflicts = "\n".join(f"{one.yours}\n{one.theirs}" for one in pulled.conflicts)
        homeless = "\n".join(f"{one.file} {one.yours} {one.base}" for one in pulled.homeless)
        for number in edits.project:
            files = [path for path in edits.out.iterdir() if path.is_file()]
            if number not in "".join(f"{path.name} {path.read_text()}" for path in files):
                continue  # a later edit of this round has replaced it
            place = "notebook" if number in pulled.after else "conflict" if number in conflicts else "no cell"
            assert number in pulled.after + conflicts + homeless, (seed, number, pulled)
            tally[place] += 1
        tally["conflicts"] += len(pulled.conflicts)
        for number in edits.removed:
            gone = not re.search(
                rf"\b{number}\b", "\n".join("".join(c["source"]) for c in json.loads(pulled.after)["cells"])
            )
            assert gone or re.search(rf"\b{number}\b", conflicts + homeless), (seed, number, pulled)
            tally["removed"] += 1
        theirs = dumped(edits.document)
        for number in edits.notebook:
            assert number not in theirs or number in pulled.after, (seed, number)
        # outside of sources the notebook is the same
        bare = [[{**cell, "source": []} for cell in json.loads(text)["cells"]] for text in (pulled.after, theirs)]
        assert bare[0] == bare[1], seed
        if not pulled.conflicts:
            edits.path.write_bytes(pulled.content)
            again = api.plan(ExportRequest(edits.path, edits.out, 1))
            assert isinstance(again, Plan), seed
            if theirs == dumped(ipynb(CELLS)) and not (pulled.homeless or pulled.notes):
                changed = [c.path for c in again.changes if c.action is not Action.SAME and "nbexport" not in c.path]
                assert set(changed) <= {"README.md"}, (seed, changed)
                tally["round trip"] += 1
        shutil.rmtree(work)
    record_property(fuzzing.TALLY, json.dumps(tally))
    assert tally["notebook"] > tally["refused"]
