"""The environment of a run, as far as it decides what a model becomes: software, processor, BLAS, threads."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Variables that say how many threads a library uses."""


def environment() -> dict[str, Any]:
    """What a manifest says of it; to be called when the libraries of the run are imported."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "blas": blas(),
        "distributions": distributions(),
    }


def distributions() -> dict[str, str]:
    """Name → version of everything that is installed."""
    installed = dict(map(_name_and_version, importlib.metadata.distributions()))
    installed.pop("", None)
    return dict(sorted(installed.items(), key=lambda entry: entry[0].lower()))


def _name_and_version(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    """As the head of its metadata says; `distribution.name` and `.version` each parse all of it, descriptions too."""
    texts = (distribution.read_text(name) for name in ("METADATA", "PKG-INFO", ""))
    head = (next(filter(None, texts), None) or "").partition("\n\n")[0]
    fields = dict(line.partition(": ")[::2] for line in reversed(head.splitlines()))
    return fields.get("Name", "").strip(), fields.get("Version", "").strip()


def threads() -> dict[str, int | str]:
    """How many threads libraries compute with: as variables say, as torch does, and as OpenMP does in this process."""
    counts: dict[str, int | str] = {name: os.environ[name] for name in THREADS if name in os.environ}
    torch = sys.modules.get("torch")
    if torch is not None:
        counts["torch"] = torch.get_num_threads()
    of_openmp = [library["num_threads"] for library in pools() if library["user_api"] == "openmp"]
    if of_openmp:
        counts["openmp"] = max(of_openmp)
    return counts


def pools() -> list[dict[str, Any]]:
    """The libraries of this process that compute in threads, as threadpoolctl knows them; none without it."""
    try:
        libraries: list[dict[str, Any]] = importlib.import_module("threadpoolctl").threadpool_info()
    except ImportError:
        return []
    return libraries


def blas() -> list[dict[str, Any]]:
    """The libraries for linear algebra in the process, as threadpoolctl knows them; else the one of numpy's build."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return []
    names = ("internal_api", "version", "architecture", "threading_layer", "num_threads")
    libraries = [
        {name: library[name] for name in names if name in library}
        for library in pools()
        if library["user_api"] == "blas"
    ]
    if libraries:
        return libraries
    build = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return [{name: build[name] for name in ("name", "version") if name in build}]


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
