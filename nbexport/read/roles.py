"""Tags and comment directives → the roles of a cell.

    >>> roles_of(["Train", "nbval-skip", "evaluate"], "")
    (<Role.TRAIN: 'train'>, <Role.EVALUATE: 'evaluate'>)
    >>> roles_of(["model", "nbexport:train"], "")
    (<Role.TRAIN: 'train'>,)
    >>> roles_of([], "#| export\\ndef scale(x): ...")
    (<Role.DEFINE: 'define'>,)
    >>> roles_of([], "#| tags: [train]\\nfit()")
    (<Role.TRAIN: 'train'>,)

Source: papermill's `parameters` and `injected-parameters`, Kale's cell tags, nbdev's `#|` directives, Quarto's `tags`,
jupytext's `active-*` and nbclient's `skip-execution`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nbexport.model import Role

PREFIX = "nbexport:"
"""Marks a role tag where the plain word is taken by another tool."""

INJECTED = "injected-parameters"
"""papermill's tag for the cell that holds the values of this run."""

ALIASES = {
    "imports": Role.DEFINE,
    "functions": Role.DEFINE,
    "pipeline-parameters": Role.PARAMETERS,
    "pipeline-metrics": Role.EVALUATE,
    "active-ipynb": Role.SKIP,
    "skip-execution": Role.SKIP,
    INJECTED: Role.PARAMETERS,
}
"""Other tools' tags that say the same as one of ours."""

DIRECTIVES = {
    "export": Role.DEFINE,
    "exports": Role.DEFINE,
    "exporti": Role.DEFINE,
    "hide": Role.SKIP,
    "eval: false": Role.SKIP,
}
"""nbdev's `#|` lines. A hidden cell is left out of the documentation and one with `eval: false` is not run by nbdev."""

_WORDS = {role.value: role for role in Role}
_STEPS = ("step:", "block:")
# compiled where they are first needed, which in most notebooks is nowhere
_TAG_LINE = r"[ \t]*tags[ \t]*:[ \t]*(.*)$"
_ITEM = r"[ \t]*-[ \t]+(.*)$"
_ORDER = {role: place for place, role in enumerate(Role)}


def roles_of(tags: Sequence[str], source: str) -> tuple[Role, ...]:
    """The roles of a code cell, in the order of `Role`, each once.

    `nbexport:` words outrank plain words and other tools' tags, and any tag outranks a comment directive; a cell that
    nbclient does not run is always skipped.
    """
    words = [tag.strip().lower() for tag in tags]
    roles = {_WORDS[word[len(PREFIX) :]] for word in words if word.startswith(PREFIX) and word[len(PREFIX) :] in _WORDS}
    if not roles:
        roles = {role for role in map(_plain, words) if role is not None}
    if not roles and "|" in source:
        roles = set(_directives(source))
    if "skip-execution" in words:
        roles.add(Role.SKIP)
    return tuple(sorted(roles, key=_ORDER.__getitem__))


def _plain(word: str) -> Role | None:
    """The role of a tag that has no prefix of ours."""
    for step in _STEPS:
        if word.startswith(step):
            return _WORDS.get(word[len(step) :].strip())
    return _WORDS.get(word) or ALIASES.get(word)


def _directives(source: str) -> Iterable[Role]:
    """The roles named by the `#|` lines at the head of a cell, Quarto's `tags` among them."""
    lines = list(_head(source))
    for line in lines:
        words = " ".join(line.lower().replace(":", ": ").split())
        role = DIRECTIVES.get(words) or DIRECTIVES.get(words.partition(" ")[0])
        if role is not None:
            yield role
    if any("tags" in line for line in lines):
        yield from roles_of(tag_lines(lines), "")


def _head(source: str) -> Iterable[str]:
    """What the `#|` lines at the head of a cell say."""
    for line in source.split("\n"):
        text = line.strip()
        if not text:
            continue
        if not text.startswith("#"):
            return
        comment = text[1:].lstrip()
        if comment.startswith("|"):
            yield comment[1:].rstrip()


def tag_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """The tags in cell options that are written as YAML: a list in brackets, one word, or one item in each line.

    >>> tag_lines(["tags: [train, evaluate]"]), tag_lines(["tags:", "  - train"])
    (('train', 'evaluate'), ('train',))
    """
    tags: list[str] = []
    inside = False
    for line in lines:
        head = re.match(_TAG_LINE, line)
        item = re.match(_ITEM, line) if inside else None
        if head:
            words = head[1].strip()
            inside = not words
            tags = words.strip("[]").split(",")
        elif item:
            tags.append(item[1])
        else:
            inside = False
    return tuple(word for tag in tags if (word := tag.strip().strip("\"'")))
