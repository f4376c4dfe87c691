"""Rows of several calls as one value, and the result as the rows of each.

A value is an array, a tensor, a frame, sparse rows or a list of texts, or a tuple or dict of them; constants beside
them have to be equal:

    ([[1.0, 2.0]], "mean")  and  ([[3.0, 4.0]], "mean")   →   ([[1.0, 2.0], [3.0, 4.0]], "mean")
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Hashable, Sequence
from typing import Any

RTOL, ATOL = 1e-5, 1e-6
"""Differences that sums in another order make in float32; `ATOL` counts in units of the largest number."""


class NotJoinedError(Exception):
    """A call that cannot be joined with others."""


def form_of(value: Any) -> tuple[Hashable, int]:
    """What two arguments have to share to be joined, and how many rows there are.

    Raises:
        NotJoinedError: Some part has no rows, or not as many as another.
    """
    counts: set[int] = set()
    form = _form(value, counts)
    if len(counts) != 1:
        raise NotJoinedError
    return form, counts.pop()


def _form(value: Any, counts: set[int]) -> Hashable:
    kind = _kind(value)
    if kind == "tuple":
        return kind, *(_form(inner, counts) for inner in value)
    if kind == "dict":
        return kind, *((name, _form(inner, counts)) for name, inner in value.items())
    if kind == "constant":
        return type(value), value
    if kind == "texts":
        counts.add(len(value))
        return kind
    counts.add(value.shape[0])
    if kind == "frame":
        dtypes = tuple(map(str, value.dtypes))
        if "category" in dtypes:  # two frames may know other categories
            raise NotJoinedError
        return kind, tuple(value.columns), dtypes
    if kind == "sparse":
        return kind, value.format, str(value.dtype), value.shape[1:]
    device = str(value.device) if kind == "tensor" else ""
    return kind, str(value.dtype), device, tuple(value.shape[1:])


def _kind(value: Any) -> str:
    """How a value is joined.

    Raises:
        NotJoinedError: It cannot be.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return "constant"
    if type(value) in (tuple, dict):
        return type(value).__name__
    if type(value) is list and value and all(isinstance(text, str) for text in value):
        return "texts"
    for module, name, kind in (
        ("torch", "Tensor", "tensor"),
        ("numpy", "ndarray", "array"),
        ("pandas", "DataFrame", "frame"),
        ("pandas", "Series", "series"),
        ("scipy.sparse", "csr_matrix", "sparse"),
        ("scipy.sparse", "csr_array", "sparse"),
    ):
        known = getattr(sys.modules.get(module), name, None)
        if known is not None and type(value) is known:
            if not value.shape or (kind == "tensor" and value.is_sparse):
                break
            return kind
    raise NotJoinedError


def joined_of(values: Sequence[Any]) -> Any:
    """Values of one form as one, row after row."""
    first = values[0]
    kind = _kind(first)
    if kind == "tuple":
        return tuple(joined_of(parts) for parts in zip(*values, strict=True))
    if kind == "dict":
        return {name: joined_of([value[name] for value in values]) for name in first}
    if kind == "constant":
        return first
    if kind == "texts":
        return [text for value in values for text in value]
    if kind == "tensor":
        return importlib.import_module("torch").cat(values)
    if kind == "array":
        return importlib.import_module("numpy").concatenate(values)
    if kind == "sparse":
        return importlib.import_module("scipy.sparse").vstack(values, format=first.format)
    return importlib.import_module("pandas").concat(values)


def parts_of(value: Any, sizes: Sequence[int]) -> list[Any]:
    """Rows as the parts that they were joined from.

    Raises:
        NotJoinedError: It has not one row for each that went in.
    """
    if value is None:
        return [None] * len(sizes)
    kind = _kind(value)
    if kind == "tuple":
        return list(zip(*(parts_of(inner, sizes) for inner in value), strict=True))
    if kind == "dict":
        columns = {name: parts_of(inner, sizes) for name, inner in value.items()}
        return [{name: columns[name][at] for name in value} for at in range(len(sizes))]
    count = len(value) if kind == "texts" else value.shape[0] if kind != "constant" else -1
    if count != sum(sizes):
        raise NotJoinedError
    if kind == "tensor":
        return list(value.split(list(sizes)))
    rows = value.iloc if kind in ("frame", "series") else value
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return [rows[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def stranger_of(value: Any) -> Any:
    """Something of the same form with other numbers in it."""
    kind = _kind(value)
    if kind == "tuple":
        return tuple(map(stranger_of, value))
    if kind == "dict":
        return {name: stranger_of(inner) for name, inner in value.items()}
    if kind == "texts":
        return [text[::-1] for text in value]
    if kind == "tensor":
        if not value.is_floating_point():
            # a smaller number may be none that the model knows
            return value.clone().fill_(value.min()) if value.numel() else value
        return value.flip(list(range(1, value.dim()))) * 1.7 + 0.3
    if kind == "array" and value.dtype.kind == "f":
        return value[:, ::-1] * 1.7 + 0.3 if value.ndim > 1 else value * 1.7 + 0.3
    if kind == "array" and value.dtype.kind in "iu" and value.size:
        return 0 * value + value.min()
    if kind == "frame":
        floats = value.select_dtypes("float")
        return value.assign(**{str(name): floats[name] * 1.7 + 0.3 for name in floats})
    if kind in ("series", "sparse") and value.dtype.kind == "f":
        return value * 1.7
    return value


def same(left: Any, right: Any) -> bool:
    """Whether two results are equal but for the order of their sums."""
    if type(left) is not type(right):
        return False
    kind = _kind(left)
    if kind == "tuple":
        return len(left) == len(right) and all(map(same, left, right))
    if kind == "dict":
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if kind in ("constant", "texts"):
        return bool(left == right)
    if left.shape != right.shape:
        return False
    if kind == "frame":
        return all(map(same, (left[c] for c in left), (right[c] for c in right)))
    numpy = importlib.import_module("numpy")
    if kind == "tensor":
        left, right = left.detach().cpu().numpy(), right.detach().cpu().numpy()
    elif kind == "sparse":
        left, right = left.toarray(), right.toarray()
    elif kind == "series":
        left, right = left.to_numpy(), right.to_numpy()
    if left.dtype != right.dtype:
        return False
    if left.dtype.kind not in "fc":
        return bool((left == right).all())
    finite = numpy.abs(left[numpy.isfinite(left)])
    scale = ATOL * (finite.max() if finite.size else 1.0)
    return bool(numpy.allclose(left, right, rtol=RTOL, atol=scale, equal_nan=True))
