"""Sound notebooks: rich exploration, none of which can matter. All must be exported and compute the same."""

from __future__ import annotations

from soundness.sound import alike, called_back, others, tables

CASES = (*tables.CASES, *others.CASES, *called_back.CASES, *alike.CASES)
