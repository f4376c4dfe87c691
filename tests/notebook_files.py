"""Notebook files that tests write."""

from __future__ import annotations

import json
from pathlib import Path

Source = str | tuple[str, list[str]]
"""The source of a cell, or its source and its tags."""


def written(path: Path, *sources: Source) -> Path:
    """A notebook of code cells in a file; a source that begins with `# ` is Markdown."""
    cells = []
    for index, one in enumerate(sources):
        source, tags = (one, []) if isinstance(one, str) else one
        cell = {"id": f"cell-{index}", "metadata": {"tags": tags}, "source": source}
        code = {"cell_type": "code", "outputs": [], "execution_count": index + 1}
        cells.append(cell | ({"cell_type": "markdown"} if source.startswith("# ") else code))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
