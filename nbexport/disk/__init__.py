"""Artifacts + folder → Plan; Plan → files. Nothing else in the package writes to disk.

`plan` compares and writes nothing, `apply` writes what was planned, all or nothing.
"""

from nbexport.disk.amending import amend, project_of
from nbexport.disk.exported import differing, edited, project_digest, record_verified, recover, written
from nbexport.disk.lockfile import BASE, LOCK, Record, verified
from nbexport.disk.planning import plan
from nbexport.disk.writing import apply, write_file

__all__ = [
    "BASE",
    "LOCK",
    "Record",
    "amend",
    "apply",
    "differing",
    "edited",
    "plan",
    "project_digest",
    "project_of",
    "record_verified",
    "recover",
    "verified",
    "write_file",
    "written",
]
