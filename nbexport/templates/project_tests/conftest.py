"""One training run, shared by all tests, and the machine that they run on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))


@dataclass
class Run:
    """What a run of `train.py` left."""

    code: int
    output: Path
    text: str


def run_train(output: Path, *options: str) -> Run:
    """Run `train.py` in a process of its own."""
    command = [sys.executable, "train.py", "--output", str(output), *options]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return Run(done.returncode, output, done.stdout + done.stderr)


def this_machine() -> dict[str, str]:
    """What decides the last digits of a figure: system, processor, threads, versions."""
    listed = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with the notebook's own parameters."""
    return run_train(tmp_path_factory.mktemp("models") / "candidate")
