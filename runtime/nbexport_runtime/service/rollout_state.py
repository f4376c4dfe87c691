"""The file that says how much traffic a candidate gets; written by `rollout.py`, read by the service."""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rollout:
    """A rollout that is under way."""

    candidate: str
    """Its bundle, relative to the folder of the file."""
    version: str
    percent: float
    salt: str
    started: str
    key_header: str
    """The header of a request that holds the id by which it is decided."""


def read(path: Path) -> Rollout | None:
    """The rollout that a file describes; None where there is no file.

    Raises:
        ValueError: It holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    return checked(found)


def checked(found: Any) -> Rollout:
    """An object as a rollout.

    Raises:
        ValueError: It is not one.
    """
    names = {entry.name for entry in fields(Rollout)}
    if not isinstance(found, dict) or found.keys() != names:
        raise ValueError(f"it must be an object with {', '.join(sorted(names))}")
    percent = found["percent"]
    number = isinstance(percent, int | float) and not isinstance(percent, bool)
    if not number or not math.isfinite(percent) or not 0 <= percent <= 100:
        raise ValueError("percent is not a number from 0 to 100")
    texts = names - {"percent"}
    if any(not isinstance(found[name], str) or not found[name] for name in texts):
        raise ValueError("an entry is not text, or empty")
    place = Path(found["candidate"])
    if place.is_absolute() or ".." in place.parts:
        raise ValueError("the candidate is not inside the folder of the file")
    return Rollout(**{**found, "percent": float(percent)})


def text(rollout: Rollout) -> str:
    """A rollout as `read` takes it.

    Raises:
        ValueError: It is not one.
    """
    return json.dumps(asdict(checked(asdict(rollout))), indent=2) + "\n"
