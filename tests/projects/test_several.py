"""Several notebooks as one project: exported, trained, exported again, and compared with the notebooks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from several import PREPARE, TRAIN, judged, pair

from nbexport import api, disk
from nbexport.analysis.joined import handed
from nbexport.lift import handing, module_level
from nbexport.plan import ExportRequest, Plan
from nbexport.program import Refused
from nbexport.rules import nbx131_notebooks_in_conflict
from nbexport.shell.cli import main
from nbexport.verify.verification import Verification


def run(*words: str | Path) -> int:
    """The exit code of a command line."""
    return main([str(word) for word in words])


def trained(project: Path, *options: str) -> dict[str, float]:
    """The metrics of a training run of a project."""
    command = [sys.executable, "train.py", "--output", "bundle", "--log-level", "ERROR", *options]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    metrics: dict[str, float] = json.loads((project / "bundle" / "metrics.json").read_text())
    return metrics


def exported(folder: Path, *notebooks: Path, level: int = 1) -> Path:
    """The project of some notebooks."""
    plan = api.plan(ExportRequest(notebooks[-1], folder, level, before=notebooks[:-1]))
    assert isinstance(plan, Plan), [finding.problem.message for finding in plan.against]
    api.apply(plan)
    return folder


def verified(project: Path, *notebooks: Path) -> Verification:
    """The comparison of some notebooks with their project."""
    return api.verify(notebooks, project=project)


def test_a_pair_becomes_one_project_that_computes_what_both_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebooks = pair(tmp_path / "notebooks")
    stale = tmp_path / "notebooks" / "clean.csv"
    stale.write_text("1,1\n1,1\n1,1\n1,1\n")
    project = tmp_path / "out"
    assert run(*notebooks, "-o", project) == 0
    assert "Exported `prepare.py` and `train.py`" in capsys.readouterr().out
    model = (project / "model.py").read_text()
    assert model.count('"clean.csv"') == 1
    assert "def prepare(raw: Any, *, oldest: int) -> str:" in model
    assert "    return clean_csv\n" in model
    assert "def load_data_2(" not in model
    assert '"""From cell 1 of `train.py`."""' in model
    assert (project / "definitions.py").read_text().count("def numbers(") == 1
    train = (project / "train.py").read_text()
    assert "clean_csv = prepare(raw, oldest=args.oldest)" in train
    assert 'default=Path("raw.csv")' in train
    assert not (project / "clean.csv").exists(), "what a run computes is not copied"
    assert trained(project) == {"rows": 3, "slope": 190 / 90}
    assert trained(project, "--oldest", "100") == {"rows": 4, "slope": 200 / 160}
    assert not (project / "clean.csv").exists(), "a run works in its own folder"
    assert (project / "bundle-files" / "clean.csv").is_file()
    lock = json.loads((project / "nbexport.lock").read_text())
    assert lock["notebooks"] == ["prepare.py", "train.py"]


def test_the_name_of_a_notebook_breaks_out_of_nothing(tmp_path: Path) -> None:
    prepare, train = pair(tmp_path)
    odd = prepare.rename(tmp_path / "a\nimport os  # `x`.py")
    project = exported(tmp_path / "out", odd, train)
    assert not [line for line in (project / "model.py").read_text().splitlines() if line.startswith("import os")]
    assert not [line for line in (project / "README.md").read_text().splitlines() if line.startswith("import os")]
    assert trained(project)["rows"] == 3


def test_three_notebooks_hand_files_on_one_by_one(tmp_path: Path) -> None:
    first, last = pair(tmp_path)
    middle = tmp_path / "middle.py"
    middle.write_text(
        '# %% tags=["features"]\nrows = open("clean.csv").read().split()\n'
        'with open("twice.csv", "w") as file:\n    file.write("\\n".join(rows + rows))\n'
    )
    last.write_text(TRAIN.replace("./clean.csv", "twice.csv"))
    project = exported(tmp_path / "out", first, middle, last)
    assert trained(project) == {"rows": 6, "slope": 380 / 180}
    text = (project / "train.py").read_text()
    assert "twice_csv = prepare(clean_csv)" in text or "twice_csv = " in text


def test_export_again_and_sync_know_all_notebooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, train = pair(tmp_path)
    project = tmp_path / "out"
    assert run(prepare, train, "-o", project) == 0
    assert run(prepare, train, "-o", project) == 0
    assert "is up to date with `prepare.py` and `train.py`" in capsys.readouterr().out
    for notebook in (prepare, train):
        assert disk.projects_of(notebook) == (project,)
        assert run("sync", "--check", notebook) == 0
    assert run("sync", "--check", tmp_path) == 0
    assert capsys.readouterr().out.count("is up to date") == 3, "one project, said once for a folder"
    prepare.write_text(PREPARE.replace("oldest = 60", "oldest = 80"))
    assert run("sync", "--check", train) == 1
    assert "has fallen behind" in capsys.readouterr().out
    assert run("sync", prepare) == 0
    assert run("sync", "--check", train) == 0
    assert trained(project)["rows"] == 4
    assert run("check", prepare, "--ignore", "NBX201") == 0
    assert run("check", train) == 0


def test_the_configuration_says_it_otherwise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, train = pair(tmp_path)
    (tmp_path / "nbexport.toml").write_text('notebooks = ["prepare.py", "train.py"]\n')
    assert run("check", prepare, train) == 0, "what a level needs stands in one of them"
    assert run(prepare) == 0
    assert "Exported `prepare.py` and `train.py`" in capsys.readouterr().out
    assert trained(tmp_path / "train")["rows"] == 3
    (tmp_path / "other.py").write_text(TRAIN.replace("./clean.csv", "raw.csv"))
    assert run(tmp_path / "other.py") == 0
    assert "Exported `other.py`" in capsys.readouterr().out
    (tmp_path / "nbexport.toml").write_text('notebooks = "prepare.py"\n')
    assert run(prepare) == 2
    assert "`notebooks` is 'prepare.py'" in capsys.readouterr().err


REFUSED = {
    "given twice": (("prepare.py", "prepare.py"), "`{folder}/prepare.py` is given twice"),
    "not a notebook": (("raw.csv", "train.py"), "raw.csv"),
    "missing": (("none.py", "train.py"), "`{folder}/none.py` does not exist"),
    "elsewhere": (("deep/other.py", "train.py"), "lie in different folders"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_joined_is_wrong_usage(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.py").write_text(PREPARE)
    names, words = REFUSED[case]
    assert run(*(tmp_path / name for name in names), "-o", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert words.format(folder=tmp_path) in said
    assert "fix: " in said
    assert not (tmp_path / "out").exists()


def test_the_wrong_order_is_refused_with_the_right_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, train = pair(tmp_path)
    assert run(train, prepare, "-o", tmp_path / "out") == 1
    said = capsys.readouterr()
    assert "reads `clean.csv`, which cell 4 of `prepare.py` writes only afterwards" in said.out
    assert "name `prepare.py` before `train.py`" in said.out
    assert f"{train}:cell 1:" in said.out, "the place is that of its own notebook"
    assert not (tmp_path / "out").exists()


def test_a_refusal_names_notebook_and_cell_for_programs_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, train = pair(tmp_path, train=TRAIN.replace("float(value)", "2 * float(value)"))
    assert run(prepare, train, "-o", tmp_path / "out", "--output-format", "json") == 1
    (finding,) = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["severity"] == "error"]
    assert (finding["filename"], finding["cell"]) == (str(train), 1)
    assert "cell 2 of `prepare.py`" in finding["message"]


def test_fixes_are_for_one_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*pair(tmp_path), "--fix") == 2
    assert "`--fix` works on one notebook" in capsys.readouterr().err


def test_one_of_them_exported_by_itself_says_what_it_takes_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare, train = pair(tmp_path)
    assert run(prepare, train, "-o", tmp_path / "out") == 0
    assert run(train, "-o", tmp_path / "out", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "the folder holds the export of `prepare.py`, `train.py`, which that of `train.py` takes over" in said


def test_a_pipeline_is_told_of_a_file_that_it_cannot_see(tmp_path: Path) -> None:
    saved = '# %% tags=["data"]\ndef save(text):\n    open("clean.csv", "w").write(text)\nsave("20,40\\n30,60\\n40,80\\n")\n'
    pair(tmp_path)
    (tmp_path / "prepare.py").write_text(saved)
    notebooks = tmp_path / "prepare.py", tmp_path / "train.py"
    assert isinstance(api.plan(ExportRequest(notebooks[1], tmp_path / "two", 2, before=notebooks[:1])), Plan)
    plan = api.plan(ExportRequest(notebooks[1], tmp_path / "three", 3, before=notebooks[:1]))
    assert isinstance(plan, Refused)
    assert any("a pipeline cannot see" in finding.problem.message for finding in plan.against)


def test_paths_that_only_a_run_knows_are_the_same_file(tmp_path: Path) -> None:
    computed = PREPARE.replace('open("clean.csv", "w")', 'open("clean." + "vsc"[::-1], "w")')
    project = exported(tmp_path / "out", *pair(tmp_path, prepare=computed))
    (tmp_path / "clean.csv").write_text("1,1\n")
    assert trained(project) == {"rows": 3, "slope": 190 / 90}


MENTIONS = {
    "equal texts": ('"clean.csv"', '"clean.csv"', "clean_csv"),
    "a path of a text": ('"clean.csv"', 'Path("clean.csv")', "Path(clean_csv)"),
    "a text of a path": ('Path("clean.csv")', '"clean.csv"', "str(clean_csv)"),
    "two paths": ('Path("out") / "clean.csv"', 'Path("out/clean.csv")', "clean_csv"),
}


@pytest.mark.parametrize("case", MENTIONS)
def test_a_file_gets_a_name_that_stages_hand_on(case: str, tmp_path: Path) -> None:
    written, read, used = MENTIONS[case]
    head = '# %% tags=["data"]\nfrom pathlib import Path\n'
    first = f'{head}with open({written}, "w") as file:\n    file.write("1")\n'
    second = f'{head}rows = open({read}).read()\n# %% tags=["train", "evaluate"]\nmetrics = {{"n": len(rows)}}\n'
    judgement = judged(tmp_path, first, second)
    document = handing.explicit(judgement.placed.layout)
    assert document is not None
    codes = [cell.code for cell in document.cells]
    assert "clean_csv = " in codes[0]
    assert "with open(clean_csv" in codes[0]
    assert f"rows = open({used}).read()" in codes[1]
    assert [cell.source for cell in document.cells] == [cell.source for cell in judgement.notebook.cells]


def test_what_is_no_path_keeps_its_text(tmp_path: Path) -> None:
    first = '# %% tags=["data"]\nopen("./clean.csv", "w").write("1")\n'
    second = (
        '# %% tags=["data"]\nname = "clean.csv"\nrows = [open(name).read(), name.upper()]\n'
        '# %% tags=["train", "evaluate"]\nmetrics = {"n": len(rows)}\n'
    )
    judgement = judged(tmp_path, first, second)
    assert judgement.analysis is not None
    assert [one.path for one in handed(judgement.analysis)] == ["clean.csv"]
    assert handing.explicit(judgement.placed.layout) is None, "`name` would be another text"


@pytest.mark.slow(minutes=1)
def test_a_sound_pair_is_equal_and_runs_in_kernels_of_their_own(tmp_path: Path) -> None:
    prepare, train = pair(tmp_path / "notebooks")
    (tmp_path / "notebooks" / "clean.csv").write_text("1,1\n1,1\n1,1\n1,1\n")
    train.write_text(f"{TRAIN}# %%\nkept\n")
    project = exported(tmp_path / "out", prepare, train)
    verification = verified(project, prepare, train)
    assert verification.equal, verification.differences
    assert verification.figures == {"rows": 3, "slope": 190 / 90}
    assert verification.predictions == 1
    (passed,) = verification.passed_over
    assert (passed.cell, passed.notebook) == (5, "train.py"), "a name of the other kernel is not there"
    assert disk.written(project) is not None
    assert run("sync", "--check", prepare, "-o", project) == 0


ROUNDED = {
    "prepare.py": PREPARE.replace(
        "import csv\n", "import csv\nfrom math import floor as whole\n\ndef cut(value):\n    return whole(value)\n"
    ).replace("kept = [row for row in raw", "kept = [[cut(row[0] / 3), row[1]] for row in raw"),
    "train.py": TRAIN.replace(
        "import csv\n", "import csv\nfrom math import ceil as whole\n\ndef cut(value):\n    return whole(value)\n"
    ).replace("slope * age", "cut(slope * age)"),
}
"""Two helpers of one text that round in different directions: their notebooks import different functions."""


@pytest.mark.slow(minutes=1)
def test_a_definition_that_is_silently_another_one_would_be_found_to_be_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = pair(tmp_path / "notebooks", prepare=ROUNDED["prepare.py"], train=ROUNDED["train.py"])
    request = ExportRequest(notebooks[1], tmp_path / "out", 1, before=notebooks[:1])
    refused = api.plan(request)
    assert isinstance(refused, Refused)
    against = next(finding for finding in refused.against if finding.code == "NBX131")
    assert "`cut` in cell 1 of `train.py` reads other things" in against.problem.message
    assert "`cut` in cell 2 of `prepare.py`" in against.problem.message
    # without the rule, and without what the lift asks itself, the project has one helper: what is prepared is rounded
    # as for the training
    monkeypatch.setattr(nbx131_notebooks_in_conflict, "find", lambda analysis: iter(()))
    monkeypatch.setattr(module_level, "_mean_the_same", lambda layout, definitions: True)
    verification = verified(exported(tmp_path / "out", *notebooks), *notebooks)
    assert not verification.equal
    assert "slope" in {difference.name for difference in verification.differences}
