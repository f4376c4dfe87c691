"""The machine that computes a figure, as far as it decides the last digits."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from pathlib import Path

from nbexport_runtime.training.environment import processor


def this_machine(project: Path) -> dict[str, str]:
    """What decides the last digits of a figure: system, processor, threads, versions of the requirements."""
    listed = (project / "requirements.txt").read_text(encoding="utf-8")
    facts = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "threads": os.environ.get("OMP_NUM_THREADS") or str(os.cpu_count()),
        "python": platform.python_version(),
    }
    for name in re.findall(r"^[A-Za-z0-9][\w.-]*", listed, re.MULTILINE):
        try:
            facts[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            facts[name] = "not installed"
    return facts
