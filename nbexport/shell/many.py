"""Many notebooks → what is found in each: from the cache where nothing has changed, else checked, on every core.

Whatever is imported only to check (the grammar, the analysis, the rules) is imported only if something is checked: a
second run over the same notebooks starts no process and loads none of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbexport.errors import NbexportError
from nbexport.read.notebook import shown
from nbexport.record import record
from nbexport.shell.cache import Cache, Checked, times, trimmed
from nbexport.shell.terminal import internal_error

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

SMALL_BYTES = 3_000_000
"""Below this much to check, another process would cost more than it saves."""
CHUNK_BYTES = 2_000_000


@record
class Trouble:
    """A notebook that could not be checked."""

    path: Path
    error: str
    bug: bool = False
    """Whether nbexport itself is at fault."""


Job = tuple[Path, int | None]
"""A notebook's file and the level to judge it by."""
Found = Checked | Trouble


def check(jobs: Sequence[Job], *, cache: Cache | None, processes: int | None = None) -> Iterator[Found]:
    """What is found in each notebook, in the order given: all rules' findings, before any selection.

    Args:
        jobs: The notebooks.
        cache: What earlier checks found, which is added to; None for no cache.
        processes: How many to use; as many as there are cores when None.
    """
    known: dict[int, Found] = {}
    if cache is not None:
        for index, (path, level) in enumerate(jobs):
            cached = cache.find(path, level=level)
            if cached is not None:
                known[index] = cached
    waiting = [index for index in range(len(jobs)) if index not in known]
    fresh = _fresh([jobs[index] for index in waiting], cache, processes or _cores())
    for index in range(len(jobs)):
        yield known.pop(index) if index in known else next(fresh)


def _fresh(jobs: Sequence[Job], cache: Cache | None, processes: int) -> Iterator[Found]:
    sizes = [_size(path) for path, _ in jobs]
    for (path, level), outcome in zip(jobs, _checked(jobs, sizes, processes), strict=True):
        if isinstance(outcome, Trouble):
            yield outcome
            continue
        checked, data_digest, seen = outcome
        if cache is not None and data_digest:
            cache.keep(path, data_digest, seen, checked, level=level)
        yield checked


Fresh = tuple[Checked, str, dict[str, Any]]
"""What was found, the digest of the file, empty where more than the file decides, and its times before it was read."""


def _checked(jobs: Sequence[Job], sizes: Sequence[int], processes: int) -> Iterator[Fresh | Trouble]:
    chunks = list(_chunks(jobs, sizes))
    if processes < 2 or len(chunks) < 2 or sum(sizes) < SMALL_BYTES:
        for job in jobs:
            yield _one(job)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    import nbexport.api  # noqa: F401 - loaded once here, and not again in every process

    try:
        pool = ProcessPoolExecutor(min(processes, len(chunks)), mp_context=_context())
    except (OSError, ImportError):
        # a system that has no semaphores, as some containers: one process has to do
        yield from map(_one, jobs)
        return
    done = 0
    with pool:
        try:
            for results in pool.map(_several, chunks):
                yield from results
                done += len(results)
        except BrokenExecutor:
            # one of the notebooks has brought down its process, and with it what the others were to say
            yield from map(_by_itself, jobs[done:])


def _by_itself(job: Job) -> Fresh | Trouble:
    """What is found in a notebook, in a process of its own."""
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    with ProcessPoolExecutor(1, mp_context=_context()) as pool:
        try:
            return pool.submit(_one, job).result()
        except BrokenExecutor:
            name = shown(str(job[0]))
            what = f"`{name}` ended the process that checked it\nwhy: it needs more memory or stack than there is"
            return Trouble(job[0], f"{what}\nfix: check it by itself, with its outputs cleared", bug=True)


def _context() -> BaseContext:
    """Processes that begin as copies of this one, which has everything loaded, where the system can do that safely."""
    import multiprocessing
    import sys

    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _chunks(jobs: Sequence[Job], sizes: Sequence[int]) -> Iterator[list[Job]]:
    """The jobs in order, in pieces of about the same size."""
    piece: list[Job] = []
    held = 0
    for job, size in zip(jobs, sizes, strict=True):
        if piece and held + size > CHUNK_BYTES:
            yield piece
            piece, held = [], 0
        piece.append(job)
        held += size
    if piece:
        yield piece


def _several(jobs: Iterable[Job]) -> list[Fresh | Trouble]:
    return [_one(job) for job in jobs]


def _one(job: Job) -> Fresh | Trouble:
    from nbexport import api
    from nbexport.read.bringing import runs_others
    from nbexport.read.notebook import read_bytes
    from nbexport.shell.cache import digest

    path, level = job
    try:
        # where it is missing, reading it says so
        seen = times(path.stat()) if path.exists() else {}
        data = read_bytes(path)
        checked = trimmed(api.check_text(data, str(path), level=level))
        # what is found depends on the other notebook too
        return checked, "" if runs_others(data) else digest(data), seen
    except NbexportError as error:
        return Trouble(path, str(error))
    except Exception as error:  # noqa: BLE001 - a notebook that brings nbexport down hides no finding of the others
        return Trouble(path, internal_error(error, path=path), bug=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # what is wrong with it is said when it is read


def _cores() -> int:
    count: Callable[[], int | None] = getattr(os, "process_cpu_count", os.cpu_count)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return count() or 1
