"""Runs the commands of a page in one shell, as a reader would, and compares what they print.

A ```` ```console ```` block holds commands, each after `$ `, and below each what it prints. A line that is only `…` stands for any lines,
`…` within a line for any text. A ```` ```sh ```` block holds commands alone. `# exit code N` at the end of a command says how it ends where
that is not 0. A comment `<!-- not run: REASON -->` before a block leaves it out. A block with `title="NAME"` is a file that the reader
saves. Blocks of other languages are only shown.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from projects.serving import free_port

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- not run: (?P<reason>[^\n]+) -->\n+ *)?```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
ENDED = "<<ended>>"
PORT = "8000"
"""The port that pages name; the tests use a free one instead."""


@dataclass
class Step:
    """A command of a page, or a file that the reader saves."""

    command: str
    shown: list[str] = field(default_factory=list)
    """What the page says that it prints."""
    code: int = 0
    file: str = ""
    """The name of the file; its text is in `command` then."""


def blocks(page: str) -> list[re.Match[str]]:
    """The fenced blocks of a page."""
    return list(BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")))


def steps(page: str) -> list[Step]:
    """What a reader of a page does, in order."""
    found: list[Step] = []
    for block in blocks(page):
        text = re.sub(rf"^{block['indent']}", "", block["text"], flags=re.MULTILINE)
        title = re.search(r'title="([^"]+)"', block["rest"])
        if title:
            found.append(Step(text, file=title[1]))
        elif block["reason"]:
            continue
        elif block["language"] == "sh":
            found += [step_of(command) for command in joined(text) if not command.startswith("#")]
        elif block["language"] == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, *rest = joined(part)
                found.append(step_of(command))
                found[-1].shown = [line for line in rest if line.strip()]
    return found


def joined(text: str) -> list[str]:
    """The lines of a block, with those that go on after a backslash as one."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def step_of(line: str) -> Step:
    """The command of a line, and how it ends."""
    command, _, comment = line.partition("  # ")
    code = re.fullmatch(r"exit code (\d+).*", comment.strip())
    return Step(command.strip(), code=int(code[1]) if code else 0)


def missing(shown: list[str], printed: str) -> str:
    """The first line that a page shows and the command did not print there; empty if all is as shown."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    place, anywhere = 0, False
    for line in shown:
        if line.strip() == "…":
            anywhere = True
            continue
        pattern = re.compile(".*?".join(map(re.escape, line.rstrip().split("…"))))
        rest = lines[place:] if anywhere else lines[place : place + 1]
        at = next((number for number, text in enumerate(rest) if pattern.fullmatch(text)), None)
        if at is None:
            return line
        place, anywhere = place + at + 1, False
    return "" if anywhere or place == len(lines) else f"nothing about: {lines[place]}"


class Reader:
    """A shell in a folder of its own, in which the commands of pages run one after the other."""

    def __init__(self, folder: Path) -> None:
        """Start the shell.

        Args:
            folder: Where it begins; it gets the examples of this repository.
        """
        home, tools = folder / "home", folder / "tools"
        home.mkdir(parents=True)
        tools.mkdir()
        shutil.copytree(ROOT / "examples", home / "examples")
        nbexport = tools / "nbexport"
        # only nbexport itself finds this repository: projects have to do without
        nbexport.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m nbexport "$@"\n')
        nbexport.chmod(0o755)
        self.folder = home
        self.port = free_port()
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        environment |= {
            "PATH": os.pathsep.join((str(tools), str(Path(sys.executable).parent), os.environ["PATH"])),
            "UVICORN_PORT": str(self.port),
            "COLUMNS": "120",
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_WAIT_POLICY": "PASSIVE",
            "NBEXPORT_CACHE_DIR": str(folder / "cache"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
        }
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # with all that was started in the background
        os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.communicate()

    def follow(self, page: str) -> int:
        """Do what a page says; the number of commands that ran."""
        ran = 0
        for step in steps(page):
            if step.file:
                (self.folder / step.file).write_text(step.command, encoding="utf-8")
                continue
            code, printed = self.run(step.command)
            where = f"{page}: $ {step.command}\n{printed}"
            assert code == step.code, f"{where}\nended with {code}, not {step.code}"
            lost = missing(step.shown, printed) if step.shown else ""
            assert not lost, f"{where}\nthe page shows: {lost}"
            ran += 1
        return ran

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and output of one command; one that ends in `&` goes on behind the next ones, and its output is dropped."""
        line = command.replace(f":{PORT}", f":{self.port}")
        if line.endswith("&"):
            line = f"{line[:-1]} >/dev/null 2>&1 &"
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        # stdin is the script of the shell: a command must not read it
        self.shell.stdin.write(f"{{ {line}\n}} </dev/null\ncode=$?; echo; echo '{ENDED}' $code\n")
        self.shell.stdin.flush()
        lines: list[str] = []
        for text in self.shell.stdout:
            if text.startswith(ENDED):
                return int(text.split()[-1]), "".join(lines).replace(f":{self.port}", f":{PORT}")
            lines.append(text)
        raise AssertionError(f"the shell ended in: {command}\n{''.join(lines)}")
