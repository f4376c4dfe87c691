"""Files that are taken for notebooks are named for what they are."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from nbexport.errors import NbexportError
from nbexport.read.notebook import read_text


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.ipynb"), "{}" * 40)
    return made.getvalue()


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
MARIMO = b"import marimo\n\napp = marimo.App()\n\n@app.cell\ndef _():\n    x = 1\n    return (x,)\n"


@pytest.mark.parametrize(
    ("data", "path", "what", "fix"),
    [
        (POINTER, "a.ipynb", "is a Git LFS pointer: the notebook itself has not been downloaded", "git lfs pull"),
        (POINTER, "a.py", "is a Git LFS pointer: the notebook itself has not been downloaded", "git lfs pull"),
        (POINTER, "a.md", "is a Git LFS pointer: the notebook itself has not been downloaded", "git lfs pull"),
        (MARIMO, "a.py", "is a marimo notebook, whose cells are functions", "`marimo export ipynb a.py -o a.ipynb`"),
        (b"\n<!DOCTYPE html>\n<html></html>", "a.ipynb", "is an HTML page", "raw file"),
        (b"# %%\nx = 1\n", "a.ipynb", "holds Python source, not JSON", "`.py`"),
        (b"import os\n", "a.ipynb", "holds Python source, not JSON", "`.py`"),
        (
            b"-- Databricks notebook source\nSELECT 1",
            "a.sql",
            "is a Databricks notebook whose language is not",
            "Python",
        ),
        (b"metadata:\n  a: 1\nproject: {}\n", "a.deepnote", "is a Deepnote project", "`.ipynb`"),
        (json.dumps({"paragraphs": [], "name": "z"}).encode(), "a.zpln", "is a Zeppelin note", "Jupyter"),
        (_zip(), "a.ipynb", "is a ZIP archive, not a notebook", "holds"),
        (gzip.compress(b"{}" * 40, mtime=0), "a.ipynb", "is a gzip archive, not a notebook", "holds"),
    ],
)
def test_what_a_file_is(data: bytes, path: str, what: str, fix: str) -> None:
    with pytest.raises(NbexportError) as caught:
        read_text(data, path)
    assert caught.value.what.startswith(f"`{path}` {what}")
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        "import marimo\nprint(marimo.__version__)\n",
        "version = 3\n",
        "# %%\n# export it with marimo\nx = 1\n",
        's = "version https://git-lfs.github.com/spec/v1"\n',
    ],
)
def test_scripts_that_only_mention_another_tool_are_read(text: str) -> None:
    assert read_text(text, "a.py").format == "percent"


def test_an_encoding_that_a_script_declares() -> None:
    text = "# -*- coding: latin-1 -*-\n# %%\nname = 'é'\n"
    assert read_text(text.encode("latin-1"), "a.py").cells[0].source == "name = 'é'"
    for wrong in (text.replace("latin-1", "no-such"), text.replace("latin-1", "ascii"), text[26:]):
        with pytest.raises(NbexportError, match="is not UTF-8 text"):
            read_text(wrong.encode("latin-1"), "a.py")
