"""Gives a new folder the name of an old one."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from pathlib import Path


def put_in_place(staging: Path, output: Path) -> None:
    """Give the new folder the name of the old one; a kill at any moment leaves one of the two there."""
    if not output.exists():
        staging.rename(output)
        return
    if sys.platform.startswith("linux"):
        # the system call that exchanges two names; its flag is RENAME_EXCHANGE
        exchange = getattr(ctypes.CDLL(None), "renameat2", None)
        here, flag = -100, 2
        names = os.fsencode(staging), os.fsencode(output)
        if exchange and exchange(here, names[0], here, names[1], flag) == 0:
            return
    old = Path(tempfile.mkdtemp(prefix=f".{output.name}-old-", dir=output.parent))
    output.rename(old / "bundle")
    staging.rename(output)
    shutil.rmtree(old, ignore_errors=True)
