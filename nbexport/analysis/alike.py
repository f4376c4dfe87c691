"""Names that are plainly the same word: what a read may have meant, and what a binding may once have been called.

accuracy = 0.5
print(accurracy)        one slip in a long name: `accuracy` is meant
print(X_tset)           `X_test` and `X_train` are siblings, `X_tset` is none: too short a word to tell
"""

from __future__ import annotations

import re


def is_alike(name: str, other: str) -> bool:
    """Whether two names are plainly the same word: another case, a plural, one slip in a long one.

    Names that differ in a digit or in a part of one letter (`X_train`, `y_train`) are siblings, not slips.

    >>> is_alike("row", "rows"), is_alike("Xtrain", "X_train"), is_alike("accurracy", "accuracy")
    (True, True, True)
    >>> is_alike("x1", "x2"), is_alike("X_train", "y_train"), is_alike("train", "brain"), is_alike("df", "dff")
    (False, False, False, False)
    """
    if name == other or min(len(name), len(other)) < 3 or abs(len(name) - len(other)) > 1:
        return False
    if re.sub(r"\D", "", name) != re.sub(r"\D", "", other):
        return False
    plain, plain_other = name.replace("_", "").lower(), other.replace("_", "").lower()
    if plain == plain_other or plain + "s" == plain_other or plain_other + "s" == plain:
        return True
    parts, other_parts = name.split("_"), other.split("_")
    if len(parts) != len(other_parts):
        return False
    changed = [(a, b) for a, b in zip(parts, other_parts, strict=True) if a != b]
    if len(changed) != 1:
        return False
    first, second = changed[0]
    return min(len(first), len(second)) >= 6 and _one_slip(first, second)


def _one_slip(first: str, second: str) -> bool:
    """Whether one letter is added, left out or changed, or two neighbours are swapped."""
    if len(first) > len(second):
        first, second = second, first
    same = next((at for at, letter in enumerate(first) if letter != second[at]), len(first))
    rest, other = first[same:], second[same:]
    if len(first) < len(second):
        return rest == other[1:]
    return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
