"""`data_schema.json`: what data looks like, how severe each kind of problem is, and what was accepted, by whom and why.

    {"format": 2,
     "severity": {"drift": "warning", …},                 what a person decides, for all tables
     "tables": {"rows.csv": {"rows": 1500, "label": "left", …,
                             "severity": {"more_rows": "off"},          for one table
                             "columns": {"fee": {"min": 7.9, …,
                                                 "severity": {"drift": "error"}}}}},   for one column
     "accepted": [{"time": …, "who": …, "reason": …, "data_set": …, "what": […]}]}

It is learned from the notebook's own data, and again, where a person accepts a change, for what changed.
"""

from __future__ import annotations

import copy
import getpass
import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline.checks.kinds import BY_NAME, DEFAULTS, SEVERITIES, Finding
from nbexport_runtime.pipeline.files import read_json
from nbexport_runtime.pipeline.outcome import PipelineError

FORMAT = 2
OF_TABLE = ("rows", "duplicates", "order", "sorted_by", "file", "shape")
"""What a schema knows of a table beside its columns and its label."""


def read(path: Path) -> dict[str, Any]:
    """The schema of a file; an empty one where there is none, one of format 1 as format 2.

    Raises:
        PipelineError: It cannot be read, or a severity is not one.
    """
    content = read_json(path) if path.exists() else {}
    known = content.get("format", FORMAT if not content else 1)
    if known not in (1, FORMAT):
        raise PipelineError(f"`{path}` has format {known}, this version reads {FORMAT}: export the notebook again")
    schema = {"format": FORMAT, "severity": dict(DEFAULTS), "tables": {}, "accepted": [], **content}
    schema["format"] = FORMAT
    schema["severity"] = {**DEFAULTS, **_table(content.get("severity", {}), path, "severity")}
    for name, table in _table(schema["tables"], path, "tables").items():
        columns = _table(_table(table, path, name).get("columns", {}), path, f"columns of {name}")
        for where, part in {name: table, **{f"{name}: {column}": facts for column, facts in columns.items()}}.items():
            _check(_table(part, path, where).get("severity", {}), path, where)
    _check(schema["severity"], path, "severity")
    return schema


def _table(value: Any, path: Path, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PipelineError(f"`{path}`: `{what}` must be an object")
    return value


def _check(severities: dict[str, Any], path: Path, where: str) -> None:
    """Raise an error for a severity that is not one."""
    for kind, severity in severities.items():
        if kind not in BY_NAME:
            raise PipelineError(
                f"`{path}`, `{where}`: `{kind}` is not a kind of problem; known are {', '.join(BY_NAME)}"
            )
        if severity not in SEVERITIES:
            raise PipelineError(f"`{path}`, `{where}`: `{kind}` is one of {', '.join(SEVERITIES)}, not `{severity}`")


def is_old(schema: dict[str, Any]) -> bool:
    """Whether the tables were learned by a version that knew types, ranges and categories alone."""
    columns = [facts for table in schema["tables"].values() for facts in table.get("columns", {}).values()]
    return bool(columns) and not any("dtype" in facts for facts in columns)


def severity(schema: dict[str, Any], finding: Finding) -> str:
    """How severe a finding is: as the column says, or the table, or the whole; at most a warning where it is rare."""
    table = schema["tables"].get(finding.table, {})
    column = table.get("columns", {}).get(finding.column, {})
    result = str(schema["severity"][finding.kind])
    for part in (table, column):
        result = str(part.get("severity", {}).get(finding.kind, result))
    few = finding.few and BY_NAME[finding.kind].few
    return "warning" if few and result == "error" else result


def learned(schema: dict[str, Any], tables: dict[str, Any], source: str) -> dict[str, Any]:
    """The schema with tables that were learned.

    Args:
        schema: What there was.
        tables: Name → facts.
        source: What they were learned from.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {**schema, "learned": {"time": now, "from": source}, "tables": tables}


def accepted(
    schema: dict[str, Any], tables: dict[str, Any], findings: Sequence[Finding], *, reason: str, data_set: str
) -> dict[str, Any]:
    """The schema once it has learned again what findings are about, with a record of who accepted them and why.

    Args:
        schema: What there was.
        tables: Name → facts of the new data.
        findings: What is accepted.
        reason: Why.
        data_set: The id of the new data.
    """
    result = copy.deepcopy(schema)
    for finding in findings:
        known, new = result["tables"].get(finding.table), tables.get(finding.table)
        if known is None or not BY_NAME[finding.kind].learned:
            continue
        if new is None:
            del result["tables"][finding.table]
            continue
        if finding.column:
            _learn_column(known, new, finding.column)
            if finding.kind == "renamed_column":
                for column in new["columns"].keys() - known["columns"].keys():
                    if f"`{column}`" in finding.hint:
                        _learn_column(known, new, column)
            known["order"] = [column for column in new["order"] if column in known["columns"]]
            if finding.kind == "row_order":
                known["sorted_by"] = new["sorted_by"]
        else:
            known |= {name: new[name] for name in OF_TABLE if name in new and name not in ("order", "sorted_by")}
    result["accepted"] = [
        *result["accepted"],
        {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": who(),
            "reason": reason,
            "data_set": data_set,
            "what": [finding.text for finding in findings if BY_NAME[finding.kind].learned],
        },
    ]
    return result


def _learn_column(known: dict[str, Any], new: dict[str, Any], column: str) -> None:
    """Learn one column again; its severities stay."""
    before = known["columns"].pop(column, {})
    facts = new["columns"].get(column)
    if facts is not None:
        kept = {"severity": before["severity"]} if "severity" in before else {}
        known["columns"][column] = {**facts, **kept}


def who() -> str:
    """The name of whoever runs this: git's, or that of the account."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
        name = done.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        name = ""
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
