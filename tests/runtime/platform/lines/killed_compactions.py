"""Runs the real `logs.py compact`, each time in a process of its own that may kill itself at one of its file operations.

Its input are lines: the number of the operation, or 0 for none. It says the process, and then how that ended. Forks of
one process that has imported everything: hundreds of runs cost what a dozen would.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

LOADED = (
    *("duckdb", "fsspec", "json", "tempfile", "fcntl"),
    *(f"nbexport_runtime.platform.lines.{name}" for name in ("compaction", "upkeep", "archive")),
    *("nbexport_runtime.platform.commands.logs", "nbexport_runtime.platform.settings"),
)
OPERATIONS = (
    "open",
    "os.rename",
    "os.remove",
    "os.link",
    "os.mkdir",
    "os.rmdir",
    "os.listdir",
    "os.scandir",
    "fcntl.flock",
)


def main(command: str) -> None:
    """Fork a run for each line of the input."""
    for name in LOADED:
        importlib.import_module(name)
    logs = importlib.import_module("nbexport_runtime.platform.commands.logs")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            compact(logs, command, int(line))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(status, flush=True)


def compact(logs: Any, command: str, at: int) -> None:
    """One run; it does not come back."""
    code, seen = 1, 0
    root = str(Path(command).parent)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in OPERATIONS and (event == "fcntl.flock" or root in str(arguments[0])):
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        if at:
            sys.addaudithook(hook)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        logs.main(command, ["compact"])
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:  # noqa: BLE001 - the parent must not go on twice
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
