"""The notebook's markdown → its title, and the heading that belongs to each cell, with the text below it.

    # Which customers leave?        the title: the module's docstring
    ## One row per customer         the heading of the code cell below …
    The export of the billing.      … and its text
    code cell

A heading belongs to the first code cell below it and to no other. What a fence, a table or a picture holds is not text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbexport.model import Notebook
from nbexport.record import record

LONGEST = 80
"""Characters of a heading that are kept."""
MOST_TEXT = 600
"""Characters of the text below it; whole paragraphs are kept."""
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*\s*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
_NO_TEXT = ("|", "<", "![", "$$", "---", "***", "    ", "\t", ">", "\\[")
"""What the first line of a block begins with that is not prose."""
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")


@record
class Heading:
    """A heading and what is said below it."""

    title: str
    level: int
    text: tuple[str, ...] = ()
    """Paragraphs of prose."""


def title(notebook: Notebook, name: str) -> str:
    """The notebook's title: its first heading that says something, else its file name without the ending."""
    first = next((heading for cell in notebook.cells if cell.kind == "markdown" for heading in _of(cell.source)), None)
    return re.sub(r"\.(ipynb|py|md|markdown|qmd|Rmd)$", "", name) if first is None or not first.title else first.title


def headings(notebook: Notebook) -> dict[int, Heading]:
    """Cell number → the nearest heading above it, if no other code cell stands between; the title belongs to none."""
    by_cell: dict[int, Heading] = {}
    every = [heading for cell in notebook.cells if cell.kind == "markdown" for heading in _of(cell.source)]
    # one that stands over others of a lower level is the whole notebook's
    whole = every[0] if every and any(heading.level > every[0].level for heading in every[1:]) else None
    current: Heading | None = None
    for cell in notebook.cells:
        if cell.kind == "markdown":
            here = [heading for heading in _of(cell.source) if heading.title]
            if here:
                current = here[-1]
            elif current is not None:
                current = Heading(current.title, current.level, _within((*current.text, *_paragraphs(cell.source))))
        elif cell.kind == "code":
            if current is not None and not (whole is not None and _is_same(current, whole)):
                by_cell[cell.number] = current
            current = None
    return by_cell


def _is_same(one: Heading, other: Heading) -> bool:
    return (one.title, one.level) == (other.title, other.level)


def _of(source: str) -> Iterator[Heading]:
    """The headings of a markdown cell that say something, with their text."""
    plain = _FENCE.sub("\n", source)
    matches = list(_HEADING.finditer(plain))
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        below = plain[match.end() : following.start() if following is not None else len(plain)]
        # a heading of an image or of marks alone says nothing
        if words := _shortened(_plain(match[2])):
            yield Heading(words, len(match[1]), _within(_paragraphs(below)))


def _paragraphs(source: str) -> tuple[str, ...]:
    """The paragraphs of prose in a piece of markdown; the items of a list are none."""
    paragraphs: list[str] = []
    for block in re.split(r"\n\s*\n", _FENCE.sub("\n\n", source).strip("\n")):
        lines = block.splitlines()
        if not lines or lines[0].startswith(_NO_TEXT) or _ITEM.match(lines[0]):
            continue
        prose: list[str] = []
        for line in lines:
            if _ITEM.match(line):
                break
            prose.append(line)
        if words := _plain(" ".join(prose)):
            paragraphs.append(words)
    return tuple(paragraphs)


def _within(paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    """As many paragraphs as there is room for."""
    kept: list[str] = []
    for paragraph in paragraphs:
        if sum(map(len, kept)) + len(paragraph) > MOST_TEXT:
            break
        kept.append(paragraph)
    return tuple(kept)


def _plain(text: str) -> str:
    """Markdown without its marks."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]*>", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[`*]|(?<!\w)_+|_+(?!\w)|^#+\s+", "", text)
    return " ".join(text.split())


def _shortened(text: str) -> str:
    text = text[:LONGEST].strip()
    return text if text.endswith((".", "!", "?")) or not text else text.rstrip(":;,")
