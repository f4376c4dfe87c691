"""The shell door, as a person uses it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbexport import __version__, api, rules
from nbexport.command.codes import ExitCode
from nbexport.model import Severity
from nbexport.options import all_options
from nbexport.shell.cli import main
from nbexport.shell.walk import notebooks_in


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under the folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(*words: str | Path) -> int:
    """The exit code of a command line."""
    return main([str(word) for word in words])


# --------------------------------------------------------------------------- export


def test_a_bare_notebook_is_exported_beside_itself(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(sound) == 0
    project = sound.with_suffix("")
    assert (project / "train.py").is_file()
    said = capsys.readouterr().out
    assert "create    train.py" in said
    assert "python train.py" in said.splitlines()[-1]
    before = tree(project)
    assert run(sound, "--level", "1") == 0
    assert "up to date" in capsys.readouterr().out
    assert tree(project) == before


def test_a_lower_level_asks_before_it_removes_a_service(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The level is 1 where nobody says another one: nothing of a service may go on the quiet."""
    assert run(sound, "--level", "2") == 0
    project = sound.with_suffix("")
    before = tree(project)
    capsys.readouterr()
    for words in ((), ("--dry-run",), ("--level", "1", "--force")):
        assert run(sound, *words) == ExitCode.CONFLICT
        said = capsys.readouterr()
        assert "orphan    serve.py  (no longer generated; removed)" in said.out
        assert "holds a project of level 2; level 1 would remove" in said.err
        assert "fix: repeat the command with `--level 2`, or with `--remove` if you mean it" in said.err
        assert tree(project) == before
    assert run(sound, "--remove") == 0
    assert not (project / "serve.py").exists()
    assert (project / "train.py").is_file()


def test_the_exported_project_trains(sound: Path, tmp_path: Path) -> None:
    assert run(sound, "-o", tmp_path / "out") == 0
    done = subprocess.run(
        [sys.executable, "train.py", "--rate", "2.0", "--output", "bundle"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "bundle" / "metrics.json").read_text())["weight"] == 12.0


def test_a_refusal_writes_nothing_and_says_why(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(broken) == 1
    said = capsys.readouterr()
    assert "NBX101" in said.out
    assert "NBX201" in said.out
    assert "nothing was written" in said.err
    assert [path.name for path in broken.parent.iterdir()] == [broken.name]


@pytest.mark.parametrize("flag", ["--dry-run", "--diff"])
def test_showing_writes_nothing(sound: Path, capsys: pytest.CaptureFixture[str], flag: str) -> None:
    assert run(sound, flag) == 0
    said = capsys.readouterr().out
    assert ("+++ train.py (new)" if flag == "--diff" else "create    train.py") in said
    assert list(sound.parent.iterdir()) == [sound]


def test_a_conflict_exits_3_with_both_sides_and_force_keeps_yours(
    sound: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sound) == 0
    model = sound.with_suffix("") / "model.py"
    mine = model.read_text().replace("sum(rows) * rate", "sum(rows) * rate * 7")
    model.write_text(mine)
    sound.write_text(sound.read_text().replace("sum(rows) * rate", "max(rows) * rate"))
    before = tree(model.parent)
    capsys.readouterr()
    for words, code in (((), 3), (("--dry-run",), 3), (("--diff",), 3)):
        assert run(sound, *words) == code
        said = capsys.readouterr().out
        assert "-    weight = sum(rows) * rate * 7" in said
        assert "+    weight = max(rows) * rate" in said
        assert tree(model.parent) == before
    assert run(sound, "--force") == 0
    assert "max(rows)" in model.read_text()
    assert model.with_name("model.py.orig").read_text() == mine


# --------------------------------------------------------------------------- check


def test_check_exit_codes(sound: Path, broken: Path, tmp_path: Path) -> None:
    assert run("check", sound) == 0
    assert run("check", sound, broken) == 1
    assert run("check", broken, "--exit-zero") == 0
    assert run("check", broken, tmp_path / "missing.ipynb", "--exit-zero") == 2


def test_check_selects_and_ignores(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", broken, "--ignore", "nbx2,NBX101") == 0
    assert run("check", broken, "--select", "NBX0", "--select", "NBX402") == 0
    assert capsys.readouterr().out == "All checks passed!\n" * 2
    assert run("check", broken, "--select", "NBX1") == 1


def test_check_with_a_level_asks_for_its_roles(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", broken, "--level", "1", "--output-format", "concise") == 1
    assert "NBX201" in capsys.readouterr().out
    assert run("check", broken, "--level", "0", "--output-format", "concise") == 1
    assert "NBX201" not in capsys.readouterr().out


def test_warnings_fail_only_a_strict_check(tmp_path: Path) -> None:
    path = tmp_path / "notebook.py"
    warning = next(rule for rule in rules.all_rules() if rule.severity is Severity.WARNING)
    path.write_text(warning.bad)
    assert run("check", path, "--select", warning.code) == 0
    assert run("check", path, "--select", warning.code, "--strict") == 1


def test_json_is_json_also_beside_trouble(broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", tmp_path / "missing.ipynb", broken, "--output-format", "json") == 2
    said = capsys.readouterr()
    assert {row["filename"] for row in json.loads(said.out)} == {str(broken)}
    assert "missing.ipynb" in said.err
    assert run("check", tmp_path / "missing.ipynb", "--output-format", "json") == 2
    assert json.loads(capsys.readouterr().out) == []


def test_folders_are_searched_for_notebooks_of_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["a.ipynb", "deep/er/b.ipynb"]
    others = [
        ".ipynb_checkpoints/a-checkpoint.ipynb",
        "deep/.ipynb_checkpoints/b.ipynb",
        ".venv/c.ipynb",
        "env/pyvenv.cfg",
        "env/lib/d.ipynb",
        "node_modules/x/e.ipynb",
        "._a.ipynb",
        "script.py",
    ]
    for name in [*wanted, *others]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    assert [path.relative_to(tmp_path).as_posix() for path in notebooks_in([str(tmp_path)])] == wanted
    twice = notebooks_in([str(tmp_path / "a.ipynb"), str(tmp_path)])
    assert [path.name for path in twice] == ["a.ipynb", "b.ipynb"]
    (tmp_path / "empty").mkdir()
    assert run("check", tmp_path / "empty") == 0
    assert "no notebooks" in capsys.readouterr().err


# --------------------------------------------------------------------------- verify


def test_verify_says_equal_and_names_what_differs(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(sound) == 0
    project = sound.with_suffix("")
    assert run("verify", sound) == 0
    assert "equal (exactly)" in capsys.readouterr().out
    assert json.loads((project / "verification.json").read_text())["equal"] is True
    model = project / "model.py"
    model.write_text(model.read_text().replace("3.0", "3.5"))
    assert run("verify", sound, "--project", project) == 1
    said = capsys.readouterr().out
    assert re.search(r"metric `weight`: notebook \W?3\.0\W?, project \W?3\.25\b", said)
    assert "edited by hand: `model.py`" in said
    assert run("verify", sound, "--tolerance", "0.5") == 0
    shutil.rmtree(project)
    assert run("verify", sound, "--project", project) == 2


# --------------------------------------------------------------------------- rules, help


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "nbx101") == 0
    by_code = capsys.readouterr().out
    assert run("explain", "undefined-name") == 0
    assert capsys.readouterr().out == by_code
    assert by_code.startswith("# NBX101: undefined-name\n")
    assert run("explain", "NBX999") == 2
    assert "no rule `NBX999`" in capsys.readouterr().err


def test_rules_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in rules.all_rules()]


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"nbexport {__version__}\n"
    assert run() == 2
    assert "exit codes:" in capsys.readouterr().out
    for command in ((), ("check",), ("verify",), ("explain",), ("rules",), ("completion",)):
        assert run(*command, "--help") == 0
        said = capsys.readouterr().out
        assert "3   files edited by hand" in said
        assert "70  internal error" in said
        named = [option for option in all_options() if (command or ("export",))[0] in option.commands]
        assert all(f"--{option.name}" in said for option in named)


@pytest.mark.parametrize("words", [["--level", "9", "a.ipynb"], ["check"], ["check", "--no-such"], ["verify"]])
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert "usage:" in capsys.readouterr().err


# --------------------------------------------------------------------------- trouble


def test_trouble_is_told_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.ipynb").write_text("{")
    assert run("check", tmp_path / "bad.ipynb") == 2
    said = capsys.readouterr().err
    assert said.startswith("error: `")
    assert "Traceback" not in said


def test_our_own_failure_is_one_sentence(
    sound: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(api, "check_text", fails)
    assert run("check", sound) == 70
    said = capsys.readouterr().err
    assert said.startswith("error: `sound.py`: internal error, please report it: ZeroDivisionError: planted\nfix: ")
    assert "Traceback" not in said
    with pytest.raises(ZeroDivisionError):
        run("check", sound, "--verbose")


def test_interrupted(sound: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "check_text", stopped)
    assert run("check", sound) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_reader_that_leaves_is_no_trouble(broken: Path) -> None:
    script = f"'{sys.executable}' -m nbexport rules | true; exit ${{PIPESTATUS[0]}}"
    many = f"'{sys.executable}' -c 'import time; time.sleep(0)'; {script}"
    done = subprocess.run(["bash", "-c", many], capture_output=True, text=True, check=False, cwd=broken.parent)
    assert done.returncode in (0, 2)
    assert done.stderr == ""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colours_only_where_someone_looks(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = {}
    for name, stream, plain, forced, term in (
        ("terminal", Terminal(), "", "", "xterm-256color"),
        ("dumb terminal", Terminal(), "", "", "dumb"),
        ("plain terminal", Terminal(), "1", "", "xterm-256color"),
        ("pipe", io.StringIO(), "", "", "xterm-256color"),
        ("forced pipe", io.StringIO(), "", "1", "dumb"),
        ("plain forced pipe", io.StringIO(), "1", "1", "dumb"),
    ):
        for variable, value in (("NO_COLOR", plain), ("FORCE_COLOR", forced), ("TERM", term)):
            monkeypatch.setenv(variable, value)
        monkeypatch.setattr(sys, "stdout", stream)
        assert run("check", broken) == 1
        shown[name] = stream.getvalue()
    assert "\x1b[1;31mNBX101" in shown["terminal"]
    assert shown["forced pipe"] == shown["terminal"]
    assert "\x1b" not in shown["pipe"]
    assert shown["dumb terminal"] == shown["plain terminal"] == shown["plain forced pipe"] == shown["pipe"]
    assert re.sub(r"\x1b\[[\d;]*m", "", shown["terminal"]) == shown["pipe"]


def test_a_warning_and_the_other_place_have_their_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    path = tmp_path / "a.py"
    later = '# %% tags=["train", "evaluate"]\nprint(x)\nx = 1\nmetrics = {\'x\': x}\n'
    path.write_text(f'# %% tags=["parameters"]\nn = len("abc")\n{later}')
    assert run("check", path) == 1
    said = stream.getvalue()
    assert "\x1b[1;33mNBX202\x1b[0m" in said
    assert "\x1b[1;31mNBX102\x1b[0m" in said
    assert " \x1b[1;34m:::\x1b[0m" in said
    assert "\x1b[1;34m- `x` is bound here\x1b[0m" in said


# --------------------------------------------------------------------------- check: fixes, statistics, standard input

FIXABLE = "# %%\nx = 1  # noqa: NBX101\nprint(lost)\ny = x  # noqa: NBX108\n"
FIXED = "# %%\nx = 1\nprint(lost)\ny = x\n"


@pytest.fixture
def fixable(tmp_path: Path) -> Path:
    """A notebook with one error and two findings that can be fixed."""
    path = tmp_path / "fixable.py"
    path.write_text(FIXABLE, encoding="utf-8")
    return path


def test_fix_repairs_in_place_and_counts(fixable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", fixable, "--output-format", "concise") == 1
    assert capsys.readouterr().out.endswith("Found 1 error and 2 warnings.\n[*] 2 fixable with `--fix`.\n")
    assert fixable.read_text() == FIXABLE
    assert run("check", fixable, "--fix", "--output-format", "concise") == 1
    said = capsys.readouterr().out
    assert fixable.read_text() == FIXED
    assert "NBX003" not in said
    assert said.endswith("Found 1 error and 2 warnings (2 fixed, 1 remaining).\n")
    assert run("check", fixable, "--fix", "--ignore", "NBX101") == 0
    assert capsys.readouterr().out == "All checks passed!\n"


def test_only_what_is_reported_is_fixed(fixable: Path) -> None:
    assert run("check", fixable, "--fix", "--ignore", "NBX003") == 1
    assert fixable.read_text() == FIXABLE


def test_diff_shows_the_fix_and_writes_nothing(fixable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", fixable, "--diff") == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[:5] == [
        f"--- {fixable}",
        f"+++ {fixable}",
        "@@ -1,4 +1,4 @@",
        " # %%",
        "-x = 1  # noqa: NBX101",
    ]
    assert said.err == "Would fix 2 findings.\n"
    assert fixable.read_text() == FIXABLE
    assert run("check", fixable, "--diff", "--exit-zero") == 0
    fixable.write_text(FIXED.rstrip())
    capsys.readouterr()
    assert run("check", fixable, "--diff") == 0
    assert capsys.readouterr().out == ""
    fixable.write_text("# %%\nx = 1  # noqa: NBX101")
    assert run("check", fixable, "--diff") == 1
    assert capsys.readouterr().out.count("\\ No newline at end of file") == 2


def test_statistics(fixable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", fixable, "--statistics") == 1
    assert capsys.readouterr().out.splitlines() == [
        "2\tNBX003\t[*] unused-suppression",
        "1\tNBX101\t[ ] undefined-name",
        "[*] fixable with `nbexport check --fix`",
    ]
    assert run("check", fixable, "--statistics", "--output-format", "json") == 1
    rows = json.loads(capsys.readouterr().out)
    assert rows[0] == {"code": "NBX003", "name": "unused-suppression", "count": 2, "fixable": True}
    assert run("check", fixable, "--statistics", "--select", "NBX2") == 0
    assert capsys.readouterr().out == "All checks passed!\n"


def test_output_file(broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", broken, "--output-format", "json", "--output-file", tmp_path / "found.json") == 1
    assert capsys.readouterr().out == ""
    assert len(json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))) == 2
    assert run("check", broken, "--output-file", tmp_path / "no" / "found.json") == 2
    assert "cannot be written" in capsys.readouterr().err


class Stdin:
    """Standard input that holds some bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_standard_input(
    broken: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(broken.read_bytes()))
    assert run("check", "-", "--output-format", "concise") == 1
    assert capsysbinary.readouterr().out.startswith(b"-:cell 3:2:14: NBX101")
    (tmp_path / "nbexport.toml").write_text('ignore = ["NBX101"]')
    named = ("--stdin-filename", tmp_path / "unsaved.py", "--output-format", "concise")
    monkeypatch.setattr(sys, "stdin", Stdin(FIXABLE.encode()))
    assert run("check", "-", *named) == 0
    assert capsysbinary.readouterr().out.startswith(f"{tmp_path / 'unsaved.py'}:cell 1:1:8: NBX003".encode())
    monkeypatch.setattr(sys, "stdin", Stdin(b"\xef\xbb\xbf" + FIXABLE.replace("\n", "\r\n").encode()))
    assert run("check", "-", *named, "--fix") == 0
    said = capsysbinary.readouterr()
    assert said.out == b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode()
    assert b"(2 fixed, 0 remaining)" in said.err
    monkeypatch.setattr(sys, "stdin", Stdin(FIXABLE.encode()))
    assert run("check", "-", *named, "--fix", "--diff") == 1
    assert capsysbinary.readouterr().out.startswith(b"--- ")


@pytest.mark.parametrize("words", [["-", "a.ipynb"], ["a.ipynb", "--stdin-filename", "b.ipynb"]])
def test_standard_input_used_wrongly(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", *words) == 2
    assert "fix: " in capsys.readouterr().err


def test_a_plan_speaks_of_what_is_exported(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound.write_text(
        sound.read_text().replace('# %% tags=["data"]', '# %%\n!pip install a\n# %% tags=["data"]\n!pip install b')
    )
    assert run(sound, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "NBX321 cell 3" in said
    assert "NBX321 cell 2" not in said
    assert run("check", sound) == 0
    assert "cell 2" in capsys.readouterr().out


@pytest.mark.parametrize("command", [(), ("tag",), ("init-predict",)])
def test_a_notebook_in_another_language_is_refused_by_name(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plots.ipynb"
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": ["x <- 1"]}
    kernel = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": kernel, "cells": [cell]}))
    assert run(*command, path) == 2
    assert capsys.readouterr().err == "error: `plots.ipynb` is an R notebook\nfix: give a notebook in Python\n"


def test_a_notebook_that_fails_inside_nbexport_hides_no_finding_of_the_others(
    sound: Path, broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_text = api.check_text

    def fails(text: bytes, name: str, **options: Any) -> Any:
        if name.endswith("sound.py"):
            raise RecursionError("planted")
        return check_text(text, name, **options)

    monkeypatch.setattr(api, "check_text", fails)
    assert run("check", sound, broken) == 70
    said = capsys.readouterr()
    assert "`sound.py`: internal error, please report it: RecursionError: planted" in said.err
    assert "`lost` is bound nowhere" in said.out
    assert run("check", sound, broken, "--output-format", "github") == 70
    assert "::error file=" in capsys.readouterr().out
    with pytest.raises(RecursionError):
        run("check", sound, broken, "--verbose")
