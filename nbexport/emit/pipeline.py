"""Training again: the commands, what the stages are, and the schema of the data."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from nbexport.emit.export import Export, Project
from nbexport.emit.standalone import standalone
from nbexport.emit.templating import static
from nbexport.lift import style
from nbexport.lift.text.parts import heading
from nbexport.lift.text.train import dest
from nbexport.model import Role
from nbexport.plan import Artifact
from nbexport.program import Program, Stage

COMMANDS = ("evaluate.py", "promote.py", "registry.py", "reproduce.py", "retrain.py", "rollout.py")


def emit(export: Export) -> Project:
    """The pipeline of a project."""
    return Project(
        (
            *(static("pipeline", name) for name in COMMANDS),
            static("pipeline", "scripts/fetch_data.py"),
            static("pipeline", "pipeline.toml"),
            Artifact("stages.py", style.tidy(stages(export.program), "stages.py").encode()),
            Artifact("data_schema.json", schema().encode(), owned=False),
        )
    )


def stages(program: Program) -> str:
    """The text of `stages.py`: what each stage function takes and gives."""
    options = {parameter.name: dest(parameter) for parameter in program.parameters}
    values = {name for stage in program.stages for name in stage.outputs}
    secrets = {parameter.name for parameter in program.parameters if parameter.secret}
    table = [_stage(stage, options, secrets, values) for stage in program.stages]
    facts = [f"notebook={program.notebook!r}", f"stages=({''.join(f'{line}, ' for line in table)})"]
    data = [stage for stage in program.stages if stage.role == Role.DATA]
    # what an earlier function gave has been handed on when the last one returns
    if data and program.held_back and set(program.held_back) <= set(data[-1].outputs):
        facts.append(f"held_back={program.held_back!r}")
    if program.not_shared:
        facts.append(f"not_shared={program.not_shared!r}")
    return "\n".join(
        [
            heading(f"The stages of {program.notebook} for the pipeline: what they take and give."),
            "",
            "from nbexport_runtime.pipeline import Stage, Stages",
            "",
            f"STAGES = Stages({', '.join(facts)})",
            "",
        ]
    )


def _stage(stage: Stage, options: Mapping[str, str], secrets: Collection[str], values: Collection[str]) -> str:
    """The entry of one stage.

    Args:
        stage: The stage.
        options: Parameter of the notebook → its name in `args`.
        secrets: Those that are secrets.
        values: Names that stages give.
    """
    parameters = tuple(name for name in stage.inputs if name in options)
    entries: dict[str, object] = {
        "takes": tuple(name for name in stage.inputs if name not in options and name in values),
        "gives": stage.outputs,
        "parameters": parameters,
        "secrets": tuple(name for name in parameters if name in secrets),
        "renamed": {name: options[name] for name in parameters if options[name] != name},
        "path": stage.path,
        # a parameter that holds the path: `--data` takes its place
        "path_text": next((name for name in stage.inputs if name not in options and name not in values), ""),
        "seed": stage.seed,
    }
    shown = [f"{name}={value!r}" for name, value in entries.items() if value]
    return f"Stage({', '.join([repr(stage.function), repr(stage.role.value), *shown])})"


def schema() -> str:
    """The severity of each kind of problem; the first check learns the rest from the notebook's data.

    That data is looked at with the notebook's own code, which an export never runs.
    """
    severity = standalone("pipeline/checks/kinds.py").DEFAULTS
    return json.dumps({"format": 2, "severity": severity, "tables": {}, "accepted": []}, indent=2) + "\n"
