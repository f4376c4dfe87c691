"""The machine that computes a figure, as far as it decides the last digits."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
from pathlib import Path


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


def processor() -> str:
    """Name of the processor and a digest of what it can do, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    parts = (line.partition(":") for line in lines)
    facts = {key.strip(): text for key, _, text in parts}
    features = hashlib.sha256(facts.get("flags", "").encode()).hexdigest()[:12]
    name = facts.get("model name", "").strip() or platform.processor()
    return f"{name}, features {features}" if "flags" in facts else name
