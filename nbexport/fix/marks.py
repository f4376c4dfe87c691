"""How the cells of a text notebook are marked: what begins one, what ends it, and where it says its tags.

Each format has its own marks: `# %%`, `# +` and `# -`, Databricks' `# COMMAND ----------`, fences of Markdown. Here a
cell gets tags, is made, or is parted by them; its rows stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from nbexport.errors import NbexportError
from nbexport.model import Cell
from nbexport.read import databricks
from nbexport.read.cell import universal_newlines
from nbexport.read.light import markers
from nbexport.read.markdown import Block, block_at, code_blocks
from nbexport.read.percent import is_marker

_TAGS = re.compile(r"(?:^|[ \t])tags[ \t]*=[ \t]*")
_YAML_TAGS = re.compile(r"(?P<before>[ \t]*(?:#\|[ \t]?|:)?tags[ \t]*:[ \t]*)(?P<words>.*?)[ \t]*$")

Tags = Sequence[str]


class Marks(Protocol):
    """What writes the marks of one format. Rows keep their line ends; rows that are put in get `ending`."""

    def tag(self, rows: list[str], cell: Cell, tags: Tags) -> None:
        """Add tags to a cell of a file that holds these rows."""

    def part(self, rows: list[str], cell: Cell, starts: Sequence[int], tags: Sequence[Tags]) -> None:
        """Part a cell.

        Args:
            rows: The file's.
            cell: The cell.
            starts: The line of the file on which each of its parts but the first begins.
            tags: The tags that each part gets.
        """

    def made(self, lines: Sequence[str], tags: Tags, following: str | None) -> str:
        """A new cell, as it stands above the row that follows; at the end of the file where none does."""


def marks_of(form: str, text: str) -> Marks:
    """The marks of a format.

    Args:
        form: The notebook's.
        text: The file's text.
    """
    if form == "light":
        return _Light(text)
    if form == "databricks":
        return _Databricks()
    return _Markdown(text) if form == "markdown" else _Percent()


def line_end(rows: Sequence[str]) -> str:
    """How the lines of a file end."""
    return "\r\n" if any(row.endswith("\r\n") for row in rows) else "\n"


def listed(tags: Tags) -> str:
    """Tags as YAML and JSON both read them."""
    return json.dumps(list(tags), ensure_ascii=False)


def _end_of(row: str) -> str:
    return row[len(row.rstrip("\r\n")) :]


class _Percent:
    """`# %% tags=["train"]` above a cell, nothing below."""

    def tag(self, rows: list[str], cell: Cell, tags: Tags) -> None:
        at = cell.file_line - 1
        line, end = rows[at].rstrip("\r\n"), _end_of(rows[at])
        if re.match(r"[ \t]*#[ \t]*%%", line):
            rows[at] = _with_tags(line, tags) + end
        elif re.match(r"[ \t]*#[ \t]*In\[", line):
            rows[at] = f"# %% tags={listed(tags)}{end}"
        else:
            # the first cell of a file may stand there without a marker
            rows.insert(at, f"# %% tags={listed(tags)}{end or line_end(rows)}")

    def part(self, rows: list[str], cell: Cell, starts: Sequence[int], tags: Sequence[Tags]) -> None:
        ending = line_end(rows)
        for start, words in reversed(list(zip(starts, tags[1:], strict=True))):
            rows.insert(start - 1, f"# %% tags={listed(words)}{ending}" if words else f"# %%{ending}")
        if tags[0]:
            self.tag(rows, cell, tags[0])

    def made(self, lines: Sequence[str], tags: Tags, following: str | None) -> str:
        new = "\n".join([f"# %% tags={listed(tags)}", *lines, "", ""])
        # code that has no marker above it gets one
        return new if following is None or is_marker(following) else new + "# %%\n"


class _Light:
    """`# + tags=["train"]` above a cell, and `# -` below; a paragraph has neither until it needs them."""

    def __init__(self, text: str) -> None:
        self._markers = markers(universal_newlines(text))
        self._begin, self._end = (f"# {word}" for word in self._markers.words)

    def tag(self, rows: list[str], cell: Cell, tags: Tags) -> None:
        at = cell.file_line - 1
        line, end = rows[at].rstrip("\r\n"), _end_of(rows[at])
        if self._markers.begin.match(line):
            rows[at] = _with_tags(line, tags) + end
        else:
            self._enclose(rows, cell, tags)

    def _enclose(self, rows: list[str], cell: Cell, tags: Tags) -> None:
        ending, last = line_end(rows), cell.lines[-1][0]
        if not _end_of(rows[last - 1]):
            rows[last - 1] += ending
        rows.insert(last, f"{self._end}{ending}")
        rows.insert(cell.file_line - 1, f"{self._opening(tags)}{ending}")

    def _opening(self, tags: Tags) -> str:
        return f"{self._begin} tags={listed(tags)}" if tags else self._begin

    def part(self, rows: list[str], cell: Cell, starts: Sequence[int], tags: Sequence[Tags]) -> None:
        ending = line_end(rows)
        marked = self._markers.begin.match(rows[cell.file_line - 1].rstrip("\r\n")) is not None
        if not marked:
            last = cell.lines[-1][0]
            if not _end_of(rows[last - 1]):
                rows[last - 1] += ending
            rows.insert(last, f"{self._end}{ending}")
        for start, words in reversed(list(zip(starts, tags[1:], strict=True))):
            rows[start - 1 : start - 1] = [f"{self._end}{ending}", ending, f"{self._opening(words)}{ending}"]
        if not marked:
            rows.insert(cell.file_line - 1, f"{self._opening(tags[0])}{ending}")
        elif tags[0]:
            self.tag(rows, cell, tags[0])

    def made(self, lines: Sequence[str], tags: Tags, following: str | None) -> str:
        new = "\n".join([self._opening(tags), *lines, self._end, ""])
        return f"\n{new}" if following is None else f"{new}\n"


class _Databricks:
    """`# COMMAND ----------` between two cells, and a comment that says the tags."""

    def tag(self, rows: list[str], cell: Cell, tags: Tags) -> None:
        at, ending = cell.file_line - 1, line_end(rows)
        if at < len(rows) and rows[at].startswith("# DBTITLE"):
            at += 1
        if not _added(rows, at, tags):
            rows.insert(at, f"#| tags: {listed(tags)}{ending}")

    def part(self, rows: list[str], cell: Cell, starts: Sequence[int], tags: Sequence[Tags]) -> None:
        ending = line_end(rows)
        for start, words in reversed(list(zip(starts, tags[1:], strict=True))):
            tag_lines = [f"#| tags: {listed(words)}{ending}"] if words else []
            rows[start - 1 : start - 1] = [ending, f"{databricks.SEPARATOR}{ending}", ending, *tag_lines]
        if tags[0]:
            self.tag(rows, cell, tags[0])

    def made(self, lines: Sequence[str], tags: Tags, following: str | None) -> str:
        new = [f"#| tags: {listed(tags)}", *lines]
        if following is None:
            return "\n".join(["", databricks.SEPARATOR, "", *new, ""])
        return "\n".join([*new, "", databricks.SEPARATOR, "", ""])


class _Markdown:
    """A fence above a cell and one below; the tags stand behind the fence, or in a line below it."""

    def __init__(self, text: str) -> None:
        self._lines = universal_newlines(text).split("\n")

    def _block(self, cell: Cell) -> Block:
        block = block_at(self._lines, cell.file_line - 1)
        if block is None:
            raise NbexportError(f"cell {cell.number} has no fence that tags could stand behind", fix="fence its code")
        return block

    def tag(self, rows: list[str], cell: Cell, tags: Tags) -> None:
        block, at = self._block(cell), cell.file_line - 1
        line, end = rows[at].rstrip("\r\n"), _end_of(rows[at])
        if block.form == "word":
            rows[at] = _with_tags(line, tags) + end
            return
        if block.form == "chunk" and re.search(r"\btags[ \t]*=", block.options):
            raise NbexportError(
                f"the tags in `{line.strip()}` are written for R",
                fix="write them in a line of the cell: `#| tags: […]`",
            )
        if any(_added(rows, row, tags) for row in range(block.row + 1, block.begin)):
            return
        if block.form == "chunk":
            rows.insert(at + 1, f"#| tags: {listed(tags)}{end}")
        elif rows[at + 1].startswith("---"):
            rows.insert(at + 2, f"tags: {listed(tags)}{end}")
        else:
            rows.insert(at + 1, f":tags: {listed(tags)}{end}")
            if block.begin == block.row + 1 and rows[at + 2].strip():
                rows.insert(at + 2, end)

    def part(self, rows: list[str], cell: Cell, starts: Sequence[int], tags: Sequence[Tags]) -> None:
        block, ending = self._block(cell), line_end(rows)
        fence = re.match(r"[`~]+", self._lines[block.row])
        closing = fence[0] if fence else "```"
        for start, words in reversed(list(zip(starts, tags[1:], strict=True))):
            opening = self._opened(closing, block, words)
            rows[start - 1 : start - 1] = [f"{line}{ending}" for line in [closing, "", *opening]]
        if tags[0]:
            self.tag(rows, cell, tags[0])

    def _opened(self, marks: str, block: Block, tags: Tags) -> list[str]:
        if block.form == "word":
            return [f"{marks}{block.word} tags={listed(tags)}" if tags else f"{marks}{block.word}"]
        if block.form == "chunk":
            return [f"{marks}{{{block.word}}}", *([f"#| tags: {listed(tags)}"] if tags else [])]
        head = f"{marks}{{code-cell}} {block.word}".rstrip()
        return [head, *([f":tags: {listed(tags)}", ""] if tags else [])]

    def made(self, lines: Sequence[str], tags: Tags, following: str | None) -> str:
        own = (block for block in code_blocks(self._lines) if block.language == "python")
        model = next(own, Block(0, 0, 0, "python", "word"))
        text = "\n".join([*self._opened("```", model, tags), *lines, "```", ""])
        return f"\n{text}" if following is None else f"{text}\n"


def _added(rows: list[str], at: int, tags: Tags) -> bool:
    """Add tags to those that a line of options says; whether it says any."""
    if at >= len(rows):
        return False
    line, end = rows[at].rstrip("\r\n"), _end_of(rows[at])
    match = _YAML_TAGS.match(line)
    if match is None:
        return False
    if not match["words"]:
        raise NbexportError(f"the tags below `{line.strip()}` stand in a line each", fix="write them as `tags: […]`")
    words = match["words"]
    if words.startswith("["):
        inner = words[1:-1].strip()
        more = ", ".join(json.dumps(tag, ensure_ascii=False) for tag in tags)
        rows[at] = f"{match['before']}[{inner}{', ' if inner else ''}{more}]{end}"
    else:
        rows[at] = f"{match['before']}{listed([words.strip(chr(34)), *tags])}{end}"
    return True


def _with_tags(line: str, tags: Tags) -> str:
    """A cell marker with tags added."""
    match = _TAGS.search(line)
    brace = line.find("{")
    if match is None and brace >= 0:
        return _in_braces(line, brace, tags)
    if match is None:
        return f"{line.rstrip()} tags={json.dumps(list(tags))}"
    decode: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().raw_decode
    try:
        value, end = decode(line, match.end())
    except ValueError:
        raise NbexportError(f"the tags in `{line.strip()}` cannot be read", fix='write them as tags=["…"]') from None
    old = [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)
    return f"{line[: match.end()]}{json.dumps([*filter(None, old), *tags], ensure_ascii=False)}{line[end:]}"


def _in_braces(line: str, brace: int, tags: Tags) -> str:
    """Jupytext's older `# %% fit {"tags": ["train"]}`."""
    try:
        value, end = json.JSONDecoder().raw_decode(line, brace)
    except ValueError:
        raise NbexportError(f"the metadata in `{line.strip()}` cannot be read", fix="write it as JSON") from None
    old = value.get("tags", [])
    old = [part.strip() for part in old.split(",")] if isinstance(old, str) else list(old)
    value["tags"] = [*filter(None, old), *tags]
    return line[:brace] + json.dumps(value, ensure_ascii=False) + line[end:]
