"""Reports point at the right place and cannot be misused by what a notebook holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.model import Action, Cell, Change, Edit, Finding, Fix, Notebook, Plan, Problem, Related, Severity, Span
from nbexport.report import plans
from nbexport.report.findings import FORMATS, Results, concise, errors, full, summary


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
    assert "help: " in text
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
    assert shown[11:13] == ["  |", "help: move the line that binds `日本` above this one"]


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
    assert summary([]) == "All checks passed!"


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
    assert plans.done(plan, notebook="a.ipynb", level=1).splitlines()[-3:] == [
        "  cd 'my project'",
        "  python -m pip install -r requirements.txt",
        "  python train.py",
    ]
