r"""The journal of placings: which version became production, when, and why. It is only ever appended to.

Production is the last line. Where a rollback goes follows from all lines, read as a stack: a promotion puts a version
on top, a rollback takes away what it goes back from. The clock plays no part.

    >>> def journal(*steps: tuple[str, str]) -> Journal:
    ...     return Journal(tuple(Placement(n, "", v, "", reason, None) for n, (reason, v) in enumerate(steps, 1)))
    >>> three = [("promoted", "v0"), ("promoted", "v1"), ("promoted", "v2")]
    >>> journal(*three).previous.version
    'v1'
    >>> journal(*three, (ROLLED_BACK, "v1")).previous.version
    'v0'
    >>> journal(*three, (ROLLED_BACK, "v1"), ("promoted", "v3")).previous.version
    'v1'

A line that a crash left torn, or that a disk damaged, is passed over and its number is named. One append is one write
and is on the disk before the command goes on: that write is the moment at which a version becomes production.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nbexport_runtime.traffic import clock, durable

NAME = "placements.jsonl"
"""The journal, in the folder of the models."""
LOCK = ".placements.lock"
"""Held while a line is appended; no training ever holds it."""
PROMOTED = "promoted"
ROLLED_BACK = "rolled back"
ROLLOUT_FINISHED = "rollout finished"
ADOPTED = "adopted"
"""The reason of the first line where `models/production` is older than the journal."""
VERSION = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Placement:
    """One version became production."""

    n: int
    """Its number; the order is that of the lines."""
    time: str
    """When, in UTC; for people, and to tell two placings of one version apart."""
    version: str
    manifest_sha256: str
    """The sha256 of its `manifest.json`, which has that of every other file."""
    reason: str
    before: str | None
    """What was production until then, for whoever wrote the line."""

    def line(self) -> bytes:
        """The line of the journal."""
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Journal:
    """All placings, the oldest first."""

    placements: tuple[Placement, ...] = ()
    damaged: tuple[int, ...] = ()
    """Numbers, from 1, of the lines that hold no placing."""

    @property
    def production(self) -> Placement | None:
        """The placing that holds now; None before there is one."""
        return self.placements[-1] if self.placements else None

    @property
    def previous(self) -> Placement | None:
        """Where a rollback goes; None where nothing was placed before that was not rolled back from."""
        return self._stack[-2] if len(self._stack) > 1 else None

    def last(self, version: str) -> Placement | None:
        """The newest placing of a version; None where it was never production."""
        return next((placement for placement in reversed(self.placements) if placement.version == version), None)

    @cached_property
    def _stack(self) -> tuple[Placement, ...]:
        stack: list[Placement] = []
        for placement in self.placements:
            if placement.reason == ROLLED_BACK:
                gone = {placement.before, stack[-1].version if stack else None} - {placement.version}
                stack = [below for below in stack if below.version not in gone]
                places = [place for place, below in enumerate(stack) if below.version == placement.version]
                stack = stack[: places[-1]] if places else stack
            # a rollback does not go back to the version that it leaves
            while stack and stack[-1].version == placement.version:
                stack.pop()
            stack.append(placement)
        return tuple(stack)


def read(path: Path) -> Journal:
    """The journal in a file; an empty one where there is no file.

    Raises:
        OSError: The file is there and cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Journal()
    placements, damaged = [], []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            placements.append(parsed(line))
        except ValueError:
            damaged.append(number)
    return Journal(tuple(placements), tuple(damaged))


def parsed(line: bytes) -> Placement:
    """The placing that a line describes; keys of newer versions are passed over.

    Raises:
        ValueError: It describes none.
    """
    try:
        content: Any = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("it is not an object")
    n, before = content.get("n"), content.get("before")
    texts = [content.get(name) for name in ("time", "version", "manifest_sha256", "reason")]
    if not isinstance(n, int) or isinstance(n, bool) or n < 1 or not all(isinstance(text, str) for text in texts):
        raise ValueError("an entry is missing or of another type")
    time, version, sha256, reason = map(str, texts)
    if before is not None and not (isinstance(before, str) and VERSION.fullmatch(before)):
        raise ValueError("before is not a version")
    if not VERSION.fullmatch(version) or not SHA256.fullmatch(sha256) or not reason:
        raise ValueError("an entry does not have its form")
    return Placement(n, time, version, sha256, reason, before)


class MovedError(Exception):
    """Another version was placed since the journal was read on which a decision rests."""


def append(path: Path, *, version: str, manifest_sha256: str, reason: str, seen: Journal | None = None) -> Placement:
    """Make a version production; its line, which is on the disk then.

    Args:
        path: The journal; made where it is not there.
        version: The version.
        manifest_sha256: The sha256 of its `manifest.json`.
        reason: Why; `ROLLED_BACK` where it goes back, which decides where the next rollback goes.
        seen: The journal on which the decision rests; None where it holds whatever production is.

    Raises:
        MovedError: Production is not what it was in `seen`: somebody rolled back meanwhile, and that stands.
        ValueError: The line would not be read back.
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with durable.locked(path.with_name(LOCK)):
        journal = read(path)
        production = journal.production
        if seen is not None and seen.production != production:
            raise MovedError
        now = clock.now().isoformat(timespec="microseconds")
        number = len(journal.placements) + len(journal.damaged) + 1
        before = production.version if production else None
        placement = Placement(number, now, version, manifest_sha256, reason, before)
        line = placement.line()
        parsed(line)
        durable.append(path, line)
    return placement


def merged(store: Iterable[Placement], here: Iterable[Placement]) -> tuple[Placement, ...]:
    """The placings of two journals that began as one: those of the store, then those that only this side has."""
    ours = list(store)
    known = {identity(placement) for placement in ours}
    ours += [placement for placement in here if identity(placement) not in known]
    return tuple(replace(placement, n=number) for number, placement in enumerate(ours, 1))


def identity(placement: Placement) -> tuple[str, ...]:
    """What a placing is known by wherever its line stands."""
    return placement.time, placement.version, placement.manifest_sha256, placement.reason


def merge(path: Path, store: Iterable[Placement]) -> Journal:
    """Bring the placings of a store into the journal of this side, in one step; the journal then.

    Raises:
        OSError: It cannot be read or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with durable.locked(path.with_name(LOCK)):
        journal = read(path)
        placements = merged(store, journal.placements)
        if placements != journal.placements or journal.damaged:
            durable.replace(path, b"".join(placement.line() for placement in placements))
    return Journal(placements)


def digest(bundle: Path) -> str:
    """The sha256 of a bundle's manifest.

    Raises:
        OSError: It cannot be read.
    """
    return hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()


def located(models: Path, placement: Placement) -> Path:
    """The bundle of a placing, in the folder of the models.

    Raises:
        ValueError: It is not there, or is not the one that was placed.
    """
    bundle = models / "versions" / placement.version
    try:
        known = digest(bundle)
    except OSError as error:
        raise ValueError(f"`{bundle}` cannot be read: {error.strerror}") from None
    if known != placement.manifest_sha256:
        raise ValueError(f"`{bundle}` is not the model that was placed: its manifest has another sha256")
    return bundle
