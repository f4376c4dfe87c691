"""Imports of libraries without what they would import besides, and do not need."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Within, modules are as if they were not installed, unless they were imported before.

    Args:
        names: Modules that a library does without, and of which it does not remember that they were missing.
    """
    absent = [name for name in names if name not in sys.modules]
    # what is None there cannot be imported
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            if sys.modules.get(name) is None:
                sys.modules.pop(name, None)
