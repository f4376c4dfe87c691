"""Start a program that ends with the process that asked for it, whatever ends that one.

    python child.py PARENT SIGNAL PROGRAM ARGUMENT…

On Linux the kernel sends the signal once PARENT is gone. Elsewhere this process stays, looks for its parent, and ends
the program and all that it started. It imports the standard library alone, and takes some milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

LOOK_S = 0.5
"""How often a parent is looked for where the kernel does not say."""
PR_SET_PDEATHSIG = 1


def main(words: list[str]) -> int:
    """Become the program, or watch it; its exit code."""
    parent, number, program = int(words[0]), int(words[1]), words[2:]
    if signaled_by_the_kernel(number):
        if os.getppid() != parent:
            # it was gone before the kernel knew
            return 1
        os.execv(program[0], program)  # noqa: S606 - what the pipeline asks for
    return watched(program, parent, number)


def signaled_by_the_kernel(number: int) -> bool:
    """Ask for a signal once the parent is gone; whether this system has that."""
    if not sys.platform.startswith("linux"):
        return False
    call = getattr(ctypes.CDLL(None), "prctl", None)
    return call is not None and call(PR_SET_PDEATHSIG, number, 0, 0, 0) == 0


def watched(program: list[str], parent: int, number: int) -> int:
    """Run a program in a group of its own, which ends once the parent is another one; its exit code."""
    with subprocess.Popen(program, start_new_session=True) as process:
        while True:
            try:
                return process.wait(LOOK_S)
            except subprocess.TimeoutExpired:
                if os.getppid() != parent:
                    os.killpg(process.pid, number)
                    os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
