"""A version becomes production: an immutable folder of its own, one line in the journal, and what follows from it.

The line is the moment. The folder `models/production`, the file of the traffic and the decisions follow the journal;
where a kill came between, the next command has them follow.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from nbexport_runtime.pipeline import decisions, shares
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import copy, intact, manifest, staging
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.traffic import durable, placements, traffic
from nbexport_runtime.traffic.placements import ADOPTED, ROLLED_BACK, Journal, Placement
from nbexport_runtime.training.folders import put_in_place

FOLDER_LOCK = ".production.lock"
"""Held while `models/production` is exchanged: of two commands at once, the folder follows the last line."""
OLD_ROLLOUT = "rollout.json"
"""Within `models/`: the rollout as earlier exports wrote it."""


def keep(project: Project, bundle: Path) -> Path:
    """The immutable folder of a bundle's version, which is judged and placed; made where it is not there.

    Raises:
        PipelineError: The bundle is not as its manifest says, or not what was kept under its version.
    """
    version = str(manifest(bundle)["version"])
    if not placements.VERSION.fullmatch(version):
        raise PipelineError(
            f"`{bundle}` has the version `{version}`, which cannot be the name of a folder; train again"
        )
    place = project.versions / version
    if (place / "manifest.json").is_file():
        if placements.digest(place) != placements.digest(bundle):
            raise PipelineError(f"`{bundle}` is not the `{version}` that is kept in `{place}`; train again")
        return place
    fresh = staging(place)
    try:
        copy(bundle, fresh)
        intact(fresh)
        if manifest(fresh)["version"] != version:
            raise PipelineError(f"`{bundle}` was exchanged while it was copied; run the command again")
        for path in fresh.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        fresh.chmod(0o755)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def place(project: Project, bundle: Path, reason: str, seen: Journal | None = None) -> Placement:
    """Make a version production; its line in the journal.

    Args:
        project: The project.
        bundle: Its folder in `models/versions`.
        reason: Why.
        seen: The journal on which the decision rests; None where it holds whatever production is.

    Raises:
        PipelineError: The version is not as its manifest says, or the journal cannot be written.
        MovedError: Production is another one than in `seen`.
    """
    intact(bundle)
    sha256 = placements.digest(bundle)
    try:
        return placements.append(
            project.placements, version=bundle.name, manifest_sha256=sha256, reason=reason, seen=seen
        )
    except OSError as error:
        raise PipelineError(f"`{project.placements}` cannot be written: {error.strerror or error}") from None


def follow(project: Project) -> None:
    """Make `models/production` the version that the journal says, in one step.

    Raises:
        PipelineError: The version is not here, or not as its manifest says.
        OSError: The folder cannot be written.
    """
    with durable.locked(project.models / FOLDER_LOCK):
        version = project.current
        if version is None or version == project.production:
            return
        try:
            if placements.digest(project.production) == placements.digest(version):
                return
        except OSError:
            # it is not there, or half of it
            pass
        intact(version)
        fresh = staging(project.production)
        try:
            copy(version, fresh, link=True)
            fresh.chmod(0o755)
            put_in_place(fresh, project.production)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def adopt(project: Project) -> None:
    """Begin the journal of a project that had a production before there was one.

    Raises:
        PipelineError: The folder `models/production` is not as its manifest says.
    """
    if project.journal.production is None and project.placed:
        version = keep(project, project.production)
        place(project, version, ADOPTED)


def settle(project: Project) -> list[str]:
    """Have everything follow the journal; what could not, in sentences."""
    troubles = []
    for step in (adopt, take_over, shares_follow, follow, write_down):
        try:
            step(project)
        except (PipelineError, OSError) as error:
            troubles.append(str(error))
    return troubles


def shares_follow(project: Project) -> None:
    """Write a file of the traffic new that is stale or damaged.

    Raises:
        PipelineError: It cannot be written.
    """
    try:
        state = traffic.read(project.traffic)
    except ValueError:
        state = None
    else:
        if state is None or not state.stale(project.journal.production):
            return
    shares.end(project)


def take_over(project: Project) -> None:
    """Turn the rollout of an earlier export into the file of the traffic, once.

    Raises:
        PipelineError: The file of the traffic cannot be written.
    """
    path = project.models / OLD_ROLLOUT
    try:
        content = json.loads(path.read_bytes())
        version, percent = str(content["version"]), float(content["percent"])
        salt, header, started = (str(content[name]) for name in ("salt", "key_header", "started"))
        placement = project.journal.production
        if placement is not None and not project.traffic.exists() and version != placement.version:
            state = traffic.split_of(placement, {version: percent}, salt=salt, key_header=header, started=started)
            traffic.write(project.traffic, state)
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        # what cannot be read gives the candidate nothing, before and now
        pass
    path.unlink(missing_ok=True)


def write_down(project: Project) -> None:
    """Write a decision for the last placing where the command that made it was cut off before it did.

    Raises:
        OSError: The decisions cannot be written.
    """
    placement = project.journal.production
    if placement is None or placement.reason == ADOPTED:
        return
    ours = [path for path in project.decisions.glob("*.json") if f"-{placement.version}-" in path.name]
    if any(placement.time in path.read_text(encoding="utf-8", errors="replace") for path in ours):
        return
    verdict = "rollback" if placement.reason == ROLLED_BACK else "promote"
    remark = f"{placement.reason}; written from the journal, since the command itself did not write it"
    moment = re.sub(r"\.[0-9]+", "", placement.time)
    decision = Decision(verdict, placement.version, placement.before, (), remarks=(remark,), decided=moment)
    decisions.record(project.decisions, decisions.of(decision, placement))
