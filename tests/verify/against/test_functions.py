"""Functions that people wrote by hand: equal, or different with the cause, and how they were called is said."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest
from verify.against.other_code import predicted, work

from nbexport.errors import NbexportError
from nbexport.report import against as report
from nbexport.verify.against import named
from nbexport.verify.against.sides import NotebookSide, Subject
from nbexport.verify.limits import LimitError, Limits


def test_the_notebook_gives_its_examples_and_rows_of_its_data(side: NotebookSide) -> None:
    assert [request.row for request in side.requests] == [False] * 2 + [True] * 20
    assert side.requests[0].arguments == {"age": 30.5, "income": 5100.0, "kids": 2.0}
    # rows of `X_test`, not of a column that happens to hold numbers
    assert len({tuple(request.arguments.values()) for request in side.requests}) == 22
    assert all(request.arguments["income"] > 100 or request.row for request in side.requests)
    assert set(side.requests[0].transformed) == {"scaler"}
    assert abs(side.requests[0].transformed["scaler"]["age"]) < 1
    assert set(side.metrics) == {"mse", "bias"}


@pytest.mark.parametrize(
    ("function", "called", "found"),
    [
        ("score", "called with keyword arguments", ""),
        ("awaited", "called with keyword arguments", ""),
        ("service.score", "called with keyword arguments", ""),
        ("of_row", "called with one dict per request", ""),
        ("of_person", "called with one `Person` per request", "its answer is what it has in `prediction`"),
        ("of_people", "called with a list of one dict", "its answer is what it has in `0.out.y`"),
        ("of_array", "called with an array of one row", "the only entry of what it returns"),
        ("of_frame", "called with a DataFrame of one row", "its answer is what it has in `y.0`"),
        ("as_tensor", "called with keyword arguments", "the only entry of what it returns"),
    ],
)
def test_a_correct_conversion_is_equal_however_it_is_called(
    folder: Path, side: NotebookSide, function: str, called: str, found: str
) -> None:
    verdict = predicted(folder, side, function)
    assert verdict.differences == verdict.unrepeated == verdict.notebook_unrepeated == verdict.causes == ()
    assert verdict.equal
    assert (verdict.examples, verdict.rows, verdict.compared) == (2, 20, 22)
    assert called in verdict.notes[0]
    assert found in " ".join(verdict.notes)
    assert "are equal (within 1e-06): compared 0 metrics, 0 named values, 22 predictions (2 examples and 20 rows" in (
        report.lines(verdict)
    )


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        ("unscaled", "when the inputs go through the notebook's `scaler` first: it does not apply `scaler`"),
        ("swapped", "when `age` and `kids` are swapped: it takes them in another order"),
        ("rounded", "its figures are the notebook's, rounded to 2 digits"),
    ],
)
def test_a_mistake_is_different_and_its_cause_is_shown(
    folder: Path, side: NotebookSide, function: str, cause: str
) -> None:
    verdict = predicted(folder, side, function)
    assert not verdict.equal
    assert verdict.differing >= 21
    assert [text for text in verdict.causes if cause in text] == list(verdict.causes)
    assert len(verdict.causes) == 1
    first = verdict.differences[0]
    assert first.name == "predict(age=30.5, income=5100.0, kids=2.0)"
    assert float(first.notebook) == side.requests[0].answer["result"]
    assert first.notebook != first.project
    text = report.lines(verdict)
    assert text.count("prediction `predict(") == report.MOST_SHOWN
    assert (
        f"are different: compared 0 metrics, 0 named values, 22 predictions (2 examples and 20 rows of the notebook's data); {verdict.differing} of 22 differ"
        in text
    )


def test_single_precision_is_equal_within_the_usual_tolerance_and_named_beyond(
    folder: Path, side: NotebookSide
) -> None:
    assert predicted(folder, side, "single").equal
    (folder / "scratch").rename(folder / "used")
    verdict = predicted(folder, side, "single", tolerance=1e-12)
    assert not verdict.equal
    assert verdict.causes == ("its figures are the notebook's in single precision (float32)",)


def test_a_dropped_seed_is_named_with_the_notebooks(folder: Path, side: NotebookSide) -> None:
    verdict = predicted(folder, side, "unseeded")
    assert not verdict.equal
    assert len(verdict.unrepeated) >= 22
    (cause,) = verdict.causes
    assert "random numbers that nothing seeds" in cause
    assert cause.endswith("the notebook has `np.random.default_rng(seed)` in cell 2")
    assert "no comparison with it can be believed" in report.lines(verdict)


def test_what_hangs_on_the_hash_of_a_text_is_named(folder: Path, side: NotebookSide) -> None:
    verdict = predicted(folder, side, "hashed")
    assert "PYTHONHASHSEED" in verdict.causes[0]


def test_a_request_that_fails_is_a_difference(folder: Path, side: NotebookSide) -> None:
    verdict = predicted(folder, side, "raises_for_some")
    assert verdict.differing == 1
    (difference,) = verdict.differences
    assert difference.name == "predict(age=40.0, income=3000.0, kids=1.0)"
    assert difference.project.startswith("AssertionError: too old (at scoring.py:")


@pytest.mark.parametrize(
    ("function", "what", "why"),
    [
        ("raises", "fails on every request", "ValueError: no such customer (at scoring.py:"),
        ("leaves", "fails on every request", "SystemExit: 3 (at scoring.py:"),
        (
            "other_names",
            "cannot be called as the notebook calls `predict`",
            "it takes (years, money, children), the notebook's `predict` takes (age, income, kids)",
        ),
        ("two_numbers", "where the answer of", "`y`, `latency_ms` could each be it"),
    ],
)
def test_what_cannot_be_compared_is_an_error(
    folder: Path, side: NotebookSide, function: str, what: str, why: str
) -> None:
    with pytest.raises(NbexportError) as error:
        predicted(folder, side, function)
    assert what in error.value.what
    assert why in error.value.why
    assert error.value.fix


def test_the_call_and_the_answer_can_be_told(folder: Path, side: NotebookSide) -> None:
    verdict = predicted(folder, side, "other_names", call="positional")
    assert verdict.equal
    assert verdict.notes == ("called with the same arguments by position",)
    (folder / "scratch").rename(folder / "used")
    verdict = predicted(folder, side, "two_numbers", answer_fields=("y",))
    assert verdict.equal
    (folder / "scratch").rename(folder / "used again")
    with pytest.raises(NbexportError, match=r"no answer of .* has `z`"):
        predicted(folder, side, "two_numbers", answer_fields=("z",))


def test_a_function_that_hangs_is_ended(folder: Path, side: NotebookSide) -> None:
    (folder / "scoring.py").write_text("import time\n\n\ndef score(age, income, kids):\n    time.sleep(1000)\n")
    with pytest.raises(LimitError, match=r"scoring\.py:score` had run for .* and was ended"):
        predicted(folder, side, "score", limits=Limits(time_s=2))


def test_another_interpreter_runs_it(folder: Path, side: NotebookSide) -> None:
    venv.create(folder / "own", with_pip=False, symlinks=True)
    (folder / "scoring.py").write_text(
        "import sys\n\n\ndef score(age, income, kids):\n    return {'result': sys.prefix, 'numpy': 'numpy' in sys.modules}\n"
    )
    own = str(folder / "own" / "bin" / "python")
    verdict = predicted(folder, side, "score", python=own)
    assert (
        verdict.differences[0].project == f"'{folder / 'own'}'" or str(folder / "own") in verdict.differences[0].project
    )
    (folder / "scratch").rename(folder / "used")
    with pytest.raises(NbexportError, match="there is no interpreter"):
        predicted(folder, side, "score", python=str(folder / "none"))
    old = folder / "old"
    old.write_text("#!/bin/sh\necho '[3, 8]'\n")
    old.chmod(0o755)
    (folder / "scratch").rename(folder / "used again")
    with pytest.raises(NbexportError, match=r"is Python 3\.8"):
        predicted(folder, side, "score", python=str(old))


# --------------------------------------------------------------------------- metrics and values


def test_metrics_of_a_function_are_compared_exactly(folder: Path, side: NotebookSide) -> None:
    verdict = named.compare(work(folder, side, f"{folder / 'scoring.py'}:metrics"), None)
    assert verdict.metrics == ("mse", "bias")
    assert verdict.equal
    assert "equal (exactly): compared 2 metrics, 0 named values, 0 predictions" in report.lines(verdict)


def test_values_are_compared_by_their_entries_whatever_holds_them(folder: Path, side: NotebookSide) -> None:
    verdict = named.compare(work(folder, side, f"{folder / 'scoring.py'}:values"), Subject.VALUES)
    assert verdict.values == ("X_test", "seed", "weights")
    assert {difference.name for difference in verdict.differences} == {"weights[0]", "weights[1]", "weights[2]"}
    assert verdict.differing == 1
    assert verdict.left_out == ("`unknown`: the notebook has no such variable",)
    assert "`X_test` is float64 array of shape (50, 3) in the notebook and list there" in verdict.notes


def test_a_script_is_run_in_a_copy_and_its_last_line_is_read(folder: Path, side: NotebookSide) -> None:
    before = {path.name: path.read_bytes() for path in folder.glob("*.py")}
    # a link to itself, as some data folders have
    (folder / "data").symlink_to(folder)
    verdict = named.compare(work(folder, side, str(folder / "scoring.py")), Subject.METRICS)
    assert verdict.equal
    assert verdict.metrics == ("mse", "bias")
    assert verdict.notes == ("metrics read from its last line", "its metrics are those in `test`")
    assert {path.name: path.read_bytes() for path in folder.glob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("code", "options", "expected"),
    [
        ('import pathlib; pathlib.Path("metrics.json").write_text(\'{"mse": 1, "bias": 0.5}\')', {}, "metrics.json"),
        (
            'import os, sys; os.mkdir("out"); open(f"out/{sys.argv[1]}", "w").write(\'{"mse": 1}\')',
            {"metrics_file": "out/m.json"},
            "out/m.json",
        ),
    ],
)
def test_a_file_of_metrics_is_read(
    folder: Path, side: NotebookSide, code: str, options: dict[str, str], expected: str
) -> None:
    (folder / "job.py").write_text(f"{code}\nprint('done')\n")
    verdict = named.compare(work(folder, side, f"{folder / 'job.py'} m.json", **options), Subject.METRICS)
    assert not verdict.equal
    assert "mse" in verdict.metrics
    assert f"metrics read from `{expected}`" in verdict.notes[0]
    assert verdict.differences[0].project == "1.0"


@pytest.mark.parametrize(
    ("code", "what", "why"),
    [
        ("print('done')", "shows no metrics", "its last line is not a JSON object: `done`"),
        ("print('{}')", "shows no metrics", "its last line is not a JSON object"),
        ("import nothing_like_it", "fails", "ModuleNotFoundError"),
        ("print('{\"f1\": 1}')", "share no metric", "the notebook has `mse`, `bias`; the other code has `f1`"),
    ],
)
def test_a_script_without_metrics_is_never_equal(
    folder: Path, side: NotebookSide, code: str, what: str, why: str
) -> None:
    (folder / "job.py").write_text(f"{code}\n")
    with pytest.raises(NbexportError) as error:
        named.compare(work(folder, side, str(folder / "job.py")), Subject.METRICS)
    assert what in error.value.what
    assert why in error.value.why


def test_the_interpreter_is_this_one_by_default(folder: Path, side: NotebookSide) -> None:
    assert predicted(folder, side, "score").python == sys.executable
