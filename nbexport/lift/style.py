"""Lifted source → the same code, formatted by ruff, with imports sorted and the notebook's own habits excused.

Only whitespace, quotes and the order of imports are touched: a lint fix could change what the code computes, so what
ruff's default rules object to in the notebook's own lines is excused there, line by line.
"""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.program import Program
from nbexport.record import replace

LINE_LENGTH = "line-length=120"
"""As `pyproject.toml` of the project says."""
_UNUSED_EXCUSE = "RUF100"
"""ruff's rule against a comment that excuses what nobody objects to."""
_ORDER = "I001"
"""ruff's rule about the order of imports."""
_GENERATED = ("definitions", "model", "nbexport_runtime", "schemas", "serve", "stages", "train")


def tidied(program: Program, root: Path) -> Program:
    """The program with both texts formatted.

    Args:
        program: What was lifted.
        root: The notebook's folder; modules in it, on its path and written by it are the project's own, and are
            sorted as such.
    """
    imported = {module.partition(".")[0] for module in program.imports if not module.startswith(".")}
    folders = [root, *(root / folder for folder in program.search_path)]
    own = tuple(
        sorted(
            name
            for name in imported
            if f"{name}.py" in program.written_files
            or any((folder / f"{name}.py").is_file() or (folder / name).is_dir() for folder in folders)
        )
    )
    if not program.definitions:
        return replace(program, model=tidy(program.model, "model.py", own))
    _executable()  # found before the threads start: `sysconfig` is not safe among them
    with ThreadPoolExecutor(2) as pool:
        model = pool.submit(tidy, program.model, "model.py", own)
        definitions = pool.submit(tidy, program.definitions, "definitions.py", own)
    return replace(program, model=model.result(), definitions=definitions.result())


def tidy(text: str, name: str, own: tuple[str, ...] = ()) -> str:
    """One file's text, formatted.

    Args:
        text: Python source.
        name: The file's name in the project.
        own: Modules of the project beside the generated ones.

    Raises:
        NbexportError: ruff is missing or cannot read the source.
    """
    # the first pass joins what the lift wrote line by line, so that sorting sees whole blocks
    sorted_text = _ruff(["check", "--select", "I", "--fix", "--exit-zero", "--quiet"], text, name, own)
    return _finished(sorted_text, name, own)


def finished(text: str, name: str) -> str:
    """What was edited by hand, formatted and excused as an export would; imports stay where they are.

    Args:
        text: Python source.
        name: The file's name in the project.

    Raises:
        NbexportError: ruff is missing or cannot read the source.
    """
    return _finished(text, name, (), passed_over=_ORDER)


def _finished(text: str, name: str, own: tuple[str, ...], *, passed_over: str = "") -> str:
    formatted = _ruff(["format", "--quiet"], text, name, own)
    objections = [one for one in _objections(formatted, name, own) if one[1] != passed_over]
    if any(code == _UNUSED_EXCUSE for _, code in objections):
        # such as one for a rule of the notebook's own linter
        formatted = _ruff(
            ["check", "--fixable", _UNUSED_EXCUSE, "--fix", "--exit-zero", "--quiet"], formatted, name, own
        )
        objections = [one for one in _objections(formatted, name, own) if one[1] != passed_over]
    if not objections:
        return formatted
    excused = _ruff(["format", "--quiet"], _excused(formatted, objections), name, own)
    left = sorted({code for _, code in _objections(excused, name, own)} - {passed_over})
    # what no comment on a line can excuse
    return f"# ruff: noqa: {', '.join(left)}\n{excused}" if left else excused


def _objections(text: str, name: str, own: tuple[str, ...]) -> list[tuple[int, str]]:
    """(row on which it is excused, code) of all that ruff's default rules object to."""
    output = _ruff(["check", "--exit-zero", "--quiet", "--output-format", "json"], text, name, own)
    return [
        (one["noqa_row"] or one["location"]["row"], one["code"]) for one in json.loads(output or "[]") if one["code"]
    ]


def _excused(text: str, objections: list[tuple[int, str]]) -> str:
    """A text with a comment on each line that is objected to.

    >>> _excused("a = 1\\nf = lambda: 1  # one\\n", [(2, "E731")])
    'a = 1\\nf = lambda: 1  # one  # noqa: E731\\n'
    """
    lines = text.split("\n")
    codes: dict[int, set[str]] = {}
    for row, code in objections:
        codes.setdefault(row, set()).add(code)
    for row, row_codes in codes.items():
        line = lines[row - 1]
        known = re.search(r"\s*#\s*noqa:\s*([A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)", line)
        if known is not None:
            row_codes |= set(re.findall(r"[A-Z]+[0-9]+", known[1]))
            line = line[: known.start()] + line[known.end() :]
        lines[row - 1] = f"{line}  # noqa: {', '.join(sorted(row_codes))}"
    return "\n".join(lines)


@cache
def _executable() -> str:
    from ruff.__main__ import find_ruff_bin

    try:
        return str(find_ruff_bin())
    except FileNotFoundError as error:
        raise NbexportError("ruff is not installed", why=str(error), fix="pip install 'ruff>=0.17,<0.18'") from None


def _ruff(arguments: list[str], text: str, name: str, own: tuple[str, ...]) -> str:
    first_party = f"lint.isort.known-first-party={json.dumps([*_GENERATED, *own])}"
    configured = ["--isolated", "--config", LINE_LENGTH, "--config", first_party]
    command = [_executable(), *arguments, *configured, "--stdin-filename", name, "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip()
        raise NbexportError(f"ruff could not format the lifted `{name}`", why=reason, fix="report this notebook")
    return done.stdout.decode()
