"""Definitions of one text that are written twice, and mean something else the second time: what they read is another."""

from __future__ import annotations

from soundness.cases import Case, cases

_BETWEEN = {
    "import": ("from math import floor as low", "from math import ceil as low", "return low(x)", ""),
    "module": ("import math as m", "import cmath as m", "return m.sqrt(abs(x)).imag + x", ""),
    "helper": ("def low(x):\n    return x + 1", "def low(x):\n    return x + 2", "return low(x)", ""),
    "built_in": ("pass", "from operator import add as max", "return max(x, 1)", ""),
    "through_another": (
        "from math import floor as low\ndef inner(x):\n    return low(x)",
        "from math import ceil as low\ndef inner(x):\n    return low(x)",
        "return inner(x)",
        "",
    ),
    "value": ("shift = 1", "shift = 2", "return x + shift", ""),
    "base": ("class Base:\n    shift = 1", "class Base:\n    shift = 2", "return x + self.shift", "base"),
}
"""Name → what stands before the first definition and before the second, the body of both, what defines them."""


def _definition(body: str, kind: str) -> str:
    if kind == "base":
        return f"class F(Base):\n    def __call__(self, x):\n        {body}\nf = F()"
    return f"def f(x):\n    {body}"


def _case(name: str, before: str, between: str, body: str, kind: str) -> tuple[Case, ...]:
    definition = _definition(body, kind)
    text = "\n".join(
        [
            f"=== alike_but_for_a_{name}",
            "--- data",
            f"{before}\n{definition}\nfirst = f(4.5)",
            "--- train",
            f"{between}\n{definition}\nsecond = f(4.5)",
            "--- evaluate",
            'metrics = {"first": float(abs(first)), "second": float(abs(second))}',
        ]
    )
    return cases(text)


CASES = tuple(case for name, parts in _BETWEEN.items() for case in _case(name, *parts))
