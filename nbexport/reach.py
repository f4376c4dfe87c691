"""What may be read on behalf of somebody who may only edit a notebook: what the root of their server shows.

is_shown(Path("../secret.py"), within=None)      as on the command line: whatever a notebook names
is_shown(Path("../secret.py"), within=root)      as in a server: below its root only
"""

from __future__ import annotations

import os
from pathlib import Path


def is_shown(path: Path, *, within: Path | None) -> bool:
    """Whether a file or folder may be read: it really lies below a folder, and no part of the way there is hidden.

    Args:
        path: The file or folder, which may be a link.
        within: The folder outside of which nothing is read; None for no such limit.
    """
    if within is None:
        return True
    try:
        root, place = Path(os.path.realpath(within)), Path(os.path.realpath(path))
    except (OSError, ValueError):  # no path at all: a null byte
        return False
    return place.is_relative_to(root) and not any(part.startswith(".") for part in place.relative_to(root).parts)
