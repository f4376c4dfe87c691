"""Units: what experiments and outcomes know people by, a hash that does not say who they are."""

from __future__ import annotations

import hashlib


def unit_of(salt: str, key: str) -> str:
    """The unit of an id: the same in the prediction log and in outcomes; empty where there is no id.

    Args:
        salt: A text of the project's; whoever has it and a list of ids can tell which unit is whose.
        key: The id, as the header of a request has it.
    """
    if not key:
        return ""
    return hashlib.sha256(f"{salt}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
