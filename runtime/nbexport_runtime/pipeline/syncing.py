"""A project and its store: what changed there comes here before a command works, what it changed goes there after.

The project consists of units: one file, or one folder that is only whole with all its files.

    models/production              a folder that is exchanged as a whole
    models/registry.db             a file
    models/versions/ID             a folder that never changes; it is fetched when something needs it
    data/sets/ID.dvc               what DVC needs to fetch the data set from the folder `data` of the store

`models/.store.json` has the state that both had last. A unit that only the store has changed since is taken, one that
only this folder has changed is kept. Where both have, the store's stands unless it says nothing of its own, as a card.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import artifact, dvc, store
from nbexport_runtime.pipeline.files import digests, read_json, staging, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import State, Store, TakenError, Unit
from nbexport_runtime.training.folders import put_in_place

BASE = ".store.json"
"""Within `models/`: the state that this folder and the store had in common last."""
WHOLE = ("production", "candidate")
"""Folders in `models/` that are one unit."""
FILES = ("registry.db", "rollout.json")
"""Files in `models/` that are one unit each."""
LISTS = ("decisions", "cards", "reports")
"""Folders in `models/` with one unit per file."""
FROZEN = ("versions", "artifacts", "runs")
"""Folders in `models/` with one unit per folder, which never changes and is fetched when something needs it."""
POINTERS = ("data/sets", "data/holdout")
"""Folders with the files that DVC needs to bring a data set back."""
REMOVED = "models/rollout.json"
"""The only unit whose absence says something: all traffic goes to production."""
DESCRIBES = ("models/candidate", *(f"models/{name}/" for name in ("cards", "reports")), *POINTERS)
"""Beginnings of units of which this folder's own is as good as the store's."""
ATTEMPTS = 20
"""How often a change is put on top of others that were faster."""
NAME = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass
class Sync:
    """A project and its store."""

    project: Project
    store: Store

    # ------------------------------------------------------------------ store -> project

    def pull(self, *, first: bool = False) -> State:
        """Bring here what the store has and this folder lacks; the store's state.

        Args:
            first: Nothing was kept yet, and that is right.

        Raises:
            PipelineError: The store is not responding, is empty though something must be in it, or both sides have
                changed the same.
        """
        theirs, base = self.store.newest(), self.base()
        if theirs.number < base.number:
            raise PipelineError(
                f"the store `{masked(self.store.address)}` is at change {theirs.number}, and was at {base.number} "
                f"before: restore it from a backup, or delete models/{BASE} to fill it from this folder"
            )
        remembers = self.store.folder is not None and not artifact.forgets()
        if not theirs.number and not first and not remembers and self.project.current is None:
            raise PipelineError(
                f"the store `{masked(self.store.address)}` is empty; if there is no model in production yet, run "
                "`retrain.py --first`; otherwise name the right store in `pipeline.toml`, or restore it from a backup"
            )
        checked(theirs)
        self._take(theirs, base)
        return theirs

    def need(self, unit: str) -> bool:
        """Bring a unit that never changes here, if it is not; whether it is here now.

        Raises:
            PipelineError: The store is not responding.
        """
        if (self.project.root / unit).exists():
            return True
        known = self.base().units.get(unit)
        if known is None:
            return False
        self._fetch({unit: known})
        return True

    def _take(self, theirs: State, base: State) -> None:
        ours = here(self.project, base)
        both = [unit for unit in theirs.units if changed(unit, base, theirs.units) and changed(unit, base, ours)]
        both = [unit for unit in both if ours.get(unit) != theirs.units[unit] and not unit.startswith(DESCRIBES)]
        if both:
            raise PipelineError(
                f"{', '.join(f'`{unit}`' for unit in both)} changed both here and in the store: keep one of them, with "
                "`python registry.py sync --keep here` or `python registry.py sync --keep store`"
            )
        wanted = {
            unit: files
            for unit, files in theirs.units.items()
            if not lazy(unit) and ours.get(unit) != files and not changed(unit, base, ours)
        }
        self._fetch(wanted)
        if REMOVED in base.units and REMOVED not in theirs.units and not changed(REMOVED, base, ours):
            (self.project.root / REMOVED).unlink(missing_ok=True)
        # what is newer here stays so: the next push compares with what the store has
        self._remember(theirs)
        self._follow_rollout()

    def _fetch(self, units: Mapping[str, Unit]) -> None:
        """Put units in their place, each in one step."""
        if not units:
            return
        fresh = staging(self.project.models / "new")
        try:
            self.store.fetch({fresh / unit / path: key for unit, files in units.items() for path, key in files.items()})
            for unit in units:
                place = self.project.root / unit
                place.parent.mkdir(parents=True, exist_ok=True)
                made = fresh / unit
                if made.is_dir():
                    for path in made.rglob("*") if lazy(unit) else ():
                        if path.is_file():
                            path.chmod(0o444)
                    put_in_place(made, place)
                else:
                    made.replace(place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _follow_rollout(self) -> None:
        """Bring the candidate of a rollout here: the service that shares this folder answers with it."""
        if self.project.rollout.is_file():
            version = str(read_json(self.project.rollout).get("version", ""))
            if NAME.fullmatch(version):
                self.need(f"models/versions/{version}")

    # ------------------------------------------------------------------ project -> store

    def push(self) -> State:
        """Bring to the store what changed here; its state then. Of two at once, each keeps what the other left alone.

        Raises:
            PipelineError: The store is not responding, or both have changed the same. What nobody else has, such as
                the run's model and log, is in the store nevertheless.
        """
        for _ in range(ATTEMPTS):
            theirs, base = self.store.newest(), self.base()
            trouble: PipelineError | None = None
            if theirs.number != base.number:
                checked(theirs)
                try:
                    self._take(theirs, base)
                except PipelineError as error:
                    trouble = error
            ours = here(self.project, theirs)
            if trouble is None:
                units = {unit: files for unit, files in theirs.units.items() if unit != REMOVED} | ours
            else:
                # what nobody else can have: a run's model and log, a decision
                added = {unit: files for unit, files in ours.items() if unit.rpartition("/")[0] != "models"}
                units = added | dict(theirs.units)
            if units != theirs.units or not theirs.number:
                self._send(units, theirs)
                try:
                    theirs = self.store.commit(theirs, units)
                except TakenError:
                    continue
            if trouble is not None:
                raise trouble
            self._remember(theirs)
            return theirs
        raise PipelineError("the store is changed again and again: run one pipeline at a time")

    def keep(self, side: str) -> None:
        """Where both sides have changed the same, keep one: `here` or `store`."""
        theirs = self.store.newest()
        checked(theirs)
        if side == "store":
            ours = here(self.project, State())
            others = {unit: files for unit, files in theirs.units.items() if ours.get(unit) != files}
            self._fetch({unit: files for unit, files in others.items() if not lazy(unit)})
            if REMOVED not in theirs.units:
                (self.project.root / REMOVED).unlink(missing_ok=True)
        self._remember(theirs)

    def _send(self, units: Mapping[str, Unit], theirs: State) -> None:
        """Bring to the store what new units consist of, before an index names them."""
        new = [unit for unit in units if unit not in theirs.units and unit.startswith(POINTERS)]
        dvc.push(self.project, [unit for unit in new if (self.project.root / unit).with_suffix("").is_dir()])
        known = {key for files in theirs.units.values() for key in files.values()}
        self.store.keep(
            {
                key: self.project.root / unit / path if path else self.project.root / unit
                for unit, files in units.items()
                if theirs.units.get(unit) != files
                for path, key in files.items()
                if key not in known
            }
        )

    # ------------------------------------------------------------------ what both had

    @property
    def _address(self) -> str:
        """Which store it is, also after the project's folder was moved."""
        folder = self.store.folder
        return self.store.address if folder is None else os.path.relpath(folder, self.project.root)

    def base(self) -> State:
        """The state that this folder and this store had in common last."""
        path = self.project.models / BASE
        if not path.is_file():
            return State()
        content = read_json(path)
        if content.get("address") != self._address:
            return State()
        return State(int(content["number"]), str(content["written"]), content["units"])

    def _remember(self, state: State) -> None:
        content = {"address": self._address, "number": state.number, "written": state.written}
        write_json(self.project.models / BASE, {**content, "units": dict(state.units)})


def of(project: Project) -> Sync:
    """A project and its store; where a CI forgets, the store of its last run is brought back first.

    Raises:
        PipelineError: The store cannot be reached from here.
    """
    place = store.of(project)
    if place.folder is not None and artifact.forgets() and place.folder.is_relative_to(project.root):
        print(artifact.warning(), file=sys.stderr)
        if not place.folder.exists():
            artifact.restore(place.folder)
    return Sync(project, place)


def here(project: Project, base: State) -> dict[str, Unit]:
    """The units of a folder; what never changes is as the base says."""
    models = project.models
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
    return units


def changed(unit: str, base: State, units: Mapping[str, Unit]) -> bool:
    """Whether a side has changed a unit since the base; what is missing was not fetched, but for one that says so."""
    if unit not in units:
        return unit == REMOVED and unit in base.units
    return units[unit] != base.units.get(unit)


def lazy(unit: str) -> bool:
    """Whether a unit is fetched when something needs it."""
    return unit.startswith(tuple(f"models/{name}/" for name in FROZEN))


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


def freshness(own: Sync, *, days: float) -> str:
    """Whether the last change of the store is young enough, in a sentence.

    Raises:
        PipelineError: It is not, or there was none.
    """
    state = own.store.newest()
    if not state.number:
        raise PipelineError("the store is empty: there is no retraining yet; begin with `retrain.py --first`")
    age = store.age_days(state)
    if age > days:
        raise PipelineError(f"the last retraining is {age:.1f} days old: has its schedule stopped, or does it fail?")
    return f"the last retraining is {age:.1f} days old"
