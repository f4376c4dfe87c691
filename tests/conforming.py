"""Holds the stages of a program to their annotations: what they are given and give is what these say."""

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Mapping
from functools import wraps
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

_STAGES = "model"
_ITERATED = 50
"""Of long lists, so many elements are looked at."""


def hold_to_annotations(train: ModuleType) -> None:
    """Put in the place of each stage that a `train` calls one that checks its arguments and its results."""
    for name, value in list(vars(train).items()):
        if isinstance(value, FunctionType) and value.__module__ == _STAGES and name != "save_model":
            setattr(train, name, _checked(value))


def _checked(stage: FunctionType) -> Any:
    names = {**stage.__globals__, **_for_checkers(stage)}
    hints = {name: _evaluated(hint, names) for name, hint in stage.__annotations__.items()}
    signature = inspect.signature(stage)

    @wraps(stage)
    def checked(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        assert set(signature.parameters) <= set(hints), f"`{stage.__name__}` has arguments without annotation"
        for name, value in given.items():
            # options are as their converters make them
            if signature.parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY:
                assert conforms(value, hints[name]), f"`{name}` of `{stage.__name__}` is {value!r}, not {hints[name]}"
        result = stage(*args, **kwargs)
        assert conforms(result, hints["return"]), f"`{stage.__name__}` gives {result!r}, not {hints['return']}"
        return result

    return checked


def _for_checkers(stage: FunctionType) -> dict[str, Any]:
    """What the module of a stage imports for type checkers alone."""
    path = stage.__globals__.get("__file__")
    tree = ast.parse(Path(path).read_text(encoding="utf-8")) if path and Path(path).is_file() else ast.Module([], [])
    names: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            exec(compile(ast.Module(node.body, []), "model.py", "exec"), names)
    return names


def _evaluated(hint: Any, names: Mapping[str, Any]) -> Any:
    return eval(hint, dict(names)) if isinstance(hint, str) else hint


def conforms(value: Any, hint: Any) -> bool:
    """Whether a value is what an annotation says."""
    if hint is Any:
        return True
    if hint is None or hint is type(None):
        return value is None
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return any(conforms(value, argument) for argument in arguments)
    if origin is None:
        # an annotation of float takes whole numbers
        return isinstance(value, hint) or (hint is float and isinstance(value, int))
    if not isinstance(value, origin):
        return False
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return all(conforms(part, arguments[0]) for part in value)
        return len(value) == len(arguments) and all(map(conforms, value, arguments))
    if issubclass(origin, Mapping) and len(arguments) == 2:
        return all(conforms(k, arguments[0]) and conforms(v, arguments[1]) for k, v in list(value.items())[:_ITERATED])
    if origin in (list, set) and arguments:
        return all(conforms(part, arguments[0]) for part in list(value)[:_ITERATED])
    return True
