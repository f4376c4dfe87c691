"""All notebooks, by kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from soundness.cases import Case
from soundness.sound import CASES as SOUND
from soundness.traps import (
    called_back,
    changes,
    consumed,
    corners,
    draws,
    estimators,
    everyday,
    frames,
    generators,
    hidden_state,
    lifting,
    memory,
    networks,
    process,
    rebound,
)

MODULES = (
    draws, generators, changes, consumed, memory, frames, estimators, networks, process, lifting, corners, called_back, everyday,
    hidden_state, rebound,
)  # fmt: skip
TRAPS = tuple(chain.from_iterable(module.CASES for module in MODULES))


def notebooks() -> Iterator[tuple[str, Case]]:
    """`traps` or `sound`, and a notebook."""
    for case in TRAPS:
        yield "traps", case
    for case in SOUND:
        yield "sound", case
