"""Which of two models answers whom: by a hash of an id, so that the same id always reaches the same model.

The salt differs from rollout to rollout, so that it is not always the same people who try what is new. Who is chosen
at 10 % is chosen at 20 % too.
"""

import hashlib


def bucket(salt: str, key: str) -> float:
    """The place of an id from 0 to below 1.

    Raises:
        ValueError: There is no id: all who have none would be sent the same way.
    """
    if not key:
        raise ValueError("an id is needed to stay with one model")
    digest = hashlib.sha256(f"{salt}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def chosen(salt: str, key: str, percent: float) -> bool:
    """Whether an id gets the candidate."""
    return bucket(salt, key) < percent / 100
