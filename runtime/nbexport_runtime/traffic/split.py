"""Which version answers whom: by a hash of an id, so that the same id always reaches the same version.

The salt differs from rollout to rollout, so that it is not always the same people who try what is new. The first
candidate gets the places from 0 up, others those from 1 down, production the places between: with one or two
candidates, whoever has one at 10 % has it at 20 % too.
"""

from __future__ import annotations

import hashlib

from nbexport_runtime.traffic.traffic import Traffic


def bucket(salt: str, key: str) -> float:
    """The place of an id from 0 to below 1.

    Raises:
        ValueError: There is no id: all who have none would be sent the same way.
    """
    if not key:
        raise ValueError("an id is needed to stay with one model")
    digest = hashlib.sha256(f"{salt}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def chosen(traffic: Traffic, key: str, request_id: str = "") -> str:
    """The version to which an id belongs; production where there is no id. What it means, `mode` says.

    Args:
        traffic: The shares.
        key: The id by which it is decided, as the header of the request has it.
        request_id: The id of the request, by which a shadow's sample is drawn where there is no key: nobody has to stay
            with a version that answers nobody.
    """
    candidates = traffic.candidates
    if not key and traffic.mode == "shadow":
        key = request_id
    if not key or not candidates:
        return traffic.production
    place = bucket(traffic.salt, key)
    first, *others = candidates
    if place < first.weight_percent / 100:
        return first.version
    end = 1.0
    for arm in others:
        end -= arm.weight_percent / 100
        if place >= end:
            return arm.version
    return traffic.production
