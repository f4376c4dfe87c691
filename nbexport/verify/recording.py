"""A verdict → what is kept of it in the project: `verification.json`, and what equality proves.

| file | holds | where |
|---|---|---|
| `verification.json` | the whole verdict | always |
| `nbexport.lock` | that this notebook and this project are verified | nothing differs, to the last digit |
| `tests/verified.json` | the figures, and the machine that computed them | the same |
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from nbexport import disk
from nbexport.verify.verification import Verification


def recorded(verification: Verification, project: Path) -> Verification:
    """The verification as it was written, with the time at which the lock recorded it.

    Raises:
        NbexportError: The project cannot be written.
    """
    entry = disk.record_verified(project, notebook=verification.digest, equal=verification.proves)
    if entry is not None:
        verification = replace(verification, at=entry.at)
    if entry is not None and verification.machine:
        figures = {
            "notebook": verification.digest,
            "machine": verification.machine,
            "metrics": verification.figures,
        }
        text = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
        disk.write_file(project / "tests" / "verified.json", text.encode("utf-8"))
    disk.write_file(project / "verification.json", verification.as_json().encode("utf-8"))
    return verification
