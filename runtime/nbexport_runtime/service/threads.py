"""How many threads a prediction has."""

import sys
from collections.abc import Mapping
from typing import Any

from nbexport_runtime.bundle import CHEAP_MS

WORTH_THREADS = 1.5
"""How much faster all processors must be than one, for a prediction to have them."""


def is_cheap(manifest: Mapping[str, Any]) -> bool:
    """Whether a prediction costs less than handing it to another thread or process; not where nothing was measured."""
    taken_ms = manifest.get("predict_ms")
    return taken_ms is not None and taken_ms < CHEAP_MS


def threads_for(manifest: dict[str, Any]) -> int:
    """Threads that the model gains from, by what was measured when it was saved; 0 leaves that to its libraries."""
    every = manifest.get("predict_ms") or CHEAP_MS
    one = manifest.get("predict_ms_one_thread") or every
    return 1 if is_cheap(manifest) or one < WORTH_THREADS * every else 0


def set_threads(count: int) -> None:
    """Bound the threads of the numerical libraries that are loaded, for the thread that calls this; 0 does not."""
    if not count:
        return
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    if "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(count)
