"""Artifacts + folder → Plan; Plan → files. Nothing else in the package writes to disk.

`plan` compares and writes nothing, `apply` writes what was planned, all or nothing.
"""

from nbexport.disk.amending import amend, project_of
from nbexport.disk.exported import added, differing, edited, project_digest, record_verified, recover, written
from nbexport.disk.history import HISTORY, Step
from nbexport.disk.lines import append_line, read_lines
from nbexport.disk.lockfile import BASE, LOCK, Record, is_as_written, verified
from nbexport.disk.planning import plan
from nbexport.disk.remembered import members, notebooks_at, projects_of, remember, usual
from nbexport.disk.reporting import NotWrittenError
from nbexport.disk.undoing import exports, undo
from nbexport.disk.writing import apply, write_file

__all__ = [
    "BASE",
    "HISTORY",
    "LOCK",
    "NotWrittenError",
    "Record",
    "Step",
    "added",
    "amend",
    "append_line",
    "apply",
    "differing",
    "edited",
    "exports",
    "is_as_written",
    "members",
    "notebooks_at",
    "plan",
    "project_digest",
    "project_of",
    "projects_of",
    "read_lines",
    "record_verified",
    "recover",
    "remember",
    "undo",
    "usual",
    "verified",
    "write_file",
    "written",
]
