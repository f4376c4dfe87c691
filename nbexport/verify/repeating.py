"""Two runs of one project that differ → why, found out by running it again with one circumstance held still.

| held still | how | equal then |
|---|---|---|
| the hash of texts | the first run's PYTHONHASHSEED | the order of a set, or `hash()` of a text |
| the clock | `time` and `datetime` count up from a fixed moment | the time |
| chance | `os.urandom`, which starts every unseeded generator, gives the same bytes | a draw without a seed |
| the threads | one thread for each numeric library | the order in which threads finish |

The first that helps is the cause. Where it takes long to train, not all are tried.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from nbexport.errors import NbexportError
from nbexport.verify.limits import LimitError
from nbexport.verify.processes import AS_NOTEBOOK, FIRST, SECOND, Manner, Progress, ProjectRun, Run
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import Cause

T = TypeVar("T")

ENOUGH_S = 600.0
"""No further circumstance is tried once the runs that look for the cause have taken this long."""

_BEGIN = """
import os, runpy, sys
sys.argv = sys.argv[1:]
sys.path[0] = os.getcwd()
"""
_RUN = """
runpy.run_path(sys.argv[0], run_name="__main__")
"""

_CLOCK = """
import datetime, itertools, time
ticks = itertools.count(1_700_000_000_000)  # milliseconds
time.time = time.perf_counter = time.process_time = lambda: next(ticks) / 1000
time.time_ns = time.perf_counter_ns = time.process_time_ns = lambda: next(ticks) * 1_000_000
class datetime_(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(next(ticks) / 1000, tz)
    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(next(ticks) / 1000, datetime.timezone.utc).replace(tzinfo=None)
    @classmethod
    def today(cls):
        return cls.now()
class date_(datetime.date):
    @classmethod
    def today(cls):
        return cls.fromtimestamp(next(ticks) / 1000)
datetime.datetime, datetime.date = datetime_, date_
"""

_CHANCE = """
import importlib.util, random, secrets
steady = random.Random(0)
os.urandom = lambda size: steady.randbytes(size)
# numpy takes this one when it is imported, for the seeds that nobody gives
secrets.randbits = steady.getrandbits
seed = random.seed
random.seed = lambda a=None, version=2: seed(0 if a is None else a, version)
class Random(random.Random):
    def __init__(self, x=None):
        super().__init__(0 if x is None else x)
    def seed(self, a=None, version=2):
        super().seed(0 if a is None else a, version)
random.Random = Random
random.seed()
if importlib.util.find_spec("torch") and {torch!r}:
    import torch
    torch.manual_seed(0)
"""


class Training(Protocol):
    """Runs the project in a manner."""

    def __call__(self, manner: Manner) -> ProjectRun:
        """What it computes.

        Raises:
            NbexportError: It does not run.
        """


def two_runs(train: Training, *, same: Callable[[Run, Run], bool], together: bool, stop: Stop) -> list[ProjectRun]:
    """Two runs of a project, in which texts are hashed differently.

    Args:
        train: Runs the project.
        same: Whether two runs are equal.
        together: Whether they may go at the same time. Where they fail or differ then, they go one after the other:
            they may have got into each other's files.
        stop: Ends both when it is asked to.

    Raises:
        NbexportError: One of them does not run.
    """
    tasks = [partial(train, manner=FIRST), partial(train, manner=SECOND)]
    if together:
        try:
            first, second = _at_once(tasks, stop)
        except LimitError:
            raise
        except NbexportError:
            return [task() for task in tasks]
        if same(first, second):
            return [first, second]
    return [task() for task in tasks]


def _at_once(tasks: Sequence[Callable[[], T]], stop: Stop) -> list[T]:
    with ThreadPoolExecutor(len(tasks)) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            return [future.result() for future in futures]
        except KeyboardInterrupt:
            # it reaches this thread alone, and the pool waits for the others
            stop.ask()
            raise


def cause(
    notebook: Run,
    first: Run,
    train: Training,
    *,
    same: Callable[[Run, Run], bool],
    repeats: bool,
    unseeded: bool,
    torch: bool,
    progress: Progress,
) -> tuple[Cause | None, bool]:
    """Why runs differ, and whether that explains all that differs from the notebook too.

    The cause is None where a project that repeats simply is another program than the notebook.

    Args:
        notebook: What the notebook computed.
        first: What the project's first run computed.
        train: Runs the project again.
        same: Whether two runs are equal.
        repeats: Whether the project's second run was equal to the first.
        unseeded: Whether its code is known to draw random numbers that nothing seeds. A tree that breaks a tie by one
            may well come out equal twice, and otherwise the third time.
        torch: Whether the project uses torch.
        progress: Told what is tried.
    """
    until = time.monotonic() + ENOUGH_S

    def alike(one: Run | None, manner: Manner, held_still: str) -> bool:
        """Whether a run in this manner is equal to one that there is, or to another of its own."""
        progress(f"looking for the cause: {held_still}")
        try:
            run = train(manner=manner)
            return same(one or train(manner=manner), run)
        except NbexportError:
            # code that does not run with another clock says nothing about the clock
            return False

    if alike(notebook, AS_NOTEBOOK, "texts hashed as in the notebook's run"):
        return Cause.HASH, True
    if repeats:
        return Cause.CHANCE if unseeded else None, False
    if alike(first, FIRST, "texts hashed as in the first run"):
        return Cause.HASH, False
    tries = {
        Cause.UNSEEDED: (replace(FIRST, prelude=_BEGIN + _CHANCE.format(torch=torch) + _RUN), "all draws seeded"),
        Cause.TIME: (replace(FIRST, prelude=_BEGIN + _CLOCK + _RUN), "a clock that shows the same each time"),
        Cause.THREADS: (replace(FIRST, threads=1), "one thread"),
    }
    for name, (manner, held_still) in tries.items():
        if time.monotonic() < until and alike(None, manner, held_still):
            return name, False
    return Cause.UNKNOWN, False
