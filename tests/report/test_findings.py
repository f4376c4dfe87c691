"""Reports point at the right place and cannot be misused by what a notebook holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.model import Cell, Edit, Finding, Fix, Notebook, Problem, Related, Severity, Span
from nbexport.plan import Action, Change, Plan
from nbexport.report import plans
from nbexport.report.findings import FORMATS, Results, concise, errors, full, summary
from nbexport.report.fixes import statistics


def finding(source: str, span: Span, *, severity: Severity = Severity.ERROR, **more: object) -> Results:
    """Results with one finding in one cell."""
    cell = Cell(1, "code", source, code=source)
    problem = Problem("`x` is wrong", "fix `x`", 1, span, **more)  # type: ignore[arg-type]
    return [(Notebook("a.ipynb", (cell,), "ipynb"), [Finding("NBX101", severity, problem)])]


def test_full_shows_the_line_and_marks_the_name(broken: Path) -> None:
    notebook, findings = api.check(broken)
    text = full([(notebook, findings)])
    assert f" --> {broken}:cell 3:2:14" in text
    lines = text.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("2 | print"))
    # each of the two characters is two columns wide
    assert lines[row + 1] == "  | " + " " * 13 + "^^^^"
    assert lines[0].endswith("(error); fix: add the cell that binds `日本`, or remove the read")
    assert text.endswith("Found 2 errors.")


def test_concise_is_one_line_each(broken: Path) -> None:
    notebook, findings = api.check(broken)
    lines = concise([(notebook, findings)]).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{broken}:cell 3:2:14: NBX101 `日本` is bound nowhere")
    assert lines[1].startswith(f"{broken}:cell 3:3:1: NBX101 `lost`")


def test_json_has_the_fields_that_tools_expect(broken: Path) -> None:
    notebook, findings = api.check(broken)
    first, second = json.loads(FORMATS["json"]([(notebook, findings)]))
    assert (first["cell"], first["cell_id"], first["code"], first["name"]) == (3, "third", "NBX101", "undefined-name")
    assert first["location"] == {"row": 2, "column": 14}
    assert first["end_location"] == {"row": 2, "column": 16}
    assert first["severity"] == "error"
    assert broken.read_text().splitlines()[second["file_line"] - 1].strip().startswith('"lost')


def test_json_carries_the_fix() -> None:
    span = Span(1, 1, 1, 2)
    fix = Fix("add a parameter", (Edit(1, span, "epochs"),), safe=False, parameters=("epochs = 10",))
    (row,) = json.loads(FORMATS["json"](finding("x", span, fix=fix)))
    assert row["fix"] == {
        "applicability": "unsafe",
        "message": "add a parameter",
        "edits": [
            {
                "cell": 1,
                "content": "epochs",
                "location": {"row": 1, "column": 1},
                "end_location": {"row": 1, "column": 2},
            }
        ],
        "parameters": ["epochs = 10"],
        "parts": [],
    }


def test_tabs_and_escape_sequences_are_shown_not_obeyed() -> None:
    text = full(finding("\tx = '\x1b[2J\u202e'", Span(1, 2, 1, 3)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    source, carets = text.splitlines()[3:5]
    assert source.index("x = ") == carets.index("^")
    assert carets.count("^") == 1


def test_a_very_long_line_is_cut_around_the_name() -> None:
    source = f"{'a' * 100_000}x{'b' * 100_000}"
    text = full(finding(source, Span(1, 100_001, 1, 100_002)))
    assert len(text) < 1000
    line, carets = text.splitlines()[3:5]
    assert line[carets.index("^")] == "x"


def test_a_place_outside_the_cell_is_no_trouble() -> None:
    assert "NBX101" in full(finding("x", Span(9, 9, 9, 10)))
    assert "NBX101" in full(finding("", Span(1, 1, 1, 1)))


def test_full_shows_the_other_place_too(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %%\ntotal = 1\nprint(total + 日本)\n# %%\n日本 = 2\n", encoding="utf-8")
    shown = full([api.check(path)]).splitlines()
    assert shown[1:11] == [
        f" --> {path}:cell 1:2:15",
        "  |",
        "1 | total = 1",
        "2 | print(total + 日本)",
        "  |               ^^^^",
        "  |",
        f" ::: {path}:cell 2:1:1",
        "  |",
        "1 | 日本 = 2",
        "  | ---- `日本` is bound here",
    ]
    assert shown[0].endswith("(error); fix: move the line that binds `日本` above this one")


def test_one_missing_name_is_one_finding_with_its_places(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    cells = ["open('/srv/rows.csv')", *["print(np)"] * 9, "print(later)", "later = np"]
    path.write_text("".join(f"# %%\n{cell}\n" for cell in cells), encoding="utf-8")
    results = [api.check(path)]
    assert len([found for found in results[0][1] if found.problem.name == "np"]) == 10, "each place can be silenced"
    *lines, found = concise(results).splitlines()
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == ["NBX101", "NBX102", "NBX403"], "errors come first"
    assert lines[0].endswith("also missing in cells 3, 4, 5, 6, 7, 8, 9, 10 and 12")
    assert found == "Found 2 errors and 1 warning."
    places = [line for line in full(results).splitlines() if " ::: " in line]
    assert places[:5] == [f" ::: {path}:cell {cell}:1:7 (missing here too)" for cell in range(3, 8)]
    assert places[5] == " ::: and in cells 8, 9, 10 and 12"
    row = next(row for row in json.loads(FORMATS["json"](results)) if row["subject"] == "np")
    assert [other["cell"] for other in row["related"]] == [3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert row["fix"]["message"] == "add `import numpy as np` to cell 2"
    (result,) = (
        result for result in json.loads(FORMATS["sarif"](results))["runs"][0]["results"] if result["ruleId"] == "NBX101"
    )
    assert len(result["relatedLocations"]) == 9


def test_a_comment_silences_one_place_of_a_missing_name(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %%\nprint(np)  # noqa: NBX101\n# %%\nprint(np)\n", encoding="utf-8")
    line, _ = concise([api.check(path)]).splitlines()
    assert "cell 2:1:7: NBX101" in line
    assert "also missing" not in line


def test_the_gutter_is_as_wide_as_the_widest_row_number() -> None:
    cells = (Cell(1, "code", "x", code="x"), Cell(2, "code", "\n" * 11 + "x = 1", code=""))
    problem = Problem("`x` is wrong", "fix `x`", 1, Span(1, 1, 1, 2), related=(Related(2, Span(12, 1, 12, 2), "here"),))
    notebook = Notebook("a.ipynb", cells, "ipynb")
    assert full([(notebook, [Finding("NBX102", Severity.ERROR, problem)])]).splitlines()[1:10] == [
        "  --> a.ipynb:cell 1:1:1",
        "   |",
        " 1 | x",
        "   | ^",
        "   |",
        "  ::: a.ipynb:cell 2:12:1",
        "   |",
        "12 | x = 1",
        "   | - here",
    ]


@pytest.mark.parametrize(
    ("severity", "said"), [(Severity.WARNING, "Found 1 warning."), (Severity.ADVICE, "Found 1 piece of advice.")]
)
def test_lighter_findings_are_named_as_such(severity: Severity, said: str) -> None:
    results = finding("x", Span(1, 1, 1, 2), severity=severity)
    assert summary(results) == said
    assert f"({severity.value})" in concise(results)
    assert errors(results[0][1]) == ()
    assert len(errors(results[0][1], strict=True)) == (severity is Severity.WARNING)


def test_summary_counts_by_weight() -> None:
    span = Span(1, 1, 1, 2)
    results = [finding("x", span, severity=severity)[0] for severity in [*Severity, Severity.ERROR]]
    assert summary(results) == "Found 2 errors, 1 warning and 1 piece of advice."


def test_nothing_found() -> None:
    assert summary([(Notebook("a.ipynb", (), "ipynb"), ())]) == "All checks passed!"
    assert summary([]) == "Nothing was checked."


PLAN = Plan(
    "my project",
    (
        Change("model.py", Action.UPDATE, b"a\nb\n", b"a\nc\n"),
        Change("old.py", Action.ORPHAN, b"gone\n", None, note="no longer generated; removed"),
        Change("rows.bin", Action.UPDATE, b"\xff\x00", b"\xfe\x00"),
        Change("train.py", Action.CONFLICT, b"mine\n", b"theirs\n", note="edited by hand"),
        Change("requirements.txt", Action.CREATE, None, b"numpy\n"),
    ),
    ("one data file is too large to copy",),
)


def test_a_plan_is_one_line_per_file() -> None:
    lines = plans.lines(PLAN).splitlines()
    assert lines[0] == "update    model.py"
    assert lines[1] == "orphan    old.py  (no longer generated; removed)"
    assert lines[-1] == "note: one data file is too large to copy"


def test_a_diff_shows_both_sides() -> None:
    text = plans.diff(PLAN)
    assert "--- model.py (now)\n+++ model.py (new)\n@@ -1,2 +1,2 @@\n a\n-b\n+c" in text
    assert "+++ /dev/null" in text
    assert "binary file rows.bin differs" in text
    assert plans.conflict_diff(PLAN) == ("--- train.py (yours)\n+++ train.py (nbexport)\n@@ -1 +1 @@\n-mine\n+theirs")
    same = Plan("x", (Change("a", Action.SAME, b"a", b"a"),))
    assert plans.diff(same) == "Nothing would change."


def test_a_diff_names_data_and_leaves_out_the_base() -> None:
    changes = (
        Change("rows.csv", Action.CREATE, None, b"1,2\n" * 100_000),
        Change(".nbexport/base.json", Action.CREATE, None, b"{}\n"),
    )
    assert plans.diff(Plan("x", changes)) == "rows.csv differs and is too long to show (400000 bytes)"


def test_what_to_do_next_can_be_pasted() -> None:
    plan = Plan("my project", (Change("train.py", Action.CREATE, None, b""), *PLAN.changes[4:]))
    assert plans.done(plan, notebooks="`a.ipynb`", level=1).splitlines()[-3:] == [
        "  cd 'my project'",
        "  python -m pip install -r requirements.txt",
        "  python train.py",
    ]


def test_other_languages_are_not_said_to_be_clean() -> None:
    results = [
        (Notebook(f"{name}.ipynb", (), "ipynb", language), ()) for name, language in [("a", "r"), ("b", "julia")]
    ]
    said = "Not checked: `b.ipynb` is a Julia notebook.\nNot checked: `a.ipynb` is an R notebook.\nNothing was checked."
    assert sorted(full(results).split("\n")) == sorted(concise(results).split("\n")) == sorted(said.split("\n"))
    python = (Notebook("c.ipynb", (), "ipynb"), ())
    others = [(Notebook(f"{name}.ipynb", (), "ipynb", "r"), ()) for name in "defg"]
    assert full([results[0], python]).endswith("Found nothing in the Python notebooks.")
    assert "`a.ipynb` is an R notebook, as are 4 others." in full([results[0], *others])
    mixed = [results[0], *finding("x", Span(1, 1, 1, 2))]
    assert full(mixed).endswith("Not checked: `a.ipynb` is an R notebook.\nFound 1 error.")
    assert statistics(results[:1], unsafe=False).endswith("Nothing was checked.")


def test_a_plan_of_a_re_export_lists_what_changes_and_counts_the_rest() -> None:
    same = tuple(Change(name, Action.SAME, b"a", b"a") for name in ("a.py", "b.py", "nbexport_runtime/c.py"))
    kept = Change("train.py", Action.SAME, b"mine", b"mine", note="edited by hand; kept")
    assert plans.lines(Plan("x", (*PLAN.changes[:1], *same, kept))).splitlines() == [
        "update    model.py",
        "same      train.py  (edited by hand; kept)",
        "same      3 files",
    ]


NEXT = {
    "requirements.txt train.py": ["python -m pip install -r requirements.txt", "python train.py"],
    "requirements-serve.txt requirements.txt serve.py train.py": [
        "python -m pip install -r requirements.txt -r requirements-serve.txt",
        "python train.py",
        "python -m uvicorn serve:app",
    ],
    "requirements-pipeline.txt requirements-serve.txt requirements.txt retrain.py serve.py train.py": [
        "python -m pip install -r requirements-pipeline.txt",
        "python retrain.py",
        "python -m uvicorn serve:app",
    ],
}


@pytest.mark.parametrize("files", NEXT, ids=["level-1", "level-2", "level-3"])
def test_what_to_do_next_is_what_the_level_needs(files: str) -> None:
    names = files.split()
    plan = Plan("-x", tuple(Change(name, Action.CREATE, None, b"") for name in names))
    assert plans.done(plan, notebooks="`a.ipynb`", level=1).splitlines()[2:] == [
        "  cd ./-x",
        *(f"  {one}" for one in NEXT[files]),
    ]
    # what is installed already is not installed again
    again = Plan("x", tuple(Change(n, Action.SAME if "requ" in n else Action.UPDATE, b"a", b"b") for n in names))
    steps = plans.done(again, notebooks="`a.ipynb`", level=1, python="python3").splitlines()[3:]
    assert steps == [f"  {one}".replace("python ", "python3 ") for one in NEXT[files][1:]]
