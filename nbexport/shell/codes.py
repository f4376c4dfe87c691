"""What a command line ends in."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FOUND = 1
    """Errors found, an export refused, or values that differ."""
    TROUBLE = 2
    """Wrong usage or trouble with files."""
    CONFLICT = 3
    """Files edited by hand are in the way; nothing was written."""
    BUG = 70
    """A fault of nbexport itself (`EX_SOFTWARE` of BSD's sysexits.h)."""
    INTERRUPTED = 130


_BY_WEIGHT = (ExitCode.OK, ExitCode.FOUND, ExitCode.CONFLICT, ExitCode.TROUBLE)


def worse(one: ExitCode, other: ExitCode) -> ExitCode:
    """The code that says more of two parts of one run."""
    return max(one, other, key=_BY_WEIGHT.index)
