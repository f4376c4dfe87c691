"""Looks at a data set as the notebook's own code reads it, in a process of its own.

    python -m nbexport_runtime.pipeline.checks.observing JOB.json

runs the data stages on the data set with the notebook's own parameters. Each table that a reader returns is looked at
before the notebook's code changes it, and compared with the schema or described for a new one. Where no reader returns
a table, what the stages give is looked at, and tables of text in the data set.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import mask_uncaught, masked, masked_values
from nbexport_runtime.pipeline import datasets, project, snapshot
from nbexport_runtime.pipeline.checks import arrays, raw
from nbexport_runtime.pipeline.checks.comparing import compare, of_file
from nbexport_runtime.pipeline.checks.kinds import Finding
from nbexport_runtime.pipeline.checks.labels import label_of
from nbexport_runtime.pipeline.checks.readers import Read, watched
from nbexport_runtime.pipeline.checks.tables import Table
from nbexport_runtime.pipeline.checks.text import text_table
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.stages import Stage
from nbexport_runtime.secret import SecretError
from nbexport_runtime.training.folders import passing_folder

TEXT = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
FILES = "files"
"""The name of the table that only counts files."""


@dataclass
class Observation:
    """What is seen of a data set."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name → facts for a schema."""
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    not_checked: list[str] = field(default_factory=list)
    failed: str = ""
    """Why the notebook's own code cannot read it; empty where it can."""
    checked: int = 0
    """How many columns were looked at."""

    def facts(self) -> dict[str, Any]:
        """The same for another process."""
        return {**vars(self), "findings": [finding.facts() for finding in self.findings]}


def main(arguments: list[str]) -> int:
    """Do one job and write its result beside it; the exit code."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    # `-m` puts the working folder there
    sys.path[:1] = [job["code"]]
    try:
        seen = observe(
            project.of(Path(job["code"])),
            Path(job["data"]),
            job["known"],
            tolerance=job["tolerance"],
            now_s=job["now_s"],
            described=job["described"],
        )
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 1
    Path(job["result"]).write_text(json.dumps(masked_values(seen.facts())), encoding="utf-8")
    return 0


def observe(
    own: Project,
    data: Path,
    known: Mapping[str, Any] | None,
    *,
    tolerance: float = 0.05,
    now_s: float | None = None,
    described: bool = False,
) -> Observation:
    """What is seen of a data set.

    Args:
        own: The project.
        data: A data set, or what the notebook reads.
        known: Table → its facts in the schema; None describes every table for a new schema.
        tolerance: Share of rows or values that may differ before it is an error.
        now_s: The time in seconds since 1970; None is now.
        described: Whether tables that are compared are described too, so that a schema can learn from them.

    Raises:
        PipelineError: A secret that the data stages need is not set.
    """
    looking = _Looking(own, data.absolute(), known, tolerance, time.time() if now_s is None else now_s, described)
    values: dict[str, Any] = {}
    if snapshot.is_snapshot(data):
        for stage in own.stages.kept:
            values |= snapshot.values(stage, data, own=own.own)
        looking.arrays(values)
    else:
        values = looking.run_stages()
        looking.text_tables()
        if not looking.seen and not looking.result.failed:
            looking.arrays(values)
            looking.files()
    looking.finish(values)
    return looking.result


@dataclass
class _Looking:
    """A data set while it is looked at."""

    own: Project
    data: Path
    known: Mapping[str, Any] | None
    tolerance: float
    now_s: float
    described: bool
    result: Observation = field(default_factory=Observation)
    seen: dict[str, int] = field(default_factory=dict)
    """Table → its rows."""
    columns: dict[str, int] = field(default_factory=dict)
    """Table → its columns that were looked at."""
    kept: dict[str, Table] = field(default_factory=dict)
    """Tables that wait until the label is known."""
    of_table: dict[str, list[Finding]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder within which tables are named."""
        return self.data.parent if self.data.is_file() else self.data

    # ------------------------------------------------------------------ the notebook's own code

    def run_stages(self) -> dict[str, Any]:
        """Run the data stages and what they need, in a folder of their own; what they give, as far as they come."""
        path = datasets.inside(self.data, self.own.source)
        values: dict[str, Any] = {}
        model = importlib.import_module("model")
        args = self.own.parser.parse_args([])
        args.data = path
        snapshot.start_generators()
        with passing_folder(self.own.code), watched(self.own.code, self.look):
            for stage in self.own.stages.loading:
                try:
                    values |= self.run(model, stage, args, values)
                except SecretError as error:
                    raise PipelineError(str(error)) from None
                except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
                    text = " ".join(str(error).split())[:300]
                    self.result.failed = masked(f"`{stage.function}` fails: {type(error).__name__}: {text}")
                    break
        given = {name for stage in self.own.stages.data for name in stage.gives}
        return {name: value for name, value in values.items() if name in given}

    def run(self, model: Any, stage: Stage, args: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Run one stage; name → value of what it gives."""
        taken = {name: values[name] for name in stage.takes}
        return stage.named(getattr(model, stage.function)(**taken, **stage.arguments(args)))

    def look(self, read: Read) -> None:
        """Look at what a reader returns."""
        path = read.path
        name = self.name_of(path) if path is not None else f"table {len(self.seen) + 1}"
        results = read.result if isinstance(read.result, dict) else {"": read.result}
        for part, result in results.items():
            own = f"{name} [{part}]" if part else name
            table = arrays.of_value(own, result)
            if table is None:
                self.result.not_checked.append(f"`{own}`: the reader returns no table but a {type(result).__name__}")
                continue
            if path is not None and path.suffix.lower() in TEXT and not part:
                if not hasattr(result, "columns"):
                    table.raw = raw.scan(path, rectangular=False)
                elif path.suffix.lower() in (".csv", ".tsv", ".txt"):
                    table.raw = raw.scan(path, delimiter=read.delimiter, rectangular=read.rectangular)
                else:
                    table.raw = raw.scan(path, rectangular=False)
            self.add(table)

    def name_of(self, path: Path) -> str:
        """The name of a file within the data set; of another file, its own."""
        try:
            return path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return path.name

    # ------------------------------------------------------------------ where no reader returns a table

    def text_tables(self) -> None:
        """Look at tables of text that no reader returned, with the csv module."""
        files = [self.data] if self.data.is_file() else sorted(self.data.rglob("*"))
        for path in files:
            name = self.name_of(path)
            if path.suffix.lower() not in (".csv", ".tsv", ".jsonl", ".ndjson") or not path.is_file():
                continue
            if name in self.seen or (self.known is not None and name not in self.known):
                continue
            if self.seen and self.known is None:
                # the notebook reads other files
                continue
            try:
                self.add(text_table(name, path))
            except (OSError, ValueError, csv.Error) as error:
                self.result.not_checked.append(f"`{name}` cannot be read as a table: {error}")
                if self.known is not None:
                    self.seen[name] = 0
                    self.of_table[name] = list(of_file(name, raw.scan(path, rectangular=False), self.known[name]))

    def arrays(self, values: Mapping[str, Any]) -> None:
        """Look at what the data stages give."""
        for name, value in values.items():
            table = arrays.of_value(name, value)
            if table is None:
                self.result.not_checked.append(f"`{name}`: a {type(value).__name__} is not looked into")
            else:
                self.add(table)

    def files(self) -> None:
        """Count files, where there is nothing else to look at."""
        if self.data.is_file():
            return
        counts = Counter(path.suffix.lower() or "no suffix" for path in self.data.rglob("*") if path.is_file())
        count = sum(counts.values()) - (self.data / datasets.RECORD).is_file()
        if count > 1:
            self.add(Table(FILES, count, {}, unit="files"))
            kinds = ", ".join(sorted(counts))
            self.result.not_checked.append(f"what the {count} files hold ({kinds}) beyond what the data stages give")

    # ------------------------------------------------------------------ looking

    def add(self, table: Table) -> None:
        """Compare a table, or keep it until the label is known; of a file that is read twice, the longer table."""
        if self.seen.get(table.name, -1) >= table.rows:
            return
        self.seen[table.name] = table.rows
        if self.known is None:
            self.kept[table.name] = table
            return
        facts = self.known.get(table.name)
        if facts is None:
            self.result.not_checked.append(f"`{table.name}` is not in the schema")
            return
        self.columns[table.name] = len(table.columns)
        self.of_table[table.name] = compare(table, facts, tolerance=self.tolerance, now_s=self.now_s)
        if self.described:
            self.result.tables[table.name] = table.facts(label=str(facts.get("label") or ""), now_s=self.now_s)

    def finish(self, values: dict[str, Any]) -> None:
        """Describe what was kept, and say what is not there."""
        result = self.result
        if self.known is None:
            self.describe(values)
        else:
            for name in self.known:
                if name not in self.seen:
                    result.findings.append(Finding("missing_file", name, f"`{name}` is missing"))
            for findings in self.of_table.values():
                result.findings += findings
            if result.failed:
                text = f"the notebook's own code cannot read the data: {result.failed}"
                result.findings.append(Finding("unreadable", next(iter(self.known), ""), text))
        result.rows = sum(self.seen.values())
        result.checked = sum(self.columns.values())

    def describe(self, values: dict[str, Any]) -> None:
        """Put the facts of what was kept into the result."""
        for table in self.kept.values():
            label = label_of(table, values) or self.label_after_features(table, values)
            self.columns[table.name] = len(table.columns)
            self.result.tables[table.name] = table.facts(label=label, now_s=self.now_s)

    def label_after_features(self, table: Table, values: dict[str, Any]) -> str:
        """The label, where the stages that prepare features give it; empty where it is not known."""
        stages = [stage for stage in self.own.stages.stages if stage.role == "features"]
        if not stages or self.result.failed or snapshot.is_snapshot(self.data):
            return ""
        model = importlib.import_module("model")
        args = self.own.parser.parse_args([])
        later = dict(values)
        try:
            with passing_folder(self.own.code):
                for stage in stages:
                    later |= self.run(model, stage, args, later)
        except Exception as error:  # noqa: BLE001 - the notebook's code may raise anything
            text = f"the label is not known, since the features cannot be prepared: {type(error).__name__}: {error}"
            self.result.not_checked.append(masked(text))
            return ""
        return label_of(table, later)


if __name__ == "__main__":
    mask_uncaught()
    # what the notebook's code prints is not the outcome
    os.dup2(2, 1)
    sys.exit(main(sys.argv[1:]))
