"""The shares of the traffic, as a project's commands read and write them: `models/traffic.json`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.traffic import clock, traffic
from nbexport_runtime.traffic.placements import MovedError
from nbexport_runtime.traffic.traffic import Arm, Mode, Traffic, split_of


def under_way(project: Project) -> Traffic | None:
    """The rollout that is under way; None where production answers all.

    Raises:
        PipelineError: The file is damaged, so that production answers all.
    """
    try:
        state = traffic.read(project.traffic)
    except ValueError as error:
        raise PipelineError(
            f"`{project.traffic}` is damaged, so production answers all: {error}; "
            "write it new with `python rollout.py abort`"
        ) from None
    if state is None or not state.candidates or state.stale(project.journal.production):
        return None
    return state


def needed(project: Project) -> Traffic:
    """The rollout that is under way, where there must be one.

    Raises:
        PipelineError: There is none, or it is an experiment.
    """
    state = under_way(project)
    if state is None:
        raise PipelineError("no rollout is under way; begin one with `python rollout.py start`")
    no_experiment(state)
    return state


def no_experiment(state: Traffic | None) -> None:
    """Look whether shares may be changed.

    Raises:
        PipelineError: They belong to an experiment, and are those of its plan until it ends.
    """
    if state is not None and state.experiment:
        raise PipelineError(
            f"the experiment `{state.experiment}` is under way, and its shares stay as they were planned: end it with "
            f"`python experiment.py stop {state.experiment}`"
        )


def candidate(state: Traffic) -> Arm:
    """The candidate of a rollout."""
    return state.candidates[0]


def begin(project: Project, version: str, percent: float, *, mode: Mode = "split", salt: str = "") -> Traffic:
    """Give a version its first share.

    Args:
        project: The project.
        version: The version.
        percent: The share.
        mode: `shadow` where it only gets copies.
        salt: Decides who belongs to it; empty takes a new one, so that it is not always the same people.

    Raises:
        PipelineError: The file cannot be written, or another command changed it meanwhile.
    """
    generation = traffic.generation_of(project.traffic)
    return _written(project, {version: percent}, generation, mode=mode, salt=salt)


def change(project: Project, state: Traffic, percent: float, *, urgent: bool = False) -> Traffic:
    """Give the candidate of a rollout another share; who has it at a smaller one keeps it.

    Args:
        project: The project.
        state: The rollout.
        percent: The share.
        urgent: Whatever the file has now, this holds.

    Raises:
        PipelineError: The file cannot be written, or another command changed it meanwhile.
    """
    first, *others = state.candidates
    arms = {first.version: percent, **{arm.version: arm.weight_percent for arm in others}}
    return _written(project, arms, None if urgent else state.generation, state)


def end(project: Project) -> None:
    """Have production answer all, whatever the file has; nothing where it says so already.

    Raises:
        PipelineError: The file cannot be written.
    """
    try:
        state = traffic.read(project.traffic)
        if state is None or (not state.candidates and not state.stale(project.journal.production)):
            return
    except ValueError:
        # damaged: it is written new
        state = None
    if project.journal.production is None:
        try:
            project.traffic.unlink(missing_ok=True)
        except OSError as error:
            raise PipelineError(f"`{project.traffic}` cannot be removed: {error.strerror}") from None
        return
    _written(project, {}, None, state)


def _written(
    project: Project,
    candidates: Mapping[str, float],
    after: int | None,
    state: Traffic | None = None,
    *,
    mode: Mode = "split",
    salt: str = "",
) -> Traffic:
    placement = project.journal.production
    if placement is None:
        raise PipelineError("there is no production yet: the first model needs no rollout")
    try:
        fresh = split_of(
            placement,
            candidates,
            salt=state.salt if state else salt or uuid.uuid4().hex,
            key_header=state.key_header if state else traffic.KEY_HEADER,
            started=state.started if state else clock.now().isoformat(timespec="seconds"),
            mode=mode,
        )
        if state is not None:
            fresh = continued(fresh, state)
        # without candidates production answers all, which must work on a full disk too
        return traffic.write(project.traffic, fresh, after=after, urgent=not any(candidates.values()))
    except MovedError:
        raise PipelineError(
            "the traffic was changed meanwhile, and that stands; look at it with `python rollout.py status`"
        ) from None
    except ValueError as error:
        raise PipelineError(f"these shares cannot be: {error}") from None
    except OSError as error:
        raise PipelineError(f"`{project.traffic}` cannot be written: {error.strerror or error}") from None


def continued(fresh: Traffic, state: Traffic) -> Traffic:
    """New shares of what is under way already; without candidates it is over."""
    if not fresh.candidates:
        return fresh
    names = {arm.version: arm.name for arm in state.arms}
    arms = tuple(replace(arm, name=names.get(arm.version, "")) for arm in fresh.arms)
    return replace(fresh, mode=state.mode, experiment=state.experiment, arms=arms)
