"""The notebook's run: its cells in a fresh kernel, top to bottom, and what they computed.

What the export takes nothing from may fail: it is named and passed over. The results are taken after the last cell that
the export is made from, so that exploration below it can neither change nor lose them.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.model import Notebook, is_brought, own_place
from nbexport.verify.limits import Limits, Watch, end_tree
from nbexport.verify.processes import SNAPSHOT, HashSeed, Progress, Run, read
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import PassedOver

ROWS = Path(__file__).with_name("rows.py")

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

_GOES_ON = "raises-exception"
"""The tag of a cell after which a run goes on when it fails. Source: nbclient's documentation, "Raise exceptions"."""


@dataclass(frozen=True, slots=True)
class NotebookRun(Run):
    """What the notebook computed."""

    rows: list[Any]
    """Further calls of `predict`: arguments and answers as plain JSON."""
    passed_over: tuple[PassedOver, ...]
    peak_bytes: float
    """Most memory that the kernel and what it started held."""


LONGEST_SOCKET_PATH = 103
"""Bytes of a socket's path that every POSIX system takes; Linux takes 107."""


def _transport(scratch: Path) -> Any:
    """Sockets in a folder of ours where the system has them: a TCP port may be taken before the kernel binds it."""
    from traitlets.config import Config

    if os.name != "posix" or len(os.fsencode(scratch / "k-5")) > LONGEST_SOCKET_PATH:
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(scratch / "k")}})


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
    target = scratch / "notebook.json"
    take = _TAKE.format(
        source=SNAPSHOT.read_text(encoding="utf-8"),
        rows=ROWS.read_text(encoding="utf-8"),
        examples=list(examples),
        evaluated=list(evaluated),
        values=list(values),
        target=str(target),
    )
    passed, peak_bytes = run_cells(
        notebook,
        take=take,
        target=target,
        after=after,
        needed=needed,
        scratch=scratch,
        progress=progress,
        stop=stop,
        limits=limits,
    )
    facts = read(target)
    return NotebookRun(facts["metrics"], facts["values"], facts["predictions"], facts["rows"], passed, peak_bytes)


@contextmanager
def without_grammars() -> Iterator[None]:
    """Spare what nbformat imports the grammars of RFC 3987, which jsonschema 4.25 has built at import, for 1.6 s.

    It takes them for international web addresses, where they are installed; the schema of notebooks has none.
    """
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    # an entry of None makes the import fail, which jsonschema is prepared for
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def run_cells(
    notebook: Notebook,
    *,
    take: str,
    target: Path,
    after: int,
    needed: Collection[int],
    scratch: Path,
    progress: Progress,
    stop: Stop,
    limits: Limits,
    hash_seed: HashSeed = HashSeed.NOTEBOOK,
) -> tuple[tuple[PassedOver, ...], float]:
    """The cells that failed and that nothing needs, and the most bytes of memory that the run held.

    Args:
        notebook: What was read.
        take: Python that writes the results to `target`.
        target: A file in `scratch`.
        after: Number of the cell after which the results are taken; 0 takes them at the end.
        needed: Numbers of the cells that must not fail.
        scratch: An empty folder for what the kernel leaves.
        progress: Told which cell runs.
        stop: Ends the kernel when it is asked to.
        limits: What the kernel may use.
        hash_seed: What texts are hashed with.

    Raises:
        NbexportError: A needed cell fails, or no Python kernel can be started.
        LimitError: It takes too long or too much memory.
    """
    with without_grammars():
        import nbformat
        from jupyter_client.kernelspec import NoSuchKernel
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, DeadKernelError

    document = nbformat.v4.new_notebook()
    numbers: list[int | None] = []
    exploration: set[int] = set()
    # what an editor hands to another language is not run as Python
    code = [cell for cell in notebook.cells if cell.kind == "code" and (cell.language == "python" or cell.magics)]
    split = sum(cell.number <= after for cell in code) if after else len(code)
    for cell in [*code[:split], None, *code[split:]]:
        source, tags = (take, []) if cell is None else (cell.source, list(cell.tags))
        if cell is not None and not (cell.number in needed or is_brought(cell.number)) and _GOES_ON not in tags:
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
            client.execute(env={**os.environ, "PYTHONHASHSEED": hash_seed.value})
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
        _passed_over(number, f"{output.ename}: {output.evalue}")
        for number, cell in zip(numbers, document.cells, strict=True)
        if number in exploration
        for output in cell.outputs
        if output.output_type == "error"
    ]
    if dead:
        passed.append(_passed_over(numbers[started[-1]] or 0, dead))
    return tuple(passed), watch.peak_bytes


def _passed_over(cell: int, error: str) -> PassedOver:
    own, notebook = own_place(cell)
    return PassedOver(own, error, notebook)
