"""Commands of a project that somebody watches: its training, its tests, each line told as it is printed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from nbexport.verify.limits import Limits
from nbexport.verify.processes import HashSeed, environment
from nbexport.verify.stopping import Stop, held

Line = Callable[[str], None]

NO_TESTS = 5
"""The exit status of pytest where there are none. Source: pytest's documentation, "Exit codes"."""


def run_watched(
    command: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    stop: Stop,
    line: Line,
    what: str,
    limits: Limits | None = None,
) -> int:
    """The exit status of a command that is `held`, each line of which is told as it is printed.

    Args:
        command: Program and arguments.
        folder: Where it runs.
        variables: Its environment.
        stop: Ends it when it is asked to.
        line: Told each line of output and errors.
        what: What runs, for the message about a limit.
        limits: What it may use; the usual ones when None.

    Raises:
        StoppedError: It was asked to stop.
        LimitError: It ran too long or held too much memory.
    """
    unbuffered = {**variables, "PYTHONUNBUFFERED": "1"}
    with held(
        command,
        folder=folder,
        environment=unbuffered,
        stop=stop,
        what=what,
        limits=limits,
        errors=subprocess.STDOUT,
    ) as process:
        for text in process.stdout or ():
            line(text.rstrip())
        process.wait()
    return process.returncode


def train(
    project: Path,
    *,
    data: Path | None,
    stop: Stop,
    line: Line,
    secrets: Mapping[str, str] = MappingProxyType({}),
    python: str = sys.executable,
) -> int:
    """The exit status of a project's training, which leaves its model where the project keeps it.

    Args:
        project: The project's folder.
        data: Where the notebook reads its data; None leaves the project's default.
        stop: Ends it when it is asked to.
        line: Told each line of output.
        secrets: Environment variable → the notebook's own literal.
        python: Interpreter that runs it.

    Raises:
        StoppedError: It was asked to stop.
        LimitError: It ran too long or held too much memory.
    """
    words = [python, "train.py", *([] if data is None else ["--data", str(data)])]
    return run_watched(
        words,
        folder=project,
        variables=environment(HashSeed.TRAINING, project=project, secrets=secrets),
        stop=stop,
        line=line,
        what="the project's training",
    )


def run_tests(
    project: Path,
    *,
    scratch: Path,
    stop: Stop,
    line: Line,
    secrets: Mapping[str, str] = MappingProxyType({}),
    python: str = sys.executable,
) -> int:
    """The exit status of a project's own tests, which leave nothing in its folder.

    Args:
        project: The project's folder.
        scratch: A folder for what the tests remember.
        stop: Ends them when it is asked to.
        line: Told each line of output.
        secrets: Environment variable → the notebook's own literal.
        python: Interpreter that runs them.

    Raises:
        StoppedError: It was asked to stop.
        LimitError: They ran too long or held too much memory.
    """
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": os.fspath(scratch), "NO_COLOR": "1"}
    return run_watched(
        [python, "-m", "pytest", "-v", "--no-header", "--tb=short", "-p", "no:cacheprovider"],
        folder=project,
        variables={**environment(HashSeed.TRAINING, project=project, secrets=secrets), **quiet},
        stop=stop,
        line=line,
        what="the project's tests",
    )
