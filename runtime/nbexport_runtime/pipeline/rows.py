"""The rows of frames, series, arrays, tensors, sparse matrices and lists: how many, which are equal, some of them."""

from __future__ import annotations

import hashlib
import importlib
import itertools
import math
import sys
from collections.abc import Hashable, Iterable, Sequence
from numbers import Number
from typing import Any

Key = Hashable
"""Something per row that is equal when the rows are."""


def length(value: Any) -> int:
    """How many rows a value has; 0 for what has none."""
    if isinstance(value, str | bytes | dict | set | frozenset):
        return 0
    shape = getattr(value, "shape", None)
    if isinstance(shape, Sequence):
        return int(shape[0]) if shape else 0
    try:
        return len(value)
    except TypeError:
        return 0


NUMBERS = ("int", "uint", "float", "bool", "complex", "double", "half", "bfloat", "datetime", "timedelta")
"""Beginnings of the names of types of which a row is one number."""


def width(value: Any) -> int:
    """How many parts a row has."""
    if hasattr(value, "columns"):
        return len(value.columns)
    shape = getattr(value, "shape", None)
    return math.prod(shape[1:]) if isinstance(shape, Sequence) else 1


def detail(value: Any) -> int:
    """How much a row tells: 3 where it has several parts, 2 where it is a text, 1 where it is a number."""
    if width(value) > 1:
        return 3
    if hasattr(value, "columns"):
        return detail(value[value.columns[0]])
    if isinstance(getattr(value, "shape", None), Sequence):
        return 2 if is_text(value) else 1
    if all(isinstance(row, Number) for row in value):
        return 1
    return 2 if all(isinstance(row, str) for row in value) else 3


def alike(value: Any, other: Any) -> bool:
    """Whether rows of a value can be rows of another one: same library, same columns or shape."""
    if not length(value) or not length(other):
        return False
    if hasattr(other, "columns"):
        return hasattr(value, "columns") and set(other.columns) <= set(value.columns)
    if isinstance(getattr(other, "shape", None), Sequence):
        if type(value) is not type(other):
            return False
        return bool(value.shape[1:] == other.shape[1:]) and is_text(value) == is_text(other)
    return is_sequence(value) and is_sequence(other) and form(value[0]) == form(other[0])


def is_sequence(value: Any) -> bool:
    """Whether a value is a list or a tuple."""
    return isinstance(value, list | tuple) and not hasattr(value, "_fields")


def is_text(value: Any) -> bool:
    """Whether an array or a series holds something else than numbers."""
    return not str(value.dtype).rpartition(".")[2].lower().startswith(NUMBERS)


def form(row: Any) -> str:
    """The kind of a row of a list."""
    return "number" if isinstance(row, Number) else type(row).__name__


def keys(value: Any, like: Any) -> list[Key]:
    """A key for each row; comparable with those of `keys(like, like)`.

    Args:
        value: The rows.
        like: Rows that `alike` calls alike; of a frame, their columns are compared.
    """
    if hasattr(value, "columns"):
        part = value[sorted(like.columns, key=str)]
        rows: Iterable[Any] = (
            part.iter_rows() if hasattr(part, "iter_rows") else part.itertuples(index=False, name=None)
        )
        return [plain(row) for row in rows]
    if hasattr(value, "tocsr"):
        matrix = value.tocsr(copy=True)
        matrix.sum_duplicates()
        edges = matrix.indptr.tolist()
        return [
            plain(list(zip(matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True)))
            for start, end in itertools.pairwise(edges)
        ]
    if isinstance(getattr(value, "shape", None), Sequence):
        array = as_array(value)
        if array.ndim > 1 and array.dtype.kind in "biuf":
            # images, say: too many numbers to keep
            return [digest(row) for row in array]
        return [plain(row) for row in array.tolist()]
    return [plain(row) for row in value]


def as_array(value: Any) -> Any:
    """An array, a tensor or a series as a numpy array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        return value.numpy()
    return value.to_numpy() if hasattr(value, "to_numpy") else importlib.import_module("numpy").asarray(value)


def digest(row: Any) -> Key:
    """A key for many numbers, the same for integers and floats."""
    # a negative zero becomes a zero
    numbers = row.astype("float64") + 0.0
    numbers[numbers != numbers] = math.nan
    return hashlib.blake2b(numbers.tobytes(), digest_size=16).digest()


def plain(value: Any) -> Key:
    """Something hashable that is equal for equal values: 1 and 1.0 are, and so are two missing values."""
    if isinstance(value, str | bytes | bool | int | None):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return tuple(plain(part) for part in value)
    if isinstance(value, dict):
        return tuple(sorted(((str(name), plain(part)) for name, part in value.items()), key=repr))
    if isinstance(value, set | frozenset):
        return frozenset(plain(part) for part in value)
    if str(value) in ("NaT", "<NA>"):
        return None
    return value if isinstance(value, Hashable) else repr(value)


def taken(value: Any, chosen: Sequence[int]) -> Any:
    """Some rows of a value, in that order; of a loader, one over these rows of its data set.

    Raises:
        TypeError: Rows cannot be taken from it.
    """
    rows = list(chosen)
    if hasattr(value, "iloc"):
        return value.iloc[rows]
    if hasattr(value, "dataset") and hasattr(value, "batch_size"):
        data = importlib.import_module("torch.utils.data")
        part = data.Subset(value.dataset, rows)
        return data.DataLoader(part, batch_size=value.batch_size, collate_fn=value.collate_fn)
    if hasattr(value, "tocsr"):
        return value.tocsr()[rows]
    if hasattr(value, "shape"):
        return value[rows]
    if isinstance(value, Sequence):
        some = [value[row] for row in rows]
        return tuple(some) if type(value) is tuple else some
    if "torch" in sys.modules and hasattr(value, "__getitem__"):
        return importlib.import_module("torch.utils.data").Subset(value, rows)
    raise TypeError(f"rows cannot be taken from a `{type(value).__name__}`")
