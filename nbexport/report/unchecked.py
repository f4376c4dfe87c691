"""Notebooks in another language than Python → a line for each language: no rule says anything about them."""

from __future__ import annotations

from collections.abc import Iterable

from nbexport.model import Notebook
from nbexport.read.notebook import spoken_language
from nbexport.report.printable import printable


def not_checked(notebooks: Iterable[Notebook]) -> list[str]:
    """A line for each language, which names the first notebook and counts the others."""
    paths: dict[str, list[str]] = {}
    for notebook in notebooks:
        paths.setdefault(spoken_language(notebook.language), []).append(notebook.path)
    lines = []
    for language, paths_of_language in sorted(paths.items()):
        first = f"`{printable(paths_of_language[0])}` is {language} notebook"
        others = (
            f", as are {len(paths_of_language) - 1} others"
            if len(paths_of_language) > 2
            else ", as is 1 other"
            if len(paths_of_language) > 1
            else ""
        )
        lines.append(f"Not checked: {first}{others}.")
    return lines
