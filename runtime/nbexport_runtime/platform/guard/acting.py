"""The guard's changes: each is one small write that needs no lock of a training, no registry, no store and no network.

Each is carried out from its plan, which a look that comes after a kill finds in the journal: done a second time it
changes nothing, and where somebody else has changed things meanwhile, that stands.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from nbexport_runtime.pipeline import placing, shares
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.guard.deciding import Decision
from nbexport_runtime.platform.guard.records import Entry
from nbexport_runtime.platform.guard.watching import Situation
from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import ROLLED_BACK, MovedError

FINISH_LIMIT_S = 120.0
"""How long the end of a rollout may take: it registers, and reaches the store."""


class BlockedError(Exception):
    """It cannot be done now; the text says why, and the next look tries again."""


def plan_of(decision: Decision, situation: Situation) -> dict[str, Any]:
    """What a change rests on."""
    state, placement = situation.rollout, situation.production
    plan: dict[str, Any] = {"placed": placement.time if placement else ""}
    if decision.action == "rollback":
        return {**plan, "to": decision.to}
    if state is not None:
        plan |= {"salt": state.salt, "generation": state.generation}
    return {**plan, "percent": decision.percent} if decision.action == "step" else plan


def carry_out(project: Project, entry: Entry) -> str:
    """Do what was planned, unless it is done already; in words, what came of it.

    Raises:
        BlockedError: It cannot be done now.
    """
    try:
        return CHANGES[entry.action](project, entry)
    except (OSError, PipelineError) as error:
        raise BlockedError(str(error)) from None
    except (KeyError, TypeError, ValueError) as error:
        # a manifest or a plan that somebody has damaged
        raise BlockedError(f"a file is damaged: {error!r}") from None


def back(project: Project, entry: Entry) -> str:
    """Production answers all.

    Raises:
        OSError: The traffic can neither be written nor removed.
    """
    placement = project.journal.production
    if placement is None:
        return "there is no production any more"
    how = traffic.withdraw(project.traffic, placement, entry.version, str(entry.plan.get("salt")))
    if how is None:
        return "it gets nothing"
    return f"it gets nothing: `{project.traffic.name}` was {how}"


def rollback(project: Project, entry: Entry) -> str:
    """The production before is production again.

    Raises:
        OSError: The bundle cannot be read.
        PipelineError: It is not here or damaged, or the line cannot be written.
    """
    seen, to = project.journal, str(entry.plan["to"])
    now = seen.production
    if now is None or now.time != entry.plan["placed"]:
        return f"{now.version} is production, {now.reason}" if now else "nothing is production"
    last = seen.last(to)
    if last is None:
        raise PipelineError(f"{to} was never production")
    try:
        bundle = placements.located(project.models, last)
    except ValueError as error:
        raise PipelineError(f"{error}; bring it back with `python registry.py sync`") from None
    try:
        placing.place(project, bundle, ROLLED_BACK, seen)
    except MovedError:
        return "somebody placed another version meanwhile, and that stands"
    return f"{to} is production, {ROLLED_BACK}"


def step(project: Project, entry: Entry) -> str:
    """The candidate gets its next share.

    Raises:
        PipelineError: The file cannot be written, or somebody changed it meanwhile.
    """
    state, percent = shares.under_way(project), float(entry.plan["percent"])
    if state is None or state.salt != entry.plan.get("salt") or state.generation != entry.plan.get("generation"):
        return "the shares are as somebody else, or this change, has left them"
    shares.change(project, state, percent)
    return f"it gets {percent:g} %"


def finish(project: Project, entry: Entry) -> str:
    """The candidate becomes production, by `rollout.py finish`; that may wait for registry and store, this does not.

    Raises:
        BlockedError: It could not be finished.
    """
    state = shares.under_way(project)
    if state is None or state.salt != entry.plan.get("salt"):
        return "the rollout has ended"
    words = [sys.executable, "rollout.py", "finish"]
    try:
        done = subprocess.run(
            words, cwd=project.code, capture_output=True, text=True, check=False, timeout=FINISH_LIMIT_S
        )
    except subprocess.TimeoutExpired:
        raise BlockedError(f"`rollout.py finish` took longer than {FINISH_LIMIT_S:g} s") from None
    if done.returncode:
        raise BlockedError(done.stderr.strip().rpartition("\n")[2].removeprefix("error: "))
    return done.stdout.strip()


CHANGES = {"back": back, "rollback": rollback, "step": step, "finish": finish}
