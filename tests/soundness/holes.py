"""Holes, each cut into the analysis of the process that calls it: what random notebooks must find.

None of them is told to whoever writes the notebooks.
"""

from __future__ import annotations

from typing import Any


def _deaf_to(is_unheard: Any) -> None:
    """The analysis notes no change of these objects."""
    from nbexport.analysis.effects.ledger import Ledger

    noted = Ledger.write

    def write(self: Ledger, obj: Any, *words: Any, **named: Any) -> None:
        if not is_unheard(obj):
            noted(self, obj, *words, **named)

    Ledger.write = write  # type: ignore[method-assign]


def randomness() -> None:
    """Generator objects are drawn from without a trace."""
    _deaf_to(lambda obj: obj.word == "generator")


def aliasing() -> None:
    """What comes out of a list or dict is taken for something new."""
    from nbexport.analysis.effects import items
    from nbexport.analysis.effects.objects import NOTHING

    items._of_container = lambda *words: NOTHING  # type: ignore[assignment]


def settings() -> None:
    """Settings of the process are changed without a trace."""
    from nbexport.analysis.effects.objects import Kind

    _deaf_to(lambda obj: obj.kind is Kind.PLACE and obj.word == "setting")


HOLES = (randomness, aliasing, settings)
