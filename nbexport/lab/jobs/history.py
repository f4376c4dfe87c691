"""The jobs of earlier sessions: a file of lines in Jupyter's data folder, which is read from its first line on.

    {"server": …, "place": "/srv/a.ipynb", "job": …}     a job as it began or ended; the last line about it counts
    {"from": "/srv/a.ipynb", "to": "/srv/b.ipynb"}       the notebook, or a folder above it, was renamed
    {"from": "/srv/a.ipynb", "to": null}                 it was deleted: another one of that name begins without

So a renamed notebook keeps its jobs and a copy has none, though both have the same cells. A job that had not ended, and
whose server is gone, has failed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import psutil

from nbexport import disk
from nbexport.lab.jobs.job import ENDED, Job
from nbexport.lab.wire.types import JobKind, JobState, WireJob, WireProblem

NAME = "jobs.jsonl"
MOST_BYTES = 4_000_000
MOST_LINES, MOST_FIGURES = 20, 100
"""Kept of each job: the last lines of what it printed, and the first figures of its verdict."""

SERVER_GONE: WireProblem = {
    "message": "The server ended while this ran.",
    "why": "",
    "fix": "Start it again.",
}
_MEMBERS = frozenset(get_type_hints(WireJob))


class History:
    """The jobs of all servers of one user.

    Args:
        folder: Where the file is.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._server = [os.getpid(), psutil.Process().create_time()]

    def add(self, job: Job) -> None:
        """Note a job as it is now.

        Raises:
            NbexportError: It cannot be written.
        """
        wire = job.wire()
        wire["lines"] = wire["lines"][-MOST_LINES:]
        if wire["verdict"] is not None:
            wire["verdict"] = {**wire["verdict"], "figures": wire["verdict"]["figures"][:MOST_FIGURES]}
        entry = {"server": self._server, "place": job.place and str(job.place), "job": wire}
        disk.append_line(self._path, json.dumps(entry), most_bytes=MOST_BYTES)

    def move(self, before: Path, after: Path | None) -> None:
        """Note that a notebook or a folder has another name; None says that it was deleted.

        Raises:
            NbexportError: It cannot be written.
        """
        if any(moved(place, before, after) != place for place, _ in self._jobs()):
            entry = {"from": str(before), "to": None if after is None else str(after)}
            disk.append_line(self._path, json.dumps(entry), most_bytes=MOST_BYTES)

    def of(self, place: Path) -> list[WireJob]:
        """The jobs of one notebook, the oldest first.

        Raises:
            NbexportError: The file cannot be read.
        """
        return [wire for where, wire in self._jobs() if where == place]

    def find(self, name: str) -> WireJob | None:
        """The job of an id.

        Raises:
            NbexportError: The file cannot be read.
        """
        return next((wire for _, wire in self._jobs() if wire["id"] == name), None)

    def _jobs(self) -> list[tuple[Path | None, WireJob]]:
        """Each job, with the place of its notebook now (None where it is gone), in the order in which they began."""
        last: dict[str, tuple[Path | None, WireJob]] = {}
        for entry in self._entries():
            if "job" not in entry:
                before, after = Path(entry["from"]), entry["to"] and Path(entry["to"])
                last = {name: (moved(place, before, after), wire) for name, (place, wire) in last.items()}
                continue
            wire: WireJob = entry["job"]
            if wire["state"] not in ENDED and not self._is_alive(entry["server"]):
                # it had no time to say how it ended
                wire["state"], wire["problem"] = JobState.FAILED, SERVER_GONE
                wire["ready"], wire["doing"], wire["ended"] = False, "", wire["begun"]
            # of a job that ran while its notebook was renamed, each line may name another place
            place = last[wire["id"]][0] if wire["id"] in last else entry["place"] and Path(entry["place"])
            last[wire["id"]] = (place, wire)
        return list(last.values())

    def _entries(self) -> Iterator[dict[str, Any]]:
        for line in disk.read_lines(self._path):
            try:
                entry = json.loads(line)
                if "job" not in entry:
                    if isinstance(entry["from"], str) and isinstance(entry["to"], str | None):
                        yield entry
                    continue
                job = entry["job"]
                JobKind(job["kind"]), JobState(job["state"])
                if job.keys() == _MEMBERS and isinstance(entry["place"], str | None) and "server" in entry:
                    yield entry
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                # half a line, or one of another version
                continue

    def _is_alive(self, server: Any) -> bool:
        """Whether the server that wrote an entry still runs."""
        try:
            pid, started = server
            return bool(abs(psutil.Process(pid).create_time() - started) < 1)
        except (psutil.Error, TypeError, ValueError):
            return False


def moved(place: Path | None, before: Path, after: Path | None) -> Path | None:
    """The place of a notebook once it, or a folder above it, was renamed; None where it was deleted.

    >>> moved(Path("/srv/a/b.ipynb"), Path("/srv/a"), Path("/srv/c")).as_posix()
    '/srv/c/b.ipynb'
    """
    if place is None or not place.is_relative_to(before):
        return place
    return None if after is None else after / place.relative_to(before)
