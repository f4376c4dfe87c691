"""The examples of the rules → notebook files.

An example is a py:percent notebook. Where a rule judges what a notebook stores beside its code, the example says so in
two ways that py:percent does not know, and is written as `.ipynb`:

    # %% execution_count=3
    print(total)
    #> 17

is a cell with the execution count 3 and the stored output `17`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbexport import api
from nbexport.judge.judgement import judge
from nbexport.model import Finding
from nbexport.read.joining import python_notebooks
from nbexport.read.percent import parse

OUTPUT = "#> "
NEXT = "# ==== next notebook\n"
"""Stands between the notebooks of an example that takes several, which are judged as one document."""


def judged(text: str, folder: Path) -> tuple[Finding, ...]:
    """What is reported about an example."""
    texts = text.split(NEXT)
    if len(texts) == 1:
        return api.check(written(text, folder))[1]
    paths = [folder / f"notebook{number}.py" for number in range(len(texts))]
    for path, part in zip(paths, texts, strict=True):
        path.write_text(part, encoding="utf-8")
    return judge(python_notebooks(paths), levels=(1,)).checked(1)


def written(text: str, folder: Path) -> Path:
    """The file that an example was written to."""
    stores = "execution_count=" in text or any(line.startswith(OUTPUT) for line in text.splitlines())
    path = folder / ("notebook.ipynb" if stores else "notebook.py")
    path.write_text(_ipynb(text) if stores else text, encoding="utf-8")
    return path


def _ipynb(text: str) -> str:
    cells = []
    for raw in parse(text)[0]:
        metadata = dict(raw.metadata)
        cell: dict[str, Any] = {"cell_type": raw.kind, "metadata": metadata, "source": raw.source}
        if raw.kind == "code":
            lines = raw.source.split("\n")
            shown = [line.removeprefix(OUTPUT) + "\n" for line in lines if line.startswith(OUTPUT)]
            cell["source"] = "\n".join(line for line in lines if not line.startswith(OUTPUT))
            cell["execution_count"] = metadata.pop("execution_count", None)
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": shown}] if shown else []
        if raw.tags:
            metadata["tags"] = list(raw.tags)
        cells.append(cell)
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}, indent=1)
