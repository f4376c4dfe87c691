"""The rows of one cell while its IPython syntax is rewritten, and what has been found in them."""

from __future__ import annotations

import re

from nbexport.model import Magic, Span
from nbexport.read.syntax import Syntax

_INDENTED = re.compile(r"^[ \t]*(?=[^ \t\n])", re.MULTILINE)
_PROMPT = re.compile(r"[ \t]*>>>[ \t]?|In \[\d+\]: ")
_CONTINUED_PROMPT = re.compile(r"[ \t]*(?:>>>|\.\.\.)[ \t]?|In \[\d+\]: |[ \t]*\.{3,}: ?")
PASTED = re.compile(r"\s*In \[\d+\]: ")
"""A prompt that is Python too (`In [1]: x = 2` annotates `In[1]`), and which IPython takes away all the same."""


class Sheet:
    """The rows of one cell while they are being rewritten; rows count from 0 here."""

    def __init__(self, source: str) -> None:
        self.source_rows = source.split("\n")
        self.rows = list(self.source_rows)
        self.magics: list[Magic] = []
        self.shifts: dict[int, int] = {}
        self._dedent(source)
        self._strip_prompts()

    def _dedent(self, source: str) -> None:
        """Take away the indentation that all rows share, as IPython does."""
        margins = _INDENTED.findall(source)
        margin = _common_prefix(margins)
        if margin:
            for row, text in enumerate(self.rows):
                self.cut(row, 0, min(len(margin), len(text)))

    def _strip_prompts(self) -> None:
        """Take away `>>> ` and `In [1]: ` of pasted sessions."""
        first = next((text for text in self.rows if text.strip()), "")
        if not _PROMPT.match(first):
            return
        for row, text in enumerate(self.rows):
            prompt = _CONTINUED_PROMPT.match(text)
            if prompt:
                self.cut(row, 0, prompt.end())

    def cut(self, row: int, column: int, width: int) -> None:
        """Take `width` characters away at `column`; what stands right of them moves left."""
        if width:
            text = self.rows[row]
            self.rows[row] = text[:column] + text[column + width :]
            self.shifts[row + 1] = self.shifts.get(row + 1, 0) + width

    def replace(self, row: int, column: int, end_row: int, text: str) -> None:
        """Put `text` where the syntax stood that runs to the end of `end_row`."""
        self.rows[row] = self.rows[row][:column] + text
        for later in range(row + 1, end_row + 1):
            self.rows[later] = ""

    def span(self, row: int, column: int, end_row: int) -> Span:
        """The span, in the cell's source, from a column of the rewritten row to the end of a row."""
        first = column + self.shifts.get(row + 1, 0) + 1
        return Span(row + 1, first, end_row + 1, len(self.source_rows[end_row]) + 1)

    def result(self) -> Syntax:
        """The cell as Python runs it, and the magics that were found."""
        return Syntax("\n".join(self.rows), tuple(self.magics), column_shifts=self.shifts)


def _common_prefix(texts: list[str]) -> str:
    if not texts:
        return ""
    low, high = min(texts), max(texts)
    size = next((at for at, char in enumerate(low) if high[at] != char), len(low))
    return low[:size]
