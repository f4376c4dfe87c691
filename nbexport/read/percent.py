'''The text of a py:percent file → its cells, as jupytext and the editors read them.

    >>> raws, language, _ = parse("""x = 0
    ... # %% [markdown]
    ... # # Training
    ... # %% fit tags=["train"]
    ... # %matplotlib inline
    ... model.fit(x)
    ... """)
    >>> for raw in raws:
    ...     print(raw.kind, repr(raw.source), raw.tags, raw.lines)
    code 'x = 0' () ((1, 1),)
    markdown '# Training' () ((3, 3),)
    code '%matplotlib inline\\nmodel.fit(x)' ('train',) ((5, 3), (6, 1))

A marker inside a triple-quoted string is text. A file without markers is one cell.

Source: jupytext 1.17, `percent` format.
'''

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbexport.read.cell import RawCell, language_name
from nbexport.read.cell_options import script_cell
from nbexport.read.header import header_end, header_value
from nbexport.read.python_text import rows_in_strings
from nbexport.read.rows import rows_between

_MARKER = re.compile(r"[ \t]*#[ \t]*(?:%%%*(?:[ \t]+(?P<options>.*))?|In\[[ \d]*\]:?[ \t]*)$")


def parse(text: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    r"""The cells, the kernel's language and the metadata of a py:percent file.

    Args:
        text: The file's text, with `\n` line ends.
    """
    lines = text.split("\n")
    header = header_end(lines)
    language = header_value(lines[:header], "language")
    starts = [at for at, line in enumerate(lines) if at >= header and "#" in line and _MARKER.match(line)]
    if starts and ('"""' in text or "'''" in text):
        quoted = rows_in_strings(lines)
        starts = [at for at in starts if at not in quoted]
    ends = [*starts, len(lines)]
    cells = []
    if any(line.strip() for line in lines[header : ends[0]]) or not starts:
        cells.append(script_cell("", rows_between(lines, header, ends[0]), min(header + 1, len(lines))))
    for start, end in zip(starts, ends[1:], strict=False):
        marker = _MARKER.match(lines[start])
        options = (marker["options"] or "") if marker else ""
        cells.append(script_cell(options, rows_between(lines, start + 1, end), start + 1))
    metadata = {"kernelspec": {"language": language}} if language else {}
    return cells, language_name(language), metadata


def is_marker(line: str) -> bool:
    """Whether a line begins a cell."""
    return _MARKER.match(line.rstrip("\r\n")) is not None
