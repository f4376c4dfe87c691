"""How a command ends: what it prints and the exit code that a workflow branches on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nbexport_runtime.masking import mask_uncaught
from nbexport_runtime.training import UsageError

DONE = 0
"""It did what it was asked to; of a judgement: promoted, or it would be."""
TROUBLE = 1
"""It could not do it, and says why; nothing was changed."""
REFUSED = 10
"""It was judged, and the answer is no."""

CODES = "exit codes: 0 done (promoted, or would be), 10 refused, 1 trouble, 2 wrong usage"


class PipelineError(UsageError):
    """Something that keeps a command from its work; the text says what, why and how to fix it."""


@dataclass(frozen=True)
class Outcome:
    """What a command did: lines for people, facts for programs."""

    lines: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    code: int = DONE


def parser(description: str) -> argparse.ArgumentParser:
    """The beginning of a command line; every command has `--json`."""
    command = argparse.ArgumentParser(description=description, epilog=CODES, allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="print the outcome as JSON, and only that")
    return command


def progress(text: str) -> None:
    """Say on standard error what a long command does now."""
    print(f"{text} …", file=sys.stderr, flush=True)


def finish(options: argparse.Namespace, work: Callable[[], Outcome], after: Callable[[], None] | None = None) -> int:
    """Do the work and print its outcome; the exit code.

    Args:
        options: The options of the command line.
        work: Does it.
        after: What is done once the outcome is printed, and whose failure is not the command's.
    """
    mask_uncaught()
    try:
        outcome = work()
    except PipelineError as trouble:
        if options.json:
            print(json.dumps({"outcome": "trouble", "error": str(trouble)}))
        print(f"error: {trouble}", file=sys.stderr)
        return TROUBLE
    if options.json:
        word = "refused" if outcome.code == REFUSED else "done"
        print(json.dumps({"outcome": word, **outcome.facts}, indent=2, default=str))
    else:
        for line in outcome.lines:
            print(line)
    if after is not None:
        sys.stdout.flush()
        after()
    return outcome.code
