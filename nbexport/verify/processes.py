"""The runs that are compared, each in a clean process: the notebook in a kernel, the project as `train.py`."""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.model import Notebook
from nbexport.verify.limits import Limits, Watch, end_tree
from nbexport.verify.stopping import Stop, run
from nbexport.verify.trees import unpacked
from nbexport.verify.verification import PassedOver

Progress = Callable[[str], None]

_SNAPSHOT = Path(__file__).with_name("snapshot.py")
_ROWS = Path(__file__).with_name("rows.py")


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

_TAKE = """
def _nbexport_take():
    import json, os
    scope = {{"__name__": "nbexport_snapshot"}}
    exec(compile({source!r}, "snapshot", "exec"), scope)
    found = {{"metrics": None, "rows": []}}
    values, predictions = {{}}, []
    names = globals()
    if "metrics" in names:
        found["metrics"] = scope["plain"](dict(names["metrics"]))
    for text in {examples!r}:
        predictions.append([text, scope["snapshot"](eval(text, names))])
    for name in {values!r}:
        if name in names:
            values[name] = scope["snapshot"](names[name])
    if {examples!r} and "predict" in names:
        rows = {{"__name__": "nbexport_rows"}}
        exec(compile({rows!r}, "rows", "exec"), rows)
        example = lambda function: eval({examples!r}[0], dict(names, predict=function))
        held = [names[name] for name in {evaluated!r} if name in names]
        found["rows"] = rows["calls"](names["predict"], example, held)
    found["trees"] = scope["packed"]([values, predictions])
    with open({target!r} + ".part", "w", encoding="utf-8") as file:
        json.dump(found, file)
    os.replace({target!r} + ".part", {target!r})
_nbexport_take()
"""

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
import json, sys, types
try:
    import pytest
except ImportError:
    # it is needed to test, and not to describe the machine
    sys.modules["pytest"] = types.SimpleNamespace(fixture=lambda **options: lambda function: function)
sys.path.insert(0, "tests")
import conftest
print(json.dumps(conftest.this_machine()))
"""


def _read(path: Path) -> dict[str, Any]:
    """What a run has written: its trees as `values` and `predictions`."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found["values"], found["predictions"] = unpacked(found.pop("trees"))
    return found


def _transport(scratch: Path) -> Any:
    """Sockets in a folder of ours where the system has them: a TCP port may be taken before the kernel binds it."""
    from traitlets.config import Config

    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(scratch / "k")}})


_GOES_ON = "raises-exception"
"""The tag of a cell after which a run goes on when it fails. Source: nbclient's documentation, "Raise exceptions"."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run computed: `metrics` as plain JSON, values and predictions as snapshot trees."""

    metrics: Any
    values: dict[str, Any]
    predictions: list[Any]


@dataclass(frozen=True, slots=True)
class NotebookRun(Run):
    """What the notebook computed."""

    rows: list[Any]
    """Further calls of `predict`: arguments and answers as plain JSON."""
    passed_over: tuple[PassedOver, ...]
    peak_bytes: float
    """Most memory that the kernel and what it started held."""


@dataclass(frozen=True, slots=True)
class ProjectRun(Run):
    """What the project computed."""

    bundle: Path


def run_notebook(
    notebook: Notebook,
    *,
    values: Sequence[str],
    examples: Sequence[str],
    evaluated: Sequence[str],
    after: int,
    needed: Collection[int],
    scratch: Path,
    progress: Progress,
    stop: Stop,
    limits: Limits,
) -> NotebookRun:
    """What the notebook computes in a fresh kernel, top to bottom.

    Args:
        notebook: What was read.
        values: Names whose values are compared.
        examples: Source text of the example calls.
        evaluated: Names of values that may hold rows to predict.
        after: Number of the cell after which the results are taken.
        needed: Numbers of the cells that the export takes something from; another one that fails is passed over.
        scratch: An empty folder for what the kernel leaves.
        progress: Told which cell runs.
        stop: Ends the kernel when it is asked to.
        limits: What the kernel may use.

    Raises:
        NbexportError: A needed cell fails, or no Python kernel can be started.
        LimitError: It takes too long or too much memory.
    """
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    target = scratch / "notebook.json"
    document = nbformat.v4.new_notebook()
    numbers: list[int | None] = []
    exploration: set[int] = set()
    take = _TAKE.format(
        source=_SNAPSHOT.read_text(encoding="utf-8"),
        rows=_ROWS.read_text(encoding="utf-8"),
        examples=list(examples),
        evaluated=list(evaluated),
        values=list(values),
        target=str(target),
    )
    code = [cell for cell in notebook.cells if cell.kind == "code"]
    split = sum(cell.number <= after for cell in code) if after else len(code)
    for cell in [*code[:split], None, *code[split:]]:
        source, tags = (take, []) if cell is None else (cell.source, list(cell.tags))
        if cell is not None and cell.number not in needed and _GOES_ON not in tags:
            tags.append(_GOES_ON)
            exploration.add(cell.number)
        document.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
        numbers.append(None if cell is None else cell.number)
    folder = Path(notebook.path).resolve().parent
    started: list[int] = []

    def on_start(cell: Any, cell_index: int) -> None:
        stop.check()
        started.append(cell_index)
        number = numbers[cell_index]
        if number is not None:
            progress(f"notebook: cell {number}")
            watch.what = f"the notebook (now in cell {number})"

    def pid() -> int | None:
        process = getattr(getattr(client.km, "provisioner", None), "process", None)
        return None if process is None else int(process.pid)

    def end() -> None:
        kernel = pid()
        if kernel is not None:
            end_tree(kernel)

    client = NotebookClient(
        document,
        kernel_name="python3",
        timeout=None,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=on_start,
        # the kernel's own remarks about its transport are none of the user's business
        extra_arguments=["--log-level=ERROR"],
        config=_transport(scratch),
    )

    watch = Watch("the notebook", pid, limits)
    dead = ""
    try:
        with stop.holding(end), watch:
            client.execute(env={**os.environ, "PYTHONHASHSEED": HashSeed.NOTEBOOK.value})
    except CellExecutionError as error:
        number = numbers[started[-1]] if started else None
        where = f"in cell {number}" if number is not None else "when its results are read"
        raise NbexportError(
            f"the notebook fails {where} on a fresh kernel",
            why=f"{error.ename}: {error.evalue}",
            fix="fix the cell so that the notebook runs top to bottom",
        ) from None
    except DeadKernelError:
        stop.check()
        if not target.exists():
            # the results are taken before the exploration at the end runs
            watch.check()
            raise NbexportError("the notebook's kernel died", fix="run the notebook in Jupyter to see why") from None
        dead = str(watch.over or "the kernel died")
    except (OSError, ImportError, RuntimeError, NoSuchKernel) as error:
        stop.check()
        watch.check()
        raise NbexportError(
            "no Python kernel could be started", why=str(error), fix="pip install ipykernel in this environment"
        ) from None
    finally:
        # nbclient leaves it behind where the kernel is killed while it starts, and fails on it when Python ends
        atexit.unregister(client._cleanup_kernel)
    passed = [
        PassedOver(number, f"{output.ename}: {output.evalue}")
        for number, cell in zip(numbers, document.cells, strict=True)
        if number in exploration
        for output in cell.outputs
        if output.output_type == "error"
    ]
    if dead:
        passed.append(PassedOver(numbers[started[-1]] or 0, dead))
    found = _read(target)
    return NotebookRun(
        found["metrics"], found["values"], found["predictions"], found["rows"], tuple(passed), watch.peak_bytes
    )


def run_project(
    project: Path,
    *,
    values: Sequence[str],
    examples: Sequence[str],
    data: Path | None,
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
            environment=environment(seed, threads=manner.threads),
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
        source=_SNAPSHOT.read_text(encoding="utf-8"),
        bundle=str(bundle),
        calls=str(calls),
        target=str(target),
    )
    step([python, "-c", load], "the bundle cannot be loaded in a fresh process", "load_model", manner.loading)
    found = _read(target)
    metrics = json.loads((bundle / "metrics.json").read_text(encoding="utf-8"))
    return ProjectRun(metrics, found["values"], found["predictions"], bundle)


def describe_machine(project: Path, *, stop: Stop, python: str, limits: Limits) -> dict[str, str]:
    """What the project's tests call this machine; nothing where they were changed so that they do not say it."""
    status, output, _ = run(
        [python, "-c", _MACHINE],
        folder=project,
        environment=environment(HashSeed.TRAINING),
        stop=stop,
        what="the description of the machine",
        limits=limits,
    )
    if status != 0:
        return {}
    facts: dict[str, str] = json.loads(output)
    return facts


def environment(hash_seed: HashSeed, *, threads: int = 0) -> dict[str, str]:
    """The variables of the project's processes: what the user's shell adds to Python is left out."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MPLBACKEND")}
    if threads:
        kept |= dict.fromkeys(_THREADS, str(threads))
    return {**kept, "PYTHONHASHSEED": hash_seed.value}
