"""The text of `save_model` and `load_model`: between a training run and a bundle."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from copy import deepcopy

from nbexport.lift.text.annotations import Annotations, annotation
from nbexport.lift.text.parts import Parts, free
from nbexport.lift.text.rewrite import function_source
from nbexport.lift.text.settings import statement_text


def saved_names(parts: Parts) -> list[str]:
    """The names that `save_model` takes beside the metrics: what `predict` needs, and what its example calls read.

    Where a later stage binds again what `predict` needs, that is kept as it was, in one mapping, and is not among them.
    """
    placed = parts.placed
    known = {name for segment in placed.segments for name in segment.outputs}
    known |= {parameter.name for parameter in placed.parameters}
    read = {node.id for _, call in placed.examples for node in ast.walk(call) if isinstance(node, ast.Name)}
    # stages may hand over a helper of the same name; `save_model` and its examples mean the served one
    read.discard("predict")
    names = [*(() if placed.early is not None else placed.state), *sorted(read & known)]
    return [name for name in dict.fromkeys(names) if name != "metrics"]


def save_model(parts: Parts, annotations: Annotations, *, sets: bool) -> str:
    """The function that hands over what the bundle gets, with the example calls of `predict`.

    Args:
        parts: Everything that the two files are written from.
        annotations: Writes the types of what it gets.
        sets: Whether there is a `set_process`.
    """
    placed, names = parts.placed, saved_names(parts)
    run, serving = (free(name, {*placed.state, *names}) for name in ("run", "serving"))
    arguments = [f"{run}: Run"]
    if placed.early is None:
        kept = "{" + ", ".join(f'"{name}": {name}' for name in placed.state) + "}"
    else:
        kept = serving
        arguments.append(f"{serving}: Mapping[str, Any]")
    types = {name: annotations.of(kind) for stage in placed.types for name, kind in stage.outputs.items()}
    types |= {p.name: "Any" if p.secret else annotation(p) for p in placed.parameters}
    arguments += ["*", "metrics: Mapping[str, Any]", *(f"{name}: {types.get(name, 'Any')}" for name in names)]
    has_predict = placed.predict is not None
    prepare = ", prepare=set_process" if sets else ""
    secret = frozenset(parameter.name for parameter in placed.parameters if parameter.secret)
    return function_source(
        f"def save_model({', '.join(arguments)}) -> None",
        "Save what `predict` needs." if has_predict else "Save what the training leaves.",
        [
            *(f"{run}.example({_example(call, secret)})" for _, call in placed.examples),
            f"{run}.save({kept}, metrics=metrics{', predict=predict' if has_predict else ''}{prepare})",
        ],
    )


def _example(call: ast.Call, secret: frozenset[str]) -> str:
    """The arguments of an example call; a bundle only names a secret, but what is made of one needs its value."""

    def text(node: ast.expr) -> str:
        if isinstance(node, ast.Name) or not secret:
            return ast.unparse(node)
        return ast.unparse(_Revealed(secret).visit(deepcopy(node)))

    keywords = [f"{k.arg}={text(k.value)}" if k.arg is not None else f"**{text(k.value)}" for k in call.keywords]
    return ", ".join([*map(text, call.args), *keywords])


class _Revealed(ast.NodeTransformer):
    def __init__(self, secret: frozenset[str]) -> None:
        self.secret = secret

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Call(ast.Attribute(node, "reveal", ast.Load()), [], []) if node.id in self.secret else node


def set_definitions(parts: Parts) -> list[str]:
    """The function that gives `definitions.py` the parameters that it reads; none where it reads none."""
    settings = sorted(parts.placed.layout.settings)
    if not settings:
        return []
    types = {parameter.name: annotation(parameter) for parameter in parts.placed.parameters}
    arguments = ", ".join(f"{name}: {types.get(name, 'Any')}" for name in settings)
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
