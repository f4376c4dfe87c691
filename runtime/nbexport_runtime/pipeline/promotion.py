"""A candidate becomes production: an immutable folder of its own, then one exchange of two names."""

from __future__ import annotations

import shutil
from pathlib import Path

from nbexport_runtime.pipeline import judgement
from nbexport_runtime.pipeline.files import copy, intact, manifest, staging
from nbexport_runtime.pipeline.judgement import Decision
from nbexport_runtime.pipeline.outcome import Trouble
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.pipeline.settings import PRODUCTION, ROLLOUT, VERSIONS
from nbexport_runtime.training.folders import put_in_place


def keep(bundle: Path) -> Path:
    """The immutable folder of a bundle's version; made where it is not there.

    Raises:
        Trouble: The bundle is not as its manifest says.
    """
    facts = manifest(bundle)
    place = VERSIONS / str(facts["version"])
    if (place / "manifest.json").is_file():
        return place
    made = staging(place)
    try:
        copy(bundle, made)
        intact(made)
        for path in made.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        made.chmod(0o755)
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place


def place(version: Path) -> None:
    """Make a version production, in one step: a kill at any moment leaves the old one or the new one."""
    intact(version)
    made = staging(PRODUCTION)
    try:
        copy(version, made, link=True)
        made.chmod(0o755)
        put_in_place(made, PRODUCTION)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def promote(bundle: Path, registry: Registry) -> str:
    """Make a bundle production, and let the registry follow; its version."""
    version = keep(bundle)
    place(version)
    # all traffic is meant for production now
    ROLLOUT.unlink(missing_ok=True)
    registry.follow()
    return version.name


def back(to: str, registry: Registry) -> Decision:
    """Return to an earlier production: the one before, or the one that is named.

    Raises:
        Trouble: There is none.
    """
    now = str(manifest(PRODUCTION)["version"])
    if to:
        version = registry.get(to).version
    else:
        was = [
            str(decision["candidate"])
            for decision in judgement.history()
            if decision["verdict"] in ("promote", "rollback")
        ]
        # what was production before the present one became it
        before = was[: len(was) - was[::-1].index(now) - 1] if now in was else was
        earlier = [found for found in before if found != now]
        if not earlier:
            raise Trouble("there was no other production before this one")
        version = earlier[-1]
    folder = VERSIONS / version
    if not (folder / "manifest.json").is_file():
        raise Trouble(
            f"`{version}` has never been production, so there is no way back to it"
        )
    promote(folder, registry)
    decision = Decision("rollback", version, now, ())
    judgement.record(decision)
    return decision
