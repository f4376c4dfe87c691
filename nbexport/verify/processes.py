"""The project's runs, each in clean processes: `train.py`, then its bundle in another one. And what any run gives."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nbexport.emit.wheel import FOLDER, of_project
from nbexport.errors import NbexportError
from nbexport.lift.databases import VARIABLE
from nbexport.verify.limits import Limits
from nbexport.verify.snapshot import unpacked
from nbexport.verify.stopping import Stop, run

Progress = Callable[[str], None]

SNAPSHOT = Path(__file__).with_name("walk.py")


class HashSeed(StrEnum):
    """What texts are hashed with in each process, so that the order of a set and `hash("a")` are not the same by luck.

    In production every process has another one. Source: Python documentation, "PYTHONHASHSEED".
    """

    NOTEBOOK = "0"
    TRAINING = "1"
    LOADING = "2"
    SECOND_TRAINING = "3"
    SECOND_LOADING = "4"
    SERVICE = "5"
    SECOND_NOTEBOOK = "6"


@dataclass(frozen=True, slots=True)
class Manner:
    """In what circumstances a project is run."""

    training: HashSeed
    loading: HashSeed
    prelude: str = ""
    """Python that runs before `train.py` does, in the same process."""
    threads: int = 0
    """How many threads numeric libraries may use; 0 leaves it to them."""


FIRST = Manner(HashSeed.TRAINING, HashSeed.LOADING)
SECOND = Manner(HashSeed.SECOND_TRAINING, HashSeed.SECOND_LOADING)
AS_NOTEBOOK = Manner(HashSeed.NOTEBOOK, HashSeed.NOTEBOOK)

_THREADS = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"))

_LOAD = """
import json, sys
sys.path.insert(0, {project!r})
import model
scope = {{"__name__": "nbexport_snapshot"}}
exec(compile({source!r}, "snapshot", "exec"), scope)
loaded = model.load_model({bundle!r})
values, predictions = {{}}, []
with open({calls!r}, encoding="utf-8") as file:
    calls = json.load(file)
for position, text in enumerate(calls["examples"]):
    arguments = loaded.examples[position] if position < len(loaded.examples) else None
    if arguments is not None:
        answer = loaded.predict(*arguments[0], **arguments[1])
        predictions.append([text, scope["snapshot"](answer)])
for name in calls["values"]:
    if name in loaded:
        values[name] = scope["snapshot"](loaded[name])
with open({target!r}, "w", encoding="utf-8") as file:
    json.dump({{"trees": scope["packed"]([values, predictions])}}, file)
"""


_MACHINE = """
import json, pathlib
from nbexport_runtime.testing import this_machine
print(json.dumps(this_machine(pathlib.Path())))
"""


def read(path: Path) -> dict[str, Any]:
    """What a run has written: its trees as `values` and `predictions`."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    content["values"], content["predictions"] = unpacked(content.pop("trees"))
    return content


@dataclass(frozen=True, slots=True)
class Run:
    """What one run computed: `metrics` as plain JSON, values and predictions as snapshot trees."""

    metrics: Any
    values: dict[str, Any]
    predictions: list[Any]


@dataclass(frozen=True, slots=True)
class ProjectRun(Run):
    """What the project computed."""

    bundle: Path


def run_project(
    project: Path,
    *,
    values: Sequence[str],
    examples: Sequence[str],
    data: Path | None,
    secrets: Mapping[str, str] = MappingProxyType({}),
    scratch: Path,
    progress: Progress,
    stop: Stop,
    python: str = sys.executable,
    manner: Manner = FIRST,
    limits: Limits | None = None,
) -> ProjectRun:
    """What the exported project computes: `train.py`, then its bundle loaded in another process.

    Args:
        project: The project's folder.
        values: Names in the bundle.
        examples: Source text of the example calls, in the order of the bundle's examples.
        data: Where the notebook read its data; None leaves the project's default.
        secrets: Environment variable → the notebook's own literal; a command line would show it to others.
        scratch: A folder for what the runs leave; made where it is not there.
        progress: Told which step runs.
        stop: Ends the processes when it is asked to.
        python: Interpreter that runs the project.
        manner: What texts are hashed with, and what else is special about this run.
        limits: What each process may use; the usual limits when None.

    Raises:
        NbexportError: Training or loading fails.
        LimitError: One of the two takes too long or too much memory.
    """
    scratch.mkdir(exist_ok=True)
    bundle = scratch / "bundle"
    options = ["train.py", "--output", str(bundle), "--log-level", "ERROR"]
    if data is not None:
        options += ["--data", str(data)]
    start = [python, "-c", manner.prelude] if manner.prelude else [python]

    def step(command: list[str], trouble: str, what: str, seed: HashSeed) -> None:
        progress(f"project: {what}")
        status, output, errors = run(
            command,
            folder=project,
            environment=environment(seed, project=project, threads=manner.threads, secrets=secrets),
            stop=stop,
            what=f"the project's `{what}`",
            limits=limits,
        )
        if status != 0:
            lines = [line for line in (errors or output).strip().splitlines() if line.strip()]
            raise NbexportError(trouble, why="\n".join(lines[-8:]), fix="run `python train.py` in the project")

    step([*start, *options], "the project's `train.py` fails", "train.py", manner.training)
    calls = scratch / "calls.json"
    target = scratch / "project.json"
    calls.write_text(json.dumps({"examples": list(examples), "values": list(values)}), encoding="utf-8")
    load = _LOAD.format(
        project=str(project),
        source=SNAPSHOT.read_text(encoding="utf-8"),
        bundle=str(bundle),
        calls=str(calls),
        target=str(target),
    )
    step([python, "-c", load], "the bundle cannot be loaded in a fresh process", "load_model", manner.loading)
    facts = read(target)
    metrics = json.loads((bundle / "metrics.json").read_text(encoding="utf-8"))
    return ProjectRun(metrics, facts["values"], facts["predictions"], bundle)


def describe_machine(project: Path, *, stop: Stop, python: str, limits: Limits) -> dict[str, str]:
    """What the project's tests call this machine; nothing where they were changed so that they do not say it."""
    status, output, _ = run(
        [python, "-c", _MACHINE],
        folder=project,
        environment=environment(HashSeed.TRAINING, project=project),
        stop=stop,
        what="the description of the machine",
        limits=limits,
    )
    if status != 0:
        return {}
    facts: dict[str, str] = json.loads(output)
    return facts


def environment(
    hash_seed: HashSeed,
    *,
    project: Path | None = None,
    threads: int = 0,
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """The variables of the project's processes: what the user's shell adds to Python is left out.

    Args:
        hash_seed: What texts are hashed with.
        project: Its folder; where a wheel of the runtime lies in it, that one is used. None uses what is installed.
        threads: How many threads numeric libraries may use; 0 leaves it to them.
        secrets: Variable → what the notebook has, in the place of what the user's shell may hold; empty for nothing.
    """
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MPLBACKEND")}
    # the notebook names its databases itself
    kept = {key: value for key, value in kept.items() if not key.startswith(VARIABLE)}
    if threads:
        kept |= dict.fromkeys(_THREADS, str(threads))
    if project is not None:
        wheel = of_project(path.relative_to(project).as_posix() for path in project.glob(f"{FOLDER}/*"))
        kept |= {} if wheel is None else {"PYTHONPATH": str((project / wheel).absolute())}
    for name, value in secrets.items():
        kept.pop(f"{name}_FILE", None)
        kept[name] = value
    return {**kept, "PYTHONHASHSEED": hash_seed.value}
