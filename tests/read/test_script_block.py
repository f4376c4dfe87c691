"""Script blocks (PEP 723) as juv, uv and marimo write them: read, refused with the row, and followed by an export."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import SOUND

from nbexport import api
from nbexport.emit.package import python_version, requires_python
from nbexport.program import Program
from nbexport.read.script_block import PYTHONS, ScriptBlockError, pythons, script_block
from nbexport.record import replace

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def block(*lines: str) -> str:
    return "\n".join(["# /// script", *(f"# {line}".rstrip() for line in lines), "# ///", ""])


EMPTY = block("dependencies = []")


def files(notebook: Path, level: int = 2) -> tuple[dict[str, str], tuple[str, ...]]:
    """The text files of an export, and its notes."""
    made = api.project(notebook, level=level)
    assert not isinstance(made, api.Refused), made.findings
    return {file.path: file.content.decode() for file in made.artifacts if not file.vendored}, made.notes


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "# /// script\n# dependencies = []",  # not ended
        "# /// other\n# dependencies = []\n# ///",
        'text = """\n/// script\n///\n"""',
    ],
)
def test_no_block(source: str) -> None:
    assert script_block([(1, source)]) is None


def test_an_empty_line_and_other_types_of_block_are_passed_over() -> None:
    other = "# /// uv-lock\n# dependencies = [3]\n# ///\n"
    found = script_block([(1, "x"), (2, other + block('requires-python = "~=3.12"', "", "dependencies = [", '"a"]'))])
    assert found is not None
    assert (found.cell, found.requires_python, found.dependencies, found.tools) == (2, "~=3.12", ("a",), ())


@pytest.mark.parametrize(
    ("lines", "row", "why"),
    [
        (["dependencies = ["], 1, "cannot be followed"),
        (["requires-python = 3.12"], 2, "`requires-python` is not text"),
        (["", 'requires-python = "3.12 or so"'], 3, "leaves none of 3.11"),
        (['requires-python = "<3.10"'], 2, "leaves none of 3.11"),
        (['dependencies = "pandas"'], 2, "not a list of texts"),
        (["dependencies = [3]"], 2, "not a list of texts"),
        (["dependencies = [", '"pandas",', '"numpy >> 2",', "]"], 4, "`numpy >> 2` is not a requirement"),
        (['dependencies = ["a\\n--index-url http://evil"]'], 1, "is not a requirement"),
        (['dependencies = ["-r secrets.txt"]'], 2, "is not a requirement"),
        (['dependencies = ["tool @ git+https://host.example/tool"]'], 2, "`tool` is named by an address"),
        (['dependencies = ["tool @ https://ann:word@host.example/t.whl"]'], 2, "`tool` is named by an address"),
    ],
)
def test_what_cannot_be_followed_is_said_with_its_row(lines: list[str], row: int, why: str) -> None:
    with pytest.raises(ScriptBlockError, match=why) as error:
        script_block([(4, f"import a\n{block(*lines)}")])
    assert (error.value.cell, error.value.row) == (4, row + 1)


def test_a_second_block_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptBlockError, match="one script block") as error:
        script_block([(1, EMPTY), (3, EMPTY)])
    assert error.value.cell == 3
    notebook = tmp_path / "some.py"
    notebook.write_text(f"{EMPTY}# %%\n{EMPTY}{SOUND}", encoding="utf-8")
    refused = api.project(notebook, level=1)
    assert isinstance(refused, api.Refused)
    assert [finding.code for finding in refused.against] == ["NBX323"]


@pytest.mark.parametrize(
    ("requires", "allowed"),
    [("", PYTHONS), (">=3.12", PYTHONS[1:]), ("==3.12.4", ("3.12",)), (">=3.9,<3.13", ("3.11", "3.12")), ("<3", ())],
)
def test_which_pythons_a_specifier_allows(requires: str, allowed: tuple[str, ...]) -> None:
    assert pythons(requires) == allowed


@pytest.mark.parametrize(
    ("asked", "project"),
    [("", ">=3.11"), (">=3.8", ">=3.11"), (">=3.12", ">=3.12"), ("<3.13", ">=3.11,<3.13"), ("~=3.10", "~=3.10,>=3.11")],
)
def test_what_a_project_allows(asked: str, project: str) -> None:
    program = replace(Program("", "x.py", "", "", ""), requires_python=asked)
    assert requires_python(program) == project
    assert python_version(program) == (HERE if HERE in pythons(asked) else pythons(asked)[0])


def test_juv_s_first_cell_wins_over_what_is_installed(tmp_path: Path) -> None:
    """At every place that names versions: requirements, project, CI, image."""
    other = next(one for one in PYTHONS if one != HERE and one > "3.11")
    first = block(
        f'requires-python = "=={other}.*"',
        'dependencies = ["loguru>=0.5,<0.6", "httpx>=0.1", "jupyterlab", "uvicorn<99"]',
        "[tool.uv]",
        'index-url = "https://host.example/simple"',
    )
    cells = [first, *(part.partition("\n")[2] for part in SOUND.split("# %% ")[1:])]
    tags = [[], *([role] for role in ("parameters", "data", "train", "evaluate", "predict"))]
    made = [
        {"cell_type": "code", "execution_count": None, "metadata": {"tags": tag}, "outputs": [], "source": source}
        for source, tag in zip(cells, tags, strict=True)
    ]
    notebook = tmp_path / "some.ipynb"
    notebook.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": made}), encoding="utf-8"
    )
    found, notes = files(notebook)
    train = found["requirements.txt"].splitlines()
    # one that is installed and allowed is pinned to what the notebook ran with
    assert [line.partition("==")[0] for line in train if "==" in line] == ["httpx", "uvicorn"]
    assert "loguru>=0.5,<0.6" in train
    assert not any(line.startswith("jupyterlab") for line in train)
    assert any(line.startswith("uvicorn[standard]==") for line in found["requirements-serve.txt"].splitlines())
    assert "httpx" not in found["requirements-serve.txt"]
    whole = tomllib.loads(found["pyproject.toml"])
    assert whole["project"]["requires-python"] == f"=={other}.*"
    assert whole["project"]["dependencies"] == ["httpx>=0.1", "loguru>=0.5,<0.6", "uvicorn<99"]
    assert "uvicorn[standard]<99" in whole["project"]["optional-dependencies"]["serve"]
    assert f"FROM python:{other}-slim-bookworm" in found["Dockerfile"]
    assert f'python-version: "{other}"' in found[".github/workflows/ci.yml"]
    assert f"--python-version {other} " in found["Makefile"]
    said = "\n".join(notes)
    assert "asks for `loguru>=0.5,<0.6`: another version is installed here" in said
    assert f"asks for Python `=={other}.*`: CI and image have {other}" in said
    assert "`[tool.uv]` of the notebook's script block is not followed" in said


def test_the_header_of_a_script_wins_over_an_install_line(tmp_path: Path) -> None:
    notebook = tmp_path / "some.py"
    header = "#!/usr/bin/env -S uv run --script\n" + block('dependencies = ["obscure~=2.1"]')
    notebook.write_text(f"{header}# %%\n# %pip install obscure==1.0\nimport obscure\n{SOUND}", encoding="utf-8")
    found, notes = files(notebook, level=1)
    assert "obscure~=2.1" in found["requirements.txt"].splitlines()
    assert "1.0" not in found["requirements.txt"]
    assert not any("script block" in note for note in notes)
