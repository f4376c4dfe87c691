"""What the caller of a command can fix."""

from __future__ import annotations

import os
from pathlib import Path

from nbexport_runtime.masking import masked


class UsageError(Exception):
    """Wrong options or missing data; shown without a traceback, exit code 2."""

    def __init__(self, text: str) -> None:
        # whoever shows it, secrets and credentials in addresses are not in it
        super().__init__(masked(text))


def missing_data(error: BaseException) -> UsageError | None:
    """What to say of a file that a stage looked for in vain; None for all other errors, and for missing programs."""
    if not isinstance(error, FileNotFoundError):
        return None
    if error.filename is None:
        return UsageError(f"a file is not here: {error}")
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(error.filename)
    if not Path(name).suffix and Path(name).name == name:
        return None
    return UsageError(f"the file `{name}` is not here; put it into the project's folder")
