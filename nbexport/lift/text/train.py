"""The text of `train.py`: an option for each parameter and gate, the stages in their order, and what is saved.

epochs = 3                     parser.add_argument("--epochs", type=int, default=3, help="passes over the data")
the stages                     model = build_model(epochs=args.epochs)
                               metrics = evaluate_model(model, rows)
assert metrics["f1"] > 0.8     run.gate("f1", metrics["f1"], above=args.min_f1)
api_key = "…"                  rows = load_data(api_key=args.api_key.reveal())
"""

from __future__ import annotations

import ast
import keyword

from nbexport.lift.parameters import COMMON
from nbexport.lift.text.bundle import saved_names
from nbexport.lift.text.parts import Parts, free, heading
from nbexport.lift.text.rewrite import function_source
from nbexport.lift.text.seeding import seed_argument
from nbexport.lift.text.stages import data_argument
from nbexport.model import Role
from nbexport.program import Gate, Operator, Parameter

_THRESHOLDS = {
    Operator.ABOVE: ("above", "above"),
    Operator.AT_LEAST: ("at_least", "at least"),
    Operator.BELOW: ("below", "below"),
    Operator.AT_MOST: ("at_most", "at most"),
    Operator.EQUAL: ("equal_to", "equal to"),
}
"""How a metric is compared → the keyword of `Run.gate`, and words."""
_KINDS = {"int": "int", "float": "float", "str": "str", "Path": "Path", "dict": "json_object", "json": "json_value"}
"""Type of a parameter → the converter of its option."""


def train(parts: Parts, *, pipeline: bool) -> str:
    """The file, before formatting.

    Args:
        parts: Everything that the files are written from.
        pipeline: Whether rows are held back and evaluations repeated, as from level 3 on.
    """
    script = _Script(parts, pipeline=pipeline)
    options, body = script.options(), script.body()
    runtime = "nbexport_runtime.pipeline" if pipeline else "nbexport_runtime.training"
    helpers = sorted(script.helpers | {"Parser"})
    head = heading(f"Train the model of {parts.notebook}: run its stages, check the gates, save a bundle.")
    imports = ["import argparse"]
    if "Path(" in options or "Path," in options:
        imports.append("from pathlib import Path")
    imports.append(f"from model import {', '.join(sorted(script.called))}")
    if pipeline:
        imports += [f"from {runtime} import Run", f"from nbexport_runtime.training import {', '.join(helpers)}"]
    else:
        imports.append(f"from {runtime} import {', '.join(sorted([*helpers, 'Run']))}")
    ending = f'if __name__ == "__main__":\n    Run.main(options(), train, notebook={parts.notebook!r})\n'
    return "\n".join([head, "", *imports, "", "", options, "", body, "", ending])


class _Script:
    """What is written, and the names that it needs."""

    def __init__(self, parts: Parts, *, pipeline: bool) -> None:
        self._parts, self._pipeline = parts, pipeline
        placed = parts.placed
        self.called: set[str] = {"save_model"}
        """Names of `model.py`."""
        self.helpers: set[str] = set()
        """Names of `nbexport_runtime.training`."""
        self._source = placed.sources.parameter
        self._parameters = {p.name: p for p in placed.parameters if p.name != self._source}
        values = {name for segment in placed.segments for name in (*segment.inputs, *segment.outputs)}
        values -= {*self._parameters, self._source}
        self._args, self._run, self._serving = (free(name, values) for name in ("args", "run", "serving"))
        functions = {segment.function for segment in placed.segments}
        self._taken = {*functions, "save_model", "set_seed", "set_definitions"}

    # ------------------------------------------------------------------ options

    def options(self) -> str:
        """The function that makes the parser."""
        lines = ["parser = Parser(__doc__)", self._data(), self._output()]
        lines += [self._option(parameter) for parameter in self._parameters.values()]
        if "seed" not in {dest(parameter) for parameter in self._parameters.values()}:
            lines.append(
                'parser.add_argument("--seed", type=int, help="seed of every random generator; without it, '
                "the notebook's own seeding is all there is\")"
            )
        lines += [self._gate_option(gate) for gate in self._parts.placed.gates]
        return function_source("def options() -> Parser", "The options of the command line.", [*lines, "return parser"])

    def _data(self) -> str:
        default = self._parts.placed.sources.default
        if default is None:
            text = "data set to train on; without it, the notebook's own code provides the data"
            return f'parser.add_argument("--data", type=Path, help="{text}")'
        text = "where the training data lies"
        return f'parser.add_argument("--data", type=Path, default=Path({default!r}), help="{text}")'

    def _output(self) -> str:
        default = "models/candidate" if self._pipeline else "models/latest"
        return f'parser.add_argument("--output", type=Path, default=Path("{default}"), help="folder of the bundle")'

    def _option(self, parameter: Parameter) -> str:
        arguments = [repr(parameter.option)]
        name = dest(parameter)
        if name != parameter.option.lstrip("-").replace("-", "_"):
            arguments.append(f"dest={name!r}")
        arguments += [*self._type(parameter), f"default={parameter.default}"]
        return f"parser.add_argument({', '.join(arguments)}, help={_escaped(parameter.help)!r})"

    def _type(self, parameter: Parameter) -> list[str]:
        """The arguments that say which values an option takes."""
        if parameter.secret:
            self.helpers.add("Secret")
            return ["type=Secret"]
        if parameter.choices:
            convert = f"one_of({', '.join(map(repr, parameter.choices))})"
            self.helpers.add("one_of")
        elif parameter.type == "bool":
            return ["action=argparse.BooleanOptionalAction"]
        elif parameter.type.startswith(("list[", "tuple[")):
            inner = parameter.type.partition("[")[2].partition(",")[0].rstrip("]")
            return [f"type={_KINDS.get(inner, 'str')}", 'nargs="*"']
        else:
            convert = _KINDS.get(parameter.type, "json_value")
            self.helpers |= {convert} & {"json_object", "json_value"}
            if parameter.bounds:
                self.helpers.add("within")
                convert = f"within({', '.join([convert, *(f'{kind}={end!r}' for kind, end in parameter.bounds)])})"
        if parameter.optional:
            self.helpers.add("optional")
            convert = f"optional({convert})"
        return [f"type={convert}"]

    def _gate_option(self, gate: Gate) -> str:
        text = f"{gate.metric} must be {_THRESHOLDS[gate.operator][1]} this"
        option = self._of_gate(gate)
        return f"parser.gates.add_argument({option!r}, type=float, default={gate.threshold!r}, help={_escaped(text)!r})"

    def _of_gate(self, gate: Gate) -> str:
        """The option of a gate; a parameter of the same name keeps its own."""
        taken = {parameter.option for parameter in self._parameters.values()}
        return gate.option.replace("--", "--gate-", 1) if gate.option in taken else gate.option

    # ------------------------------------------------------------------ the stages

    def body(self) -> str:
        """The function that calls the stages."""
        parts, placed = self._parts, self._parts.placed
        lines: list[str] = []
        if not any(parameter.option == "--seed" for parameter in placed.parameters):
            self.called.add("set_seed")
            lines.append(f"if {self._args}.seed is not None:\n    set_seed({self._args}.seed)")
        settings = sorted(placed.layout.settings)
        if settings:
            self.called.add("set_definitions")
            lines.append(f"set_definitions({', '.join(f'{name}={self.value(name)}' for name in settings)})")
        if placed.early == -1:
            lines.append(f"{self._serving} = {self._state()}")
        data = [index for index, segment in enumerate(placed.segments) if segment.role == Role.DATA]
        for index, segment in enumerate(placed.segments):
            call = self._call(index)
            if self._pipeline and index in data:
                verb = "hold_back" if index == data[-1] else "load"
                call = f"{self._run}.{verb}({call})"
            elif self._pipeline and segment.role == Role.EVALUATE:
                call = f"{self._run}.evaluate({call})"
            else:
                function, _, arguments = call.partition(", ")
                call = f"{function}({arguments})"
            targets = ", ".join(self.name(name) for name in segment.outputs)
            lines.append(f"{targets} = {call}" if targets else call)
            if placed.early == index:
                lines.append(f"{self._serving} = {self._state()}")
        metrics = self.name("metrics")
        has_metrics = any("metrics" in segment.outputs for segment in placed.segments)
        for gate in placed.gates:
            threshold = f"{self._args}.{self._of_gate(gate).lstrip('-').replace('-', '_')}"
            bound = _THRESHOLDS[gate.operator][0]
            lines.append(f"{self._run}.gate({gate.metric!r}, {metrics}[{gate.metric!r}], {bound}={threshold})")
        passed = [self._run, *([self._serving] if placed.early is not None else [])]
        passed.append(f"metrics={metrics if has_metrics else '{}'}")
        passed += [f"{name}={self.saved(name)}" for name in saved_names(parts)]
        lines.append(f"save_model({', '.join(passed)})")
        return function_source(
            f"def train({self._args}: argparse.Namespace, {self._run}: Run) -> None",
            "What the notebook computes, top to bottom.",
            lines,
        )

    def _call(self, index: int) -> str:
        """A stage function and its arguments, separated by commas: values by their place, parameters by name."""
        segment = self._parts.placed.segments[index]
        self.called.add(segment.function)
        path, seed = data_argument(self._parts, index), seed_argument(self._parts, segment)
        parameters = {*self._parameters, self._source}
        places = [self.value(name) for name in segment.inputs if name not in parameters]
        names = [f"{name}={self.value(name)}" for name in segment.inputs if name in parameters]
        if path is not None:
            places.insert(0, f"{self._args}.data")
        if seed is not None:
            names.append(f"{seed}={self._args}.seed")
        return ", ".join([segment.function, *places, *names])

    def name(self, name: str) -> str:
        """A value's name in `train`; it steps aside for the functions that are called there."""
        return f"{name}_" if name in self._taken else name

    def value(self, name: str) -> str:
        """How `train` reads one of the notebook's names."""
        return ast.unparse(self.read(name))

    def read(self, name: str, *, reveal: bool = True) -> ast.expr:
        """The same, as a tree; not to `reveal` leaves a secret closed."""
        args = ast.Name(self._args, ast.Load())
        if name == self._source:
            return ast.Call(ast.Name("str", ast.Load()), [ast.Attribute(args, "data", ast.Load())], [])
        parameter = self._parameters.get(name)
        if parameter is None:
            return ast.Name(self.name(name), ast.Load())
        value = ast.Attribute(args, dest(parameter), ast.Load())
        if parameter.type.startswith("tuple["):
            return ast.Call(ast.Name("tuple", ast.Load()), [value], [])
        if parameter.secret and reveal:
            return ast.Call(ast.Attribute(value, "reveal", ast.Load()), [], [])
        return value

    def saved(self, name: str) -> str:
        """How `train` hands one of the names over to a bundle, which only names what is secret."""
        return ast.unparse(self.read(name, reveal=False))

    def _state(self) -> str:
        return "{" + ", ".join(f"{name!r}: {self.saved(name)}" for name in self._parts.placed.state) + "}"


def dest(parameter: Parameter) -> str:
    """The name under which `args` has a parameter: its own, where that can be."""
    if parameter.option == "--seed":
        return "seed"
    spelled = parameter.option.lstrip("-").replace("-", "_")
    name = spelled if parameter.name in COMMON else parameter.name
    return f"{name}_" if keyword.iskeyword(name) else name


def _escaped(text: str) -> str:
    """Text that argparse shows as it is."""
    return text.replace("%", "%%")
