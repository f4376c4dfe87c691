"""The notebook in a fresh kernel."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from nbexport.read.notebook import read
from nbexport.verify.kernel import run_notebook, without_grammars
from nbexport.verify.limits import Limits
from nbexport.verify.stopping import Stop


def test_what_an_editor_gives_to_another_language_is_not_run_as_python(tmp_path: Path) -> None:
    r = {"vscode": {"languageId": "r"}}
    sources = [("x = 3", {}), ("x = -9", r), ("%%bash\ntrue", {}), ('metrics = {"x": x}', {"tags": ["evaluate"]})]
    cells = [
        {"cell_type": "code", "metadata": metadata, "outputs": [], "execution_count": None, "source": source}
        for source, metadata in sources
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    said: list[str] = []
    run = run_notebook(
        read(path),
        values=["x"],
        examples=[],
        evaluated=[],
        after=4,
        needed={1, 4},
        scratch=scratch,
        progress=said.append,
        stop=Stop(),
        limits=Limits(),
    )
    assert run.metrics == {"x": 3}


def test_grammars_that_no_notebook_needs_are_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rfc3987_syntax.py").write_text("built = True\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "rfc3987_syntax", raising=False)
    with without_grammars(), pytest.raises(ImportError):
        importlib.import_module("rfc3987_syntax")
    assert importlib.import_module("rfc3987_syntax").built
    # who has them already keeps them
    with without_grammars():
        assert importlib.import_module("rfc3987_syntax").built
    monkeypatch.delitem(sys.modules, "rfc3987_syntax")
