"""Commands of pipelines, each in a fork of a process that has MLflow loaded: to import it takes longer than they do.

    run_forked("promote.py", "--rollback", cwd=project)      ─►      what `subprocess.run` would give

The fork runs the project's own script with the project's own runtime, and has the folder, the variables and the output of
a fresh process. Its only difference is that the libraries of the pipeline are imported.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO

LIBRARIES = ("mlflow", "mlflow.store.tracking.sqlalchemy_store", "filelock")


def run_forked(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One command of a project, as `conftest.run` runs it.

    Args:
        words: The script, and its arguments.
        cwd: The project.
        env: Variables besides those of this process.
    """
    # not above: the warm process runs this file by itself
    from .conftest import QUIET

    command = [*map(str, words)]
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder, name)) for name in ("stdout", "stderr")]
        job = {"words": command, "cwd": str(cwd), "env": {**os.environ, **QUIET, **(env or {})}, "files": files}
        process = warm()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the warm process ended"
        output, errors = (Path(file).read_text(encoding="utf-8") for file in files)
    return subprocess.CompletedProcess(command, int(answer), output, errors)


@cache
def warm() -> subprocess.Popen[str]:
    """The process whose forks run commands; it ends with this one."""
    from nbexport_runtime.pipeline.registry import ENVIRONMENT

    from .conftest import QUIET

    process = subprocess.Popen(
        [sys.executable, __file__],
        env={**os.environ, **QUIET, **ENVIRONMENT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def end() -> None:
        process.communicate()

    atexit.register(end)
    return process


# ---------------------------------------------------------------------- in the warm process


def serve(jobs: IO[str], answers: IO[str]) -> None:
    """Run each job in a fork, and answer with its exit status."""
    for line in jobs:
        pid = os.fork()
        if pid == 0:
            os._exit(status(**json.loads(line)))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=answers, flush=True)


def status(words: list[str], cwd: str, env: dict[str, str], files: list[str]) -> int:
    """Be a fresh process that runs a script: the status that it exits with."""
    code = 0
    try:
        for stream, name in ((0, os.devnull), (1, files[0]), (2, files[1])):
            handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
            os.dup2(handle, stream)
            os.close(handle)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env)
        sys.argv = words
        sys.path[0] = cwd
        runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    with contextlib.suppress(OSError):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def main() -> None:
    """Load the libraries, and serve."""
    jobs, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in LIBRARIES:
        importlib.import_module(name)
    serve(jobs, answers)


if __name__ == "__main__":
    main()
