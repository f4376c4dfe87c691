"""Decisions: what was decided of a candidate and why, kept as JSON for programs and as Markdown for people."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.evidence import Difference
from nbexport_runtime.pipeline.files import read_json, write_json, write_text
from nbexport_runtime.pipeline.markdown import code, escaped, row


@dataclass(frozen=True)
class Check:
    """One gate and what came of it."""

    kind: str
    """`absolute`, `relative`, `guard`, `data` or `training`."""
    passed: bool
    text: str


@dataclass(frozen=True)
class Decision:
    """What was decided of a candidate, and why."""

    verdict: str
    """`promote` or `refuse`; `rollback` where a person went back."""
    candidate: str
    baseline: str | None
    checks: tuple[Check, ...]
    metric: str = ""
    differences: tuple[Difference, ...] = ()
    rows: int = 0
    remarks: tuple[str, ...] = ()
    decided: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def accepted(self) -> bool:
        """Whether the candidate may become production."""
        return self.verdict == "promote"

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
            "refuse": f"{self.candidate} is refused",
            "rollback": f"back to {self.candidate}",
        }[self.verdict]
        marks = [f"  {'ok' if c.passed else 'NO'}  {c.text}" for c in self.checks]
        return (head, *marks, *(f"  note: {remark}" for remark in self.remarks))


def record(folder: Path, decision: Decision) -> Path:
    """Write a decision down in the folder of all decisions, as JSON and as Markdown; the path of the former."""
    moment = re.sub(r"[^0-9T]", "", decision.decided[:19])
    path = folder / f"{moment}-{decision.candidate}-{decision.verdict}.json"
    count = 1
    while path.exists():
        count += 1
        path = path.with_name(f"{moment}-{decision.candidate}-{decision.verdict}-{count}.json")
    write_json(path, decision.facts())
    write_text(path.with_suffix(".md"), markdown(decision))
    return path


def markdown(decision: Decision) -> str:
    """A decision for people: a job summary, a pull request."""
    words = {
        "promote": "Promoted",
        "refuse": "Refused",
        "rollback": "Rolled back to",
    }
    lines = [f"## {words[decision.verdict]}: {code(decision.candidate)}", ""]
    if decision.baseline:
        lines += [f"Compared with production, {code(decision.baseline)}", ""]
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
    """All decisions, the oldest first."""
    kept = [read_json(path) for path in folder.glob("*.json")]
    return sorted(kept, key=lambda decision: str(decision["decided"]))


def append(report: Path | None, decision: Decision) -> None:
    """Append a decision to a report, such as the summary of a job."""
    if report is not None:
        with report.open("a", encoding="utf-8") as file:
            file.write(markdown(decision))
