"""The bytes of a text file: its encoding, NUL bytes, its delimiter, and rows with more or fewer fields than the first.

The file is read once, a block at a time. Rows are cut by the csv module only where the file has quotes.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DELIMITERS = (",", ";", "\t", "|")
MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
BLOCK_BYTES = 1 << 22


@dataclass
class Raw:
    """What is seen of a file."""

    encoding: str = "ascii"
    """`ascii`, `utf-8`, `utf-16` or `other`."""
    mark: bool = False
    """Whether it begins with a byte order mark."""
    nul_bytes: int = 0
    delimiter: str = ""
    """The delimiter of its first line; empty where it has none."""
    fields: int = 0
    """How many fields the first line has."""
    ragged: int = 0
    """How many lines have another number of fields."""
    first_ragged: str = ""
    """Where the first of them is, and how many it has."""

    def facts(self) -> dict[str, Any]:
        """What the schema keeps of it."""
        return {"encoding": self.encoding, "mark": self.mark, "delimiter": self.delimiter, "ragged": self.ragged}


def scan(path: Path, *, delimiter: str | None = None, rectangular: bool = True) -> Raw:
    """What is seen of a text file.

    Args:
        path: The file.
        delimiter: What the reader separates fields with; None guesses it from the first line.
        rectangular: Whether all lines should have as many fields as the first.
    """
    raw = Raw()
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((MARKS["utf-16"], MARKS["utf-16-be"])):
        raw.mark, raw.encoding = True, "utf-16"
        return raw
    raw.mark = start.startswith(MARKS["utf-8"])
    quoted = _look_at_bytes(path, raw)
    encoding = "utf-8-sig" if raw.encoding != "other" else "latin-1"
    with path.open(encoding=encoding, newline="") as file:
        head = file.readline()
    counts = {sign: head.count(sign) for sign in DELIMITERS}
    raw.delimiter = max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ""
    raw.fields = counts.get(raw.delimiter, 0) + 1 if head.strip() else 0
    used = delimiter or raw.delimiter
    if not used or len(used) != 1 or not rectangular:
        return raw
    with path.open(encoding=encoding, newline="") as file:
        lengths = _by_csv(file, used) if quoted else _by_count(file, used)
        raw.fields = next(lengths, (0, 0))[1]
        for line, fields in lengths:
            if fields != raw.fields:
                raw.ragged += 1
                if raw.ragged == 1:
                    raw.first_ragged = f"line {line} has {fields} fields, the first line has {raw.fields}"
    return raw


def _look_at_bytes(path: Path, raw: Raw) -> bool:
    """Note encoding and NUL bytes; whether there are quotes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    quoted = False
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            raw.nul_bytes += block.count(b"\0")
            quoted = quoted or b'"' in block
            if raw.encoding == "other" or (raw.encoding == "ascii" and block.isascii()):
                continue
            try:
                decoder.decode(block)
                raw.encoding = "utf-8"
            except UnicodeDecodeError:
                raw.encoding = "other"
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raw.encoding = "other"
    return quoted


def _by_count(file: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, int]]:
    """Line number → fields of each line that is not blank, in a file without quotes."""
    for number, line in enumerate(file, start=1):
        if not line.isspace():
            yield number, line.count(delimiter) + 1


def _by_csv(file: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, int]]:
    """Line number → fields of each row."""
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader((line.replace("\0", "") for line in file), delimiter=delimiter)
    for row in reader:
        if row:
            yield reader.line_num, len(row)


def suffixes(folder: Path) -> Counter[str]:
    """How many files of each kind a folder holds."""
    return Counter(path.suffix.lower() for path in folder.rglob("*") if path.is_file())
