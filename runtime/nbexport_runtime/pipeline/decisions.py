"""Decisions: what was decided of a candidate and why, kept as JSON for programs and as Markdown for people."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.evidence import Difference
from nbexport_runtime.pipeline.files import read_json, write_json, write_text
from nbexport_runtime.pipeline.markdown import code, escaped, row
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.traffic import clock
from nbexport_runtime.traffic.placements import Placement

BECAUSE: ContextVar[str] = ContextVar("because", default="")
"""Why something is decided at all; empty where nobody said."""


@contextmanager
def because(reason: str) -> Iterator[None]:
    """What is decided within has this reason in its record."""
    token = BECAUSE.set(reason)
    try:
        yield
    finally:
        BECAUSE.reset(token)


@dataclass(frozen=True)
class Check:
    """One gate and what came of it."""

    kind: str
    """`absolute`, `baseline`, `relative`, `guard`, `slice`, `fresh`, `latency`, `size`, `data` or `training`."""
    passed: bool
    text: str


@dataclass(frozen=True)
class Decision:
    """What was decided of a candidate, and why."""

    verdict: str
    """`promote`, `rollout` (it gets a share of the traffic) or `refuse`; `rollback` where a person went back."""
    candidate: str
    baseline: str | None
    checks: tuple[Check, ...]
    metric: str = ""
    differences: tuple[Difference, ...] = ()
    rows: int = 0
    remarks: tuple[str, ...] = ()
    decided: str = field(default_factory=lambda: clock.now().isoformat(timespec="seconds"))
    placed: str = ""
    """The time of the placing in the journal that came of it; empty where it changed nothing."""
    because: str = field(default_factory=BECAUSE.get)
    """Why it was decided at all; empty where nobody said."""

    @property
    def accepted(self) -> bool:
        """Whether the candidate is good enough for production, or for a share of the traffic."""
        return self.verdict in ("promote", "rollout")

    @property
    def reasons(self) -> list[str]:
        """Why not; empty where it may."""
        return [check.text for check in self.checks if not check.passed]

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {**asdict(self), "reasons": self.reasons}

    def lines(self) -> tuple[str, ...]:
        """The same for a terminal."""
        head = {
            "promote": f"{self.candidate} is good enough for production",
            "rollout": f"{self.candidate} is good enough for a share of the traffic",
            "refuse": f"{self.candidate} is refused",
            "rollback": f"back to {self.candidate}",
        }.get(self.verdict, f"{self.verdict}: {self.candidate}")
        marks = [f"  {'ok' if c.passed else 'NO'}  {c.text}" for c in self.checks]
        why = (f"  because: {self.because}",) if self.because else ()
        return (head, *why, *marks, *(f"  note: {remark}" for remark in self.remarks))


def kept(folder: Path, decision: Decision, report: Path | None = None) -> bool:
    """Write a decision down, and append it to a report; whether that could be done.

    What is in production does not depend on it: where the disk refuses, that is a warning.
    """
    try:
        record(folder, decision)
        append(report, decision)
    except (OSError, PipelineError) as error:
        print(f"warning: the decision cannot be written to `{folder}`: {error}", file=sys.stderr)
        return False
    return True


def record(folder: Path, decision: Decision) -> Path:
    """Write a decision down in the folder of all decisions, as JSON and as Markdown; the path of the former."""
    moment = re.sub(r"[^0-9T]", "", decision.decided[:19])
    name = f"{moment}-{decision.candidate}-{decision.verdict.replace(' ', '-')}"
    path = folder / f"{name}.json"
    count = 1
    while path.exists():
        count += 1
        path = path.with_name(f"{name}-{count}.json")
    write_json(path, decision.facts())
    write_text(path.with_suffix(".md"), markdown(decision))
    return path


def markdown(decision: Decision) -> str:
    """A decision for people: a job summary, a pull request."""
    words = {
        "promote": "Promoted",
        "rollout": "Accepted for a rollout",
        "refuse": "Refused",
        "rollback": "Rolled back to",
    }
    lines = [f"## {words.get(decision.verdict, decision.verdict.capitalize())}: {code(decision.candidate)}", ""]
    if decision.baseline:
        lines += [f"Compared with production, {code(decision.baseline)}", ""]
    if decision.because:
        lines += [f"Because: {escaped(decision.because)}", ""]
    if decision.checks:
        lines += [row("", "gate", "result"), row("---", "---", "---")]
        lines += [row("ok" if check.passed else "**no**", check.kind, escaped(check.text)) for check in decision.checks]
        lines.append("")
    if decision.rows:
        lines += [f"Scored on {decision.rows} rows that no training has seen.", ""]
    lines += [f"- {escaped(remark)}" for remark in decision.remarks]
    lines += ["", f"Decided {decision.decided}.", ""]
    return "\n".join(lines)


def history(folder: Path) -> list[dict[str, Any]]:
    """All decisions that can be read, the oldest first; the others are named on standard error."""
    readable = []
    for path in folder.glob("*.json"):
        try:
            decision = read_json(path)
            str(decision["candidate"]), str(decision["verdict"])
            readable.append((str(decision["decided"]), path.name, decision))
        except (PipelineError, KeyError) as error:
            print(f"warning: `{path}` is not a decision and was ignored: {error}", file=sys.stderr)
    return [decision for _, _, decision in sorted(readable, key=lambda entry: entry[:2])]


def append(report: Path | None, decision: Decision) -> None:
    """Append a decision to a report, such as the summary of a job."""
    if report is not None:
        with report.open("a", encoding="utf-8") as file:
            file.write(markdown(decision))


def of(decision: Decision, placement: Placement) -> Decision:
    """A decision with the placing that came of it."""
    return replace(decision, placed=placement.time)
