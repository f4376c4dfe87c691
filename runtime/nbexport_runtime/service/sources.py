"""Which bundle is production and who is answered by which version, as files say: looked at again and again.

With MODEL_DIR it is the bundle in that folder. In a project with a pipeline it is what the journal of placings says,
and `traffic.json` beside it gives candidates a share. Neither reads a model.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from nbexport_runtime.bundle import BundleError
from nbexport_runtime.service import metrics
from nbexport_runtime.service.marks import Mark, mark
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.traffic import Traffic

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bundle:
    """A bundle that is to be served."""

    folder: Path
    digest: str
    """The sha256 that its manifest must have; empty accepts any."""
    mark: Mark = None
    """What changes when its folder is exchanged."""
    version: str = ""
    """Its version; empty where only the bundle itself says it."""


@dataclass(frozen=True)
class Wanted:
    """What files say."""

    production: Bundle | None
    """None where nothing was ever placed."""
    traffic: Traffic | None = None
    """None where production answers all."""


class Fixed:
    """The bundle in one folder; it is loaded again when that is exchanged."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Nothing is read yet.

        Args:
            settings: What the bundle has to be.
            folder: Where it lies.
        """
        self.bundle = Bundle(folder, settings.model_digest)
        self._seen: Mark = None

    def look(self) -> Wanted | None:
        """What is wanted now; None where that has not changed."""
        seen = mark(self.bundle.folder / "manifest.json")
        if seen is None or seen == self._seen:
            return None
        self._seen = seen
        return Wanted(replace(self.bundle, mark=seen))


class Followed:
    """What the journal of placings and the traffic beside it say."""

    def __init__(self, models: Path) -> None:
        """Nothing is read yet.

        Args:
            models: The folder of the models.
        """
        self._models = models
        self._seen: tuple[Mark, ...] | None = None

    def look(self) -> Wanted | None:
        """What is wanted now; None where that has not changed."""
        journal_path, traffic_path = self._models / placements.NAME, self._models / traffic.NAME
        older = self._models / "production"
        seen = mark(journal_path), mark(traffic_path), mark(older / "manifest.json")
        if seen == self._seen:
            return None
        # a journal that cannot be read is looked at again
        journal = placements.read(journal_path)
        self._seen = seen
        if journal.damaged:
            lines = ", ".join(map(str, journal.damaged))
            logger.error("`%s` is damaged in line %s; its other lines count", journal_path, lines)
        placement = journal.production
        if placement is None:
            # a project of an older nbexport, until its next command
            return Wanted(Bundle(older, "", seen[2]) if seen[2] is not None else None)
        folder = self._models / "versions" / placement.version
        production = Bundle(folder, placement.manifest_sha256, version=placement.version)
        return Wanted(production, self._traffic(traffic_path, placement))

    def _traffic(self, path: Path, placement: placements.Placement) -> Traffic | None:
        try:
            state = traffic.read(path)
        except ValueError as error:
            logger.error("`%s` is damaged, so production answers all: %s", path, error)
            metrics.LOAD_FAILURES.inc()
            return None
        return None if state is None or state.stale(placement) else state


def source_of(settings: Settings) -> Fixed | Followed:
    """Where it stands what is to be served."""
    if settings.model_dir is not None:
        return Fixed(settings, settings.model_dir)
    models = settings.models_dir
    if (models / placements.NAME).exists() or Path("pipeline.toml").is_file():
        return Followed(models)
    return Fixed(settings, models / "latest")


def first(source: Fixed | Followed) -> Wanted:
    """What is wanted when the service starts.

    Raises:
        BundleError: Nothing is.
    """
    wanted = source.look()
    if wanted is None and isinstance(source, Fixed):
        # loading it says what is missing
        return Wanted(source.bundle)
    if wanted is None or wanted.production is None:
        raise BundleError("no model was placed yet; run `python retrain.py`, or set MODEL_DIR to a bundle")
    return wanted
