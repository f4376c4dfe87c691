"""What the guard did, written down: a journal, metrics for Prometheus, and a report for people.

Before the guard changes anything it writes down that it will, and afterwards that it did. Where a kill came between,
the next look sees the first line without the second, and finishes. A full disk keeps neither from being done: such
lines are written once there is room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.platform.guard.arm import moment_of
from nbexport_runtime.platform.guard.deciding import Decision
from nbexport_runtime.platform.guard.findings import Finding
from nbexport_runtime.traffic import durable, tail

NAME = "guard.jsonl"
"""The journal, in the folder of the models."""
METRICS = "metrics/guard.prom"
REPORTS = "guard"
PLANNED, DONE = "planned", "done"


@dataclass(frozen=True)
class Entry:
    """A line of the journal."""

    time: str
    """When it was decided, in UTC."""
    action: str
    """`step`, `finish`, `ready`, `back`, `rollback` or `alarm`."""
    version: str
    reason: str
    figures: list[dict[str, Any]]
    """Each check: `check`, `count`, `failures`, `budget`, `evidence` …"""
    id: str = ""
    """The same in both lines of one change."""
    state: str = DONE
    """`planned` before it is done, then `done`."""
    role: str = ""
    """`candidate`, `shadow` or `production`."""
    result: str = ""
    """How it was done, or why it could not be."""
    plan: dict[str, Any] = field(default_factory=dict)
    """What it rests on, so that another process can finish it."""

    def line(self) -> bytes:
        """The line."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str).encode() + b"\n"


def entry_of(decision: Decision, moment: str, identity: str, plan: Mapping[str, Any] | None = None) -> Entry:
    """The entry of a decision.

    Args:
        decision: What is to be done.
        moment: When it was decided.
        identity: What makes it once only: the rollout or the placing that it is about.
        plan: What it rests on; None where nothing is changed.
    """
    figures = [finding.facts() for finding in decision.findings]
    return Entry(
        time=moment,
        action=decision.action,
        version=decision.version,
        reason=decision.reason,
        figures=figures,
        id=f"{identity}/{decision.action}",
        state=DONE if plan is None else PLANNED,
        role=decision.role,
        plan=dict(plan or {}),
    )


def parsed(record: Mapping[str, Any]) -> Iterator[Entry]:
    """The entry of a line; keys of newer versions are passed over, and so is a line that is none."""
    try:
        yield Entry(**{name: value for name, value in record.items() if name in Entry.__dataclass_fields__})
    except TypeError:
        return


class Records:
    """The journal of one project; what cannot be written waits for room."""

    def __init__(self, models: Path) -> None:
        """Nothing is read yet.

        Args:
            models: The folder of the models.
        """
        self._models = models
        self._unwritten: list[bytes] = []
        self._remembered: dict[tuple[str, str], Entry] = {}
        self._read: tuple[tuple[int, int], list[Entry]] = ((0, 0), [])

    @property
    def path(self) -> Path:
        """The file of the journal."""
        return self._models / NAME

    def entries(self) -> list[Entry]:
        """Every entry that can be read, oldest first; those that could not be written come last."""
        entries = self._on_disk()
        written = {(entry.id, entry.state) for entry in entries}
        return entries + [entry for key, entry in self._remembered.items() if key not in written]

    def _on_disk(self) -> list[Entry]:
        try:
            facts = self.path.stat()
            seen = facts.st_mtime_ns, facts.st_size
            if seen != self._read[0]:
                lines = [line for line in self.path.read_bytes().split(b"\n") if line.strip()]
                self._read = seen, [entry for record in tail.records(lines) for entry in parsed(record)]
        except OSError:
            return []
        return list(self._read[1])

    def add(self, entry: Entry) -> bool:
        """Append an entry; whether it is on the disk, and not only remembered."""
        self._remembered[entry.id, entry.state] = entry
        self._unwritten.append(entry.line())
        return self.write()

    def write(self) -> bool:
        """Append what could not be written before; whether everything is on the disk."""
        while self._unwritten:
            try:
                # the reserve is for the line of a rollback
                durable.append(self.path, self._unwritten[0], reserve=False)
            except OSError:
                return False
            del self._unwritten[0]
        self._remembered.clear()
        return True

    def pending(self) -> list[Entry]:
        """What was planned and is not done."""
        entries = self.entries()
        done = {entry.id for entry in entries if entry.state == DONE}
        return [entry for entry in entries if entry.state == PLANNED and entry.id not in done]

    def has(self, identity: str) -> bool:
        """Whether there is an entry of an id."""
        return any(entry.id == identity for entry in self.entries())

    # ------------------------------------------------------------------ for people and Prometheus

    def report(self, entry: Entry) -> Path | None:
        """Write the report of an entry; its path, or None where the disk refuses."""
        path = self._models / REPORTS / f"{re.sub(r'[^0-9T]', '', entry.time[:19])}-{entry.version}-{entry.action}.md"
        try:
            durable.replace(path, markdown(entry).encode())
        except OSError:
            return None
        return path

    def measure(self, decisions: Iterable[Decision], now: float, blocked: Sequence[str] = ()) -> None:
        """Replace the metrics.

        Args:
            decisions: Those of the last look.
            now: The time in seconds.
            blocked: What is to be done and cannot be.

        Raises:
            OSError: They cannot be written.
        """
        durable.replace(self._models / METRICS, metrics(decisions, self.entries(), now, len(blocked)).encode())


TITLES = {
    "step": "the rollout goes on",
    "finish": "the rollout was finished",
    "ready": "the rollout may be finished",
    "back": "production answers all again",
    "rollback": "back to the production before",
    "alarm": "somebody has to look",
}
NEXT = {
    "step": "Nothing is to be done.",
    "finish": "Nothing is to be done; `python guard.py status` says how long it is watched.",
    "ready": "Decide with `python rollout.py finish` or `python rollout.py abort`.",
    "back": "Look at failed requests with `python logs.py find ID`, fix the model, and train again.",
    "rollback": "Look at failed requests with `python logs.py find ID`, fix the model, and train again. "
    "The version is not gone back to by a later rollback.",
    "alarm": "RUNBOOK.md, *GuardCannotHelp*, says what helps.",
}


def markdown(entry: Entry) -> str:
    """The report of an entry."""
    lines = [
        f"# {entry.version}: {TITLES.get(entry.action, entry.action)}",
        "",
        f"{entry.time}, as {entry.role}.",
        "",
        f"**Why**: {entry.reason}.",
        "",
        *([f"**Result**: {entry.result}.", ""] if entry.result else []),
        f"**Next**: {NEXT.get(entry.action, '')}",
        "",
        "| check | wrong | of | share | budget | at most | evidence |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for figure in entry.figures:
        finding = Finding(**figure)
        share = 100 * finding.failures / finding.count if finding.count else 0.0
        name = f"{finding.check} ({finding.detail})" if finding.detail else finding.check
        lines.append(
            f"| {name.replace('|', ' ')} | {finding.failures} | {finding.count} | {share:.3g} % "
            f"| {100 * finding.budget:.3g} % "
            f"| {finding.upper_percent:.3g} % | {finding.evidence:.4g} |"
        )
    lines += [
        "",
        "*At most* holds with a confidence of 95 %, whenever one looks. Evidence is the weight of the check times the",
        "likelihood ratio of a mixture of higher shares against the budget; 1 / `false_alarms` is enough.",
    ]
    return "\n".join(lines) + "\n"


def metrics(decisions: Iterable[Decision], entries: list[Entry], now: float, blocked: int = 0) -> str:
    """The metrics as Prometheus reads them."""
    chosen = list(decisions)
    done = [entry for entry in entries if entry.state == DONE]
    lines = [*_gauge("guard_last_look_timestamp_seconds", "When the guard looked last", [("", now)])]
    kinds = []
    for kind in ("back", "rollback"):
        times = [moment_of(entry.time) for entry in done if entry.action == kind]
        kinds.append((f'{{action="{kind}"}}', max(times, default=0.0)))
    lines += _gauge("guard_went_back_timestamp_seconds", "When the guard took a model back last; 0 is never", kinds)
    for name, help_, action in (
        ("guard_alarms", "Models over their budget that the guard cannot or must not take back", "alarm"),
        ("guard_ready_to_finish", "Rollouts that a person may finish", "ready"),
    ):
        number = sum(decision.action == action for decision in chosen) + (blocked if action == "alarm" else 0)
        lines += _gauge(name, help_, [("", float(number))])
    rows: dict[str, list[tuple[str, float]]] = {"evidence": [], "requests": [], "failures": [], "budget": []}
    for decision in chosen:
        for finding in decision.findings:
            labels = f'{{model_version="{decision.version}",role="{decision.role}",check="{finding.check}"}}'
            # of two findings of one check, the worse one
            if labels in dict(rows["evidence"]) and dict(rows["evidence"])[labels] >= finding.evidence:
                continue
            values = (finding.evidence, finding.count, finding.failures, finding.budget)
            for name, value in zip(rows, values, strict=True):
                rows[name] = [row for row in rows[name] if row[0] != labels] + [(labels, float(value))]
    helps = {
        "evidence": "Weight times evidence that a check is over its budget; 1 / false_alarms is enough",
        "requests": "Requests that a check looked at",
        "failures": "Requests that were wrong",
        "budget": "The share that may be wrong",
    }
    for name, values_ in rows.items():
        lines += _gauge(f"guard_{name}", helps[name], values_)
    return "\n".join(lines) + "\n"


def _gauge(name: str, help_: str, values: list[tuple[str, float]]) -> list[str]:
    if not values:
        return []
    return [
        f"# HELP {name} {help_}",
        f"# TYPE {name} gauge",
        *(f"{name}{labels} {value!r}" for labels, value in values),
    ]
