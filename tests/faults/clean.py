"""Clean notebooks: those of `examples/`, and generated ones in which every name is bound before it is read.

A generated notebook is a random walk over the ways in which people write cells: helpers over globals, loops whose
variables are used afterwards, comprehensions, classes, guarded imports, magics that run Python, `with`, `try`, walrus.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from nbexport.record import record

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


@record
class Text:
    """One cell: its kind and its source."""

    kind: str
    source: str


Cells = tuple[Text, ...]


def as_ipynb(cells: Cells) -> str:
    """The text of the notebook, stripped of counts and outputs."""
    made = []
    for number, cell in enumerate(cells):
        code = {"execution_count": None, "outputs": []} if cell.kind == "code" else {}
        source = cell.source.splitlines(keepends=True)
        made.append({"cell_type": cell.kind, "id": f"c{number}", "metadata": {}, "source": source, **code})
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": python, "cells": made}, indent=1)


def examples() -> Iterator[tuple[str, Cells]]:
    """The sound example notebooks by name."""
    for name in ("churn", "digits", "messages"):
        read = json.loads((EXAMPLES / name / f"{name}.ipynb").read_bytes())
        yield name, tuple(Text(cell["cell_type"], "".join(cell["source"])) for cell in read["cells"])


def generated(seed: int) -> Cells:
    """A notebook of 12 to 30 cells."""
    return _Writer(random.Random(seed)).notebook()


class _Writer:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.numbers: list[str] = []
        self.lists: list[str] = []
        self.functions: list[str] = []
        self.count = 0

    def notebook(self) -> Cells:
        ways: list[Callable[[], str]] = [
            self.plain,
            self.plain,
            self.helper,
            self.loop,
            self.comprehension,
            self.klass,
            self.guarded,
            self.context,
            self.timed,
            self.lambdas,
            self.branch,
            self.shown,
            self.unpacked,
            self.matched,
        ]
        cells = [Text("markdown", "# Study"), Text("code", "%matplotlib inline\nimport math\nimport os.path as osp")]
        cells.append(Text("code", f"{self.list()} = [3, 1, 2]\n{self.number()} = 4"))
        for _ in range(self.dice.randint(9, 27)):
            if self.dice.random() < 0.2:
                cells.append(Text("markdown", f"## Part {self.count}\nabout `{self.a_list()}`"))
            cells.append(Text("code", self.dice.choice(ways)()))
        reads = ", ".join([self.a_number(), self.a_list(), f"math.floor({self.a_number()})", "osp.sep"])
        return (*cells, Text("code", f"print({reads})"))

    def fresh(self, stem: str) -> str:
        self.count += 1
        word = self.dice.choice(
            ("rate", "total", "rows", "score", "limit", "batch", "weight", "frame", "mean", "depth")
        )
        return f"{stem}{word}_{self.count}"

    def number(self) -> str:
        self.numbers.append(self.fresh("n_"))
        return self.numbers[-1]

    def list(self) -> str:
        self.lists.append(self.fresh("l_"))
        return self.lists[-1]

    def a_number(self) -> str:
        return self.dice.choice(self.numbers)

    def a_list(self) -> str:
        return self.dice.choice(self.lists)

    def plain(self) -> str:
        a, b = self.a_number(), self.a_list()
        return f"# arithmetic\n{self.number()} = {a} * 2 + len({b})\n{self.list()} = sorted({b}) + [{a}]"

    def helper(self) -> str:
        a, b = self.a_number(), self.a_list()
        name = self.fresh("f_")
        self.functions.append(name)
        made = f"def {name}(value, *, scale={a}):\n    '''Scales.'''\n    return [scale * part + {a} for part in value]"
        return f"{made}\n\n{self.list()} = {name}({b})"

    def loop(self) -> str:
        b, name, total = self.a_list(), self.fresh("i_"), self.number()
        text = f"{total} = 0\nfor place, {name} in enumerate({b}):\n    {total} += {name}\n    if {total} > 99:\n        break"
        return f"{text}\nprint(place, {name})"

    def comprehension(self) -> str:
        a, b = self.a_number(), self.a_list()
        return f"{self.list()} = [inner ** 2 for inner in {b} if inner != {a}]\n{{key: {a} for key in {b}}}"

    def klass(self) -> str:
        a, b, name = self.a_number(), self.a_list(), self.fresh("C_")
        body = f"class {name}:\n    size = {a}\n    def __init__(self, given):\n        self.given = given + [self.size, {a}]"
        return f"{body}\n\n{self.list()} = {name}({b}).given"

    def guarded(self) -> str:
        a = self.a_number()
        text = "try:\n    from fastmath import fast_sum\nexcept ImportError:\n    fast_sum = sum"
        return f"{text}\n{self.number()} = fast_sum([{a}, 1])"

    def context(self) -> str:
        a = self.a_number()
        text = f"import io\nwith io.StringIO() as stream:\n    print({a}, file=stream)\n    written = stream.getvalue()"
        return f"{text}\n{self.number()} = len(written)"

    def timed(self) -> str:
        a, b = self.a_number(), self.a_list()
        if self.dice.random() < 0.5:
            return f"%%time\n{self.number()} = max({b}) + {a}"
        return f"%timeit -n 1 -r 1 sorted({b})\n{self.number()} = {a} - 1"

    def lambdas(self) -> str:
        a, b = self.a_number(), self.a_list()
        return f"{self.list()} = sorted({b}, key=lambda one: -one * {a})\nif (half := len({b}) // 2):\n    print(half)"

    def branch(self) -> str:
        a, b, made = self.a_number(), self.a_list(), self.number()
        return f"if {a} > 3:\n    {made} = {a}\nelse:\n    {made} = len({b})\nprint(f'{{{made}:>5}} of {{{a}}}')"

    def shown(self) -> str:
        return f"# a look at it\n{self.a_list()}[:3], {self.a_number()}"

    def unpacked(self) -> str:
        b = self.a_list()
        return f"first, *others = {b}\n{self.list()} = [first, *others]\ndel others"

    def matched(self) -> str:
        b, made = self.a_list(), self.number()
        return f"match {b}:\n    case [head, *_]:\n        {made} = head\n    case _:\n        {made} = 0"
