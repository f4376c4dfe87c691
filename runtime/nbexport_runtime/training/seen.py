"""What training saw of each input, from the tables that the model learned from; the service judges inputs by it.

customers.csv: plan,monthly_fee,signup_date      {"plan": {"values": ["basic", "plus"]},
               basic,9.9,2025-02-17          →    "monthly_fee": {"min": 9.9, "max": 19.9},
               plus,19.9,2025-07-21               "signup_date": {"first": "2025-02-17", "last": "2025-07-21"}}

Inputs are columns by name. It is an aid, not a schema: of what is not a table with such columns, nothing is known.
"""

from __future__ import annotations

import csv
import inspect
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from nbexport_runtime.bundle.measuring import Example

SEPARATORS = {".csv": "", ".tsv": "\t", ".txt": ""}
"""Ends of the names of tables → what separates their columns; empty: what the first line has most of."""
OBJECTS = (".jsonl", ".ndjson")
MOST_BYTES = 300_000_000
"""Larger data is not read a second time."""
MOST_COLUMNS = 200
CATEGORIES = 30
"""A text with no more different values than this is one of them,"""
SAMPLED = 5_000
"""Values of a column that are kept while it is read."""
REPEATED = 2
"""if each occurs this often on average."""
MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "nat", "<na>"})
SCALARS = ("str", "int", "float", "bool", "date", "datetime", "None")


def seen(place: Path | None, predict: Callable[..., Any] | None, examples: Sequence[Example]) -> dict[str, Any]:
    """What the tables of a data set say of the inputs of `predict`.

    Args:
        place: File or folder; None where the notebook's code provides the data.
        predict: Takes the state first, then the inputs.
        examples: Calls of it; what they contradict is not known.
    """
    return known(columns_of(place, predict), predict, examples)


def signature_of(predict: Callable[..., Any] | None) -> inspect.Signature | None:
    """What `predict` takes; None where nobody knows."""
    try:
        return None if predict is None else inspect.signature(predict)
    except (TypeError, ValueError):
        # a function of a library's that does not say what it takes
        return None


def columns_of(place: Path | None, predict: Callable[..., Any] | None) -> dict[str, Column]:
    """The columns of a data set's tables that `predict` takes, read once.

    Args:
        place: File or folder; None where the notebook's code provides the data.
        predict: Takes the state first, then the inputs.
    """
    signature = signature_of(predict)
    if place is None or signature is None:
        return {}
    arguments = list(signature.parameters.values())[1:]
    names = {argument.name for argument in arguments}
    # columns may be the keys of an object, or those of a frame
    nested = any(not is_scalar(argument.annotation) for argument in arguments)
    return read(place, lambda name: name in names or nested)


def read(place: Path, wanted: Callable[[str], bool]) -> dict[str, Column]:
    """The columns of the tables in a file or folder; none where a table is not what its name says, or too large."""
    files = [place] if place.is_file() else sorted(place.rglob("*")) if place.is_dir() else []
    tables = [path for path in files if path.suffix.lower() in (*SEPARATORS, *OBJECTS) and path.is_file()]
    if sum(path.stat().st_size for path in tables) > MOST_BYTES:
        return {}
    columns: dict[str, Column] = {}
    for path in tables:
        try:
            see(path, columns, wanted)
        except (OSError, ValueError, csv.Error):
            # not the table that its name says: half of it is worth nothing
            return {}
    return columns


def known(
    columns: Mapping[str, Column], predict: Callable[..., Any] | None, examples: Sequence[Example]
) -> dict[str, Any]:
    """What columns say of the inputs of `predict`.

    Args:
        columns: Name → column.
        predict: Takes the state first, then the inputs.
        examples: Calls of it; what they contradict is not known.
    """
    known = {name: facts for name, column in columns.items() if (facts := column.facts())}
    signature = signature_of(predict)
    if signature is None:
        return {}
    for args, kwargs in examples:
        for name, value in signature.bind(None, *args, **kwargs).arguments.items():
            if "first" in known.get(name, {}) and isinstance(value, str) and day_of(value) is None:
                # `predict` takes dates that are written in another way
                del known[name]
    return known if len(known) <= MOST_COLUMNS else {}


def is_scalar(annotation: Any) -> bool:
    """Whether a type is one of single values, or of one or none."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return all(part.strip().rpartition(".")[2] in SCALARS for part in text.split("|"))


def see(path: Path, columns: dict[str, Column], wanted: Callable[[str], bool]) -> None:
    """Add the values of a table to the columns that are wanted.

    Raises:
        ValueError: It is not such a table.
    """
    count = 0
    own: dict[str, Column] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in rows_of(file, path.suffix.lower(), wanted):
            count += 1
            for name, value in row:
                column = own.get(name)
                if column is None:
                    column = own[name] = columns.setdefault(name, Column())
                column.add(value)
    for column in own.values():
        column.rows += count


def rows_of(file: TextIO, suffix: str, wanted: Callable[[str], bool]) -> Iterator[list[tuple[str, str]]]:
    """(column, value) pairs of each row.

    Raises:
        ValueError: A line is not an object.
    """
    if suffix in OBJECTS:
        for line in file:
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("a line is not an object")
                pairs = [(name, value) for name, value in row.items() if wanted(name)]
                yield [(name, str(value)) for name, value in pairs if isinstance(value, str | int | float)]
        return
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    head = file.readline()
    reader = csv.reader(file, delimiter=SEPARATORS[suffix] or max(",;\t|", key=head.count))
    names = next(csv.reader([head], reader.dialect), [])
    places = [(place, name.strip()) for place, name in enumerate(names) if wanted(name.strip())]
    for cells in reader:
        if len(cells) >= len(names):
            yield [(name, cells[place]) for place, name in places]


def day_of(text: str) -> date | None:
    """The day that a text begins with, as ISO 8601 has it."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


class Sample:
    """Some values of a column, each of all with the same chance; the same column always gives the same sample.

    Source: K.-H. Li, "Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n)))", ACM TOMS 20 (1994), L.
    """

    __slots__ = ("_random", "_weight", "values")

    def __init__(self) -> None:
        self._random = random.Random(0)  # noqa: S311 - it draws a sample, no secret
        self._weight = 1.0
        self.values: list[str] = []

    def take(self, value: str, number: int) -> int:
        """Take a value; the number of the value that is taken next.

        Args:
            value: The value.
            number: Its number, from 1, among all.
        """
        if len(self.values) < SAMPLED:
            self.values.append(value)
            if len(self.values) < SAMPLED:
                return number + 1
        else:
            self.values[self._random.randrange(SAMPLED)] = value
        # 1 - random() is never 0
        self._weight *= math.exp(math.log(1 - self._random.random()) / SAMPLED)
        return number + math.floor(math.log(1 - self._random.random()) / math.log1p(-self._weight)) + 1


@dataclass(slots=True)
class Column:
    """What is seen of a column, value by value."""

    present: int = 0
    numbers: int = 0
    dates: int = 0
    least: float = math.inf
    most: float = -math.inf
    first: date = date.max
    last: date = date.min
    texts: set[str] = field(default_factory=set)
    rows: int = 0
    """Rows of the tables that have it; what is not present is missing."""
    sample: Sample = field(default_factory=Sample)
    sampled_next: int = 1
    """The number, from 1, of the present value that the sample takes next."""

    def add(self, value: str) -> None:
        """See one value."""
        text = value.strip()
        if text.lower() in MISSING:
            return
        self.present += 1
        if self.present == self.sampled_next:
            self.sampled_next = self.sample.take(text, self.present)
        try:
            number = float(text)
        except ValueError:
            self._add_text(text)
            return
        if math.isfinite(number):
            self.numbers += 1
            self.least, self.most = min(self.least, number), max(self.most, number)

    def _add_text(self, text: str) -> None:
        if len(self.texts) <= CATEGORIES:
            self.texts.add(text)
        if self.dates == self.present - 1:
            day = day_of(text)
            if day is None:
                return
            self.dates += 1
            self.first, self.last = min(self.first, day), max(self.last, day)

    def facts(self) -> dict[str, Any]:
        """What is known of it; nothing where its values have nothing in common."""
        if not self.present:
            return {}
        if self.numbers == self.present:
            return {"min": self.least, "max": self.most}
        if self.dates == self.present:
            return {"first": self.first.isoformat(), "last": self.last.isoformat()}
        if self.texts and not self.numbers and len(self.texts) <= min(CATEGORIES, self.present / REPEATED):
            return {"values": sorted(self.texts)}
        return {}
