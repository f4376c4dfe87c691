"""What changes when a file is exchanged: looked at instead of the file."""

from __future__ import annotations

from pathlib import Path

Mark = tuple[int, int, int] | None


def mark(path: Path) -> Mark:
    """What changes when a file does; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size
