"""The process that scores one model, as the process that compares models sees it: a request, an answer."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, Self

import nbexport_runtime
from nbexport_runtime.pipeline import processes
from nbexport_runtime.pipeline.outcome import PipelineError

LINES = 6
"""So much of what a process printed last is shown when it fails."""
QUIET = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Two models share the cores, so threads that wait do not spin."""
FOR_EVER_S = 10.0**9

Answer = dict[str, Any]


class ScoringError(PipelineError):
    """A model cannot be scored."""


class Scorer(Protocol):
    """Answers requests about one model."""

    complete: bool
    """Whether it knows slices, fresh rows, latency and baselines."""

    def ask(self, do: str, **request: Any) -> Answer:
        """The answer to a request.

        Raises:
            ScoringError: The model's code fails.
        """


@contextlib.contextmanager
def started(job: dict[str, Any], folder: Path) -> Iterator[Scorer]:
    """The scorer of a model; its process ends with the block.

    Args:
        job: What `scoring.py` gets.
        folder: The bundle, for messages.

    Raises:
        ScoringError: It cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="score-") as scratch:
        if processes.carries_pipeline(Path(job["code"])):
            yield Earlier(job, folder, Path(scratch))
            return
        with Process(job, folder, Path(scratch)) as scorer:
            yield scorer


class Process:
    """A process of this runtime with the code of a version."""

    complete = True

    def __init__(self, job: dict[str, Any], folder: Path, scratch: Path) -> None:
        self._folder, self._log = folder, scratch / "log.txt"
        runtime = str(Path(nbexport_runtime.__file__).resolve().parents[1])
        file = scratch / "job.json"
        file.write_text(json.dumps({**job, "runtime": runtime}), encoding="utf-8")
        search = [entry for entry in (runtime, os.environ.get("PYTHONPATH", "")) if entry]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *processes.ending_with_this(signal.SIGKILL),
                    sys.executable,
                    *processes.program(Path(job["code"]), "scoring"),
                    str(file),
                ],
                cwd=scratch,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env={**QUIET, **os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": os.pathsep.join(search)},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, do: str, **request: Any) -> Answer:
        """The answer to a request.

        Raises:
            ScoringError: The model's code fails.
        """
        requests, answers = self._process.stdin, self._process.stdout
        line = ""
        if requests is not None and answers is not None:
            # a process that has ended reads nothing more
            with contextlib.suppress(OSError):
                requests.write(json.dumps({"do": do, **request}) + "\n")
                requests.flush()
            line = answers.readline()
        if not line:
            self._process.wait()
            lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise ScoringError(f"`{self._folder}` cannot be scored:\n" + "\n".join(lines[-LINES:] or ["it was killed"]))
        answer: Answer = json.loads(line)
        if "error" in answer:
            raise ScoringError(f"`{self._folder}` cannot be scored: {answer['error']}")
        return answer


class Earlier:
    """A version from before there was a runtime: its own pipeline scores it, all drawings at once."""

    complete = False

    def __init__(self, job: dict[str, Any], folder: Path, scratch: Path) -> None:
        self._job, self._folder, self._scratch = job, folder, scratch
        self._result: Answer = {}

    def ask(self, do: str, **request: Any) -> Answer:
        """The answer to a request.

        Raises:
            ScoringError: The model's code fails, or the request is one that it does not know.
        """
        if do == "open":
            self._result = self._scored()
            return {name: value for name, value in self._result.items() if name != "samples"}
        if do == "draw":
            return {"samples": self._result["samples"][: request["count"]], "trouble": self._result["why_none"]}
        raise ScoringError(f"`{self._folder}` carries a pipeline of its own, which is too old for that")

    def _scored(self) -> Answer:
        """What its own pipeline answers."""
        file, result = self._scratch / "job.json", self._scratch / "result.json"
        job = {**self._job, "resamples": self._job["limit"], "limit_s": FOR_EVER_S, "result": str(result)}
        file.write_text(json.dumps(job), encoding="utf-8")
        code = Path(self._job["code"])
        done = subprocess.run(
            [
                *processes.ending_with_this(signal.SIGKILL),
                sys.executable,
                *processes.program(code, "scoring"),
                str(file),
            ],
            cwd=self._scratch,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": path(code)},
        )
        if done.returncode != 0:
            lines = "\n".join(done.stderr.strip().splitlines()[-LINES:])
            raise ScoringError(f"`{self._folder}` cannot be scored:\n{lines}")
        answer: Answer = json.loads(result.read_text(encoding="utf-8"))
        return answer


def path(code: Path) -> str:
    """Where a version's code is imported from, in a process of its own."""
    return os.pathsep.join(entry for entry in (str(code), os.environ.get("PYTHONPATH", "")) if entry)
