"""A process that has libraries loaded, and judges notebooks in forks of itself: `python warm.py`, jobs on stdin.

    {"name": "a", "text": "# %% …", "files": {"rows.csv": "…"}}      ─►      {"verdict": "equal", "why": "", …}

With `--large` it has loaded the large libraries too. A fork of it costs six times as much, most of it for pages of memory
that the fork never looks at.

`"twice": true` asks whether the notebook computes the same when run again.
`"teeth": true` asks whether the cells that stay in the notebook matter at all: the answer has `bites` too.
`"fast": true` leaves out what costs time and changes no metric: the format of the code and the check of the bundle.

Each of the three steps (notebook, export, project) is a fork of its own with a folder of its own, so that nothing that
one does reaches another, and none pays for an import.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import runpy
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

USUAL = ("numpy", "pandas", "joblib", "tqdm", "csv", "sqlite3", "decimal", "loguru", "statistics", "narwhals")
LARGE = (
    *("scipy.stats", "matplotlib.pyplot", "PIL.features"),
    *("sklearn.linear_model", "sklearn.ensemble", "sklearn.tree", "sklearn.pipeline", "sklearn.preprocessing"),
    *("sklearn.model_selection", "sklearn.metrics", "sklearn.inspection", "sklearn.cluster", "sklearn.decomposition"),
    *("sklearn.compose", "sklearn.impute", "sklearn.naive_bayes", "sklearn.neighbors", "sklearn.datasets"),
    *("sklearn.feature_extraction.text", "sklearn.neural_network", "sklearn.dummy", "skops.io"),
    # the last is what the first step of an optimizer imports
    *("torch", "torch.nn", "torch.optim", "torch.utils.data", "safetensors.torch", "torch._dynamo"),
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A process with threads cannot be forked safely."""
LIMIT_S = 60.0

Job = dict[str, Any]
Answer = dict[str, Any]


def preload(*, large: bool) -> None:
    """Import what notebooks, exports and projects import."""
    for name in (*USUAL, *(LARGE if large else ())):
        importlib.import_module(name)
    if large:
        sys.modules["torch"].set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        # tables and templates that are read once
        export(Path(scratch), '# %% tags=["data"]\na = 1\n# %% tags=["train", "evaluate"]\nmetrics = {"a": a}\n', {})


def in_fork(work: Callable[[], Answer], limit_s: float = LIMIT_S) -> Answer:
    """What `work` gives in a fork of this process, or `{"error": …}`."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.close(reader)
        try:
            answer = work()
        except BaseException as error:  # noqa: BLE001 - code of notebooks may raise anything, SystemExit too
            answer = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
        with os.fdopen(writer, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(writer)
    chunks: list[bytes] = []
    until = time.monotonic() + limit_s
    while select.select([reader], [], [], max(0.0, until - time.monotonic()))[0]:
        chunk = os.read(reader, 65536)
        if not chunk:
            break
        chunks.append(chunk)
    else:
        os.killpg(pid, signal.SIGKILL)
    os.close(reader)
    os.waitpid(pid, 0)
    try:
        answer = json.loads(b"".join(chunks))
    except ValueError:
        answer = {"error": f"ended without an answer within {limit_s} s"}
    return dict(answer)


def alone(folder: Path) -> None:
    """Make this fork one of its own: nothing on the screen, own folder, own random numbers."""
    gc.enable()
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    # a generator that nobody seeds gives other numbers in each process
    sys.modules["random"].seed()
    sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def cells_of(text: str) -> list[str]:
    """The code of each cell of a py:percent notebook; only the magics that change no value are known."""
    cells = re.split(r"^# %%(?!%)[^\n]*\n?", text, flags=re.MULTILINE)
    return [
        re.sub(r"^(%%time\b|%matplotlib|%config|%load_ext|%time\b)[^\n]*", "", cell, flags=re.MULTILINE)
        for cell in cells
    ]


def notebook_metrics(folder: Path, text: str) -> Answer:
    """What the notebook computes, run top to bottom."""
    alone(folder)
    main = ModuleType("__main__")
    sys.modules["__main__"] = main
    for number, cell in enumerate(cells_of(text)):
        exec(compile(cell, f"cell {number}", "exec"), main.__dict__)
    return {"metrics": {name: float(value) for name, value in main.__dict__["metrics"].items()}}


def export(folder: Path, text: str, files: dict[str, str], *, fast: bool = False) -> Answer:
    """Export at level 1 into `folder/project`: `{}` or the codes that refuse."""
    from nbexport import api
    from nbexport.plan import ExportRequest
    from nbexport.program import Refused

    notebook = folder / "work" / "notebook.py"
    fill(notebook.parent, {**files, "notebook.py": text})
    if fast:
        # what ruff does to the text of a project
        style = importlib.import_module("nbexport.lift.style")
        style.tidied = lambda program, root: program  # type: ignore[attr-defined]
    plan = api.plan(ExportRequest(notebook=notebook, level=1, output=folder / "project"))
    if isinstance(plan, Refused):
        return {"refused": [[finding.code, finding.problem.cell, finding.problem.message] for finding in plan.against]}
    api.apply(plan)
    return {}


def project_metrics(project: Path, *, fast: bool) -> Answer:
    """What `train.py` of an exported project computes."""
    alone(project)
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        """The check of the bundle in a fresh process, as a fork; no git."""
        if command[0] != sys.executable:
            raise OSError("no such program")
        if command[1:3] != ["-m", "nbexport_runtime.bundle"]:
            return real(command, **options)
        if fast:
            return subprocess.CompletedProcess(command, 0, "", "")
        answer = in_fork(lambda: script(command[1:]))
        text = answer.get("error", "")
        return subprocess.CompletedProcess(command, answer.get("code", 1), text, answer.get("trace", ""))

    subprocess.run = run  # type: ignore[assignment]
    answer = script(["train.py", "--output", "models/judged"])
    if answer["code"]:
        return {"error": f"train.py ends with {answer['code']}", "trace": answer["output"]}
    manifest = json.loads((project / "models" / "judged" / "manifest.json").read_text())
    return {"metrics": {name: float(value) for name, value in manifest["metrics"].items()}}


def script(words: list[str]) -> Answer:
    """Run a script of the project in this process, as if it were a fresh one."""
    by_name = words[0] == "-m"
    folder = str(Path.cwd()) if by_name else str(Path(words[0]).resolve().parent)
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder + os.sep):
            del sys.modules[name]
    sys.argv, sys.path[0] = words[by_name:], folder
    told = os.open("output.log", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(told, 1)
    os.dup2(told, 2)
    code: Any = 0
    try:
        if by_name:
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as error:
        code = error.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    return {"code": code, "output": Path(folder, "output.log").read_text(errors="replace")[-3000:]}


def fill(folder: Path, files: dict[str, str]) -> None:
    """A folder with these files."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def judge(job: Job) -> Answer:
    """The verdict on one notebook.

    equal       exported, same metrics
    refused     with a finding
    assumed     other metrics, but the lock lists an assumption about a cell without a role
    SILENT      other metrics, nothing said
    BROKEN      the export ends with an error, or the project does
    no truth    the notebook does not run
    """
    files, text = job.get("files", {}), job["text"]
    scratch = Path(tempfile.mkdtemp(prefix="judged-"))
    try:
        fill(scratch / "truth", files)
        truth = in_fork(lambda: notebook_metrics(scratch / "truth", text))
        if "error" in truth:
            return {"verdict": "no truth", "why": truth["error"], "trace": truth.get("trace", "")}
        if job.get("twice"):
            fill(scratch / "again", files)
            if in_fork(lambda: notebook_metrics(scratch / "again", text)) != truth:
                return {"verdict": "no truth", "why": "it computes something else each time"}
        teeth = {"bites": bites(scratch, text, files, truth)} if job.get("teeth") else {}
        return {**of_export(job, scratch, truth), **teeth}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def of_export(job: Job, scratch: Path, truth: Answer) -> Answer:
    """The verdict on the export of a notebook of which is known what it computes."""
    exported = in_fork(lambda: exported_by(job, scratch))
    if "error" in exported:
        return {"verdict": "BROKEN", "why": exported["error"], "trace": exported.get("trace", "")}
    if "refused" in exported:
        codes = sorted({code for code, _, _ in exported["refused"]})
        why = "; ".join(f"{code} cell {cell}: {message}" for code, cell, message in exported["refused"])
        return {"verdict": "refused" if codes else "BROKEN", "why": why, "codes": codes}
    found = in_fork(lambda: project_metrics(scratch / "project", fast=bool(job.get("fast"))))
    if "error" in found:
        return {"verdict": "BROKEN", "why": found["error"], "trace": found.get("trace", "")}
    lock = json.loads((scratch / "project" / "nbexport.lock").read_text())
    listed = lock.get("assumptions") or []
    if found["metrics"] == truth["metrics"]:
        return {"verdict": "equal", "why": "", "assumptions": listed}
    behind = [one for one in listed if one["cell"] in without_role(job["text"])]
    why = f"notebook {truth['metrics']} project {found['metrics']}"
    return {"verdict": "assumed" if behind else "SILENT", "why": why, "assumptions": listed}


def bites(scratch: Path, text: str, files: dict[str, str], truth: Answer) -> bool:
    """Whether the cells that stay in the notebook change what it computes; the first, of imports, is kept."""
    heads = list(re.finditer(r"^# %%(?!%)[^\n]*", text, flags=re.MULTILINE))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    kept = [
        text[head.start() : end]
        for number, (head, end) in enumerate(zip(heads, ends, strict=True))
        if number == 0 or "tags=" in head.group()
    ]
    fill(scratch / "without", files)
    return in_fork(lambda: notebook_metrics(scratch / "without", "".join(kept))) != truth


def exported_by(job: Job, folder: Path) -> Answer:
    """The export by an analysis that has the hole that the job names: a function of `holes.py`."""
    alone(folder)
    if job.get("hole"):
        getattr(importlib.import_module("soundness.holes"), job["hole"])()
    return export(folder, job["text"], job.get("files", {}), fast=bool(job.get("fast")))


def without_role(text: str) -> set[int]:
    """Numbers, from 1, of the cells that stay in the notebook."""
    heads = re.findall(r"^# %%(?!%)[^\n]*", text, flags=re.MULTILINE)
    return {number for number, head in enumerate(heads, start=1) if "tags=" not in head}


def main() -> None:
    """Answer each line of stdin with a line."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    preload(large=sys.argv[1:] == ["--large"])
    # what a fork never looks at it need not copy
    gc.collect()
    gc.freeze()
    gc.disable()
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        job = json.loads(line)
        started = time.monotonic()
        answer = judge(job)
        print(json.dumps({"name": job["name"], "seconds": time.monotonic() - started, **answer}), file=answers)


if __name__ == "__main__":
    main()
