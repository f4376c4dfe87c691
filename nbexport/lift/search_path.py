"""Where the folders that a notebook adds to `sys.path` lie in its project.

sys.path.insert(0, "src")       src
sys.path.append("../lib")       lib, as a project holds nothing above itself
sys.path.append("/opt/lib")     stays as it is
"""

from __future__ import annotations

import posixpath


def folder_in_project(written: str) -> str | None:
    """The folder, relative to the project; empty for the project itself, None for one that is not the notebook's own."""
    if not written or written.startswith(("/", "~")) or "\\" in written or ":" in written:
        return "" if not written else None
    parts = [part for part in posixpath.normpath(written).split("/") if part not in ("..", ".")]
    return "/".join(parts)
