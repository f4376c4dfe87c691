"""The journal and the traffic of two sides, brought together: an emergency here needed no store, and it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.store import sha256
from nbexport_runtime.traffic import durable, placements, traffic
from nbexport_runtime.traffic.traffic import Traffic


def journal(project: Project, theirs: Path) -> None:
    """Bring the lines of the store's journal into this folder's: they come first, then what only this folder has.

    Raises:
        PipelineError: One of the two cannot be read or written.
    """
    try:
        placements.merge(project.placements, placements.read(theirs).placements)
    except OSError as error:
        raise PipelineError(f"`{project.placements}` cannot be brought together with the store: {error}") from None


def shares(project: Project, theirs: Path, base_sha256: str) -> None:
    """Bring the store's file of the traffic here; where both sides have changed theirs, the more careful one stands.

    Args:
        project: The project, whose journal has the lines of both sides.
        theirs: The store's file.
        base_sha256: The sha256 of the file when both sides had the same.

    Raises:
        PipelineError: It cannot be written.
    """
    path = project.traffic
    try:
        with durable.locked(path.with_name(traffic.LOCK)):
            other = readable(theirs)
            if path.exists() and sha256(path) != base_sha256:
                mine = readable(path)
                if other is None or (mine is not None and exposed(project, mine) <= exposed(project, other)):
                    keep = mine or other
                    if keep is not None and other is not None and keep.generation <= other.generation:
                        durable.replace(path, traffic.text(replace(keep, generation=other.generation + 1)))
                    return
            durable.replace(path, theirs.read_bytes())
    except OSError as error:
        raise PipelineError(f"`{path}` cannot be written: {error.strerror or error}") from None


def readable(path: Path) -> Traffic | None:
    """What a file says; None where it is damaged."""
    try:
        return traffic.read(path)
    except ValueError:
        return None


def exposed(project: Project, state: Traffic) -> float:
    """Which share of the traffic candidates get, in per cent."""
    if state.stale(project.journal.production):
        return 0.0
    return sum(arm.weight_percent for arm in state.candidates)
