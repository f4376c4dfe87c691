"""What a project consists of for a store: units, each a file, or a folder that is only whole with all its files.

    models/placements.jsonl        the journal of placings: the lines of both sides survive
    models/traffic.json            who is answered by which version: of two, the more careful stands
    models/registry.db             a file
    models/versions/ID             a folder that never changes; it is fetched when something needs it
    data/sets/ID.dvc               what DVC needs to fetch the data set from the folder `data` of the store

`models/production` follows the journal and is not a unit, but in projects and stores from before there was one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from nbexport_runtime.pipeline import store
from nbexport_runtime.pipeline.files import digests
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import State, Unit

JOURNAL = "models/placements.jsonl"
TRAFFIC = "models/traffic.json"
REGISTRY = "models/registry.db"
BEFORE_JOURNAL = "models/production"
"""What production was before there was a journal."""
WHOLE = ("production", "candidate")
"""Folders in `models/` that are one unit."""
FILES = ("registry.db", "placements.jsonl", "traffic.json", "rollout.json")
"""Files in `models/` that are one unit each; the last is of earlier exports."""
LISTS = ("decisions", "cards", "reports")
"""Folders in `models/` with one unit per file."""
FROZEN = ("versions", "artifacts", "runs")
"""Folders in `models/` with one unit per folder, which never changes and is fetched when something needs it."""
POINTERS = ("data/sets", "data/holdout")
"""Folders with the files that DVC needs to bring a data set back."""
REMOVED = "models/rollout.json"
"""The only unit whose absence says something: its rollout has ended, or stands in the file of the traffic."""
DESCRIBES = ("models/candidate", *(f"models/{name}/" for name in ("cards", "reports")), *POINTERS)
"""Beginnings of units of which this folder's own is as good as the store's."""
MERGED = (JOURNAL, TRAFFIC)
"""Units in which what both sides have changed is brought together."""
NAME = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


def here(project: Project, base: State) -> dict[str, Unit]:
    """The units of a folder; what never changes is as the base says."""
    models = project.models
    at_rest(project.root / REGISTRY)
    paths = [models / name for name in (*WHOLE, *FILES)]
    paths += [path for name in (*LISTS, *FROZEN) for path in sorted((models / name).glob("*"))]
    paths += [path for name in POINTERS for path in sorted((project.root / name).glob("*.dvc"))]
    units: dict[str, Unit] = {}
    for path in paths:
        unit = path.relative_to(project.root).as_posix()
        if path.name.startswith(".") or not path.exists():
            continue
        if lazy(unit) and unit in base.units:
            units[unit] = base.units[unit]
        elif path.is_dir():
            files = {name: str(facts["sha256"]) for name, facts in digests(path).items()}
            if files:
                units[unit] = files
        else:
            units[unit] = {"": store.sha256(path)}
    if JOURNAL in units:
        units.pop(BEFORE_JOURNAL, None)
    return units


def at_rest(database: Path) -> None:
    """Take back what a killed command has half written to a database: its file alone is whole then."""
    if any(database.with_name(database.name + end).exists() for end in ("-journal", "-wal")):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def changed(unit: str, base: State, units: Mapping[str, Unit]) -> bool:
    """Whether a side has changed a unit since the base; what is missing was not fetched, but for one that says so."""
    if unit not in units:
        return unit == REMOVED and unit in base.units
    return units[unit] != base.units.get(unit)


def lazy(unit: str) -> bool:
    """Whether a unit is fetched when something needs it."""
    return unit.startswith(tuple(f"models/{name}/" for name in FROZEN))


def together(theirs: Mapping[str, Unit], ours: Mapping[str, Unit]) -> dict[str, Unit]:
    """What the store holds once this folder's units are there too."""
    units = {unit: files for unit, files in theirs.items() if unit != REMOVED} | dict(ours)
    if JOURNAL in units:
        units.pop(BEFORE_JOURNAL, None)
    return units


def checked(state: State) -> None:
    """Look whether all that a store names belongs into a project.

    Raises:
        PipelineError: Something does not.
    """
    for unit, files in state.units.items():
        head, _, name = unit.rpartition("/")
        lists = (*(f"models/{part}" for part in (*LISTS, *FROZEN)), *POINTERS)
        known = head in lists or (head == "models" and name in (*WHOLE, *FILES))
        parts = [part for path in files for part in (path.split("/") if path else ())]
        if not known or not NAME.fullmatch(name) or any(part in ("", ".", "..") or "\\" in part for part in parts):
            raise PipelineError(f"the store holds `{unit}`, which does not belong into a project")
        if not all(SHA256.fullmatch(key) for key in files.values()):
            raise PipelineError(f"the store holds `{unit}` without a sha256")
