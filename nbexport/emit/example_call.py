"""The notebook's example calls of `predict`, as a reader pastes them: Python, or the body of a request."""

from __future__ import annotations

import ast
import json
import shlex
from dataclasses import dataclass

from nbexport.program import Predict

WIDTH = 100
"""Columns in which a call stands on one line."""
LONGEST = 600
"""Characters of an example that a README still shows."""


@dataclass(frozen=True, slots=True)
class ExampleCall:
    """One call of `predict` with values that can be written down."""

    arguments: str
    """As Python writes them between the parentheses, one or several lines."""
    body: str
    """The body of a request as a word of a shell."""


def example_call(predict: Predict) -> ExampleCall | None:
    """The first example call of the notebook that holds only literals; None where all read other values."""
    for source in predict.examples:
        example = _literal(source, [argument.name for argument in predict.arguments])
        if example is not None:
            return example
    return None


def _literal(source: str, names: list[str]) -> ExampleCall | None:
    try:
        call = ast.parse(source, mode="eval").body
        if not isinstance(call, ast.Call):
            return None
        keywords = [(keyword.arg, ast.literal_eval(keyword.value)) for keyword in call.keywords]
        positional = [ast.literal_eval(argument) for argument in call.args]
        if len(positional) > len(names) or any(name is None for name, _ in keywords):
            return None
        body = dict(zip(names, positional, strict=False)) | {str(name): value for name, value in keywords}
        text = _json(body)
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None
    words = [_word(value) for value in positional] + [f"{name}={_word(value)}" for name, value in keywords]
    if len(text) > LONGEST or any(not word.isprintable() for word in words):
        return None
    line = ", ".join(words)
    spread = "".join(f"\n    {word}," for word in words) + "\n"
    return ExampleCall(line if len(line) <= WIDTH else spread, shlex.quote(text))


def _word(value: object) -> str:
    """A literal, with the quotes that formatters put around text."""
    return f'"{value}"' if isinstance(value, str) and not {'"', "\\"} & {*value} else repr(value)


def _json(body: dict[str, object]) -> str:
    """JSON that reads back as the same values.

    Raises:
        ValueError: It has a value that JSON has not.
    """
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    if json.loads(text) != body:
        raise ValueError(text)
    if not text.isprintable():
        text = json.dumps(body, allow_nan=False)
    return text if len(text) <= WIDTH else _spread(body, ascii_only=text.isascii())


def _spread(body: dict[str, object], *, ascii_only: bool) -> str:
    """JSON on several lines, with as many members on each as it takes."""
    lines = [""]
    for name, value in body.items():
        member = f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=ascii_only)},"
        if len(f"{lines[-1]} {member}") > WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {member}".strip()
    return "{" + "\n    ".join(line for line in lines if line)[:-1] + "}"
