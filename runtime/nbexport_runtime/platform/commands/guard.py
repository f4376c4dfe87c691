"""The command `guard.py`: it watches a rollout and production, goes on where it may and back where it must."""

from __future__ import annotations

import logging
import os
import signal
from threading import Event
from typing import Any, NoReturn

from nbexport_runtime.pipeline import outcome
from nbexport_runtime.pipeline.outcome import REFUSED, Outcome, PipelineError
from nbexport_runtime.pipeline.project import Project, find
from nbexport_runtime.platform import settings
from nbexport_runtime.platform.guard.arm import Arm
from nbexport_runtime.platform.guard.deciding import Decision
from nbexport_runtime.platform.guard.loop import Watch, described

ACTIONS = ("run", "once", "status")
EVERY_S = 1.0
NICENESS = 10
"""Requests come first."""
ALARMS = ("back", "rollback", "alarm")
SHOWN = 5
"""Changes that the status shows."""


def main(command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        command: The path of the project's `guard.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 10 something was taken back or is over its budget, 1 trouble, 2 wrong usage.
    """
    own = find(command)
    parser = outcome.parser("Watch a rollout and production: go on where it may, go back where it must.")
    parser.add_argument("action", choices=ACTIONS, help="`run` ends with SIGTERM; `once` is for a scheduler")
    parser.add_argument("--every", type=float, default=EVERY_S, metavar="SECONDS", help="of `run`: default 1")
    options = parser.parse_args(arguments)
    if not options.every > 0:
        parser.error("--every takes seconds above 0")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    works = {"run": lambda: run(own, options.every), "once": lambda: once(own), "status": lambda: status(own)}
    raise SystemExit(outcome.finish(options, works[options.action]))


def watch(own: Project) -> Watch:
    """The guard of a project.

    Raises:
        PipelineError: Its settings cannot be read, or the log goes to standard output.
    """
    if os.environ.get("LOG_DIR") == "-":
        raise PipelineError(
            "LOG_DIR is `-`, so there is no log to read; set it to the folder that the service writes to"
        )
    given = settings.read(own.root / settings.NAME)
    return Watch(own, given.guard, given.outcomes)


def run(own: Project, every_s: float) -> Outcome:
    """Look until SIGTERM or SIGINT, at low priority."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    os.nice(NICENESS)
    guard = watch(own)
    logging.getLogger(__name__).info("watching %s every %g s", guard.log, every_s)
    guard.run(stop, every_s)
    return Outcome(("stopped",), {"stopped": True})


def once(own: Project) -> Outcome:
    """One look."""
    guard = watch(own)
    decisions = guard.look(whole=True)
    bad = bool(guard.blocked) or any(decision.action in ALARMS for decision in decisions)
    lines = [line(decision) for decision in decisions] or ["nothing is watched: no rollout, and no new production"]
    facts = {"decisions": [described(decision) for decision in decisions], "blocked": guard.blocked}
    return Outcome((*lines, *guard.blocked), facts, REFUSED if bad else outcome.DONE)


def status(own: Project) -> Outcome:
    """What is seen now, and what was done last; nothing is changed."""
    guard = watch(own)
    decisions, situation = guard.seen()
    production = situation.production
    lines = [f"production: {production.version if production else 'none'}"]
    for decision, arm in zip(decisions, guard.memory.arms.values(), strict=True):
        lines += [line(decision), *(f"  {finding.text()}" for finding in decision.findings), *shadow(arm)]
    if not decisions:
        lines.append("nothing is watched: no rollout, and no new production")
    done = [entry for entry in guard.records.entries() if entry.state == "done"]
    lines += [f"{entry.time}  {entry.action}  {entry.version}  {entry.reason}" for entry in done[: -SHOWN - 1 : -1]]
    arms: list[dict[str, Any]] = [
        {**described(decision), "comparison": arm.compared.facts() if arm.compared else None}
        for decision, arm in zip(decisions, guard.memory.arms.values(), strict=True)
    ]
    facts = {
        "production": production.version if production else None,
        "watched": arms,
        "done": [{"time": e.time, "action": e.action, "version": e.version, "reason": e.reason} for e in done[-SHOWN:]],
    }
    return Outcome(tuple(lines), facts)


def line(decision: Decision) -> str:
    """A decision for a person."""
    return f"{decision.version} ({decision.role}): {decision.action}, {decision.reason}"


def shadow(arm: Arm) -> list[str]:
    """What is known of a shadow beside production."""
    return [f"  {text}" for text in arm.compared.lines()] if arm.compared else []
