"""Lambdas, generators and inner functions are judged where they run, not where they stand."""

from __future__ import annotations

import pytest

from nbexport import api

SOUND = {
    "a table of functions, called later": (
        "ops = {'show': lambda v: print(render(v))}\ndef render(v):\n    return str(v)\nops['show'](1)"
    ),
    "a name that is bound below, called only then": "one = lambda r: two(r) + 1\ntwo = lambda r: r * 3\nprint(one(2))",
    "a function passed on only then": "key = lambda r: scale * r\nscale = 2\nprint(sorted([1], key=key))",
    "recursive": "fact = lambda n: 1 if n < 2 else n * fact(n - 1)\nprint(fact(3))",
    "recursive behind a decorator": (
        "from functools import lru_cache\nfib = lru_cache(None)(lambda n: n if n < 2 else fib(n - 1))\nprint(fib(9))"
    ),
    "recursive behind a decorator of its own": (
        "def memo(f):\n    def inner(n):\n        return f(n)\n    return inner\n"
        "fib = memo(lambda n: n if n < 2 else fib(n - 1))\nprint(fib(3))"
    ),
    "kept by a function of its own": (
        "handlers = []\ndef keep(f):\n    handlers.append(f)\nkeep(lambda: late)\nlate = 1\nprint(handlers[0]())"
    ),
    "a default factory": "from collections import defaultdict\nd = defaultdict(lambda: start)\nstart = 3\nd['a'] += 1",
    "a property": "class Box:\n    area = property(lambda self: UNIT * 2)\nUNIT = 3\nprint(Box().area)",
    "a callback": "class Button:\n    pass\nb = Button()\nb.on_click(lambda _: draw())\ndef draw():\n    pass",
    "a generator": "parts = (clean(w) for w in ['a'])\ndef clean(w):\n    return w\nprint(list(parts))",
    "a map": "parts = map(lambda w: clean(w), ['a'])\ndef clean(w):\n    return w\nprint(list(parts))",
    "a generator that is only shown": "parts = (late for _ in [1])\nprint(type(parts))\nlate = 1\nprint(*parts)",
    "a closure": "def make():\n    return lambda: late\ng = make()\nlate = 1\nprint(g())",
    "a decorator": (
        "def deco(f):\n    def inner(*a):\n        return helper(f(*a))\n    return inner\n"
        "@deco\ndef one():\n    return 1\ndef helper(x):\n    return x\nprint(one())"
    ),
    "a function that is called by what is made": (
        "def low():\n    return scale\nops = [lambda: low()]\nscale = 1\nprint(ops[0]())"
    ),
    "any failure is passed over": "try:\n    old.close()\nexcept Exception:\n    pass\nold = open('a')",
    "any failure of a call is passed over": (
        "def renew():\n    global s\n    try:\n        s.close()\n    except:\n        pass\n    s = open('a')\nrenew()\ns.close()"
    ),
    "an annotation that nothing evaluates": "from __future__ import annotations\ndef f(a: Later) -> Later: return a\nclass Later:\n    x: Later",
    "an annotation of nothing": "from __future__ import annotations\nx: Nowhere = 3\ndef f(a: dict[str, Nowhere]): return a",
    "the name is missing where the run ends anyway": "if input:\n    n = 1\nelse:\n    raise ValueError(late)\nlate = 1\nprint(n)",
}
TOO_EARLY = {
    "a table of functions": ("ops = {'show': lambda v: late}\nprint(ops['show'](1))\nlate = 1", "NBX102"),
    "got from a table": ("ops = {'show': lambda v: late}\nprint(ops.get('show')(1))\nlate = 1", "NBX102"),
    "another name for it": ("ops = [lambda: late]\nf = ops[0]\nf()\nlate = 1", "NBX102"),
    "a loop over a table": ("for f in [lambda: late]:\n    f()\nlate = 1", "NBX102"),
    "by its name": ("f = lambda: late\nf()\nlate = 1", "NBX102"),
    "passed to what calls it": ("key = lambda r: late\nprint(sorted([1], key=key))\nlate = 1", "NBX102"),
    "in the call": ("print(sorted([1], key=lambda r: late))\nlate = 1", "NBX102"),
    "in a call of its own": ("def run(f):\n    return f()\nrun(lambda: late)\nlate = 2", "NBX102"),
    "a default factory": (
        "from collections import defaultdict\nd = defaultdict(lambda: late)\nd['a'] += 1\nlate = 3",
        "NBX102",
    ),
    "a generator in the call": ("total = sum(late for x in [1])\nlate = 1", "NBX102"),
    "a generator that is iterated": ("parts = (late for x in [1])\nfor p in parts:\n    print(p)\nlate = 1", "NBX102"),
    "a generator that is read": ("parts = (late for x in [1])\nprint(list(parts))\nlate = 1", "NBX102"),
    "the first iterable of a generator": ("parts = (w for w in late)\nlate = [1]", "NBX102"),
    "a map that is read": ("parts = list(map(lambda v: late, [1]))\nlate = 1", "NBX102"),
    "a lambda that nothing runs, and a name that nothing binds": ("f = {1: lambda: nowhere}", "NBX101"),
    "a default of an annotated argument": (
        "from __future__ import annotations\ndef f(a: int = late): return a\nlate = 1",
        "NBX102",
    ),
    "annotations are evaluated without the import": ("def f(a: Later): return a\nclass Later:\n    pass", "NBX102"),
    "a handler that says something": ("try:\n    old.close()\nexcept Exception as e:\n    print(e)\nold = 1", "NBX102"),
    "a failure that is passed over, of a name that nothing binds": (
        "try:\n    nowhere.close()\nexcept:\n    pass",
        "NBX101",
    ),
}


def codes(text: str) -> list[str]:
    """The codes of what is found about a name in a percent notebook."""
    _, findings = api.check_text(text, "a.py")
    return [finding.code for finding in findings if finding.code.startswith("NBX1")]


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_sound(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(("text", "code"), TOO_EARLY.values(), ids=TOO_EARLY.keys())
def test_too_early(text: str, code: str) -> None:
    assert codes(text) == [code]


CLOSURE = """\
# %% tags=["data"]
rows = [1]
def make():
    return lambda: late
g = make()
# %% tags=["train"]
late = 4
model = g()
# %% tags=["evaluate"]
metrics = {"y": model}
"""


@pytest.mark.parametrize("text", [CLOSURE])
def test_what_an_exported_function_cannot_be_given_in_time_is_refused(text: str) -> None:
    assert codes(text) == ["NBX102"]
    assert codes(text.replace(' tags=["', ' title=["')) == []


def test_annotations_are_postponed_from_the_cell_on_that_says_so() -> None:
    """IPython keeps the flags of its compiler from cell to cell."""
    cells = ("from __future__ import annotations", "def f(a: Later): return a", "class Later:\n    pass")
    assert codes("# %%\n" + "\n# %%\n".join(cells)) == []
    assert codes("# %%\n" + "\n# %%\n".join((cells[1], cells[2], cells[0]))) == ["NBX102"]
