"""Methods are followed where they run: of new instances, of attributes, inherited, and through `self`."""

from __future__ import annotations

import pytest

from nbexport import api

METER = "class Meter:\n    def read(self):\n        return LIMIT\n"
CALLS = {
    "a new instance": f"{METER}Meter().read()",
    "a name of an instance": f"{METER}meter = Meter()\nmeter.read()",
    "an attribute": f"{METER}class Box:\n    def __init__(self):\n        self.meter = Meter()\nbox = Box()\nbox.meter.read()",
    "an attribute of a new instance": f"{METER}class Box:\n    def __init__(self):\n        self.meter = Meter()\nBox().meter.read()",
    "inherited": f"{METER}class Other(Meter):\n    pass\nOther().read()",
    "through self": f"{METER}class Other(Meter):\n    def run(self):\n        return self.read()\nOther().run()",
    "an inherited constructor": "class Base:\n    def __init__(self):\n        self.size = LIMIT\nclass Other(Base):\n    pass\nOther()",
}


def codes(text: str) -> list[str]:
    _, findings = api.check_text(text, "a.py")
    return [finding.code for finding in findings if finding.code.startswith("NBX1")]


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS.keys())
def test_a_method_reads_what_is_bound_only_later(text: str) -> None:
    assert codes(f"{text}\nLIMIT = 4") == ["NBX102"]
    assert codes(f"LIMIT = 4\n{text}") == []


def test_a_method_that_another_class_overrides_is_not_run() -> None:
    own = "class Other(Meter):\n    def read(self):\n        return 1\n"
    assert codes(f"{METER}{own}Other().read()\nLIMIT = 4") == []


def test_methods_that_call_each_other_end() -> None:
    text = "class A:\n    def m(self):\n        return self.k()\n    def k(self):\n        return self.m()\nA().m()"
    assert codes(text) == []
