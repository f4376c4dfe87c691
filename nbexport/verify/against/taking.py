"""What a notebook has that other code can be compared with.

This file runs in the notebook's kernel, after the cell whose results count, so it imports nothing of nbexport.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LARGEST_TEXT = 200_000
"""Characters of a request that is sent elsewhere."""


Calls = Sequence[tuple[str, Callable[[Any], Any]]]
"""Source text of each example call, and the same call of any function."""


def taken(names: dict[str, Any], asked: Mapping[str, Any], calls: Calls, tools: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics, values and calls of `predict` that were asked for, as JSON.

    Args:
        names: The notebook's names.
        asked: `metrics`: names of variables, none for the dict `metrics`. `values`: names of variables.
            `evaluated`: names of values that may hold further rows; None tries all tables. `wanted`: names that the
            other code has, and that may be variables here.
        calls: The example calls of `predict`; none where predictions are not compared.
        tools: The names of `walk.py`, `rows.py` and `forms.py`.
    """
    plain, snapshot = tools["plain"], tools["snapshot"]
    results: dict[str, Any] = {"metrics": {}, "values": {}, "types": {}, "requests": [], "unsent": []}
    if asked["metrics"]:
        results["metrics"] = {name: plain(names[name]) for name in asked["metrics"] if name in names}
    elif isinstance(names.get("metrics"), Mapping):
        results["metrics"] = plain(dict(names["metrics"]))
    for name in asked["values"]:
        if name in names:
            results["values"][name] = snapshot(tools["common"](names[name]))
            results["types"][name] = tools["type_of"](names[name])
    numbers = {name: value for name, value in names.items() if _is_number(value) and not name.startswith("_")}
    results["numbers"] = sorted(numbers, key=lambda name: name not in asked["wanted"])
    if calls and callable(names.get("predict")):
        held = asked["evaluated"]
        if held is None:
            held = [name for name, value in names.items() if not name.startswith("_") and hasattr(value, "shape")]
        _call(names, [names[name] for name in held if name in names], calls, tools, results)
    return results


def _call(
    names: Mapping[str, Any], held: Sequence[Any], calls: Calls, tools: Mapping[str, Any], results: dict[str, Any]
) -> None:
    """The example calls, and rows of the notebook's data as further ones."""
    plain, predict = tools["plain"], names["predict"]
    kinds: dict[str, str] = {}
    for text, call in calls:
        given = tools["_given"](predict, call)
        if given is None:
            results["unsent"].append([text, "it gives no arguments, or more than `predict` names"])
            continue
        answer = tools["_finite"](plain(tools["_members"](call(predict))))
        arguments = {name: tools["_plain"](value) for name, value in given.items()}
        reason = _unsendable(arguments)
        if reason:
            results["unsent"].append([text, reason])
            continue
        kinds = kinds or {name: tools["argument_kind"](value) for name, value in given.items()}
        results["requests"].append({"text": text, "arguments": arguments, "answer": answer, "row": False})
    known = [request["arguments"] for request in results["requests"]]
    for arguments, answer in tools["calls"](predict, calls[0][1], held):
        if not _unsendable(arguments) and arguments not in known:
            known.append(arguments)
            answered = tools["_finite"](plain(answer))
            results["requests"].append({"text": "", "arguments": arguments, "answer": answered, "row": True})
    results["kinds"] = kinds
    for request in results["requests"]:
        request["transformed"] = _transformed(names, predict, request["arguments"], tools["fields"])


def _unsendable(arguments: Mapping[str, Any]) -> str:
    """Why arguments cannot be sent to another process; empty where they can."""
    try:
        text = json.dumps(arguments)
    except (TypeError, ValueError) as error:
        return str(error)
    return f"it has more than {LARGEST_TEXT} characters" if len(text) > LARGEST_TEXT else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _transformed(
    names: Mapping[str, Any], predict: Any, arguments: Mapping[str, Any], fields: Any
) -> dict[str, dict[str, Any]]:
    """Name of each fitted transformer that `predict` reads → the request as that transformer makes it."""
    tables: dict[str, dict[str, Any]] = {}
    keys, values, again = fields(arguments)
    for name in getattr(getattr(predict, "__code__", None), "co_names", ()):
        transformer: Any = names.get(name)
        if not (hasattr(transformer, "transform") and hasattr(transformer, "n_features_in_")):
            continue
        columns = [str(column) for column in getattr(transformer, "feature_names_in_", ())]
        if not columns and transformer.n_features_in_ == len(keys):
            columns = keys
        if not columns or not set(columns) <= set(keys):
            continue
        try:
            row = [values[keys.index(column)] for column in columns]
            if hasattr(transformer, "feature_names_in_"):
                import pandas

                table: Any = pandas.DataFrame([row], columns=columns)
            else:
                table = [row]
            result = transformer.transform(table)
            new = (result.toarray() if hasattr(result, "toarray") else result).tolist()[0]
            if len(new) == len(columns):
                by_column = dict(zip(columns, new, strict=True))
                tables[name] = again([by_column.get(key, value) for key, value in zip(keys, values, strict=True)])
        except Exception:  # noqa: BLE001, S112 - a transformer of texts, or one that takes something else
            continue
    return tables
