"""The account of a notebook's effects: what its export takes to be harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbexport.model import Assumption
from nbexport.record import record

if TYPE_CHECKING:
    from nbexport.analysis.notebook import Analysis


@record
class Account:
    """What the effects of a notebook mean for its export."""

    assumptions: tuple[Assumption, ...] = ()


def account(analysis: Analysis) -> Account:
    """What the effects of a notebook mean for its export."""
    return Account()
