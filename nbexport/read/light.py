'''The text of a jupytext light script → its cells.

    >>> raws, language, _ = parse("""# # Training
    ...
    ... x = 0
    ...
    ... # + tags=["train"]
    ... y = x + 1
    ...
    ... model.fit(y)
    ... # -
    ... """)
    >>> for raw in raws:
    ...     print(raw.kind, repr(raw.source), raw.tags, raw.file_line)
    markdown '# Training' () 1
    code 'x = 0' () 3
    code 'y = x + 1\\n\\nmodel.fit(y)' ('train',) 5

A paragraph of comments is markdown, any other paragraph is a cell, and so is what stands between `# +` and `# -`. The
next line decides where a paragraph ends: one that is indented belongs to it. Editors fold other markers, which the
header names: `region,endregion`, `{{{,}}}`.

Source: jupytext 1.19, `light` format.
'''

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nbexport.read.cell import RawCell, language_name
from nbexport.read.cell_options import script_cell
from nbexport.read.header import header_end, header_value
from nbexport.read.percent import is_marker
from nbexport.read.python_text import rows_in_strings
from nbexport.read.rows import is_commented_magic, rows_between

_MARKERS = ("+", "-")
_END_OF_CELL = re.compile(r"\bendofcell=\"(-+)\"")
"""What a cell ends with that holds `# -` itself."""
_INDENTED = re.compile(r"[ \t]+\S")


class Markers(NamedTuple):
    """What begins and ends the cells of a file that are not just a paragraph."""

    begin: re.Pattern[str]
    end: re.Pattern[str]
    words: tuple[str, str] = _MARKERS


def markers(text: str) -> Markers:
    """The cell markers of a light script."""
    lines = text.split("\n")
    first, _, last = header_value(lines[: header_end(lines)], "cell_markers").partition(",")
    words = (first, last) if first and last else _MARKERS
    begin, end = map(re.escape, words)
    return Markers(re.compile(rf"#[ \t]*{begin}(?P<options>.*)$"), re.compile(rf"#[ \t]*{end}[ \t]*$"), words)


def is_light(text: str) -> bool:
    """Whether a script says in its header that it is a light one, or shows it by its markers."""
    lines = text.split("\n")
    name = header_value(lines[: header_end(lines)], "format_name")
    if name:
        return name == "light"
    if "# +" not in text or "# -" not in text:
        return False
    quoted = rows_in_strings(lines)
    marked = [line for at, line in enumerate(lines) if at not in quoted]
    begins = any(re.match(r"# \+(?:[ \t]*$|[ \t]+(?:\[\w+\]|[\w.-]+=|\{))", line) for line in marked)
    ends = any(re.match(r"# -[ \t]*$", line) for line in marked)
    return begins and ends and not any(map(is_marker, marked))


def parse(text: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    r"""The cells, the kernel's language and the metadata of a light script.

    Args:
        text: The file's text, with `\n` line ends.
    """
    lines = text.split("\n")
    marks = markers(text)
    quoted = rows_in_strings(lines)
    at = header_end(lines)
    language = header_value(lines[:at], "language")
    cells = []
    while at < len(lines):
        marker = marks.begin.match(lines[at])
        if marker:
            own_end = _END_OF_CELL.search(marker["options"])
            ends = re.compile(rf"#[ \t]*{re.escape(own_end[1])}[ \t]*$") if own_end else marks.end
            end, following = _end_of_region(lines, at + 1, marks.begin, ends, quoted)
            cells.append(script_cell(marker["options"], rows_between(lines, at + 1, end), at + 1))
        elif not lines[at].strip():
            following = at + 1
        else:
            is_text = _is_commented(lines, at)
            following = _end_of_paragraph(lines, at, marks, quoted, is_text=is_text)
            rows = rows_between(lines, at, following)
            cells.append(script_cell("[markdown]" if is_text else "", rows, at + 1))
        at = following
    metadata = {"kernelspec": {"language": language}} if language else {}
    return cells, language_name(language), metadata


def _end_of_region(
    lines: Sequence[str], at: int, begins: re.Pattern[str], ends: re.Pattern[str], quoted: frozenset[int]
) -> tuple[int, int]:
    """Where a marked cell ends, and where to go on: past its end marker, or at the marker of the next."""
    for row in range(at, len(lines)):
        if row in quoted:
            continue
        if begins.match(lines[row]):
            return row, row
        if ends.match(lines[row]):
            return row, row + 1
    return len(lines), len(lines)


def _end_of_paragraph(lines: Sequence[str], at: int, marks: Markers, quoted: frozenset[int], *, is_text: bool) -> int:
    """The row behind a cell without markers."""
    row = at
    while row < len(lines):
        if row in quoted and not is_text:
            row += 1
        elif not lines[row].strip():
            following = next((later for later in range(row, len(lines)) if lines[later].strip()), len(lines))
            if is_text or following == len(lines) or not _INDENTED.match(lines[following]):
                return row
            row = following
        elif row > at and not is_text and marks.begin.match(lines[row]):
            return row
        else:
            row += 1
    return len(lines)


def _is_commented(lines: Sequence[str], at: int) -> bool:
    """Whether a paragraph holds comments alone, none of which is a magic."""
    for row in range(at, len(lines)):
        line = lines[row]
        if not line.strip():
            break
        if not line.startswith("#") or (not line[1:].lstrip().startswith("#") and is_commented_magic(line)):
            return False
    return True
