"""Functions are followed where something runs them, and only there: callbacks, tables, properties, operators."""

from __future__ import annotations

import pytest

from nbexport import api

READS = "def end(*rest):\n    return UNIT\n"
PART = "class Part:\n    def end(self, *rest):\n        return UNIT\n"
RUN = {
    "passed to a function that calls it": f"{READS}def call(f):\n    return f()\ncall(end)",
    "passed on twice": f"{READS}def inner(g):\n    return g(1)\ndef call(f):\n    return inner(f)\ncall(f=end)",
    "read through map": f"{READS}shown = list(map(end, [1]))",
    "a key to sort by": f"{READS}sorted([2, 1], key=end)",
    "applied to a column": f"{READS}import pandas as pd\npd.Series([1]).apply(end)",
    "minimized": f"{READS}from scipy.optimize import minimize\nminimize(end, [1.0])",
    "another name": f"{READS}go = end\ngo()",
    "partial": f"{READS}from functools import partial\ngo = partial(end, 1)\ngo()",
    "in a table": f"{READS}table = {{'end': end, 'len': len}}\ntable['end']()",
    "each of a table": f"{READS}table = {{'end': end}}\nfor name, f in table.items():\n    f(name)",
    "in a list": f"{READS}steps = [abs, end]\nfor step in steps:\n    step(1)",
    "by a decorator": f"{READS}def now(f):\n    f()\n    return f\n@now\ndef other():\n    return end()",
    "behind a decorator": (
        "def timed(f):\n    def inner(*a):\n        return f(*a)\n    return inner\n"
        "@timed\ndef end():\n    return UNIT\nend()"
    ),
    "a closure": "def make():\n    def inner():\n        return UNIT\n    return inner\nmake()()",
    "a thread": f"{READS}import threading\nthread = threading.Thread(target=end)\nthread.start()",
    "a transformer": (
        f"{READS}from sklearn.preprocessing import FunctionTransformer\nFunctionTransformer(end).fit_transform([[1]])"
    ),
    "a generator that is read": "def rows():\n    yield UNIT\nprint(sum(rows()))",
    "awaited": "async def main():\n    return UNIT\nawait main()",
    "a method of each": f"{PART}parts = [Part(), Part()]\nfor part in parts:\n    part.end()",
    "a method of an item": f"{PART}parts = [Part()]\nparts[0].end()",
    "a method passed": f"{PART}list(map(Part().end, [1]))",
    "a method kept": f"{PART}go = Part().end\ngo()",
    "a method of what a function gives": f"{PART}def make():\n    part = Part()\n    return part\nmake().end()",
    "a method of an argument": (
        f"{PART}class Box:\n    def __init__(self, part):\n        self.part = part\nBox(Part()).part.end()"
    ),
    "a chain of methods": (
        "class Query:\n    def where(self):\n        return self\n    def end(self):\n        return UNIT\nQuery().where().end()"
    ),
    "through super": f"{PART}class Own(Part):\n    def end(self):\n        return super().end()\nOwn().end()",
    "a property": "class Part:\n    @property\n    def size(self):\n        return UNIT\nprint(Part().size)",
    "an operator": "class Part:\n    def __add__(self, other):\n        return UNIT\nPart() + 1",
    "a length": "class Part:\n    def __len__(self):\n        return UNIT\nprint(len(Part()))",
    "iterated": "class Part:\n    def __iter__(self):\n        yield UNIT\nfor row in Part():\n    print(row)",
    "entered": (
        "class Part:\n    def __enter__(self):\n        return UNIT\n    def __exit__(self, *rest):\n        pass\n"
        "with Part():\n    pass"
    ),
    "printed": "class Part:\n    def __repr__(self):\n        return str(UNIT)\nprint(f'{Part()}')",
    "called": "class Part:\n    def __call__(self):\n        return UNIT\nPart()()",
}
KEPT = {
    "only named": f"{READS}table = {{'end': end}}\ngo = end\nsteps = [end]",
    "kept by partial": f"{READS}from functools import partial\ngo = partial(end, 1)",
    "not read yet": f"{READS}shown = map(end, [1])",
    "another key": f"{READS}table = {{'end': end, 'len': len}}\ntable['len']([])",
    "a key that is not known": f"def other():\n    return 1\n{READS}import sys\n{{'a': end, 'b': other}}[sys.argv[0]]()",
    "registered": f"{READS}import atexit\natexit.register(end)",
    "a loss": f"{READS}model = object()\nmodel.compile(loss=end, metrics=[end])",
    "looked at": f"{READS}import inspect\nprint(inspect.getsource(end), end)",
    "its failure is caught": f"{READS}try:\n    list(map(end, [1]))\nexcept NameError:\n    pass",
    "its failure is suppressed": (
        f"{READS}from contextlib import suppress\nwith suppress(NameError):\n    list(map(end, [1]))"
    ),
    "never reached": f"{READS}if False:\n    list(map(end, [1]))",
    "a class only": f"{PART}parts = {{'part': Part}}\npart = Part()",
    "another method": (
        "class Part:\n    def end(self):\n        return UNIT\n    def other(self):\n        return 1\n"
        "parts = [Part()]\nparts[0].other()"
    ),
}


def codes(text: str) -> list[str]:
    """The codes of hidden state that are reported."""
    _, findings = api.check_text(text, "a.py")
    return [finding.code for finding in findings if finding.code.startswith("NBX1")]


@pytest.mark.parametrize("text", RUN.values(), ids=RUN.keys())
def test_what_is_run_reads_what_is_bound_only_later(text: str) -> None:
    assert codes(f"{text}\n# %%\nUNIT = 4") == ["NBX102"]
    assert codes(text) == ["NBX101"], "nor is it bound anywhere"
    assert codes(f"UNIT = 4\n# %%\n{text}") == []


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_what_is_only_kept_reads_nothing_yet(text: str) -> None:
    assert codes(f"{text}\n# %%\nUNIT = 4") == []


def test_recursion_through_callbacks_ends() -> None:
    text = "def first(f):\n    return f(first)\ndef second(f):\n    return f(second)\nfirst(second)\nprint(UNIT)\n"
    assert codes(f"def unused():\n    return LATER\n{text}UNIT = LATER = 1") == ["NBX102"]


def test_a_name_that_a_callback_binds_is_bound_below() -> None:
    text = "def fill(_):\n    global table\n    table = 1\ndef end(_):\n    return table\n"
    assert codes(f"{text}list(map(fill, [1]))\nlist(map(end, [1]))") == []
