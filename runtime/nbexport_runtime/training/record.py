"""The record of a run, in a folder that the environment names: its parameters, and its log line by line.

A pipeline names one for each run. What a run that fails, or is killed, has written is there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked

FOLDER = "TRAINING_RECORD"
"""The variable that names the folder."""
LOG, PARAMETERS = "log.jsonl", "parameters.json"


def folder() -> Path | None:
    """The folder of this run's record; None where nobody asks for one."""
    name = os.environ.get(FOLDER)
    return Path(name) if name else None


def begin(parameters: Mapping[str, Any]) -> None:
    """Write the parameters down, and from now on every line of the log; secrets are hidden."""
    place = folder()
    if place is None:
        return
    # what only reads models needs no logging library
    from loguru import logger

    place.mkdir(parents=True, exist_ok=True)
    text = json.dumps(parameters, indent=2, ensure_ascii=False, default=str)
    (place / PARAMETERS).write_text(masked(text) + "\n", encoding="utf-8")
    log = place / LOG

    def write(message: Any) -> None:
        facts = message.record
        line = {
            "time": facts["time"].isoformat(timespec="milliseconds"),
            "level": facts["level"].name,
            # with the traceback, where there is one
            "message": masked(str(message).rstrip()),
        }
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    logger.add(write, level="DEBUG", format="{message}", diagnose=False)
