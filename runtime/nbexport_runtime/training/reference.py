"""The reference of a model: how each of its inputs was distributed in training; a check of drift compares with it.

fee: 9.9, 19.9, 9.9, (missing)    →    {"kind": "number", "rows": 4, "missing": 1, "n": 3, "edges": [9.9],
                                        "counts": [2, 1], "min": 9.9, "max": 19.9, "present": 3}

A value belongs to the first edge that is not below it; the last count is of the values above all edges. Counts are of a
seeded sample of `n` values. Texts that repeat are categories, other texts are known by their length. Dates have no
counts: time goes on, so that they differ from training whatever happens.
"""

from __future__ import annotations

import bisect
import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport_runtime.training.seen import REPEATED, Column

NAME = "reference.json"
"""The file, in the folder of a bundle."""
FORMAT = 1
BINS = 50
"""Intervals of a number, of the same share each where values do not repeat."""
CATEGORIES = 50
"""A text with no more different values than this is one of them."""
TRUTHS = frozenset(("true", "false"))


def write(folder: Path, columns: Mapping[str, Column]) -> None:
    """Write the reference of columns into a bundle."""
    content = {"format": FORMAT, "columns": {name: described(column) for name, column in columns.items()}}
    (folder / NAME).write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def described(column: Column) -> dict[str, Any]:
    """How a column was distributed."""
    values = column.sample.values
    facts: dict[str, Any] = {"rows": column.rows, "missing": max(0, column.rows - column.present), "n": len(values)}
    if not values:
        return {"kind": "empty", **facts}
    if column.numbers == column.present:
        range_ = {"min": column.least, "max": column.most, "present": column.numbers}
        return {"kind": "number", **facts, **binned([float(value) for value in values]), **range_}
    if column.dates == column.present:
        return {"kind": "date", **facts}
    texts = [value.lower() for value in values] if {value.lower() for value in values} <= TRUTHS else values
    counts = Counter(texts)
    if len(counts) <= min(CATEGORIES, len(texts) / REPEATED):
        return {"kind": "category", **facts, "values": dict(counts.most_common())}
    lengths = [float(len(value)) for value in values]
    range_ = {"min": min(lengths), "max": max(lengths), "present": len(lengths)}
    return {"kind": "text", **facts, **binned(lengths), **range_}


def binned(values: Sequence[float]) -> dict[str, Any]:
    """Edges at quantiles of values, and how many values each interval has."""
    ordered = sorted(values)
    last = len(ordered) - 1
    places = sorted({round(last * number / BINS) for number in range(1, BINS)})
    edges = sorted({ordered[place] for place in places} - {ordered[-1]})
    ends = [bisect.bisect_right(ordered, edge) for edge in edges]
    counts = [after - before for before, after in itertools.pairwise((0, *ends, len(ordered)))]
    return {"edges": edges, "counts": counts}


def read(folder: Path) -> dict[str, Any]:
    """Column → its reference, of a bundle; nothing where it has none that can be read."""
    try:
        content = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("columns"), dict):
        return {}
    return {str(name): facts for name, facts in content["columns"].items() if isinstance(facts, dict)}
