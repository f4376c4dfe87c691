"""Files that are taken for notebooks and are something else → what they are, and what to do."""

from __future__ import annotations

import re

from nbexport.errors import NbexportError

_LFS = "version https://git-lfs.github.com/spec/"
_MARIMO = re.compile(r"^(?:import marimo\b|\w+ = marimo\.App\()", re.MULTILINE)
_DATABRICKS = re.compile(r"(?:--|//|#) Databricks notebook source")
_PYTHON = re.compile(r"# %%|#%%|# In\[|#!|# -\*-|(?:import|from) \w|# Databricks notebook source")
_ARCHIVES = ((b"PK\x03\x04", "a ZIP archive"), (b"\x1f\x8b", "a gzip archive"), (b"%PDF-", "a PDF file"))


def other_tool(text: str, name: str) -> NbexportError | None:
    """What a script or Markdown file is that another tool wrote; None where nothing tells.

    Args:
        text: The file's text.
        name: The file's name, for messages.
    """
    head = text[:2000].lstrip()
    if head.startswith(_LFS):
        return NbexportError(
            f"`{name}` is a Git LFS pointer: the notebook itself has not been downloaded", fix="run `git lfs pull`"
        )
    if len(set(_MARIMO.findall(head))) > 1 and "@app." in text:
        made = re.sub(r"\.py$", "", name)
        return NbexportError(
            f"`{name}` is a marimo notebook, whose cells are functions",
            fix=f"run `marimo export ipynb {name} -o {made}.ipynb`",
        )
    return None


def stranger(text: str, name: str) -> NbexportError | None:
    """What a text is that should be the JSON of a notebook; None where nothing tells.

    Args:
        text: The file's text.
        name: The file's name, for messages.
    """
    if (other := other_tool(text, name)) is not None:
        return other
    head = text[:2000].lstrip()
    if re.match(r"<!doctype html|<html", head, re.IGNORECASE):
        return NbexportError(f"`{name}` is an HTML page", fix="download the notebook itself, its raw file on GitHub")
    if name.lower().endswith(".deepnote") or re.match(r"(?:metadata|project|version):(?:\s|$)", head):
        return NbexportError(f"`{name}` is a Deepnote project", fix="export it from Deepnote as `.ipynb`")
    if _DATABRICKS.match(head) and not head.startswith("#"):
        return NbexportError(
            f"`{name}` is a Databricks notebook whose language is not Python", fix="give a Python notebook"
        )
    if _PYTHON.match(head):
        return NbexportError(f"`{name}` holds Python source, not JSON", fix="give the file the ending `.py`")
    return None


def archive(data: bytes, name: str) -> NbexportError | None:
    """What bytes are that no notebook begins with; None where nothing tells.

    Args:
        data: What the file holds.
        name: The file's name, for messages.
    """
    kind = next((kind for mark, kind in _ARCHIVES if data.startswith(mark)), "")
    return NbexportError(f"`{name}` is {kind}, not a notebook", fix="give the notebook that it holds") if kind else None
