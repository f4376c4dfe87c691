"""A project and its store: what changed there comes here before a command works, what it changed goes there after.

The project consists of the units of `units.py`. `models/.store.json` has the state that both had last. A unit that
only the store has changed since is taken, one that only this folder has changed is kept. Where both have, the journal
and the traffic are brought together, a card is kept as it is here, and of the rest a person says which one stands.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import artifact, dvc, merging, store
from nbexport_runtime.pipeline.files import read_json, staging, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import State, Store, TakenError, Unit
from nbexport_runtime.pipeline.units import (
    BEFORE_JOURNAL,
    DESCRIBES,
    JOURNAL,
    MERGED,
    POINTERS,
    REMOVED,
    TRAFFIC,
    changed,
    checked,
    here,
    lazy,
    together,
)
from nbexport_runtime.traffic import placements
from nbexport_runtime.traffic.placements import Placement
from nbexport_runtime.training.folders import put_in_place

BASE = ".store.json"
"""Within `models/`: the state that this folder and the store had in common last."""
ATTEMPTS = 20
"""How often a change is put on top of others that were faster."""


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
        if not theirs.number and not first and not remembers and not self.project.placed:
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
        alone = (*DESCRIBES, *MERGED)
        both = [unit for unit in both if ours.get(unit) != theirs.units[unit] and not unit.startswith(alone)]
        # from before there was a journal, which says it now
        both = [unit for unit in both if unit != BEFORE_JOURNAL or not self.journaled(ours, theirs)]
        if both:
            raise PipelineError(
                f"{', '.join(f'`{unit}`' for unit in both)} changed both here and in the store: keep one of them, with "
                "`python registry.py sync --keep here` or `python registry.py sync --keep store`"
            )
        wanted = {
            unit: files
            for unit, files in theirs.units.items()
            if not lazy(unit)
            and unit not in MERGED
            and ours.get(unit) != files
            and not changed(unit, base, ours)
            and not (unit == BEFORE_JOURNAL and self.journaled(ours, theirs))
        }
        self._fetch(wanted)
        self._merge(theirs, base, ours)
        if REMOVED in base.units and REMOVED not in theirs.units and not changed(REMOVED, base, ours):
            (self.project.root / REMOVED).unlink(missing_ok=True)
        # what is newer here stays so: the next push compares with what the store has
        self._remember(theirs)
        self._follow()

    @staticmethod
    def journaled(ours: Mapping[str, Unit], theirs: State) -> bool:
        """Whether a journal says what is in production."""
        return JOURNAL in ours or JOURNAL in theirs.units

    def _merge(self, theirs: State, base: State, ours: Mapping[str, Unit]) -> None:
        """Bring the store's journal and traffic together with this folder's; a line that was lost here comes back."""
        names = [unit for unit in MERGED if unit in theirs.units and ours.get(unit) != theirs.units[unit]]
        if TRAFFIC in names and TRAFFIC in ours and not changed(TRAFFIC, base, theirs.units):
            names.remove(TRAFFIC)
        if not names:
            return
        self.project.models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".merge-", dir=self.project.models) as folder:
            files = {unit: Path(folder, unit.rpartition("/")[2]) for unit in names}
            self.store.fetch({path: theirs.units[unit][""] for unit, path in files.items()})
            if JOURNAL in files:
                merging.journal(self.project, files[JOURNAL])
            if TRAFFIC in files:
                merging.shares(self.project, files[TRAFFIC], base.units.get(TRAFFIC, {}).get("", ""))

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
                whole = fresh / unit
                if whole.is_dir():
                    for path in whole.rglob("*") if lazy(unit) else ():
                        if path.is_file():
                            path.chmod(0o444)
                    put_in_place(whole, place)
                else:
                    whole.replace(place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _follow(self) -> None:
        """Bring what is served here: production, and the candidates of a rollout; the service shares this folder."""
        placement = self.project.journal.production
        if placement is not None:
            self._bring(placement.version, placement)
        state = merging.readable(self.project.traffic)
        for arm in state.candidates if state else ():
            self._bring(arm.version)
        old = self.project.root / REMOVED
        if old.is_file():
            version = str(read_json(old).get("version", ""))
            if placements.VERSION.fullmatch(version):
                self._bring(version)

    def _bring(self, version: str, placement: Placement | None = None) -> None:
        """Bring a version here; what is here under its name, and is not what was placed, gives way."""
        unit = f"models/versions/{version}"
        folder = self.project.root / unit
        if placement is not None and folder.exists() and unit in self.base().units:
            try:
                placements.located(self.project.models, placement)
            except ValueError:
                put_aside = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=folder.parent))
                folder.rename(put_aside / version)
        self.need(unit)

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
                units = together(theirs.units, ours)
            else:
                # what nobody else can have: a run's model and log, a decision
                added = {unit: files for unit, files in ours.items() if unit.rpartition("/")[0] != "models"}
                units = {**added, **theirs.units, **{unit: ours[unit] for unit in MERGED if unit in ours}}
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
        """Where both sides have changed the same, keep one: `here` or `store`; no line of a journal is lost."""
        theirs = self.store.newest()
        checked(theirs)
        ours = here(self.project, State())
        if side == "store":
            others = {unit: files for unit, files in theirs.units.items() if ours.get(unit) != files}
            self._fetch({unit: files for unit, files in others.items() if not lazy(unit) and unit not in MERGED})
            if REMOVED not in theirs.units:
                (self.project.root / REMOVED).unlink(missing_ok=True)
        self._merge(theirs, State(), ours)
        self._remember(theirs)
        self._follow()

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
