"""The text of `run`, which calls the stages one after the other and gives what a training run leaves."""

from __future__ import annotations

import ast
from copy import deepcopy

from nbexport.lift.text.parts import Parts
from nbexport.lift.text.rewrite import function_source
from nbexport.lift.text.seeding import Seeding, seed_argument
from nbexport.lift.text.stages import data_argument

_HEADER = "def run(parameters: Parameters, *, data: Path | None = None, seed: int | None = None) -> Trained"
_DOCSTRING = """\
What the notebook computes, top to bottom.

Args:
    parameters: The notebook's parameters.
    data: Where the data lies; by default where the notebook read it.
    seed: Seeds every random generator; by default the notebook's own seeding is all there is."""


def run(parts: Parts, seeding: Seeding) -> str:
    """The function."""
    placed = parts.placed
    local = _Locals(parts)
    lines = ["if seed is not None:\n" + "\n".join(f"    {line}" for line in seeding.statements)]
    if placed.sources.default is not None:
        lines.append('if data is None:\n    data = Path(DATA or ".")')
    for name in sorted(placed.layout.settings):
        lines.append(f"setattr(definitions, {name!r}, parameters.{name})")
    if placed.early == -1:
        lines.append(f"state = {_state(parts, local)}")
    for index, segment in enumerate(placed.segments):
        arguments = [f"{name}={local.value(name)}" for name in segment.inputs]
        path, seed = data_argument(parts, index), seed_argument(parts, segment)
        if path is not None:
            arguments.append(f"{path}=data")
        if seed is not None:
            arguments.append(f"{seed}=seed")
        call = f"{segment.function}({', '.join(arguments)})"
        targets = ", ".join(local.name(name) for name in segment.outputs)
        lines.append(f"{targets} = {call}" if targets else call)
        if placed.early == index:
            lines.append(f"state = {_state(parts, local)}")
    state = "state" if placed.early is not None else _state(parts, local)
    examples = ", ".join(_example(call, local) for _, call in placed.examples)
    metrics = local.name("metrics") if any("metrics" in segment.outputs for segment in placed.segments) else "{}"
    lines.append(f"return Trained(metrics=dict({metrics}), state={state}, examples=[{examples}])")
    return function_source(_HEADER, _DOCSTRING, lines)


class _Locals:
    """Names of the notebook's values inside `run`, which has names of its own."""

    def __init__(self, parts: Parts) -> None:
        self.parameters = {parameter.name for parameter in parts.placed.parameters}
        self.source = parts.placed.sources.parameter
        self.taken = {"parameters", "data", "seed", "state", *parts.generated}

    def name(self, name: str) -> str:
        return f"{name}_" if name in self.taken else name

    def value(self, name: str) -> str:
        return ast.unparse(self.read(name))

    def read(self, name: str) -> ast.expr:
        if name == self.source:
            return ast.Call(ast.Name("str", ast.Load()), [ast.Name("data", ast.Load())], [])
        if name in self.parameters:
            return ast.Attribute(ast.Name("parameters", ast.Load()), name, ast.Load())
        return ast.Name(self.name(name), ast.Load())


def _state(parts: Parts, local: _Locals) -> str:
    return "{" + ", ".join(f"{name!r}: {local.value(name)}" for name in parts.placed.state) + "}"


def _example(call: ast.Call, local: _Locals) -> str:
    """An example call as (positional, keyword) arguments."""

    def text(node: ast.expr) -> str:
        return ast.unparse(_Renamed(local).visit(deepcopy(node)))

    positional = "".join(f"{text(argument)}, " for argument in call.args)
    keywords = ", ".join(f"{keyword.arg!r}: {text(keyword.value)}" for keyword in call.keywords)
    return f"(({positional}), {{{keywords}}})"


class _Renamed(ast.NodeTransformer):
    def __init__(self, local: _Locals) -> None:
        self.local = local

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.local.read(node.id)
