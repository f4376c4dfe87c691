"""Tags and comment directives → the roles of a cell.

    >>> roles_of(["Train", "nbval-skip", "evaluate"], "")
    (<Role.TRAIN: 'train'>, <Role.EVALUATE: 'evaluate'>)
    >>> roles_of(["model", "nbexport:train"], "")
    (<Role.TRAIN: 'train'>,)
    >>> roles_of([], "#| export\\ndef scale(x): ...")
    (<Role.DEFINE: 'define'>,)

Source: papermill's `parameters` and `injected-parameters`, Kale's cell tags, nbdev's `#|` directives, jupytext's
`active-*` and nbclient's `skip-execution`.
"""

from __future__ import annotations

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
_ORDER = {role: place for place, role in enumerate(Role)}


def roles_of(tags: Sequence[str], source: str) -> tuple[Role, ...]:
    """The roles of a code cell, in the order of `Role`, each once.

    `nbexport:` words outrank plain words and other tools' tags, and any tag outranks a comment directive; a cell that
    nbclient does not run is always skipped.
    """
    words = [tag.strip().lower() for tag in tags]
    found = {_WORDS[word[len(PREFIX) :]] for word in words if word.startswith(PREFIX) and word[len(PREFIX) :] in _WORDS}
    if not found:
        found = {role for role in map(_plain, words) if role is not None}
    if not found and "|" in source:
        found = set(_directives(source))
    if "skip-execution" in words:
        found.add(Role.SKIP)
    return tuple(sorted(found, key=_ORDER.__getitem__))


def _plain(word: str) -> Role | None:
    """The role of a tag that has no prefix of ours."""
    for step in _STEPS:
        if word.startswith(step):
            return _WORDS.get(word[len(step) :].strip())
    return _WORDS.get(word) or ALIASES.get(word)


def _directives(source: str) -> Iterable[Role]:
    """The roles named by the `#|` lines at the head of a cell."""
    for line in source.split("\n"):
        text = line.strip()
        if not text:
            continue
        if not text.startswith("#"):
            return
        comment = text[1:].lstrip()
        if comment.startswith("|"):
            words = " ".join(comment[1:].lower().replace(":", ": ").split())
            role = DIRECTIVES.get(words) or DIRECTIVES.get(words.partition(" ")[0])
            if role is not None:
                yield role
