"""The table `[log]` of `platform.toml`."""

from __future__ import annotations

import os
from dataclasses import dataclass

SALT = "UNIT_SALT"
"""The variable with the salt of units; what the project's name gives is known to all who know the project."""


@dataclass(frozen=True)
class Log:
    """Where predictions are kept, and for how long."""

    archive: str = "logs/archive"
    """Where compacted lines are: a folder, or an address such as `s3://bucket/path`."""
    keep_days: int = 0
    """Compacted days that are kept; 0 keeps all."""
    unit_salt: str = "nbexport"
    """What units are hashed with; `UNIT_SALT` of the environment wins, and keeps it out of the repository."""
    redact: tuple[str, ...] = ()
    """Names whose values are neither logged nor kept; `card` at any depth, `customer.email` only right inside of
    `customer`. What is in the archive already loses them with the next compaction."""

    @property
    def salt(self) -> str:
        """What units are hashed with."""
        return os.environ.get(SALT) or self.unit_salt

    @property
    def redacted(self) -> tuple[str, ...]:
        """The names of `redact`, as they are looked for: `items[].card` is `items.card`."""
        return tuple(name.strip().replace("[]", "") for name in self.redact if name.strip())
