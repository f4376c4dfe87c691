"""What a command line ends in."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FOUND = 1
    TROUBLE = 2
    CONFLICT = 3
    BUG = 70
    """`EX_SOFTWARE` of BSD's sysexits.h."""
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done, nothing to object to",
    ExitCode.FOUND: "errors found, an export refused, or values that differ",
    ExitCode.TROUBLE: "wrong usage or trouble with files",
    ExitCode.CONFLICT: "files edited by hand are in the way; nothing was written",
    ExitCode.BUG: "internal error",
    ExitCode.INTERRUPTED: "interrupted",
}
"""What each of them says, in help texts and to agents."""
_BY_WEIGHT = (ExitCode.OK, ExitCode.FOUND, ExitCode.CONFLICT, ExitCode.TROUBLE)


def worse(one: ExitCode, other: ExitCode) -> ExitCode:
    """The code that says more of two parts of one run."""
    return max(one, other, key=_BY_WEIGHT.index)
