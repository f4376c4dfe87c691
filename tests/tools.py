"""Programs that tests need and that are not Python packages."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "tools"
"""Where `tests/fetch_tools.sh` unpacks what the machine lacks."""


def promtool() -> Path:
    """Prometheus's own checker of its configuration and rules.

    Raises:
        FileNotFoundError: It is neither on the path nor fetched.
    """
    found = shutil.which("promtool") or shutil.which("promtool", path=str(FOLDER / "usr" / "bin"))
    if found is None:
        raise FileNotFoundError("promtool is missing: run `make test`, or put the one of prometheus.io on the path")
    return Path(found)
