"""The two runs that are compared, each in a clean process: the notebook in a kernel, the project as `train.py`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.model import Notebook
from nbexport.verify.stopping import Stop, run

Progress = Callable[[str], None]

_SNAPSHOT = Path(__file__).with_name("snapshot.py")
_ROWS = Path(__file__).with_name("rows.py")


class HashSeed(StrEnum):
    """What texts are hashed with in each run, so that the order of a set and `hash("a")` are not the same by luck.

    In production every process has another one. Source: Python documentation, "PYTHONHASHSEED".
    """

    NOTEBOOK = "0"
    PROJECT = "1"
    SERVICE = "2"


_TAKE = """
def _nbexport_take():
    import json, sys
    scope = {{"__name__": "nbexport_snapshot"}}
    exec(compile({source!r}, "snapshot", "exec"), scope)
    found = {{"metrics": None, "values": {{}}, "predictions": [], "rows": []}}
    names = globals()
    if "metrics" in names:
        found["metrics"] = scope["plain"](dict(names["metrics"]))
    for text in {examples!r}:
        found["predictions"].append([text, scope["snapshot"](eval(text, names))])
    for name in {values!r}:
        if name in names:
            found["values"][name] = scope["snapshot"](names[name])
    if {examples!r} and "predict" in names:
        rows = {{"__name__": "nbexport_rows"}}
        exec(compile({rows!r}, "rows", "exec"), rows)
        example = lambda function: eval({examples!r}[0], dict(names, predict=function))
        values = [names[name] for name in {evaluated!r} if name in names]
        found["rows"] = rows["calls"](names["predict"], example, values)
    with open({target!r}, "w", encoding="utf-8") as file:
        json.dump(found, file)
_nbexport_take()
"""

_LOAD = """
import json, sys
sys.path.insert(0, {project!r})
import model
scope = {{"__name__": "nbexport_snapshot"}}
exec(compile({source!r}, "snapshot", "exec"), scope)
loaded = model.load_model({bundle!r})
found = {{"values": {{}}, "predictions": []}}
with open({calls!r}, encoding="utf-8") as file:
    wanted = json.load(file)
for position, text in enumerate(wanted["examples"]):
    arguments = loaded.examples[position] if position < len(loaded.examples) else None
    if arguments is not None:
        answer = loaded.predict(*arguments[0], **arguments[1])
        found["predictions"].append([text, scope["snapshot"](answer)])
for name in wanted["values"]:
    if name in loaded:
        found["values"][name] = scope["snapshot"](loaded[name])
with open({target!r}, "w", encoding="utf-8") as file:
    json.dump(found, file)
"""


def _transport(scratch: Path) -> Any:
    """Sockets in a folder of ours where the system has them: a TCP port may be taken before the kernel binds it."""
    from traitlets.config import Config

    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(scratch / "k")}})


def run_notebook(
    notebook: Notebook,
    *,
    values: Sequence[str],
    examples: Sequence[str],
    evaluated: Sequence[str],
    after: int,
    scratch: Path,
    progress: Progress,
    stop: Stop,
) -> dict[str, Any]:
    """What the notebook computes in a fresh kernel, top to bottom.

    Args:
        notebook: What was read.
        values: Names whose values are compared.
        examples: Source text of the example calls.
        evaluated: Names of values that may hold rows to predict.
        after: Number of the cell after which the results are taken.
        scratch: An empty folder for what the kernel leaves.
        progress: Told which cell runs.
        stop: Ends the kernel when it is asked to.

    Returns:
        `metrics` and `rows` (arguments and answers) as plain JSON, `values` and `predictions` as snapshot trees.

    Raises:
        NbexportError: A cell fails, or no Python kernel can be started.
    """
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    target = scratch / "notebook.json"
    document = nbformat.v4.new_notebook()
    numbers: list[int | None] = []
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
        source, tags = (take, ()) if cell is None else (cell.source, cell.tags)
        document.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}))
        numbers.append(None if cell is None else cell.number)
    folder = Path(notebook.path).resolve().parent
    started: list[int] = []

    def on_start(cell: Any, cell_index: int) -> None:
        stop.check()
        started.append(cell_index)
        number = numbers[cell_index]
        if number is not None:
            progress(f"notebook: cell {number}")

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

    def end() -> None:
        process = getattr(getattr(client.km, "provisioner", None), "process", None)
        if process is not None:
            process.kill()

    try:
        stop.hold(end)
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
        raise NbexportError("the notebook's kernel died", fix="run the notebook in Jupyter to see why") from None
    except (OSError, ImportError, RuntimeError, NoSuchKernel) as error:
        raise NbexportError(
            "no Python kernel could be started", why=str(error), fix="pip install ipykernel in this environment"
        ) from None
    stop.hold(None)
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


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
    hash_seed: HashSeed = HashSeed.PROJECT,
) -> dict[str, Any]:
    """What the exported project computes: `train.py`, then its bundle loaded in another process.

    Args:
        project: The project's folder.
        values: Names in the bundle.
        examples: Source text of the example calls, in the order of the bundle's examples.
        data: Where the notebook read its data; None leaves the project's default.
        scratch: An empty folder for what the runs leave.
        progress: Told which step runs.
        stop: Ends the processes when it is asked to.
        python: Interpreter that runs the project.
        hash_seed: What texts are hashed with.

    Returns:
        `metrics` as plain JSON, `values` and `predictions` as snapshot trees.

    Raises:
        NbexportError: Training or loading fails.
    """
    bundle = scratch / "bundle"
    command = [python, "train.py", "--output", str(bundle), "--log-level", "ERROR"]
    if data is not None:
        command += ["--data", str(data)]
    progress("project: train.py")
    _run(command, project, stop, "the project's `train.py` fails", hash_seed=hash_seed)
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
    progress("project: load_model")
    trouble = "the bundle cannot be loaded in a fresh process"
    _run([python, "-c", load], project, stop, trouble, hash_seed=hash_seed)
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    found["metrics"] = json.loads((bundle / "metrics.json").read_text(encoding="utf-8"))
    return found


def environment(hash_seed: HashSeed) -> dict[str, str]:
    """The variables of the project's processes: what the user's shell adds to Python is left out."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MPLBACKEND")}
    return {**kept, "PYTHONHASHSEED": hash_seed.value}


def _run(command: list[str], folder: Path, stop: Stop, trouble: str, *, hash_seed: HashSeed) -> None:
    status, output, errors = run(command, folder=folder, environment=environment(hash_seed), stop=stop)
    if status != 0:
        lines = [line for line in (errors or output).strip().splitlines() if line.strip()]
        raise NbexportError(trouble, why="\n".join(lines[-8:]), fix=f"run `{' '.join(command[1:3])}` in the project")
