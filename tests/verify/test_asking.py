"""What is laid to the order of a request's members."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from nbexport_runtime import bundle

from nbexport.verify.asking import Answer, Asking, turned

BODY = '{"row": {"a": 1, "b": [{"c": 2, "d": 3}]}}'


class Asked(Asking):
    """A service that is only thought of."""

    def __init__(self, kind: str) -> None:
        self.kind, self.calls = kind, count()
        self.bundle, self.found = bundle, {"turned": []}
        self.alone = [(BODY, self.predict(BODY)[0])]

    def predict(self, body: str) -> tuple[Answer, str]:
        answer: Any = {"by name": 1, "in order": body.index('"a"'), "calls": next(self.calls)}[self.kind]
        return (200, "v", {"answer": answer}), json.dumps(answer)


@pytest.mark.parametrize(("kind", "depends"), [("by name", False), ("in order", True), ("calls", False)])
def test_only_what_the_order_changes_is_laid_to_it(kind: str, depends: bool) -> None:
    asked = Asked(kind)
    asked.ask_turned()
    assert [body for body, _, _ in asked.found["turned"]] == [BODY] * depends


def test_the_opposite_order_holds_the_same() -> None:
    other = turned(json.loads(BODY))
    assert other == json.loads(BODY)
    assert json.dumps(other) == '{"row": {"b": [{"d": 3, "c": 2}], "a": 1}}'
