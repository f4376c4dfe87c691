"""Whether a data set still looks like the data that the schema was learned from.

    check(project, folder)                  the report, kept in `models/reports/` as JSON and Markdown
    accept(project, folder, reason)         the schema learns what changed, and records who accepted it and why

What is checked is what the notebook's own reader reads; see `checks/`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.pipeline import datasets, processes, schema
from nbexport_runtime.pipeline.checks import kinds
from nbexport_runtime.pipeline.checks.kinds import BY_NAME, Finding
from nbexport_runtime.pipeline.files import manifest, read_json, write_json, write_text
from nbexport_runtime.pipeline.markdown import code, escaped, row
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project

OBSERVING = "nbexport_runtime.pipeline.checks.observing"
REQUIRES = "numpy"


@dataclass
class Report:
    """What is wrong with a data set, and what is worth a look."""

    data_set: str = ""
    rows: int = 0
    checked: int = 0
    """How many columns were looked at."""
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    """Severity and finding."""
    not_checked: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What happened to the schema."""

    @property
    def errors(self) -> list[str]:
        """What refuses the data."""
        return [text_of(finding) for severity, finding in self.findings if severity == "error"]

    @property
    def warnings(self) -> list[str]:
        """What is worth a look."""
        return [text_of(finding) for severity, finding in self.findings if severity == "warning"]

    @property
    def ignored(self) -> list[str]:
        """What the schema turns off."""
        return [text_of(finding) for severity, finding in self.findings if severity == "off"]

    @property
    def valid(self) -> bool:
        """Whether it may be trained on."""
        return not self.errors

    @property
    def reasons(self) -> list[str]:
        """Why it is refused, and what to do."""
        return [*self.errors, *self.what_to_do]

    @property
    def what_to_do(self) -> list[str]:
        """How to accept what is refused, or why that cannot be done; nothing for valid data."""
        if self.valid:
            return []
        refused = [finding for severity, finding in self.findings if severity == "error"]
        lines = []
        if any(BY_NAME[finding.kind].learned for finding in refused):
            command = f'python scripts/fetch_data.py --version {self.data_set} --accept "REASON"'
            lines.append(f"fix the data; if the change is meant, accept it: `{command}`, and commit `data_schema.json`")
        fixed = sorted({finding.kind for finding in refused if not BY_NAME[finding.kind].learned})
        if fixed:
            lines.append(f"fix the data: {', '.join(f'`{kind}`' for kind in fixed)} cannot be learned")
        return lines

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "valid": self.valid,
            "rows": self.rows,
            "columns": self.checked,
            "errors": self.errors,
            "warnings": self.warnings,
            "ignored": self.ignored,
            "not_checked": self.not_checked,
            "remarks": self.remarks,
            "findings": [{"severity": severity, **finding.facts()} for severity, finding in self.findings],
        }

    def lines(self) -> list[str]:
        """The same for people."""
        return [
            *(f"  error: {text}" for text in self.errors),
            *(f"  warning: {text}" for text in self.warnings),
            *(f"  ignored: {text}" for text in self.ignored),
            *(f"  not checked: {text}" for text in self.not_checked),
            *(f"  {text}" for text in self.remarks),
            *self.what_to_do,
        ]

    def markdown(self) -> str:
        """The same as a page."""
        verdict = "**Valid.**" if self.valid else "**Refused.**"
        lines = [f"# Data set {code(self.data_set)}", "", f"{verdict} {self.rows} rows, {self.checked} columns.", ""]
        if self.findings:
            lines += [row("severity", "kind", "what"), row("---", "---", "---")]
            order = sorted(self.findings, key=lambda entry: kinds.SEVERITIES.index(entry[0]))
            lines += [row(severity, code(finding.kind), escaped(text_of(finding))) for severity, finding in order]
            lines.append("")
        for text in self.what_to_do:
            lines += [escaped(text.partition("`")[0]) + text[len(text.partition("`")[0]) :], ""]
        lines += [f"- not checked: {escaped(text)}" for text in self.not_checked]
        lines += [f"- {escaped(text)}" for text in self.remarks]
        return "\n".join(lines).rstrip() + "\n"


def text_of(finding: Finding) -> str:
    """What a finding is, with what it probably is."""
    return f"{finding.text}; {finding.hint}" if finding.hint else finding.text


def check(project: Project, data: Path) -> Report:
    """Compare a data set with the schema, and keep the report; learn the schema where there is none yet.

    Raises:
        PipelineError: The data cannot be looked at, or the schema cannot be read.
    """
    known = schema.read(project.schema)
    remarks = []
    if not known["tables"]:
        known = learn(project, known, data)
        write_json(project.schema, known)
        remarks.append(f"learned `{project.schema.name}` from {known['learned']['from']}: look at it, and commit it")
    report, _ = _checked(project, data, known)
    report.remarks += remarks
    _keep(project, data, report)
    return report


def learn(project: Project, known: dict[str, Any], data: Path) -> dict[str, Any]:
    """The schema of the project's own copy of the notebook's data; without a copy, see `reference`.

    Args:
        project: The project.
        known: The severities.
        data: The data set that is checked.

    Raises:
        PipelineError: The notebook's code cannot read it.
    """
    place, name = reference(project, data)
    seen = look(project, place, None)
    if seen["failed"] or not seen["tables"]:
        raise PipelineError(f"{name} cannot be read: {seen['failed'] or 'it holds nothing that could be looked at'}")
    return schema.learned(known, seen["tables"], name.rstrip(","))


def reference(project: Project, data: Path) -> tuple[Path, str]:
    """What the schema is learned from, and how it is called.

    The project's own copy of the notebook's data; else the data set that production was trained on, so that a machine
    that forgets does not take each new data set for its own reference; else the data set that is checked.

    Args:
        project: The project.
        data: The data set that is checked.

    Raises:
        PipelineError: The data set of production cannot be brought back.
    """
    if project.source is not None and (project.root / project.source).exists():
        return project.root / project.source, f"`{project.source}`, the notebook's own data,"
    current = project.current
    identity = (manifest(current).get("data_set") or {}).get("id") if current is not None else None
    if identity:
        return datasets.place(project, str(identity)), f"data set {identity}, which production was trained on,"
    return data, f"data set {_identity(data)}"


def accept(project: Project, data: Path, reason: str) -> Report:
    """Learn again what differs, with a record of who accepted it and why; the report on the data set after that.

    Raises:
        PipelineError: There is no reason, or nothing to accept.
    """
    if not reason.strip():
        raise PipelineError('give a reason: `--accept "REASON"`')
    first = check(project, data)
    findings = [finding for severity, finding in first.findings if severity != "off"]
    if not findings:
        raise PipelineError("there is nothing to accept: the data is as `data_schema.json` says")
    known = schema.read(project.schema)
    _, tables = _checked(project, data, known, described=True)
    changed = schema.accepted(known, tables, findings, reason=masked(reason), data_set=_identity(data))
    report, _ = _checked(project, data, changed)
    if not report.valid:
        # half a change is none
        return first
    write_json(project.schema, changed)
    who = changed["accepted"][-1]["who"]
    report.remarks.append(f"accepted by {who}: {reason}; commit `{project.schema.name}`")
    _keep(project, data, report)
    return report


def look(project: Project, data: Path, known: Mapping[str, Any] | None, *, described: bool = False) -> dict[str, Any]:
    """What is seen of a data set by the project's own code, in a process of its own.

    Args:
        project: The project.
        data: A data set, or what the notebook reads.
        known: The tables of the schema; None describes the data for a new one.
        described: Whether tables that are compared are described too.

    Raises:
        PipelineError: That process ended without a result.
    """
    if importlib.util.find_spec(REQUIRES) is None:
        raise PipelineError(f"{REQUIRES} is not installed: python -m pip install -r requirements-pipeline.txt")
    with tempfile.TemporaryDirectory(prefix="checks-") as folder:
        result = Path(folder) / "result.json"
        job = {
            "code": str(project.code),
            "data": str(data.absolute()),
            "known": known,
            "tolerance": project.settings().data.tolerance,
            "now_s": time.time(),
            "described": described,
            "result": str(result),
        }
        place = Path(folder) / "job.json"
        write_json(place, job)
        done = subprocess.run(
            [*processes.ending_with_this(signal.SIGKILL), sys.executable, "-m", OBSERVING, str(place)],
            cwd=project.code,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, **processes.SAME_ORDER},
        )
        if done.returncode or not result.exists():
            last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
            raise PipelineError(masked(f"the data cannot be looked at with the project's own code: {last}"))
        seen: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return seen


def _checked(
    project: Project, data: Path, known: dict[str, Any], *, described: bool = False
) -> tuple[Report, dict[str, Any]]:
    """The report on a data set, and the facts of its tables where these are to be described."""
    seen = look(project, data, known["tables"], described=described)
    findings = [kinds.finding(facts) for facts in seen["findings"]]
    report = Report(_identity(data), seen["rows"], seen["checked"], not_checked=seen["not_checked"])
    report.findings = [(schema.severity(known, finding), finding) for finding in findings]
    if schema.is_old(known):
        name = project.schema.name
        text = f"dates, labels and distributions: an earlier version learned `{name}`; delete it to learn it again"
        report.not_checked.append(text)
    return report, seen["tables"]


def _identity(data: Path) -> str:
    """The id of a data set; the name of another folder."""
    return str(read_json(data / datasets.RECORD)["id"]) if datasets.is_data_set(data) else data.name


def _keep(project: Project, data: Path, report: Report) -> None:
    """Write the report as JSON and as Markdown."""
    known = {"data_set": report.data_set}
    if datasets.is_data_set(data):
        known["sha256"] = read_json(data / datasets.RECORD)["sha256"]
    write_json(project.reports / f"{report.data_set}.json", {**known, **report.facts()})
    write_text(project.reports / f"{report.data_set}.md", report.markdown())
