"""kill -9 at any moment of a compaction, while a service writes and rotates: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.outcomes.record import Outcome
from nbexport_runtime.platform.outcomes.writing import Sink
from nbexport_runtime.service.log import PredictionLog
from nbexport_runtime.service.settings import Settings
from runtime.platform.lines import killed_compactions
from runtime.platform.lines.log_lines import START, ids, prediction, project_in

RUNTIME = str(Path(killed_compactions.__file__).parents[4] / "runtime")


class Writer:
    """A service that writes predictions, and outcomes of them, and rotates every few lines."""

    def __init__(self, logs: Path) -> None:
        settings = Settings(log_dir=str(logs), log_file_bytes=3000, log_files=1000)
        # two processes of a service: each may hold a file that the other has put aside
        self.logs = [PredictionLog(settings), PredictionLog(settings)]
        self.sink = Sink(logs, file_bytes=2000)
        self.written = 0

    def write(self) -> None:
        """Write one of each."""
        self.logs[self.written % 7 == 0].write(prediction(self.written))
        if self.written % 3 == 0:
            self.sink.add([Outcome("outcome", 1.0, START, request_id=f"r{self.written}")])
        self.written += 1

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Within, lines are written all the time."""
        ended = threading.Event()

        def go_on() -> None:
            while not ended.wait(0.002):
                self.write()

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def close(self) -> None:
        """The service stops."""
        for log in self.logs:
            log.close()


class Runs:
    """Compactions in processes of their own."""

    def __init__(self, project: Project) -> None:
        command = [sys.executable, killed_compactions.__file__, str(project.root / "logs.py")]
        environment = {**os.environ, "PYTHONPATH": RUNTIME, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout

    def run(self, at: int, after_s: float | None = None) -> bool:
        """Whether a run was killed: at one of its file operations, or some time after its start."""
        self.input.write(f"{at}\n")
        self.input.flush()
        child = int(self.output.readline())
        killing = threading.Timer(after_s, kill, (child,)) if after_s else None
        if killing is not None:
            killing.start()
        status = int(self.output.readline())
        if killing is not None:
            killing.cancel()
            killing.join()
        killed = os.WIFSIGNALED(status)
        assert killed or os.WEXITSTATUS(status) == 0
        return killed

    def close(self) -> None:
        """No more runs."""
        self.input.close()
        self.output.close()
        assert self.process.wait(timeout=60) == 0


def kill(child: int) -> None:
    """End a run, if it has not ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def check(project: Project, written: int) -> None:
    """Every line is in the tables once."""
    assert ids(project) == sorted(f"r{number}" for number in range(written))
    assert ids(project, view="outcomes") == sorted(f"r{number}" for number in range(0, written, 3))


def story(folder: Path, moments: list[tuple[int, float | None]]) -> int:
    """How many of the runs were killed; each leaves every line once, and so does the last one, that is not."""
    project = project_in(folder)
    writer, runs = Writer(project.root / "logs"), Runs(project)
    killed = 0
    try:
        for at, after_s in moments:
            with writer.writing():
                killed += runs.run(at, after_s)
            check(project, writer.written)
        with writer.writing():
            assert not runs.run(0)
        check(project, writer.written)
    finally:
        writer.close()
        runs.close()
    done = Runs(project)
    assert not done.run(0)
    done.close()
    check(project, writer.written)
    left = [path.name for path in (project.root / "logs").glob("*.jsonl*")]
    assert sorted(left) == ["outcomes.jsonl", "predictions.jsonl"]
    return killed


def test_kills_at_file_operations_and_at_any_time(tmp_path: Path) -> None:
    chance = random.Random(17)
    moments: list[tuple[int, float | None]] = [(at, None) for at in chance.sample(range(1, 120), 20)]
    moments += [(0, chance.uniform(0.01, 0.4)) for _ in range(10)]
    chance.shuffle(moments)
    assert story(tmp_path, moments) >= 15


@pytest.mark.slow(minutes=2)
def test_kills_at_every_file_operation(tmp_path: Path) -> None:
    chance = random.Random(1)
    moments: list[tuple[int, float | None]] = [(at, None) for at in range(1, 120)]
    moments += [(0, chance.uniform(0.01, 0.5)) for _ in range(60)]
    chance.shuffle(moments)
    assert story(tmp_path, moments) >= 90
