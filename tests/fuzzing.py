"""How much is tried where inputs are drawn: the same on every run, or many times as much and something new.

`make fuzz` sets `FUZZ` (how many times as many examples) and `FUZZ_SEED` (what they are drawn from).
"""

from __future__ import annotations

import os

from hypothesis import settings

FACTOR = int(os.environ.get("FUZZ", "0"))
"""0 for the examples that every run has."""
SEED = int(os.environ.get("FUZZ_SEED", "0"))

settings.register_profile("seeded", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile(
    "fuzz",
    derandomize=False,
    database=None,
    deadline=None,
    print_blob=True,
    max_examples=settings.get_profile("seeded").max_examples * max(1, FACTOR),
)


def load_profile() -> None:
    """Decide how the property tests of this run draw; called before any of them is defined."""
    settings.load_profile("fuzz" if FACTOR else "seeded")


def examples(count: int) -> settings:
    """The settings of a property test that is worth that many examples, or that many times `FUZZ`."""
    return settings(max_examples=count * max(1, FACTOR))


def seeds(count: int, *, each: int | None = None) -> range:
    """So many seeds for a test that draws by itself, always the same ones without `FUZZ`.

    Args:
        count: How many every run has.
        each: How many there are for each of `FUZZ`; as many as every run has by default.
    """
    return range(SEED, SEED + (each or count) * FACTOR) if FACTOR else range(count)


TALLY = "tally"
"""The property of a test that holds what its draws came to: counts by name, as JSON."""
