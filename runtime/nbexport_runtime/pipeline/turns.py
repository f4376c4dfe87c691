"""One command at a time changes models: a lock on this machine, and the store before and after.

    python -m nbexport_runtime.pipeline.turns PROJECT

brings to the store what changed here, where no other command is under way.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbexport_runtime.pipeline import placing, project, syncing
from nbexport_runtime.pipeline.outcome import PipelineError, progress
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.traffic import placements

SEND_LIMIT_S = 20.0
"""How long an emergency command tries to reach the store once its work is done."""
LATER = "it is done here, and the next command brings it to the store"


@contextmanager
def alone(own: Project, wait_s: float, *, first: bool = False) -> Iterator[None]:
    """Keep other commands from changing models meanwhile; pull from the store before, push to it after.

    Args:
        own: The project.
        wait_s: How long to wait for another run.
        first: There is no model yet, so the store may be empty.

    Raises:
        PipelineError: Another run holds the lock and does not end in time, or the store is not responding.
    """
    with locked(own, wait_s):
        sync = syncing.of(own)
        sync.pull(first=first)
        settle(own)
        try:
            yield
        except PipelineError:
            # a run that failed leaves its log
            send_later(own)
            raise
        sync.push()
        # the store may have had a placing that came first
        settle(own)


@contextmanager
def locked(own: Project, wait_s: float) -> Iterator[None]:
    """Keep other commands on this machine from changing models meanwhile.

    Raises:
        PipelineError: Another run holds the lock, and does not end in time.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError:
        raise PipelineError("filelock is not installed: python -m pip install -r requirements-pipeline.txt") from None
    own.models.mkdir(parents=True, exist_ok=True)
    lock = FileLock(own.models / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if wait_s > 0:
            progress(f"another run is changing the models; waiting for it up to {wait_s:g} s")
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            raise PipelineError(
                "another run is changing the models; wait for it with --wait-s, nothing was done"
            ) from None
    try:
        yield
    finally:
        lock.release()


def settle(own: Project) -> None:
    """Have everything follow the journal; what cannot is named on standard error."""
    name_damage(own, taken_out=True)
    for trouble in placing.settle(own):
        print(f"warning: {trouble}", file=sys.stderr)


def name_damage(own: Project, *, taken_out: bool = False) -> None:
    """Name the lines of the journal that hold no placing, on standard error.

    Args:
        own: The project.
        taken_out: Whether to take them out too; an emergency leaves them.
    """
    damaged = own.journal.damaged
    if not damaged:
        return
    lines = ", ".join(map(str, damaged))
    print(f"warning: `{own.placements}` is damaged in line {lines}, which was ignored", file=sys.stderr)
    if taken_out:
        try:
            placements.merge(own.placements, ())
        except OSError as error:
            print(f"warning: `{own.placements}` cannot be written: {error.strerror}", file=sys.stderr)


def send_later(own: Project) -> None:
    """Bring what changed here to the store; where that fails, the next command does it."""
    try:
        syncing.of(own).push()
    except PipelineError as error:
        print(f"warning: {error}; {LATER}", file=sys.stderr)


def look(own: Project) -> None:
    """Bring what the store has here before something is only looked at; without the store, what is here is shown."""
    try:
        with locked(own, 0.0):
            syncing.of(own).pull()
            settle(own)
    except PipelineError as error:
        if not own.placed:
            raise
        print(f"warning: {error}; shown is what is here", file=sys.stderr)


# ---------------------------------------------------------------------- after an emergency


def send(own: Project) -> None:
    """Bring what changed here to the store in a process of its own, within a limit; a warning where that fails."""
    words = [sys.executable, "-m", "nbexport_runtime.pipeline.turns", str(own.code)]
    environment = {**os.environ, project.ROOT: str(own.root), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, cwd=own.code, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            _, text = process.communicate(timeout=SEND_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            text = f"warning: the store is not responding within {SEND_LIMIT_S:g} s; {LATER}\n"
    if process.returncode:
        lines = [line for line in text.splitlines() if line.startswith("warning: ")]
        print("\n".join(lines) or f"warning: the store was not reached; {LATER}", file=sys.stderr)


def main(folder: Path) -> int:
    """Bring what changed to the store; the exit code."""
    own = project.of(folder)
    try:
        with locked(own, 0.0):
            syncing.of(own).push()
            settle(own)
    except PipelineError as error:
        print(f"warning: {error}; {LATER}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
