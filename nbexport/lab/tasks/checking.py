"""The tasks that look at a notebook: `check`, while somebody types, and `tag`, which proposes roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbexport import levels
from nbexport.judge.selection import Selection
from nbexport.lab import panel
from nbexport.lab.wire import answers, words
from nbexport.lab.wire.types import WireCheck, WireLevel, WireSuggestion
from nbexport.model import Finding, Notebook, Trait
from nbexport.propose import suggest
from nbexport.read.notebook import PYTHON, python_notebook, read_text, spoken_language
from nbexport.rules import all_rules

MAX_CELLS = 2_000
MAX_SOURCE_CHARS = 2_000_000
"""Larger notebooks are not checked while somebody types; an export checks them all the same."""
MAX_NEEDS = 5


def checked(text: str, name: str, ignore: tuple[str, ...] = (), *, revision: str = "") -> WireCheck:
    """The answer of `check`.

    Args:
        text: The notebook's text.
        name: The file it will be saved as.
        ignore: Beginnings of codes that are not reported.
        revision: What the notebook is called, should only its changes be sent the next time.

    Raises:
        NbexportError: The text is not a notebook.
    """
    notebook = read_text(text, name)
    language = _language(notebook)
    if language != PYTHON:
        word = spoken_language(language).partition(" ")[2]
        return unread(f"nothing was checked: this notebook is in {word}", language=language)
    standing = panel.standing(notebook, selection=Selection((), ignore) if ignore else None)
    return {
        "revision": revision,
        "unread": "",
        "language": language,
        "findings": answers.findings(standing.notebook, standing.findings),
        "ladder": ladder(standing.findings, standing.against),
        "parameters": answers.parameters(standing.notebook, standing.parameters),
        "roles": [[role.value for role in cell.roles] for cell in standing.notebook.cells],
        "flow": answers.flow(standing.notebook, standing.flow),
        "elsewhere": [],
        "roles_elsewhere": [],
    }


def ladder(findings: Sequence[Finding], against: Mapping[int, Sequence[Finding]]) -> list[WireLevel]:
    """How far a notebook, or several that become one project, are.

    Args:
        findings: What a check reports.
        against: For each level that can be exported, what prevents it.
    """
    steps: list[WireLevel] = []
    errors = [finding for finding in findings if finding.severity == "error"]
    for level in levels.LEVELS:
        reasons = against.get(level.number, ()) if level.emitters else errors
        reached = not reasons and (not level.emitters or level.number in against)
        steps.append({"number": level.number, "name": level.name, "reached": reached, "needs": needs(reasons)})
    return steps


def unread(why: str, *, language: str = PYTHON) -> WireCheck:
    """The answer of `check` for a notebook that was not checked: no level is reached, and nothing is found.

    Args:
        why: One sentence.
        language: The notebook's, as far as it is known.
    """
    return {
        "revision": "",
        "unread": why,
        "language": language,
        "findings": [],
        "ladder": unreached([]),
        "parameters": [],
        "roles": [],
        "flow": [],
        "elsewhere": [],
        "roles_elsewhere": [],
    }


def unreached(reasons: list[str]) -> list[WireLevel]:
    """The ladder where no level is reached, each for the same reasons."""
    return [{"number": level.number, "name": level.name, "reached": False, "needs": reasons} for level in levels.LEVELS]


def _language(notebook: Notebook) -> str:
    """The notebook's language; Jupytext names it elsewhere in a text file that no kernel has run."""
    jupytext = notebook.metadata.get("jupytext")
    named = "kernelspec" in notebook.metadata or "language_info" in notebook.metadata
    if not named and isinstance(jupytext, dict) and isinstance(jupytext.get("main_language"), str):
        return str(jupytext["main_language"]).lower() or notebook.language
    return notebook.language


def too_large(content: Mapping[str, Any]) -> str:
    """Why a notebook is not checked while somebody types, before it is read; empty where it is."""
    cells = content.get("cells")
    if not isinstance(cells, list):
        return ""
    if len(cells) > MAX_CELLS:
        return not_as_you_type(f"a notebook of {len(cells):,} cells")
    sources = (cell.get("source") for cell in cells if isinstance(cell, dict))
    chars = sum(
        len(source) if isinstance(source, str) else sum(map(len, filter(_is_text, source)))
        for source in sources
        if isinstance(source, str | list)
    )
    if chars > MAX_SOURCE_CHARS:
        return not_as_you_type(f"a notebook with more than {MAX_SOURCE_CHARS // 1_000_000} million characters of text")
    return ""


def not_as_you_type(what: str) -> str:
    """Why nothing was checked."""
    return f"nothing was checked: {what} is too large to check while you type"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def needs(against: Sequence[Finding]) -> list[str]:
    """What prevents a level, in a few sentences."""
    of_notebook = {rule.code for rule in all_rules() if Trait.OF_NOTEBOOK in rule.traits}
    sentences = [
        words.plain(finding.problem.message)
        if finding.code in of_notebook
        else f"cell {finding.problem.cell}: {words.plain(finding.problem.message)} ({finding.code})"
        for finding in against[:MAX_NEEDS]
    ]
    return sentences if len(against) <= MAX_NEEDS else [*sentences, f"and {len(against) - MAX_NEEDS} more"]


def tagged(text: str, name: str) -> WireSuggestion:
    """The answer of `tag`.

    Raises:
        NbexportError: The text is not a notebook in Python.
    """
    return answers.suggestion(suggest(python_notebook(name, text=text)))
