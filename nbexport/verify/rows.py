"""Rows of the notebook's evaluation data as further calls of `predict`, beyond the examples that its author wrote.

This file runs inside the notebook's kernel, so it imports nothing of nbexport. An example call says what `predict`
takes; a value that the evaluation reads, or another stage makes, gives rows where they are of that kind:

    predict([5.1, 3.5, 1.4, 0.2])           X_test, an array of 4 columns      → [6.1, 2.8, 4.7, 1.2], …
    predict("late again")                   texts_test, a list of strings      → "thank you", …
    predict(tenure=3, contract="monthly")   test, a frame with these columns   → tenure=40, contract="yearly", …
    predict(30.0, 5000.0)                   X_test, an array of 2 columns      → 41.0, 3800.0, …
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

ROWS = 20
"""Rows that are taken of each value, evenly spread."""

Arguments = dict[str, Any]


def calls(
    predict: Callable[..., Any], example: Callable[[Callable[..., Any]], Any], values: Sequence[Any]
) -> list[tuple[Arguments, Any]]:
    """Arguments as plain JSON, and what `predict` answers to them, as plain JSON too.

    Args:
        predict: The notebook's function.
        example: Calls what it is given as the notebook calls `predict`.
        values: Where rows may be found; the one that has most is taken.
    """
    given = _given(predict, example)
    best: list[tuple[Arguments, Any]] = []
    if given is None:
        return best
    needed = {
        name
        for name, parameter in inspect.signature(predict).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    for value in values:
        asked = []
        for arguments in _rows(value, given, needed or set(given)):
            try:
                answer = predict(**{name: _as(arguments[name], given[name]) for name in arguments})
            except Exception:  # noqa: BLE001 - it is not an input of `predict`, nor are the others of this value
                break
            asked.append((arguments, _finite(_plain(_members(answer)))))
        if len(asked) > len(best):
            best = asked
    return best


def _given(predict: Callable[..., Any], example: Callable[[Callable[..., Any]], Any]) -> Arguments | None:
    """The example's arguments by name."""
    rows: list[Arguments] = []

    def note(*args: Any, **kwargs: Any) -> None:
        bound = inspect.signature(predict).bind(*args, **kwargs)
        bound.apply_defaults()
        rows.append(dict(bound.arguments))

    try:
        example(note)
    except Exception:  # noqa: BLE001 - an example that does more than call it
        return None
    kinds = {parameter.kind for parameter in inspect.signature(predict).parameters.values()}
    if not rows or kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        return None
    return rows[0] or None


def _rows(value: Any, given: Arguments, needed: set[str]) -> Iterator[Arguments]:
    """The rows of a value as arguments, each of those that are needed; none where it is of another kind."""
    plain = {name: _plain(argument) for name, argument in given.items()}
    if _is(value, "pandas", "DataFrame"):
        columns = [str(column) for column in value.columns]
        wanted = [name for name in plain if name in columns]
        first = next(iter(plain))
        for at in _spread(len(value)):
            row = dict(zip(columns, map(_plain, value.iloc[at].tolist()), strict=True))
            if needed <= set(wanted):
                yield from _typed({**plain, **{name: row[name] for name in wanted}}, plain)
            elif isinstance(plain[first], dict) and plain[first].keys() <= row.keys():
                yield from _typed({**plain, first: {name: row[name] for name in plain[first]}}, plain)
            elif isinstance(plain[first], list):
                yield from _typed({**plain, first: list(row.values())}, plain)
        return
    first = next(iter(plain))
    for row in map(_plain, _taken(value)):
        if isinstance(row, list) and len(row) == len(plain) > 1 and not isinstance(plain[first], list):
            # whether the columns have the order of the arguments does not matter for an input
            yield from _typed(dict(zip(plain, row, strict=True)), plain)
        else:
            yield from _typed({**plain, first: row}, plain)


def _taken(value: Any) -> list[Any]:
    """Some rows of a list, an array, a tensor or a series; the others are not looked at: there may be millions."""
    if _is(value, "pandas", "Series"):
        value = value.iloc
        return [value[at] for at in _spread(len(value.obj))]
    shape = getattr(value, "shape", None)
    if not isinstance(value, list | tuple) and not (shape and hasattr(value, "tolist")):
        return []
    return [value[at] for at in _spread(len(value))]


def _spread(count: int) -> Sequence[int]:
    return range(count) if count <= ROWS else [at * count // ROWS for at in range(ROWS)]


def _typed(arguments: Arguments, like: Arguments) -> Iterator[Arguments]:
    """The arguments where each has the type and shape of the example's."""
    row = {name: _like(arguments[name], like[name]) for name in arguments}
    if _OTHER not in row.values():
        yield row


_OTHER = object()


def _like(value: Any, example: Any) -> Any:
    """The value with the example's types; `_OTHER` where it has others."""
    if isinstance(example, bool) or isinstance(value, bool) or example is None or value is None:
        return value if type(value) is type(example) else _OTHER
    if isinstance(example, int | float):
        if not isinstance(value, int | float) or not math.isfinite(value):
            return _OTHER
        whole = isinstance(example, int)
        return _OTHER if whole and value != int(value) else type(example)(value)
    if isinstance(example, str):
        # a column of dates, which the example writes as text
        text = value.isoformat()[: len(example)] if hasattr(value, "isoformat") else value
        return text if isinstance(text, str) else _OTHER
    if isinstance(example, dict):
        if not isinstance(value, dict) or value.keys() != example.keys():
            return _OTHER
        inner = {name: _like(value[name], example[name]) for name in value}
        return _OTHER if _OTHER in inner.values() else inner
    if isinstance(example, list) and isinstance(value, list):
        return _like_list(value, example)
    return _OTHER


def _like_list(value: list[Any], example: list[Any]) -> Any:
    numbers = all(isinstance(entry, int | float | list) for entry in example)
    if numbers and value and isinstance(value[0], list) and not isinstance(example[0], list):
        value = list(_leaves(value))
    if not example or (numbers and len(value) != len(example)):
        return _OTHER
    # a row of numbers may begin with a whole one
    kinds = [float(0) if any(isinstance(entry, float) for entry in example) else example[0]] if numbers else example[:1]
    pattern = example if isinstance(example[0], list) else kinds * len(value)
    inner = [_like(entry, pattern[min(at, len(pattern) - 1)]) for at, entry in enumerate(value)]
    return _OTHER if any(entry is _OTHER for entry in inner) else inner


def _leaves(value: list[Any]) -> Iterator[Any]:
    for inner in value:
        if isinstance(inner, list):
            yield from _leaves(inner)
        else:
            yield inner


def _plain(value: Any) -> Any:
    """Plain data of arrays, tensors, series and numpy's numbers."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _as(value: Any, example: Any) -> Any:
    """Plain data as the service makes it of JSON: an array, a tensor or a tuple where the example has one."""
    if _is(example, "torch", "Tensor"):
        return sys.modules["torch"].tensor(value)
    if _is(example, "numpy", "ndarray"):
        return sys.modules["numpy"].array(value)
    if _is(example, "pandas", "DataFrame"):
        return sys.modules["pandas"].DataFrame(value)
    return tuple(value) if isinstance(example, tuple) else value


def _is(value: Any, module: str, name: str) -> bool:
    known = getattr(sys.modules.get(module), name, None)
    return known is not None and isinstance(value, known)


def _finite(value: Any) -> Any:
    """Plain data without NaN and infinities, which the service writes as null."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _members(answer: Any) -> Any:
    """An answer as the service's JSON object: its own fields, or `result`."""
    if isinstance(answer, dict):
        return answer
    if hasattr(answer, "model_dump"):
        return answer.model_dump(by_alias=True)
    if hasattr(answer, "__dataclass_fields__"):
        return {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    return {"result": answer}
