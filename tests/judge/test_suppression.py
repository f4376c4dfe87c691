"""Comments and metadata silence what they name where they stand, and say so when there is nothing to silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport import api
from nbexport.judge import fixing
from nbexport.model import Notebook


def found(text: str, tmp_path: Path, *, level: int | None = None) -> list[tuple[str, int, int]]:
    """(code, cell, row) of each finding in a percent notebook."""
    path = tmp_path / "a.py"
    path.write_text(text, encoding="utf-8")
    _, findings = api.check(path, level=level)
    return [(finding.code, finding.problem.cell, finding.problem.span.row) for finding in findings]


def fixed(text: str, tmp_path: Path) -> str:
    """A percent notebook after `--fix`."""
    return fixing.fix(text.encode(), str(tmp_path / "a.py")).after


LOST = ("NBX101", 1, 1)


@pytest.mark.parametrize(
    "line",
    [
        "print(lost)  # noqa",
        "print(lost)  # NOQA: nbx101",
        "print(lost)  #noqa:NBX101",
        "print(lost)  # noqa: E501, NBX101",
        "print(lost)  # noqa: E501 NBX101 a reason",
        "print(lost)  # why  # noqa: NBX1",
        "print(lost)  # nbexport: ignore[NBX101]",
        "print(lost)  # nbexport: ignore[NBX402, NBX1] a reason",
        "print(lost)  # nbexport: ignore",
    ],
)
def test_a_comment_silences_its_line(line: str, tmp_path: Path) -> None:
    assert found(f"# %%\n{line}\n", tmp_path) == []
    assert ("NBX101", 1, 2) in found(f"# %%\n{line}\nprint(other)\n", tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "print(lost)  # noqa: E501",
        "print(lost)  # noqa: because",
        "print(lost)  # noqation",
        "print(lost, '# noqa')",
        "print(lost, '# noqa: NBX101')",
        "print(lost, f\"{'# noqa'}\")",
        "print(lost)  # nbexport: ignored",
        "print(lost)  # nbexport: ignore[E501]",
        "print(lost)\n# noqa",
        "print(lost)\n# nbexport: ignore[E501]",
    ],
)
def test_what_is_no_suppression_silences_nothing(line: str, tmp_path: Path) -> None:
    assert found(f"# %%\n{line}\n", tmp_path) == [LOST]


def test_a_comment_behind_a_string_or_a_continued_line_counts_for_its_rows(tmp_path: Path) -> None:
    assert found('# %%\nx = f"""{lost}\n# noqa: E501\n"""  # noqa: NBX101\n', tmp_path) == []
    assert found("# %%\nx = lost + \\\n    1  # noqa: NBX101\n", tmp_path) == []
    assert found('# %%\nx = f"""{lost}\n# noqa: NBX101\n"""\n', tmp_path) == [LOST]
    assert ("NBX101", 1, 1) in found("# %%\nx = [lost,\n    1]  # noqa: NBX101\n", tmp_path)


def test_a_comment_of_its_own_is_about_the_cell_or_the_next_line(tmp_path: Path) -> None:
    head = "# %%\n# A title\n\n# nbexport: ignore[NBX101] from the course\nprint(lost)\nprint(other)\n"
    assert found(head, tmp_path) == []
    assert found(f"{head}# %%\nprint(lost)\n", tmp_path) == [("NBX101", 2, 1)]
    assert found("# %%\n%%time\n# nbexport: ignore[NBX101]\nprint(lost)\n", tmp_path) == []
    below = "# %%\nx = 1\n# nbexport: ignore[NBX101]\nprint(lost)\nprint(other)\n"
    assert found(below, tmp_path) == [("NBX101", 1, 4)]


def test_ipython_lines_and_cells_that_do_not_parse(tmp_path: Path) -> None:
    assert found("# %%\n%time print(lost)  # noqa: NBX101\n", tmp_path) == []
    assert found('# %% tags=["train", "evaluate"]\nmetrics = {}\n!curl -O a  # noqa: NBX401\n', tmp_path) == []
    assert found("# %%\nx = (1  # noqa: NBX001\n", tmp_path) == []


@pytest.mark.parametrize("codes", ['["NBX101"]', '["nbx1", "E501"]', '"NBX101"'])
def test_metadata_silences_the_cell(codes: str, tmp_path: Path) -> None:
    assert found(f'# %% nbexport={{"ignore": {codes}}}\nx = 1\nprint(lost)\n', tmp_path) == []
    cell = {"cell_type": "code", "metadata": {"nbexport": {"ignore": json.loads(codes)}}, "outputs": []}
    document = {"cells": [{**cell, "execution_count": None, "source": "print(lost)"}], "nbformat": 4, "metadata": {}}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(document))
    assert api.check(path)[1] == ()


@pytest.mark.parametrize(
    "metadata", ['{"ignore": 3}', '{"ignore": [3]}', '["NBX101"]', '"NBX101"', '{"ignore": ["E5"]}']
)
def test_other_metadata_is_left_alone(metadata: str, tmp_path: Path) -> None:
    assert found(f"# %% nbexport={metadata}\nprint(lost)\n", tmp_path) == [LOST]


# --------------------------------------------------------------------------- what silences nothing


def test_unused_codes_are_reported_one_by_one(tmp_path: Path) -> None:
    text = "# %%\nprint(lost)  # noqa: NBX108, E501, NBX101, NBX999\n"
    _, [unused] = api.check_text(text, "a.py")
    assert (unused.code, unused.problem.span.column, unused.problem.span.end_column) == ("NBX003", 14, 50)
    assert "`NBX108`, `NBX999`, which are" in unused.problem.message
    assert fixed(text, tmp_path) == "# %%\nprint(lost)  # noqa: E501, NBX101\n"


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("x = 1  # noqa: NBX101", "x = 1"),
        ("x = 1  # noqa: NBX101  ", "x = 1"),
        ("x = 1  # noqa: NBX101, NBX102", "x = 1"),
        ("x = 1  # size  # noqa: NBX101", "x = 1  # size"),
        ("x = 1  # noqa: NBX101  # size", "x = 1  # size"),
        ("x = 1  # noqa: NBX101 as it is", "x = 1  # as it is"),
        ("x = 1  # nbexport: ignore[NBX1, NBX108] a reason", "x = 1"),
        ("x = lost  # nbexport: ignore[NBX108,NBX101] a reason", "x = lost  # nbexport: ignore[NBX101] a reason"),
        ("x = 1\n# nbexport: ignore[NBX101]\ny = 2", "x = 1\ny = 2"),
        ("# nbexport: ignore[NBX101]", ""),
        ("x = 1\n# nbexport: ignore[NBX101]", "x = 1"),
        ("%time x = 1  # noqa: NBX101", "%time x = 1"),
        ("!ls  # noqa: NBX101", "!ls"),
        ("é = '日本'  # noqa: NBX101", "é = '日本'"),
    ],
)
def test_the_fix_drops_only_the_suppression(line: str, after: str, tmp_path: Path) -> None:
    text = f"# %%\nstart = 0\n{line}\n# %%\nend = 1\n"
    assert fixed(text, tmp_path) == f"# %%\nstart = 0\n{after}\n# %%\nend = 1\n".replace("0\n\n", "0\n")


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: E501",
        "x = 1  # nbexport: ignore",
        "x = 1  # noqa: NBX101, NBX003",
        "'# noqa: NBX101'",
    ],
)
def test_not_reported_as_unused(line: str, tmp_path: Path) -> None:
    assert found(f"# %%\n{line}\n", tmp_path) == []


def test_a_code_whose_rule_did_not_judge_is_not_unused(tmp_path: Path) -> None:
    text = "# %%\nx = 1  # noqa: NBX401\n"
    assert found(text, tmp_path) == []
    assert ("NBX003", 1, 1) in found(text, tmp_path, level=1)


def test_metadata_that_silences_nothing_is_reported_without_a_fix() -> None:
    _, [unused] = api.check_text('# %% nbexport={"ignore": ["NBX101"]}\nx = 1\n', "a.py")
    assert (unused.code, unused.problem.fix) == ("NBX003", None)


def test_a_notebook_without_suppressions_does_not_load_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise AssertionError

    from nbexport.judge import suppression

    monkeypatch.setattr(suppression, "applied", fails)
    assert isinstance(api.check_text("# %%\nx = 1\n", "a.py")[0], Notebook)
    with pytest.raises(AssertionError):
        api.check_text("# %%\nx = 1  # noqa\n", "a.py")


# --------------------------------------------------------------------------- exports


def test_hidden_state_is_never_silenced_for_an_export(sound: Path) -> None:
    text = sound.read_text(encoding="utf-8")
    sound.write_text(text.replace("sum(rows) * rate", "sum(rows) * rate * lost  # noqa: NBX101"), encoding="utf-8")
    assert api.check(sound)[1] == ()
    refused = api.lift(sound, level=1)
    assert isinstance(refused, api.Refused)
    assert [finding.code for finding in refused.findings] == ["NBX101"]


def test_other_findings_are_silenced_for_an_export(sound: Path) -> None:
    magic = "!curl -O http://example.org/rows.csv"
    text = sound.read_text(encoding="utf-8")
    sound.write_text(text.replace("weight = sum", f"{magic}\nweight = sum"), encoding="utf-8")
    assert isinstance(api.lift(sound, level=1), api.Refused)
    sound.write_text(text.replace("weight = sum", f"{magic}  # noqa: NBX401\nweight = sum"), encoding="utf-8")
    assert isinstance(api.lift(sound, level=1), api.Lifted)
