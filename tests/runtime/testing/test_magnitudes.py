"""Whole numbers of made-up requests are of the size that the notebook's examples have; all else is sent as made up."""

from __future__ import annotations

import pytest
from nbexport_runtime.testing import magnitudes, tamed

EXAMPLES = [{"days": 30, "row": {"id": -7_000, "price": 2.5}}, {"days": 7, "many": [1, 2_000], "open": True}]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"days": 2_003_654}, {"days": 254}),
        ({"days": -2_003_654}, {"days": -254}),
        ({"days": 300, "row": {"id": 70_000}}, {"days": 300, "row": {"id": 70_000}}),
        ({"inputs": [{"days": 301}, {"days": 5}]}, {"inputs": [{"days": 1}, {"days": 5}]}),
        ({"many": [[20_001]], "unknown": 1_234}, {"many": [[1]], "unknown": 34}),
        ({"days": 300 * 10**400 + 7}, {"days": 7}),
        ({"days": True, "price": 1e300, "text": "2003654", "none": None}, None),
    ],
)
def test_only_large_whole_numbers_are_others(body: dict[str, object], sent: dict[str, object] | None) -> None:
    assert tamed(body, magnitudes(EXAMPLES)) == (body if sent is None else sent)
