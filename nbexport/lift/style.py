"""Lifted source → the same code, formatted by ruff, with imports sorted and the notebook's own habits excused.

Only whitespace, quotes and the order of imports are touched: a lint fix could change what the code computes, so what
ruff's default rules object to in the notebook's own lines is named once at the top of the file instead.
"""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from nbexport.errors import NbexportError
from nbexport.model import Program
from nbexport.record import replace

LINE_LENGTH = "line-length=120"
"""As `pyproject.toml` of the project says."""
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
            if f"{name}.py" in program.written_modules
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
    formatted = _ruff(["format", "--quiet"], sorted_text, name, own)
    objections = json.loads(
        _ruff(["check", "--exit-zero", "--quiet", "--output-format", "json"], formatted, name, own) or "[]"
    )
    codes = sorted({objection["code"] for objection in objections if objection["code"]})
    if not codes:
        return formatted
    return (
        "# The notebook's own lines are kept as they are, habits included:\n"
        f"# ruff: noqa: {', '.join(codes)}\n{formatted}"
    )


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
