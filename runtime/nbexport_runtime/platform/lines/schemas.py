"""The published schemas of the lines, for whoever reads the log without us: Kafka, ClickHouse, a lake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VERSION = 1
"""What a line's member `schema` says; a line without it has version 1."""
FOLDER = Path(__file__).parent / "schema"


def text(kind: str, version: int = VERSION) -> str:
    """The JSON Schema of a log's line.

    Args:
        kind: `predictions` or `outcomes`.
        version: The version of the schema.
    """
    return (FOLDER / f"{kind}.v{version}.json").read_text(encoding="utf-8").rstrip()


def schema(kind: str, version: int = VERSION) -> dict[str, Any]:
    """The JSON Schema of a log's line, parsed."""
    parsed: dict[str, Any] = json.loads(text(kind, version))
    return parsed
