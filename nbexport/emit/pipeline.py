"""Training again: the commands, what the stages are, and the schema of the data."""

from __future__ import annotations

import io
import json
import sys
from functools import partial
from importlib import util
from pathlib import PurePosixPath
from types import ModuleType

from nbexport.emit import runtime
from nbexport.emit.export import Export, Project
from nbexport.emit.templating import static
from nbexport.lift import style
from nbexport.model import Artifact, Program, Role

COMMANDS = ("evaluate.py", "promote.py", "registry.py", "reproduce.py", "retrain.py", "rollout.py")


def emit(export: Export) -> Project:
    """The pipeline of a project."""
    return Project(
        (
            *(static("pipeline", name) for name in COMMANDS),
            static("pipeline", "scripts/fetch_data.py"),
            static("pipeline", "pipeline.toml"),
            Artifact("stages.py", style.tidy(stages(export.program), "stages.py").encode()),
            Artifact("data_schema.json", schema(export).encode(), owned=True),
        )
    )


def stages(program: Program) -> str:
    """The text of `stages.py`: what each stage function takes and gives."""
    table = [
        f"    Stage({stage.function!r}, {stage.role.value!r}, {tuple(stage.inputs)!r}, {tuple(stage.outputs)!r}),"
        for stage in program.stages
    ]
    data = [stage for stage in program.stages if stage.role == Role.DATA]
    held = program.held_back
    if data and not set(held) <= set(data[-1].outputs):
        # what an earlier function gave has been passed on when the last one returns
        held = ()
    learnt = sorted(
        {name for stage in program.stages if stage.role in (Role.MODEL, Role.TRAIN) for name in stage.outputs}
    )
    return "\n".join(
        [
            '"""What the stages of `model.py` take and give, in their order; made from the notebook with it."""',
            "",
            "from typing import NamedTuple",
            "",
            "",
            "class Stage(NamedTuple):",
            '    """One function of `model.py`."""',
            "",
            "    function: str",
            "    role: str",
            "    takes: tuple[str, ...]",
            "    gives: tuple[str, ...]",
            "",
            "",
            "STAGES: tuple[Stage, ...] = (",
            *table,
            ")",
            "DATA_STAGES = tuple(stage for stage in STAGES if stage.role == 'data')",
            "EVALUATE_STAGES = tuple(stage for stage in STAGES if stage.role == 'evaluate')",
            f"LEARNT: frozenset[str] = frozenset({learnt!r})",
            '"""What only training makes."""',
            f"HELD_BACK: tuple[str, ...] = {held!r}",
            '"""What the data stage gives for the evaluation alone: the rows that are frozen."""',
            f"NOT_SHARED: str = {program.not_shared!r}",
            '"""Why the training cannot be spread over processes; empty where it can be tried."""',
            "",
        ]
    )


def _validation() -> ModuleType:
    """The module of the exported project that learns a schema: it stands on the standard library alone."""
    name = "nbexport_validation"
    spec = util.spec_from_file_location(name, runtime.folder() / "pipeline" / "validation.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = util.module_from_spec(spec)
    # dataclasses look their module up
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def schema(export: Export) -> str:
    """What the project's copies of its data look like; without copies, the first fetch learns it."""
    validation = _validation()
    sources = {source.path for source in export.program.sources}
    readers = {}
    for path, content in sorted(export.data.files.items()):
        suffix = PurePosixPath(path).suffix
        if path in sources and suffix.lower() in (".csv", ".tsv", ".jsonl", ".ndjson"):
            text = io.StringIO(content.decode("utf-8-sig", "replace"), newline="")
            # under the name that a data set gives it
            readers[PurePosixPath(path).name] = partial(validation.rows_in, text, suffix)
    learned = validation.learned(readers)
    return json.dumps(learned, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
