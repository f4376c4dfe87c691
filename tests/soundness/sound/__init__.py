"""Sound notebooks: rich exploration, none of which can matter. All must be exported and compute the same."""

from __future__ import annotations

from soundness.sound import others, tables

CASES = (*tables.CASES, *others.CASES)
