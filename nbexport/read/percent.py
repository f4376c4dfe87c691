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

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from nbexport.read import magics
from nbexport.read.cell import RawCell, language_name, tags_of
from nbexport.read.python_text import parses, rows_in_strings

_MARKER = re.compile(r"[ \t]*#[ \t]*(?:%%%*(?:[ \t]+(?P<options>.*))?|In\[[ \d]*\]:?[ \t]*)$")
_PREAMBLE = re.compile(r"#!|#.*coding[:=]")
_RULE = re.compile(r"#[ \t]*---[ \t]*$")
_LANGUAGE = re.compile(r"#[ \t]+language:[ \t]*[\"']?([\w+#.-]+)")
_KIND = re.compile(r"\[(markdown|md|raw)\]")
_KEY = re.compile(r"(?:^|[ \t])([\w.-]+)[ \t]*=[ \t]*")
_COMMENT = re.compile(r"#[ \t]?")
_MAGIC = re.compile(
    r"[ \t]*(?:# ?)+(?:%{1,3}[a-zA-Z]|[ \t]*[?!][ \t]*[A-Za-z.~$\\/{}]"
    r"|[ \t]*[^\W\d]\w*[ \t]*=[ \t]*(?:%{1,3}|!)[a-zA-Z])"
)
_NOT_ESCAPED = re.compile(r"#[ \t]*noescape[ \t]*$")
_COMMAND = re.compile(r"# (?:cat|cd|cp|mv|rm|rmdir|mkdir|ls)(?:[ \t]+[^=,].*)?$")
_QUOTED = re.compile(r"\s*[rR]?(\"\"\"|''')(.*)\1\s*\Z", re.DOTALL)


class _Row(NamedTuple):
    """One row of the file, and the column at which its text begins."""

    text: str
    line: int
    column: int = 1

    def without(self, pattern: re.Pattern[str]) -> _Row:
        """The row without what `pattern` matches behind its indentation; the indentation stays."""
        indent = len(self.text) - len(self.text.lstrip(" \t"))
        found = pattern.match(self.text, indent)
        if found is None:
            return self
        return _Row(self.text[:indent] + self.text[found.end() :], self.line, self.column + found.end() - indent)


def parse(text: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    r"""The cells, the kernel's language and the metadata of a py:percent file.

    Args:
        text: The file's text, with `\n` line ends.
    """
    lines = text.split("\n")
    header = _header_end(lines)
    language = next((found[1] for line in lines[:header] if (found := _LANGUAGE.match(line))), "")
    starts = [at for at, line in enumerate(lines) if at >= header and "#" in line and _MARKER.match(line)]
    if starts and ('"""' in text or "'''" in text):
        quoted = rows_in_strings(lines)
        starts = [at for at in starts if at not in quoted]
    ends = [*starts, len(lines)]
    cells = []
    if any(line.strip() for line in lines[header : ends[0]]) or not starts:
        cells.append(_cell("", _rows(lines, header, ends[0]), min(header + 1, len(lines))))
    for start, end in zip(starts, ends[1:], strict=False):
        marker = _MARKER.match(lines[start])
        options = (marker["options"] or "") if marker else ""
        cells.append(_cell(options, _rows(lines, start + 1, end), start + 1))
    metadata = {"kernelspec": {"language": language}} if language else {}
    return cells, language_name(language), metadata


def is_marker(line: str) -> bool:
    """Whether a line begins a cell."""
    return _MARKER.match(line.rstrip("\r\n")) is not None


def _header_end(lines: Sequence[str]) -> int:
    """How many lines a shebang, an encoding line and jupytext's YAML header take."""
    first = next((at for at, line in enumerate(lines[:2]) if not _PREAMBLE.match(line)), min(2, len(lines)))
    if first == len(lines) or not _RULE.match(lines[first]):
        return first
    for at in range(first + 1, len(lines)):
        if _RULE.match(lines[at]):
            return at + 1
        if not lines[at].startswith("#"):
            break
    return first


def _rows(lines: Sequence[str], start: int, end: int) -> list[_Row]:
    """The rows from `start` to `end`, without blank ones around them."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return [_Row(text, start + at + 1) for at, text in enumerate(lines[start:end])]


def _cell(options: str, rows: list[_Row], line: int) -> RawCell:
    """One cell from what stands behind its marker and the rows below."""
    title, metadata = _options(options)
    tags = tags_of(metadata.get("tags"))
    prose = title == "md" or title.startswith("md ")  # PyCharm and DataSpell write `#%% md`
    active = _active(metadata.get("active"), tags)
    found = _KIND.search(title)
    kind: Literal["code", "markdown", "raw"] = "code"
    if prose:
        kind = "markdown"
    elif found:
        kind = "raw" if found[1] == "raw" else "markdown"
    elif active is not None and "ipynb" not in active:
        kind = "raw"
    language = metadata.get("language")
    if kind != "code":
        rows = rows if prose and _is_plain(rows) else _prose(rows)
    elif isinstance(language, str) and language_name(language) != "python":
        arguments = metadata.get("magic_args")
        first = f"%%{language} {arguments}" if isinstance(arguments, str) else f"%%{language}"
        rows = [_Row(first, line), *(row.without(_COMMENT) for row in rows)]
    elif active is not None and "py" not in active:
        rows = [row.without(_COMMENT) for row in rows]
    else:
        rows = _with_magics(rows)
    return RawCell(
        kind=kind,
        source="\n".join(row.text for row in rows),
        lines=tuple((row.line, row.column) for row in rows) or ((line, 1),),
        file_line=line,
        tags=tags,
        metadata=metadata,
    )


def _active(value: object, tags: Sequence[str]) -> set[str] | None:
    """The formats in which jupytext lets a cell run; None where it does not say."""
    for tag in tags:
        if tag.startswith("active-"):
            return set(tag.split("-")[1:])
    return set(re.split(r"[.,\s]+", value)) if isinstance(value, str) else None


def _options(text: str) -> tuple[str, dict[str, Any]]:
    """The title of a cell and its metadata: `fit tags=["train"]`, or jupytext's older `fit {"tags": ["train"]}`."""
    brace = text.find("{")
    key = _KEY.search(text)
    if brace >= 0 and (key is None or brace < key.start()):
        value, _ = _value(text, brace)
        return text[:brace].strip(), value if isinstance(value, dict) else {}
    title = text[: key.start()] if key else text
    metadata: dict[str, Any] = {}
    while key:
        metadata[key[1]], end = _value(text, key.end())
        key = _KEY.search(text, end)
    return title.strip(), metadata


def _value(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at `at` (JSON, else a Python literal, else a word), and where it ends."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        following = _KEY.search(text, at)
        end = following.start() if following else len(text)
        try:
            value = ast.literal_eval(text[at:end].strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            value = text[at:end].strip()
    return value, end


def _is_plain(rows: list[_Row]) -> bool:
    """Whether prose stands as it is, neither as comments nor in quotes."""
    quoted = _QUOTED.match("\n".join(row.text for row in rows)) is not None
    return not quoted and any(row.text.strip() and not row.text.startswith("#") for row in rows)


def _prose(rows: list[_Row]) -> list[_Row]:
    """A markdown or raw cell's rows without their comment signs, or without the quotes around them."""
    quoted = _QUOTED.match("\n".join(row.text for row in rows))
    if quoted is None:
        return [row.without(_COMMENT) for row in rows]
    offset = quoted.start(2)
    text, first = quoted.string[:offset], quoted[2]
    line = rows[0].line + text.count("\n")
    column = offset - text.rfind("\n")
    inner = [_Row(part, line + at, column if at == 0 else 1) for at, part in enumerate(first.split("\n"))]
    inner = inner[1:] if not inner[0].text.strip() and len(inner) > 1 else inner
    return inner[:-1] if not inner[-1].text.strip() and len(inner) > 1 else inner


def _with_magics(rows: list[_Row]) -> list[_Row]:
    """A code cell's rows with the magics that jupytext commented out; as they are, where that is no code."""
    if len(rows) == 1 and _COMMAND.match(rows[0].text):
        return [rows[0].without(_COMMENT)]
    if not any(_MAGIC.match(row.text) for row in rows):
        return rows
    quoted = rows_in_strings([row.text for row in rows])
    found: list[_Row] = []
    goes_on = False
    for at, row in enumerate(rows):
        magic = at not in quoted and (
            goes_on or (_MAGIC.match(row.text) is not None and not _NOT_ESCAPED.search(row.text))
        )
        found.append(row.without(_COMMENT) if magic else row)
        goes_on = magic and row.text.rstrip().endswith("\\")
    as_magics = magics.recognise("\n".join(row.text for row in found))
    if as_magics.language == "python" and not parses(as_magics.code) and parses("\n".join(row.text for row in rows)):
        return rows
    return found
