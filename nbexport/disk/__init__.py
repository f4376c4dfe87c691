"""Artifacts + folder → Plan; Plan → files. Nothing else in the package writes to disk.

`plan` compares and writes nothing, `apply` writes what was planned, all or nothing.
"""

from nbexport.disk.exported import differing, edited, project_digest, record_verified, recover, written
from nbexport.disk.lockfile import BASE, LOCK, verified
from nbexport.disk.planning import plan
from nbexport.disk.writing import apply, write_file

__all__ = [
    "BASE",
    "LOCK",
    "apply",
    "differing",
    "edited",
    "plan",
    "project_digest",
    "record_verified",
    "recover",
    "verified",
    "write_file",
    "written",
]
