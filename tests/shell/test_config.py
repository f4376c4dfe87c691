"""Settings come from the nearest file, the command line wins, and what nobody knows is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbexport.judge.selection import Selection, known
from nbexport.options import options_of
from nbexport.shell import config
from nbexport.shell.cli import main

LOST = "# %%\nprint(lost)\n_3\n"
"""Two errors: NBX101 and NBX108."""


def codes(capsys: pytest.CaptureFixture[str], *words: str | Path) -> list[str]:
    """The codes that a check reports."""
    assert main(["check", *map(str, words), "--output-format", "json"]) in (0, 1)
    return [row["code"] for row in json.loads(capsys.readouterr().out)]


def trouble(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """What a check that cannot begin says."""
    assert main(["check", *map(str, words)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook two folders deep."""
    path = tmp_path / "deep" / "er" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text(LOST)
    return path


def test_the_nearest_file_decides(notebook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(capsys, notebook) == ["NBX101", "NBX108"]
    (tmp_path / "pyproject.toml").write_text('[tool.nbexport]\nselect = ["NBX101"]\n')
    assert codes(capsys, notebook) == ["NBX101"]
    (tmp_path / "nbexport.toml").write_text('select = ["NBX108"]\n')
    assert codes(capsys, notebook) == ["NBX108"]
    (tmp_path / "deep" / "pyproject.toml").write_text('[project]\nname = "nbexport"\n[tool.ruff]\n')
    assert codes(capsys, notebook) == ["NBX108"]
    (tmp_path / "deep" / "pyproject.toml").write_text('[tool]\nnbexport.ignore = ["undefined-name", "NBX108"]\n')
    assert codes(capsys, notebook) == []


def test_each_notebook_has_its_own(notebook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "b.py"
    other.write_text(LOST)
    (notebook.parent / "nbexport.toml").write_text('select = ["NBX108"]\n')
    assert codes(capsys, notebook, other) == ["NBX108", "NBX101", "NBX108"]


def test_the_command_line_wins(notebook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nbexport.toml"
    file.write_text('select = ["NBX101"]\noutput-format = "concise"\nlevel = 1\n')
    assert codes(capsys, notebook, "--select", "NBX108") == ["NBX108"]
    assert codes(capsys, notebook, "--extend-select", "NBX108") == ["NBX101", "NBX108"]
    assert codes(capsys, notebook, "--isolated") == ["NBX101", "NBX108"]
    assert "NBX201" in codes(capsys, notebook, "--select", "ALL")
    assert "NBX201" not in codes(capsys, notebook, "--select", "ALL", "--level", "0")
    assert main(["check", str(notebook)]) == 1
    assert capsys.readouterr().out.startswith(f"{notebook}:cell 1:1:7: NBX101")
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('ignore = ["NBX108"]\n')
    assert codes(capsys, notebook, "--config", elsewhere) == ["NBX101"]
    assert "give one of them" in trouble(capsys, notebook, "--config", elsewhere, "--isolated")
    assert "cannot be read" in trouble(capsys, notebook, "--config", tmp_path / "missing.toml")


def test_strict_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %%\nx = 1  # noqa: NBX101\n")
    assert main(["check", str(path)]) == 0
    (tmp_path / "nbexport.toml").write_text("strict = true\n")
    assert main(["check", str(path)]) == 1


def test_per_file_ignores(notebook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nbexport.toml"
    for pattern, silent in {
        "deep": True,
        "deep/": True,
        "deep/*": True,
        "deep/**/*.py": True,
        "./deep/er/a.py": True,
        "a.py": True,
        "*.py": True,
        "[ab].py": True,
        "[!a].py": False,
        "!b.py": True,
        "er/a.py": False,
        "*.ipynb": False,
    }.items():
        file.write_text(f'[per-file-ignores]\n"{pattern}" = ["NBX1"]\n')
        assert codes(capsys, notebook) == ([] if silent else ["NBX101", "NBX108"]), pattern
    assert codes(capsys, notebook, "--per-file-ignores", "*.py:NBX101") == ["NBX108"]
    both = ("--per-file-ignores", "*.py:NBX101,a.*:NBX108")
    assert codes(capsys, notebook, *both) == []
    assert "`NBX101` is not PATTERN:CODE" in trouble(capsys, notebook, "--per-file-ignores", "NBX101")


def test_the_longest_beginning_decides() -> None:
    chosen = {
        ("NBX101", "NBX1", ""): ["NBX101"],
        ("NBX1", "NBX101", ""): ["NBX102"],
        ("NBX101", "NBX101", ""): [],
        ("", "NBX1", "NBX102"): ["NBX102", "NBX201"],
        ("NBX2", "", "NBX101"): ["NBX101", "NBX201"],
    }
    for (select, ignore, extend), wanted in chosen.items():
        picked = Selection(*(tuple(filter(None, [text])) for text in (select, ignore, extend)))
        assert [code for code in ("NBX101", "NBX102", "NBX201") if picked.reports(code)] == wanted
    assert known(["all", "undefined-name, nbx4"], where="here") == ("", "NBX101", "NBX4")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('selct = ["NBX1"]', "there is no setting `selct`\nfix: write `select`"),
        ("per_file_ignores = {}", "there is no setting `per_file_ignores`\nfix: write `per-file-ignores`"),
        ("fix = true", "there is no setting `fix`\nfix: the settings are `level`, `select`"),
        ('select = "NBX1"', "`select` is 'NBX1'\nfix: give a list of strings"),
        ("ignore = [1]", "`ignore` is [1]"),
        ("strict = 1", "`strict` is 1\nfix: give true or false"),
        ("level = true", "`level` is True\nfix: give one of 0"),
        ("level = 9", "`level` is 9"),
        ('output-format = "loud"', "`output-format` is 'loud'\nfix: give one of 'full'"),
        ('per-file-ignores = ["a"]', "fix: give a table of lists"),
        ('[per-file-ignores]\n"a" = "NBX1"', "fix: give a table of lists"),
        ('select = ["NBX9"]', "`select`: no rule's code begins with `NBX9`"),
        ('[per-file-ignores]\n"a" = ["E5"]', "`per-file-ignores`: no rule's code begins with `E5`"),
        ("select = [", "is not TOML\nwhy: "),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str, notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = notebook.parent / "nbexport.toml"
    file.write_text(text)
    error = trouble(capsys, notebook)
    assert error.startswith(f"error: `{file}`")
    assert said in error


def test_a_table_that_is_none(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (notebook.parent / "pyproject.toml").write_text("[tool]\nnbexport = 3\n")
    assert "`tool.nbexport` is not a table" in trouble(capsys, notebook)


@pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select"])
def test_unknown_codes_on_the_command_line(option: str, notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"`{option}`: no rule's code begins with `F401`" in trouble(capsys, notebook, option, "NBX1,F401")


def test_every_setting_is_an_option() -> None:
    settings = {option.name for option in options_of("check") if option.config}
    assert settings >= {
        "select",
        "ignore",
        "extend-select",
        "per-file-ignores",
        "exclude",
        "strict",
        "output-format",
        "level",
    }


def test_a_file_is_read_once(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nbexport.toml").write_text('ignore = ["NBX101"]\n')
    (tmp_path / "b.py").write_text(LOST)
    read, seen = config.read, []
    monkeypatch.setattr(config, "read", lambda path: seen.append(path) or read(path))
    assert main(["check", str(notebook), str(tmp_path / "b.py"), "--exit-zero"]) == 0
    assert seen == [tmp_path / "nbexport.toml"]
