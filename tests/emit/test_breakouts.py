"""Whatever a notebook calls things, it stays text: in YAML, shell, Dockerfiles, TOML and Markdown the exported project is
the one that a plain notebook gives."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fuzzing import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from nbexport import api
from nbexport.emit import runtime, templating
from nbexport.emit.package import project_name
from nbexport.levels import CI_SYSTEMS

WORST = (
    "${{ github.token }}",
    "${{ secrets.A }}\"'",
    "$(touch owned)",
    "`touch owned`",
    '"; touch owned #',
    "' || touch owned; '",
    "\n- injected: true\n",
    "\nRUN touch owned\n",
    "\r\n[tool.evil]\nx = 1\r\n",
    "EOF\ntouch owned\n",
    "{{ 7 * 7 }}",
    "[[ program ]]",
    "#: for x in y",
    "--flag",
    "-",
    "..",
    "1. one",
    "key: value",
    "? &a *a !!python/object x",
    "::set-output name=a::b",
    "%0Aowned",
    "\\",
    '"""',
    "'''",
    "<script>x</script><!--",
    "[a](javascript:x) ![b](c)",
    "**b** _c_ ~~d~~ | e |",
    "```\nsh\n```",
    "# head\n===\n",
    "> quote",
    "\u2028\x85\u202e",
    "\x1b[31m",
    "é漢字",
    "$HOME ~ * ?",
    "a\tb",
)
texts = st.lists(st.sampled_from(WORST) | st.text(st.characters(codec="utf-8"), max_size=6), min_size=1, max_size=4)
hostile = texts.map("".join)


def notebook(text: str) -> str:
    """A notebook that has a text wherever one can stand."""
    line = " ".join(text.splitlines()).replace("\r", " ").replace("\x00", "")
    docstring = text.replace("\\", "").replace('"', "'").replace("\x00", "").replace("\r", "")
    sources: list[tuple[str, str, list[str]]] = [
        ("markdown", f"# {text} end\n\n# Second", []),
        ("code", f"rate = 0.5  # {line}\nlabel = {text!r}  # {line}", ["parameters", text]),
        ("code", f"path = {text!r}\nrows = [float(len(row)) for row in [label, 'b']]", ["data"]),
        ("markdown", f"## {text} and\n\n{text}", []),
        ("code", f"# {line}\nweight = sum(rows) * rate + 1", ["train"]),
        ("code", f"metrics = {{{text!r}: weight}}\nassert metrics[{text!r}] > 0", ["evaluate"]),
        (
            "code",
            f'def predict(row: float) -> float:\n    """{docstring} end."""\n    return row * weight\npredict(2.0)',
            ["predict", f"x{text}"],
        ),
    ]
    cells = [
        {
            "cell_type": kind,
            "metadata": {"tags": tags},
            "source": source,
            **({"outputs": [], "execution_count": None} if kind == "code" else {}),
        }
        for kind, source, tags in sources
    ]
    about = {"kernelspec": {"name": text, "display_name": text, "language": "python"}, "title": text}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells})


def files(text: str, ci: str, name: str) -> dict[str, str]:
    """The text files of the export of a notebook with that text and file name."""
    made = api.project(Path("nowhere") / name, level=3, text=notebook(text), ci=ci)
    assert not isinstance(made, api.Refused), [finding.problem.message for finding in made.against]
    return {artifact.path: artifact.content.decode() for artifact in made.artifacts}


@cache
def plain(ci: str, name: str) -> dict[str, str]:
    return files("plain", ci, name)


def shape(text: str) -> list[str]:
    """What a Markdown text is made of, less what it says."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse(text)
    found: list[str] = []
    for token in tokens:
        found.append(token.type)
        found += [child.type for child in token.children or ()]
    return found


ALIKE = (
    ".yml",
    ".yaml",
    ".sh",
    "Dockerfile",
    "Makefile",
    ".gitattributes",
    ".gitignore",
    ".dockerignore",
    ".txt",
    "pipeline.toml",
)
"""Endings of files that hold nothing of a notebook but a name that was made of its file name."""


@pytest.mark.parametrize("ci", CI_SYSTEMS)
@settings(examples(8), suppress_health_check=[HealthCheck.too_slow])
@given(text=hostile)
@example(text="".join(WORST[:12]))
@example(text="".join(WORST[12:]))
def test_no_text_of_a_notebook_breaks_out(ci: str, text: str) -> None:
    name = re.sub(r"[/\x00\ud800-\udfff]", "", text)[:60] + ".ipynb"
    safe = project_name(name)
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", safe)
    expected, found = plain(ci, f"{safe}.ipynb"), files(text, ci, name)
    assert set(found) == set(expected)
    for path, content in found.items():
        other = expected[path]
        if path == "pyproject.toml":
            mine, theirs = tomllib.loads(content), tomllib.loads(other)
            assert mine["project"].pop("description") == f"Training of {name}".encode("utf-8", "replace").decode()
            theirs["project"].pop("description")
            assert mine == theirs
        elif path.endswith(ALIKE) or path.startswith(f"{runtime.NAME}/"):
            assert content == other, path
        elif path.endswith(".md"):
            assert shape(content) == shape(other), path
        elif path.endswith((".json", ".lock")):
            json.loads(content)
        elif path.endswith(".py"):
            ast.parse(content)
        else:
            raise AssertionError(path)


@pytest.mark.parametrize(
    ("text", "title"), [("```\nsh\n```", "some"), ("![](plot.png)\n", "Second"), ("**b** _c_", "b c end")]
)
def test_a_heading_of_marks_alone_is_no_title(text: str, title: str) -> None:
    lifted = api.lift(Path("nowhere/some.ipynb"), level=1, text=notebook(text))
    assert not isinstance(lifted, api.Refused)
    assert lifted.program.title == title


# --------------------------------------------------------------------------- what a pipeline says of a model


def pipelines_own() -> ModuleType:
    """The module with which a project writes Markdown."""
    spec = importlib.util.spec_from_file_location("markdown", runtime.folder() / "pipeline" / "markdown.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OWN = pipelines_own()
parse = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse


def inline(text: str) -> list[tuple[str, str]]:
    """(type, content) of what stands in lines of text."""
    return [(child.type, child.content) for token in parse(text) for child in token.children or ()]


def in_one_line(text: str) -> str:
    return " ".join(text.split()).replace("\x00", "\ufffd").replace("\u2060", "")


@pytest.mark.parametrize("escaped", [OWN.escaped, templating.markdown], ids=["pipeline", "emit"])
@given(text=hostile)
def test_escaped_text_shows_as_it_is(escaped: Any, text: str) -> None:
    shown = in_one_line(text)
    for before, around in (("# ", "heading_open"), ("- ", "bullet_list_open"), ("", "paragraph_open")):
        source = f"{before}{escaped(text)}\n"
        if not shown:
            continue
        assert parse(source)[0].type == around
        assert shape(source).count("inline") == 1
        assert [(kind, content.replace("\u2060", "")) for kind, content in inline(source)] == [("text", shown)]


@pytest.mark.parametrize("code", [OWN.code, templating.code], ids=["pipeline", "emit"])
@given(text=hostile)
def test_code_shows_as_it_is(code: Any, text: str) -> None:
    if shown := in_one_line(text):
        assert [kind for kind, _ in inline(f"a {code(text)} b")] == ["text", "code_inline", "text"]
        content = inline(f"a {code(text)} b")[1][1]
        # a bar is escaped for the sake of tables, which take the escape away again
        assert content == shown or content.replace("\\|", "|") == shown


@given(one=hostile, other=hostile)
def test_a_row_has_its_cells(one: str, other: str) -> None:
    lines = [OWN.row("a", "b"), OWN.row("---", "---"), OWN.row(OWN.code(one), OWN.escaped(other))]
    kinds = [token.type for token in parse("\n".join(lines))]
    assert kinds.count("tr_open") == 2
    assert kinds.count("td_open") == 2
    assert set(shape(lines[2])) <= {"paragraph_open", "inline", "text", "code_inline", "paragraph_close"}
