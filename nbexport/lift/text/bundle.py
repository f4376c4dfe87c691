"""The text of `save_model` and `load_model`: between a training run and a bundle."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nbexport.lift.text.parts import Parts
from nbexport.lift.text.rewrite import function_source
from nbexport.lift.text.settings import statement_text


def save_model(parts: Parts) -> str:
    """The function that hands over what the bundle gets."""
    state = parts.placed.state
    run = "run_" if "run" in state else "run"
    arguments = ["metrics: Mapping[str, Any]", *(f"{name}: Any" for name in state if name != "metrics")]
    kept = "{" + ", ".join(f'"{name}": {name}' for name in state) + "}"
    predict = ", predict=predict" if parts.placed.predict is not None else ""
    what = "Save what `predict` needs." if predict else "Save what the training leaves."
    return function_source(
        f"def save_model({run}: Run, *, {', '.join(arguments)}) -> None",
        what,
        [f"{run}.save({kept}, metrics=metrics{predict})"],
    )


def set_definitions(parts: Parts) -> list[str]:
    """The function that gives `definitions.py` the parameters that it reads; none where it reads none."""
    settings = sorted(parts.placed.layout.settings)
    if not settings:
        return []
    arguments = ", ".join(f"{name}: Any" for name in settings)
    lines = [f"setattr(definitions, {name!r}, {name})" for name in settings]
    text = "Give the definitions the parameters of this run that they read."
    return [function_source(f"def set_definitions(*, {arguments}) -> None", text, lines)]


def set_process(parts: Parts, units: Sequence[int]) -> str:
    """The function that sets the process, or the thread, as the notebook had it set for its `predict`.

    Args:
        parts: Everything that the two files are written from.
        units: The statements that set it.
    """
    return function_source(
        "def set_process() -> None",
        "What the notebook set in the stages, or for its thread alone: whoever answers, without stages, sets it again.",
        [statement_text(parts, unit) for unit in units],
    )


def load_model(parts: Parts, *, sets: bool) -> str:
    """The function that reads one, and gives the definitions the settings that they were trained with.

    Args:
        parts: Everything that the two files are written from.
        sets: Whether there is a `set_process`.
    """
    predict = "None" if parts.placed.predict is None else "predict"
    prepare = ", prepare=set_process" if sets else ""
    named = {part.id for _, call in parts.placed.examples for part in ast.walk(call) if isinstance(part, ast.Name)}
    named |= {*parts.placed.state}
    variables = tuple(p.variable for p in parts.placed.parameters if p.secret and p.name in named)
    secrets = f", secrets={variables!r}" if variables else ""
    load = f"bundle.load(folder, predict={predict}{prepare}, own=bundle.modules_beside(__file__){secrets})"
    settings = sorted(parts.placed.layout.settings)
    body = ["set_process()"] if sets else []
    if settings:
        set_again = [f"setattr(definitions, {name!r}, loaded[{name!r}])" for name in settings]
        body += [f"loaded = {load}", *set_again, "return loaded"]
    else:
        body.append(f"return {load}")
    return function_source(
        "def load_model(folder: Path | str) -> bundle.Loaded",
        "The values of a bundle, checked against its manifest.",
        body,
    )
