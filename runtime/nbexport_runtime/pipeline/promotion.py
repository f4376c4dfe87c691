"""A candidate becomes production: an immutable folder of its own, then one exchange of two names."""

from __future__ import annotations

import glob
import shutil
import sys
from pathlib import Path

from nbexport_runtime.pipeline import decisions, syncing
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import copy, intact, manifest, staging
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.training.folders import put_in_place


def keep(project: Project, bundle: Path) -> Path:
    """The immutable folder of a bundle's version; made where it is not there.

    Raises:
        PipelineError: The bundle is not as its manifest says.
    """
    place = project.versions / str(manifest(bundle)["version"])
    if (place / "manifest.json").is_file():
        return place
    fresh = staging(place)
    try:
        copy(bundle, fresh)
        intact(fresh)
        for path in fresh.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        fresh.chmod(0o755)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def put(project: Project, version: Path) -> None:
    """Make a version production, in one step: a kill at any moment leaves the old one or the new one.

    Raises:
        PipelineError: The version is not as its manifest says.
    """
    intact(version)
    fresh = staging(project.production)
    try:
        copy(version, fresh, link=True)
        fresh.chmod(0o755)
        put_in_place(fresh, project.production)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def promote(project: Project, bundle: Path, registry: Registry) -> str:
    """Make a bundle production, and let the registry follow; its version."""
    version = keep(project, bundle)
    put(project, version)
    # all traffic is meant for production now
    project.rollout.unlink(missing_ok=True)
    registry.follow()
    return version.name


def back(project: Project, to: str) -> Decision:
    """Return to an earlier production: the one before, or the one that is named.

    Neither the registry nor the store is needed where the model is here: what is in production is a folder, and the
    alias follows it when the registry is responding again.

    Raises:
        PipelineError: There is none.
    """
    now = str(manifest(project.production)["version"])
    version = named(project, to) if to else earlier(project, now)
    folder = project.versions / version
    if not (folder / "manifest.json").is_file() and not syncing.of(project).need(f"models/versions/{version}"):
        raise PipelineError(f"`{version}` has never been production, so there is no way back to it")
    put(project, folder)
    project.rollout.unlink(missing_ok=True)
    try:
        Registry(project).follow()
    except PipelineError as error:
        print(f"warning: {error}; the next command has the registry follow", file=sys.stderr)
    decision = Decision("rollback", version, now, ())
    decisions.record(project.decisions, decision)
    return decision


def named(project: Project, to: str) -> str:
    """The version of an id, or of its beginning, that is here; else the one that the registry knows by it.

    Raises:
        PipelineError: There is none.
    """
    here = sorted(path.name for path in project.versions.glob(f"{glob.escape(to)}*") if not path.name.startswith("."))
    return here[0] if len(here) == 1 or to in here[:1] else Registry(project).get(to).version


def earlier(project: Project, now: str) -> str:
    """The version that was production before the present one.

    Raises:
        PipelineError: There was none.
    """
    placed = [
        str(decision["candidate"])
        for decision in decisions.history(project.decisions)
        if decision["verdict"] in ("promote", "rollback")
    ]
    # what was production before the present one became it
    before = placed[: len(placed) - placed[::-1].index(now) - 1] if now in placed else placed
    others = [version for version in before if version != now]
    if not others:
        raise PipelineError("there was no other production before this one")
    return others[-1]
