'''A Markdown file with code cells → its cells: jupytext's Markdown, MyST, Quarto and R Markdown.

    >>> raws, language, _ = parse("""# Training
    ...
    ... ```python tags=["train"]
    ... model.fit(x)
    ... ```
    ...
    ... ```python
    ... score(x)
    ... ```
    ... """)
    >>> for raw in raws:
    ...     print(raw.kind, repr(raw.source), raw.tags, raw.lines)
    markdown '# Training' () ((1, 1),)
    code 'model.fit(x)' ('train',) ((4, 1),)
    code 'score(x)' () ((8, 1),)

Fences count at the left margin alone. A file writes its code cells in one way: MyST's `{code-cell}`, the `{python}` of
Quarto and R Markdown, or a bare word; fences of another way show code and run none.

Source: jupytext 1.19, `markdown` format; MyST-NB, "Text-based notebooks"; Quarto, "Cell options".
'''

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from nbexport.read.cell import RawCell, kernel_language, language_name, tags_of
from nbexport.read.cell_options import active_in, options
from nbexport.read.header import header_value, plain_header_end
from nbexport.read.roles import tag_lines
from nbexport.read.rows import Row, places, rows_between, text_of, with_magics

FENCE = re.compile(r"(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*?)[ \t]*$")
_DIRECTIVE = re.compile(r"\{code-cell\}[ \t]*(?P<language>[\w+#-]*)")
_CHUNK = re.compile(r"\{[ \t]*(?P<language>[A-Za-z][\w+#-]*)[ \t,]*(?P<options>.*)\}$")
_WORD = re.compile(r"(?P<language>[A-Za-z][\w+#-]*)(?:[ \t]+(?P<options>.*))?$")
_CHUNK_TAGS = re.compile(r"\btags[ \t]*=[ \t]*(?:c\(([^)]*)\)|[\"']([^\"']*)[\"'])")
_NOT_RUN = re.compile(r"\b(?:eval|include)[ \t]*=[ \t]*F(?:ALSE)?\b|\bactive[ \t]*=[ \t]*[\"'](?!ipynb)")
_REGION = re.compile(r"<!--[ \t]*#(?P<kind>region|markdown|md|raw)\b.*-->[ \t]*$")
_BREAK = re.compile(r"\+\+\+(?:[ \t].*)?$")
_PYTHON = frozenset({"python", "python3", "ipython", "ipython3", "py"})
_KERNELS = frozenset({"bash", "html", "javascript", "julia", "js", "latex", "perl", "r", "ruby", "sh", "sql"})
"""Other languages that make a code cell."""
OPTION = re.compile(r"#\|[ \t]?(.*)$")

Form = Literal["word", "directive", "chunk"]
"""How a file writes its code cells: all in one way, the others are text that shows code."""


_FORMS: Mapping[str, Form] = {"myst": "directive", "rmarkdown": "chunk", "quarto": "chunk", "markdown": "word"}
"""jupytext's name of a format → its form."""


class Block(NamedTuple):
    """A fenced block that is a code cell; rows count from 0."""

    row: int
    begin: int
    """The first row of its code: past the options that stand below the fence."""
    end: int
    """The row of the closing fence."""
    word: str
    """Its language, as the fence has it."""
    form: Form
    options: str = ""

    @property
    def language(self) -> str:
        """Its language, in lower case."""
        return "python" if not self.word or self.word.lower() in _PYTHON else self.word.lower()


class _Stretch(NamedTuple):
    """Rows of prose, or of a region; rows count from 0."""

    begin: int
    end: int
    kind: Literal["markdown", "raw"] = "markdown"


def parse(text: str) -> tuple[list[RawCell], str, Mapping[str, Any]]:
    r"""The cells, the kernel's language and the metadata of a Markdown notebook.

    Args:
        text: The file's text, with `\n` line ends.
    """
    lines = text.split("\n")
    header = plain_header_end(lines)
    parts = list(_parts(lines, header))
    form = _form(lines[:header], parts)
    languages = [part.language for part in parts if isinstance(part, Block) and part.form == form]
    language = _language(lines[:header], languages)
    cells: list[RawCell] = []
    start = header
    for part in parts:
        if isinstance(part, Block) and part.form != form:
            continue
        begin = part.row if isinstance(part, Block) else part.begin
        cells += _prose(lines, _Stretch(start, begin))
        if isinstance(part, Block):
            cells.append(_code(lines, part, language))
            start = part.end + 1
        else:
            cells += _prose(lines, _Stretch(part.begin + 1, part.end, part.kind))
            start = part.end + 1
    cells += _prose(lines, _Stretch(start, len(lines)))
    return cells, language, {"kernelspec": {"language": language}} if languages else {}


def code_blocks(lines: Sequence[str]) -> list[Block]:
    """The code cells of a file."""
    header = plain_header_end(lines)
    parts = list(_parts(lines, header))
    form = _form(lines[:header], parts)
    return [part for part in parts if isinstance(part, Block) and part.form == form]


def _form(header: Sequence[str], parts: Sequence[Block | _Stretch]) -> Form:
    """How a file writes its code cells: as its header says, else in the rarest of the ways that it has."""
    named = _FORMS.get(header_value(header, "format_name"))
    forms = {part.form for part in parts if isinstance(part, Block)}
    if named is not None:
        return named
    order: tuple[Form, ...] = ("directive", "chunk", "word")
    return next((form for form in order if form in forms), "word")


def block_at(lines: Sequence[str], row: int) -> Block | None:
    """The code cell whose fence stands in a row; None where none does."""
    fence = FENCE.match(lines[row])
    return None if fence is None else _block(lines, row, _closing(lines, row, fence["marks"]), fence["info"])


def _parts(lines: Sequence[str], at: int) -> Iterator[Block | _Stretch]:
    """What parts the prose: blocks of code, regions, and MyST's breaks, which are regions of nothing."""
    while at < len(lines):
        end = at
        if region := _REGION.match(lines[at]):
            end = next((row for row in range(at + 1, len(lines)) if "<!-- #end" in lines[row]), len(lines))
            yield _Stretch(at, end, "raw" if region["kind"] == "raw" else "markdown")
        elif fence := FENCE.match(lines[at]):
            end = _closing(lines, at, fence["marks"])
            block = _block(lines, at, end, fence["info"])
            if block is not None:
                yield block
        elif _BREAK.match(lines[at]):
            yield _Stretch(at, at)
        at = end + 1


def _closing(lines: Sequence[str], at: int, marks: str) -> int:
    """The row of the fence that closes the one in row `at`; the end of the file where none does."""
    closing = re.compile(rf"{re.escape(marks[0])}{{{len(marks)},}}[ \t]*$")
    return next((row for row in range(at + 1, len(lines)) if closing.match(lines[row])), len(lines))


def _block(lines: Sequence[str], at: int, end: int, info: str) -> Block | None:
    directive = _DIRECTIVE.match(info)
    if directive:
        return Block(at, _below_options(lines, at + 1, end), end, directive["language"], "directive")
    chunk = _CHUNK.match(info)
    match = chunk or _WORD.match(info)
    if match is None:
        return None
    block = Block(at, at + 1, end, match["language"], "chunk" if chunk else "word", match["options"] or "")
    known = block.language == "python" or block.language in _KERNELS
    if not known or ".noeval" in block.options.split():
        return None
    return block._replace(begin=_below_tags(lines, at + 1, end)) if chunk else block


def _below_options(lines: Sequence[str], at: int, end: int) -> int:
    """The first row below the options of a MyST cell: `:tags: [x]`, or YAML between rules."""
    if at < end and lines[at].startswith("---"):
        return next((row + 1 for row in range(at + 1, end) if lines[row].startswith("---")), at)
    while at < end and lines[at].lstrip().startswith(":"):
        at += 1
    return at


def _below_tags(lines: Sequence[str], at: int, end: int) -> int:
    """The first row below the tags that stand first in a chunk of Quarto; other options stay comments of its code."""
    first = at
    while at < end and (option := OPTION.match(lines[at])) is not None:
        if not option[1].lstrip().startswith("- " if at > first else "tags:"):
            return at
        at += 1
    return at


def _code(lines: Sequence[str], block: Block, language: str) -> RawCell:
    """The cell of a block, in a notebook of a language."""
    metadata: dict[str, Any] = {}
    runs = True
    inside = lines[block.row + 1 : block.begin]
    if block.form == "directive":
        tags = tag_lines(line.lstrip().removeprefix(":") for line in inside)
    elif block.form == "chunk":
        match = _CHUNK_TAGS.search(block.options)
        words = [f"tags: [{match[1] or match[2]}]"] if match else [line.removeprefix("#|").strip() for line in inside]
        tags = tag_lines(words)
        runs = "active-ipynb" in tags or not _NOT_RUN.search(block.options)
    else:
        metadata = options(block.options)[1]
        tags = tags_of(metadata.get("tags"))
        active = active_in(metadata.get("active"), tags)
        runs = active is None or "ipynb" in active
    rows = rows_between(lines, block.begin, block.end)
    if block.form == "chunk" and block.language == "python":
        rows = with_magics(rows)  # jupytext comments them out in R Markdown
    if language == "python" and block.language != "python":
        arguments = metadata.get("magic_args")
        more = f" {arguments}" if isinstance(arguments, str) else ""
        rows = [Row(f"%%{block.word}{more}", block.row + 1), *rows]
    return RawCell(
        kind="code" if runs else "raw",
        source=text_of(rows),
        lines=places(rows, block.row + 1),
        file_line=block.row + 1,
        tags=tags,
        metadata=metadata,
    )


def _prose(lines: Sequence[str], part: _Stretch) -> list[RawCell]:
    """The cell of some prose; none where it is blank."""
    rows = rows_between(lines, part.begin, part.end)
    if not rows:
        return []
    line = rows[0].line
    return [RawCell(kind=part.kind, source=text_of(rows), lines=places(rows, line), file_line=line)]


def _language(header: Sequence[str], languages: Sequence[str]) -> str:
    """What the header says, else R where any cell is in R, else Python where any is, else that of the first cell.

    R Markdown hands its cells to R, which runs those in Python too.
    """
    kernel = header_value(header, "jupyter") or header_value(header, "name")
    named = header_value(header, "language") or kernel_language(kernel)
    if named:
        return language_name(named)
    known = [language for language in ("r", "python") if language in languages]
    return (known or languages or ["python"])[0]
