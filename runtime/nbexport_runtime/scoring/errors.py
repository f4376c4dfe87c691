"""What keeps a table from being scored."""

from __future__ import annotations

from nbexport_runtime.training.usage import UsageError


class ScoreError(UsageError):
    """Something that keeps a table from being scored; the text says what, why and how to fix it."""
