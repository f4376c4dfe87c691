"""One look at a project, and one after another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from threading import Event

from pydantic_core import from_json

from nbexport_runtime.masking import masked_traceback
from nbexport_runtime.pipeline import placing
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.guard import acting, labels, records, state, watching
from nbexport_runtime.platform.guard.acting import BlockedError
from nbexport_runtime.platform.guard.arm import Arm
from nbexport_runtime.platform.guard.deciding import Decision, decide
from nbexport_runtime.platform.guard.records import DONE, Entry, Records
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.platform.guard.watching import Situation
from nbexport_runtime.platform.outcomes.settings import Outcomes
from nbexport_runtime.traffic import durable, tail
from nbexport_runtime.traffic.clock import seconds

STATE = "guard/state.json"
LOCK = "guard/.lock"
"""Held during a look: of two guards, one looks first."""
SAVE_S = 5.0
"""How often what was seen is saved; after a kill the lines since then are read again."""
MEASURE_S = 15.0
"""How often the metrics are written where nothing has changed."""
LEARN_S = 60.0
"""How often outcomes are looked at."""
URGENT = ("back", "rollback")
CHANGES = ("back", "rollback", "step", "finish")
BUDGETS = ("error", "latency", "answers", "invalid", "outcome")

logger = logging.getLogger(__name__)


class Watch:
    """The guard of one project."""

    def __init__(
        self, project: Project, settings: Guard, outcomes: Outcomes, *, clock: Callable[[], float] = seconds
    ) -> None:
        """Take up what was remembered.

        Args:
            project: The project.
            settings: The budgets and the schedule.
            outcomes: What an outcome is.
            clock: Gives the time in seconds.
        """
        self.project = project
        self.settings = settings
        self.outcomes = outcomes
        self.records = Records(project.models)
        self.log = tail.log_of(project.root)
        self.memory = state.load(project.models / STATE, self._budgets())
        self._clock = clock
        self._saved = self._measured = self._learned = 0.0
        self._shown: list[tuple[str, str]] = []
        self._troubles: dict[str, str] = {}

    def _budgets(self) -> dict[str, float | str]:
        budgets: dict[str, float | str] = {name: getattr(self.settings, f"{name}_budget") for name in BUDGETS}
        return {**budgets, "latency_limit_ms": self.settings.latency_limit_ms, "member": self.outcomes.prediction}

    # ------------------------------------------------------------------ looks

    def look(self, *, whole: bool = False) -> list[Decision]:
        """Read what is new, decide, and do what is decided; the decisions.

        Args:
            whole: Whether outcomes are looked at and everything is saved whenever that was done last.

        Raises:
            PipelineError: The journal of placings cannot be read.
        """
        with durable.locked(self.project.models / LOCK):
            acted = self._finish_pending()
            decided: list[Decision] = []
            while True:
                more, decisions, situation = self._read(whole=whole)
                changed = [self._do(decision, situation) for decision in decisions]
                decided += [decision for decision, did in zip(decisions, changed, strict=True) if did]
                if not any(changed) and not more:
                    break
            self._close_steps(decisions, situation)
            self._keep(decisions, whole=whole or acted or bool(decided))
        # what was done, then what holds
        return decided + [decision for decision in decisions if decision not in decided]

    def seen(self) -> tuple[list[Decision], Situation]:
        """What a look would decide; nothing is changed."""
        while True:
            more, decisions, situation = self._read(whole=True)
            if not more:
                return decisions, situation

    def _read(self, *, whole: bool) -> tuple[bool, list[Decision], Situation]:
        """Count new lines; whether there were any, and what follows from all."""
        # the lines first: whoever is in them has had its share before
        lines, place = tail.read(self.log, self.memory.predictions)
        now, situation = self._clock(), watching.situation_of(self.project)
        watching.follow(self.memory, situation, self.settings, now)
        # it reads each line that the service writes, as fast as it can
        watching.take(self.memory, tail.records(lines, from_json), situation, self.settings, self.outcomes.prediction)
        self.memory.predictions = place
        if not lines and (whole or now - self._learned >= LEARN_S):
            self._learned = now
            self._learn(situation)
        return bool(lines), [self._decided(arm, situation, now) for arm in self.memory.arms.values()], situation

    def _learn(self, situation: Situation) -> None:
        path = self.log.with_name("outcomes.jsonl")
        while True:
            lines, place = tail.read(path, self.memory.outcomes)
            if not lines:
                return
            records = list(tail.records(lines))
            # the last correction of those that came together
            latest = {str(record.get("id") or number): record for number, record in enumerate(records)}
            fresh = [
                record for record in latest.values() if not record.get("id") or self.memory.fresh(str(record["id"]))
            ]
            watching.learn(self.memory, labels.labels(self.log, fresh, self.outcomes), situation, self.settings)
            self.memory.outcomes = place

    def _decided(self, arm: Arm, situation: Situation, now: float) -> Decision:
        before = self.memory.references.get(watching.compared_with(arm, situation))
        return decide(arm, situation, self.settings, now=now, steps=self._steps(), before=before)

    def _steps(self) -> tuple[float, ...]:
        try:
            return self.project.settings().rollout.steps
        except PipelineError as error:
            # going back needs no schedule
            self._trouble("steps", str(error))
            return ()

    # ------------------------------------------------------------------ changes

    def _finish_pending(self) -> bool:
        """Finish what a kill has cut off; whether there was anything."""
        pending = [entry for entry in self.records.pending() if entry.action in URGENT]
        for entry in pending:
            self._carry_out(entry)
        return bool(pending)

    def _do(self, decision: Decision, situation: Situation) -> bool:
        """Do what is decided; whether anything changed."""
        identity = next(key for key, arm in self.memory.arms.items() if matches(arm, decision))
        moment = watching.stamp(self._clock())
        if decision.action in ("alarm", "ready"):
            entry = records.entry_of(decision, moment, identity)
            if not self.records.has(entry.id):
                self._write(entry)
            return False
        if decision.action not in CHANGES:
            return False
        entry = records.entry_of(decision, moment, identity, acting.plan_of(decision, situation))
        if decision.action not in URGENT:
            # the same step may be tried again after something kept it from being done
            entry = replace(entry, id=f"{entry.id}/{moment}")
        known = [
            each for each in self.records.pending() if (each.action, each.version) == (entry.action, entry.version)
        ]
        if known:
            entry = known[-1]
        else:
            self.records.add(entry)
        return self._carry_out(entry)

    def _carry_out(self, entry: Entry) -> bool:
        try:
            result = acting.carry_out(self.project, entry)
        except BlockedError as error:
            self._trouble(entry.id, f"{entry.version}: {entry.action} is not possible now: {error}; it is tried again")
            return False
        if entry.action == "rollback":
            for trouble in placing.settle(self.project):
                self._trouble(f"after {entry.id}", f"{trouble}; the next command has it follow")
        self._write(replace(entry, state=DONE, result=result))
        return True

    def _write(self, entry: Entry) -> None:
        """Say what was done: to whoever reads this process's output, in the journal and in a report."""
        logger.warning("%s: %s, since %s", entry.version, entry.result or entry.action, entry.reason)
        self.records.add(entry)
        self.records.report(entry)

    def _close_steps(self, decisions: list[Decision], situation: Situation) -> None:
        """End what was planned for a rollout and is not wanted any more, or was done before a kill."""
        wanted = {(decision.action, decision.version) for decision in decisions}
        for entry in self.records.pending():
            if entry.action in URGENT or (entry.action, entry.version) in wanted:
                continue
            percent = situation.rollout.percent(entry.version) if situation.rollout else 0.0
            done = entry.action == "step" and percent == entry.plan.get("percent")
            self.records.add(replace(entry, state=DONE, result=f"it gets {percent:g} %" if done else "not done"))

    def _keep(self, decisions: list[Decision], *, whole: bool) -> None:
        """Save what was seen, and write the metrics."""
        now = self._clock()
        shown: list[tuple[str, str]] = [(decision.version, decision.action) for decision in decisions]
        self.records.write()
        durable.keep_reserve(self.project.models)
        if whole or now - self._saved >= SAVE_S:
            self._saved = now
            self._attempt("state", lambda: state.save(self.project.models / STATE, self.memory, self._budgets()))
        if whole or shown != self._shown or now - self._measured >= MEASURE_S:
            self._measured, self._shown = now, shown
            self._attempt("metrics", lambda: self.records.measure(decisions, now, self.blocked))

    @property
    def blocked(self) -> list[str]:
        """What is to be done and cannot be, in sentences."""
        pending = {entry.id for entry in self.records.pending() if entry.action in URGENT}
        return [text for key, text in self._troubles.items() if key in pending]

    def _attempt(self, key: str, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            self._trouble(key, f"{key} cannot be written: {error.strerror or error}")
        else:
            self._troubles.pop(key, None)

    def _trouble(self, key: str, text: str) -> None:
        """Say once what is wrong."""
        if self._troubles.get(key) != text:
            self._troubles[key] = text
            logger.error(text)

    # ------------------------------------------------------------------ always

    def run(self, stop: Event, every_s: float) -> None:
        """Look again and again until it is asked to stop; no trouble ends it.

        Args:
            stop: Is set when it is to end.
            every_s: Seconds from one look to the next.
        """
        while not stop.is_set():
            try:
                self.look()
            except Exception as error:  # noqa: BLE001
                # whatever is wrong, the next look may be the one that is needed; it is said once
                self._trouble("look", masked_traceback(error))
            else:
                self._troubles.pop("look", None)
            stop.wait(every_s)
        self._attempt("state", lambda: state.save(self.project.models / STATE, self.memory, self._budgets()))


def matches(arm: Arm, decision: Decision) -> bool:
    """Whether a decision is about a version in this role."""
    return (arm.version, arm.role) == (decision.version, decision.role)


def described(decision: Decision) -> dict[str, object]:
    """A decision for programs."""
    return asdict(decision)
