"""Shares for people."""

from __future__ import annotations


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage.

    >>> percent(0.0629, 1)
    '6.3 %'
    """
    return f"{100 * share:.{digits}f} %"
