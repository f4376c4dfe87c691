"""What real shells make of the tab key, each told by its own script to ask nbexport."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nbexport.options import all_options
from nbexport.shell import completion
from nbexport.shell.cli import DOORS, main

PATIENCE = 60
"""Seconds that a shell has on a busy machine."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with notebooks and a project, the scripts beside it, and nbexport on the path."""
    program = tmp_path / "bin" / "nbexport"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nbexport "$@"\n')
    program.chmod(0o755)
    for shell in completion.SHELLS:
        (tmp_path / f"script.{shell}").write_text(f"{completion.script(shell)}\n")
    folder = tmp_path / "desk"
    (folder / "project").mkdir(parents=True)
    for name in ("churn.ipynb", "cherry.ipynb", "two words.ipynb"):
        (folder / name).touch()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(completion.__file__).parents[2]), prepend=os.pathsep)
    for home in ("HOME", "ZDOTDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(home, str(tmp_path))
    return folder


BASH = """\
source ../script.bash
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_CWORD=0
ask=$(complete -p nbexport)
ask=${ask##*-F }
${ask%% *} nbexport
printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash(line: str, folder: Path) -> list[str]:
    """What bash offers at the end of a line."""
    return _lines(["bash", "--norc", "-c", BASH, "bash", line], folder)


def fish(line: str, folder: Path) -> list[str]:
    """What fish offers at the end of a line; descriptions stand behind a tab."""
    return [
        offer.partition("\t")[0]
        for offer in _lines(["fish", "--no-config", "-c", "source ../script.fish; complete -C $argv", line], folder)
    ]


def _lines(command: list[str], folder: Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, timeout=PATIENCE)
    assert done.stderr == ""
    # bash appends a space to what is the only match
    return [line.rstrip().replace("\\", "") for line in done.stdout.splitlines() if line]


ZSHRC = """\
eval "$(cat $ZDOTDIR/script.zsh)"
tell() { print -r -- "$BUFFER" >$ZDOTDIR/line.new; mv $ZDOTDIR/line.new $ZDOTDIR/line }
zle -N tell
bindkey '^X' tell
zle-line-init() { : >$ZDOTDIR/ready }
zle -N zle-line-init
"""


def zsh(line: str, folder: Path) -> str:
    """The line as zsh has completed it, typed at a terminal."""
    home = folder.parent
    (home / ".zshrc").write_text(ZSHRC)
    terminal, end = pty.openpty()
    command = ["zsh", "--no-globalrcs", "-i"]
    process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, cwd=folder, start_new_session=True)
    try:
        _wait_for(home / "ready", terminal)
        os.write(terminal, f"{line}\t\x18".encode())
        return _wait_for(home / "line", terminal).rstrip().replace("\\", "")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
        os.close(end)


def _wait_for(path: Path, terminal: int) -> str:
    """The text of a file, once the shell behind a terminal has written it; the shell's own output is read away."""
    shown = b""
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end, shown.decode(errors="replace")
        if select.select([terminal], [], [], 0.05)[0]:
            shown += os.read(terminal, 4096)
    return path.read_text()


LINES = [
    ("nbexport ver", "verify"),
    ("nbexport chu", "churn.ipynb"),
    ("nbexport --dr", "--dry-run"),
    ("nbexport churn.ipynb --dr", "--dry-run"),
    ("nbexport churn.ipynb --ci gitl", "gitlab"),
    ("nbexport churn.ipynb --output pr", "project/"),
    ("nbexport check two", "two words.ipynb"),
    ("nbexport check churn.ipynb che", "cherry.ipynb"),
    ("nbexport check --output-fo", "--output-format"),
    ("nbexport check --output-format co", "concise"),
    ("nbexport check --output-format=co", "--output-format=concise"),
    ("nbexport verify --project pr", "project/"),
    ("nbexport sync -o pr", "project/"),
    ("nbexport churn.ipynb --runtime pac", "package"),
    ("nbexport eject ", "project/"),
    ("nbexport update-runtime pr", "project/"),
    ("nbexport completion z", "zsh"),
]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_bash_completes(line: str, expected: str, desk: Path) -> None:
    # bash takes `=` for the end of a word
    assert bash(line, desk) == [expected.rpartition("=")[2]]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_fish_completes(line: str, expected: str, desk: Path) -> None:
    assert fish(line, desk) == [expected]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
def test_zsh_completes(line: str, expected: str, desk: Path) -> None:
    assert zsh(line, desk) == f"{line.rpartition(' ')[0]} {expected}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nbexport ch", {"check", "churn.ipynb", "cherry.ipynb"}),
        ("nbexport churn.ipynb --level ", {"1", "2", "3", "4"}),
        ("nbexport check --level ", {"0", "1", "2", "3", "4"}),
        ("nbexport completion ", set(completion.SHELLS)),
        ("nbexport explain ", set()),
    ],
)
def test_a_shell_offers_what_the_command_takes_and_nothing_else(line: str, expected: set[str], desk: Path) -> None:
    assert set(bash(line, desk)) == expected
    assert set(fish(line, desk)) == expected


def test_every_option_of_every_command_is_offered(desk: Path) -> None:
    for command in DOORS:
        flags = {f"--{option.name}" for option in all_options() if command in option.commands} | {"--help"}
        words = "nbexport" if command == "export" else f"nbexport {command}"
        assert set(bash(f"{words} --", desk)) == flags | ({"--version"} if command == "export" else set())


def test_a_shell_without_a_script_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert capsys.readouterr().err == "error: there is no completion for `tcsh`\nfix: one of: bash, zsh, fish\n"


def test_other_commands_do_not_import_it(desk: Path) -> None:
    code = "import sys; from nbexport.shell import cli; cli.main(sys.argv[1:]); print(*sorted(sys.modules))"
    for words in (["rules"], ["check", "."], ["explain", "NBX101"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=desk.parent / "bin"
        )
        assert "nbexport.shell.parser" in done.stdout.split()
        assert {"argcomplete", "nbexport.shell.completion"}.isdisjoint(done.stdout.split())
