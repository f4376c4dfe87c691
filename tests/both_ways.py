"""A notebook's cells and what it lifts to, each run in a process of its own, since both may set the process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lifted_run import run_in

from nbexport.judge.judgement import judge
from nbexport.lift import style
from nbexport.lift.program import lift
from nbexport.model import Finding
from nbexport.program import Program
from nbexport.read.notebook import read_text

RUNTIME = str(Path(__file__).parents[1] / "runtime")


def against(text: str, *, level: int = 1) -> tuple[Finding, ...]:
    """The errors that prevent an export."""
    return judge(read_text(text, "notebook.py"), levels=(level,)).against(level)


def program_of(text: str, *, level: int = 1) -> Program:
    """What a notebook lifts to, formatted as in a project; nothing may prevent that."""
    judgement = judge(read_text(text, "notebook.py"), levels=(level,))
    assert [f"{finding.code} {finding.problem.message}" for finding in judgement.against(level)] == []
    return style.tidied(lift(judgement.placed, name="notebook.py"), Path(os.devnull))


def run_cells(text: str, folder: Path, *, asked: Iterable[str] = ()) -> tuple[Any, ...]:
    """The notebook's `metrics` after a top-to-bottom run, and the values of expressions then."""

    def run() -> list[Any]:
        os.chdir(folder)
        namespace: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
        for cell in read_text(text, "notebook.py").cells:
            if cell.runs:
                exec(compile(cell.code, f"cell {cell.number}", "exec", dont_inherit=True), namespace)
        return [namespace["metrics"], *(eval(expression, namespace) for expression in asked)]

    return tuple(forked(run))


def run_program(program: Program, folder: Path) -> Any:
    """The `metrics` of the lifted program."""

    def run() -> Any:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        return run_in(folder, program).metrics

    return forked(run)


def ask(folder: Path, state: dict[str, Any], asked: Iterable[str]) -> list[Any]:
    """What the lifted `predict` answers in a thread of a fresh process that has run no stage, as a service's does.

    Args:
        folder: Where `run_program` has written the program.
        state: What it reads of the training.
        asked: Calls as the notebook writes them.
    """
    calls = [call.replace("predict(", "model.predict(state, ", 1) for call in asked]
    code = f"""
import json, threading
from nbexport_runtime import bundle
bundle.load = lambda *_, **__: {{name: None for name in {state!r}}}
import model
model.load_model(".")
state, answers = {state!r}, []
def answer():
    getattr(model, "set_process", lambda: None)()
    answers.extend([{", ".join(calls)}])
thread = threading.Thread(target=answer)
thread.start()
thread.join()
print(json.dumps(answers))
"""
    path = os.pathsep.join([RUNTIME, *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=own, capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(done.stdout)
    return answers


def forked(function: Callable[[], Any]) -> Any:
    """What a function gives in a copy of this process, as plain data; what it raises there is raised here."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                outcome: dict[str, Any] = {"value": function()}
        except BaseException as error:  # noqa: BLE001 - a notebook may raise anything
            outcome = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as file:
            json.dump(outcome, file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        outcome = json.loads(file.read())
    os.waitpid(child, 0)
    if "error" in outcome:
        raise AssertionError(outcome["error"])
    return outcome["value"]
