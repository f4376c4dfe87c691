"""The runtime of an exported project, compiled once for the many commands of a test, which leave no caches themselves."""

from __future__ import annotations

import compileall
from pathlib import Path


def compiled(project: Path) -> Path:
    """The project; its copies keep what was compiled, as long as they keep the times of its files."""
    assert compileall.compile_dir(project / "nbexport_runtime", quiet=1)
    return project
