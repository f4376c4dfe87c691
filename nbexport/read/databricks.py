'''The text of a notebook as Databricks keeps it in a repository → its cells.

    >>> raws, language, _ = parse("""# Databricks notebook source
    ... # MAGIC %md
    ... # MAGIC # Orders
    ...
    ... # COMMAND ----------
    ...
    ... # DBTITLE 1,Fit
    ... #| tags: [train]
    ... model.fit(x)
    ...
    ... # COMMAND ----------
    ...
    ... # MAGIC %sql
    ... # MAGIC SELECT 1
    ... """)
    >>> for raw in raws:
    ...     print(raw.kind, repr(raw.source), raw.tags, raw.lines)
    markdown '# Orders' () ((3, 9),)
    code 'model.fit(x)' ('train',) ((9, 1),)
    code '%sql\\nSELECT 1' () ((13, 9), (14, 9))

Databricks keeps no tags, but it keeps comments: a cell says its role in a line as Quarto writes it.

Source: Databricks, "Export and import Databricks notebooks", source format.
'''

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from nbexport.read.cell import RawCell
from nbexport.read.roles import tag_lines
from nbexport.read.rows import Row, places, rows_between, text_of

HEAD = "# Databricks notebook source"
SEPARATOR = "# COMMAND ----------"
_MAGIC = re.compile(r"# MAGIC(?: |$)")
_TITLE = re.compile(r"# DBTITLE \d+,(.*)$")
OPTION = re.compile(r"#\|[ \t]?(.*)$")
_MARKDOWN = re.compile(r"%md(?:-sandbox)?(?:[ \t]+|$)")


def is_source(text: str) -> bool:
    """Whether Databricks wrote a file."""
    return text.startswith(HEAD)


def parse(text: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    r"""The cells, the language and the metadata of a notebook in Databricks' source format.

    Args:
        text: The file's text, with `\n` line ends.
    """
    lines = text.split("\n")
    starts = [1, *(at + 1 for at, line in enumerate(lines) if line.rstrip() == SEPARATOR)]
    ends = [*(start - 1 for start in starts[1:]), len(lines)]
    cells = [_cell(rows_between(lines, start, end), start + 1) for start, end in zip(starts, ends, strict=True)]
    return cells, "python", {"databricks": {"format": "source"}}


def _cell(rows: list[Row], line: int) -> RawCell:
    """One cell from its rows, or from the line on which it would begin."""
    line = rows[0].line if rows else line
    titled = _TITLE.match(rows[0].text) if rows else None
    at = 1 if titled else 0
    tag_words: list[str] = []
    while at < len(rows) and (option := OPTION.match(rows[at].text)) is not None:
        if not option[1].lstrip().startswith("- " if tag_words else "tags:"):
            break
        tag_words.append(option[1])
        at += 1
    while at < len(rows) and not rows[at].text.strip():
        at += 1
    rows = [row.without(_MAGIC) for row in rows[at:]]
    kind: Literal["code", "markdown"] = "code"
    if rows and _MARKDOWN.match(rows[0].text):
        kind = "markdown"
        head = rows[0].without(_MARKDOWN)
        rows = [head, *rows[1:]] if head.text.strip() else rows[1:]
    return RawCell(
        kind=kind,
        source=text_of(rows),
        lines=places(rows, line),
        file_line=line,
        tags=tag_lines(tag_words),
        metadata={"title": titled[1]} if titled else {},
    )
