"""Random notebooks with random roles: what is exported computes what the notebook computed, or it is refused.

Two writers: one of plain Python whose program runs in this process, and one of exploration and of ways in which it may
matter (`soundness/writing.py`), whose notebooks are run, exported and trained in forks of a warm process.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from fuzzing import TALLY, seeds
from lifted_run import run_of, texts_of
from soundness.cases import Case
from soundness.holes import HOLES
from soundness.judging import Judge
from soundness.random_run import run
from soundness.shrinking import shrunk
from soundness.writing import write

from nbexport.judge.judgement import judge
from nbexport.lift.program import lift
from nbexport.program import Program
from nbexport.read.notebook import read_text

ROLES = ("data", "features", "model", "train", "evaluate")
NAMES = "abcdepq"


class Writer:
    """Writes statements that run, each on top of what those before it have bound."""

    def __init__(self, dice: random.Random, *, escapes: bool) -> None:
        self.dice, self.escapes = dice, escapes
        self.bound: dict[str, Any] = {}

    def notebook(self) -> str:
        cells = [self.cell() for _ in range(self.dice.randint(4, 8))]
        numbers = sorted(name for name in self.bound if name in NAMES)
        shown = [f"{name!r}: {f'list({name})' if isinstance(self.bound[name], list) else name}" for name in numbers]
        # reading everything would refuse nearly everything
        kept = self.dice.sample(shown, self.dice.randint(1, min(3, len(shown)))) if shown else []
        return "\n".join([*cells, '# %% tags=["train", "evaluate"]', f"metrics = {{{', '.join(kept)}}}", ""])

    def cell(self) -> str:
        roles = self.dice.sample(ROLES, self.dice.choice((0, 1, 1, 1, 2)))
        if self.dice.random() < 0.15:
            line = f"{self.name()} = {self.dice.randint(0, 9)}"
            self.run(line)
            return f'# %% tags=["parameters"]\n{line}'
        lines: list[str] = []
        while len(lines) < self.dice.randint(1, 4):
            line = self.statement()
            if self.run(line):
                lines.append(line)
        tags = ", ".join(f'"{role}"' for role in roles)
        return "\n".join([f"# %% tags=[{tags}]" if roles else "# %%", *lines])

    def run(self, line: str) -> bool:
        trial = dict(self.bound)
        copies = {name: list(value) for name, value in trial.items() if isinstance(value, list)}
        try:
            exec(line, trial)
        except Exception:  # noqa: BLE001 - whatever does not run is not written
            for name, value in copies.items():
                self.bound[name][:] = value
            return False
        self.bound = trial
        return True

    def name(self) -> str:
        return self.dice.choice("abcde")

    def rows(self) -> str:
        return self.dice.choice("pq")

    def value(self) -> str:
        d = self.dice
        total = f"sum({self.rows()}, {self.name()})"
        return d.choice((str(d.randint(0, 9)), f"{self.name()} + {d.randint(1, 5)}", f"len({self.rows()})", total))

    def statement(self) -> str:
        return self.escape() if self.escapes and self.dice.random() < 0.5 else self.plain()

    def escape(self) -> str:
        """Functions, methods and values that are called or changed under another name than their own."""
        d, a, b, p = self.dice, self.name(), self.name(), self.rows()
        f, g = f"f{d.randint(1, 3)}", f"g{d.randint(1, 2)}"
        return d.choice(
            (
                *(f"{g} = lambda x: x + {b}", f"{g} = {f}", f"{a} = {g}({d.randint(0, 4)})"),
                *(f"fs = [{f}, {f}]", f"fs = [lambda x: x + {b}]", f"fs.append({f})", f"{a} = fs[0](3)"),
                *(f"ops = dict(x={f})", f"{a} = ops['x']({b})", f"{a} = sum(map({f}, {p}[:]))"),
                *(f"{a} = sum({f}(j) for j in {p}[:])", f"{p} = sorted({p}, key={f})"),
                f"class K:\n    n = {a}\n    def get(self):\n        return self.n + {b}",
                f"class K:\n    def __init__(self):\n        self.n = {b}\n    def get(self):\n        return {f}(self.n)",
                *("k = K()", f"{a} = k.get()", f"{a} = K().get()", "ks = [K(), K()]", f"{a} = ks[0].get()"),
                *(f"k.get = {f}", f"{a} = k.get(2)", f"k.n = {self.value()}"),
                *(f"t = ({b}, {p})", f"{a} = t[0]", f"t[1].append({d.randint(0, 9)})"),
                *(f"d = dict(x={b}, y={p})", f"d['x'] = {self.value()}", f"{a} = d['x']", f"{p} = d['y']"),
                f"def h(rows, n={b}):\n    rows.append(n)\n    return rows",
                f"def h(rows, fn={f}):\n    rows.append(fn(1))\n    return rows",
                f"{p} = h({p})",
                f"def make(n):\n    def inner(x):\n        return x + n + {b}\n    return inner",
                f"{g} = make({b})",
                f"def apply(fn, x):\n    return fn(x) + {b}",
                *(f"{a} = apply({f}, {b})", f"{a} = apply({g}, {b})", f"{a} = apply(lambda x: x + {b}, 2)"),
                f"def f3(x):\n    return f{d.randint(1, 2)}(x) + {b}",
                f"def f2(x):\n    {p}.append(x)\n    return f1(x)",
                f"def f1(x):\n    global {a}\n    {a} = x\n    return x",
                f"def deco(fn):\n    def inner(x):\n        return fn(x) + {b}\n    return inner",
                f"@deco\ndef {f}(x):\n    return x * 2",
                f"from functools import partial\n{g} = partial({f}, {b})",
                f"for i in range({d.randint(0, 3)}):\n    for j in {p}:\n        {a} = j\n    {b} = i",
                f"for i in {p}:\n    if i > {b}:\n        break\nelse:\n    {a} = -3",
                f"if {b} > {d.randint(0, 9)}:\n    del {a}",
                *(f"it = iter({p})", f"{a} = next(it, 0)", f"it = (j + {b} for j in {p})"),
                f"try:\n    {a} = {f}({p}[3])\nexcept Exception:\n    {b} = -2\nfinally:\n    {p} = {p}[:2]",
            )
        )

    def plain(self) -> str:
        d, a, p = self.dice, self.name(), self.rows()
        f = f"f{d.randint(1, 3)}"
        return d.choice(
            (
                f"{a} = {self.value()}",
                f"{a} = {self.value()}",
                f"{a} += {d.randint(1, 3)}",
                f"{p} = [{d.randint(0, 9)}, {d.randint(0, 9)}]",
                f"{p} = {self.rows()}",
                f"{p}.append({self.value()})",
                f"{p} = {p} + [{self.name()}]",
                f"for i in {p}[{d.randint(0, 3)}:]:\n    {a} = i + {d.randint(0, 3)}",
                f"for i in {p}:\n    {a} = i\n    {self.name()} = {a} * 2",
                f"if {self.name()} > {d.randint(0, 9)}:\n    {a} = {self.value()}",
                f"if {self.name()} > {d.randint(0, 9)}:\n    {a} = 1\nelse:\n    {a} = {self.value()}",
                f"def {f}(x):\n    return x + {self.name()}",
                f"{a} = {f}({d.randint(0, 4)})",
                f"def {f}(x):\n    {p}.append(x)\n    return len({p})",
                f"{a} = sum(j * {self.name()} for j in {p})",
                f"{a}, {self.name()} = {self.value()}, {self.value()}",
                f"del {a}",
                f"{a}",
                f"print({self.name()}, {p})",
                f"while {a} < {d.randint(3, 12)}:\n    {a} += 2",
                f"try:\n    {a} = {p}[{d.randint(0, 3)}]\nexcept IndexError:\n    {a} = -1",
            )
        )


def notebook_metrics(text: str) -> Any:
    """What a top-to-bottom run of the notebook computes."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in read_text(text, "notebook.py").cells:
        if cell.runs:
            exec(compile(cell.code, f"cell {cell.number}", "exec"), namespace)
    return namespace["metrics"]


def exported(text: str) -> Program | None:
    """The lifted program; None where the export is refused."""
    judgement = judge(read_text(text, "notebook.py"), levels=(1,))
    return None if judgement.against(1) else lift(judgement.placed, name="notebook.py")


def exported_metrics(program: Program, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the program's `train` computes."""
    modules = {name: ModuleType(name) for name in texts_of(program)}
    for name, text in texts_of(program).items():
        monkeypatch.setitem(sys.modules, name, modules[name])
        exec(compile(text, f"{name}.py", "exec"), modules[name].__dict__)
    return run_of(modules["train"]).metrics


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(4))
def test_exported_or_refused_but_never_different(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: Counter[str] = Counter()
    for seed in seeds(600)[part::4]:
        text = Writer(random.Random(seed), escapes=seed % 2 == 1).notebook()
        try:
            wanted = notebook_metrics(text)
        except NameError:
            outcomes["does not run"] += 1
            continue
        program = exported(text)
        if program is None:
            outcomes["refused"] += 1
            continue
        try:
            found = exported_metrics(program, monkeypatch)
        except NameError:
            # a loop that ran zero times: Python says so, nothing goes on with another value
            outcomes["loud"] += 1
            continue
        assert found == wanted, f"seed {seed}\n{text}"
        outcomes["equal"] += 1
    assert outcomes["equal"] >= 0.2 * outcomes.total(), outcomes
    assert outcomes["loud"] + outcomes["does not run"] <= 0.03 * outcomes.total(), outcomes


GROUPED_BY = "half"
"""Each half has a warm process of its own."""


@pytest.mark.fuzz(minutes=20)
@pytest.mark.parametrize("half", [0, 1])
def test_exploration_never_matters_silently(half: int, record_property: Callable[[str, object], None]) -> None:
    with Judge() as judge:
        found = run(judge, seeds(40, each=500)[half::2])
    record_property(TALLY, json.dumps(found.tally))
    assert not found.failures, "\n\n".join(found.failures)
    assert found.tally["refused"] <= 0.7 * found.tally.total(), found.tally
    assert found.tally["no truth"] <= 0.05 * found.tally.total(), found.tally


@pytest.mark.slow(minutes=2)
def test_planted_holes_are_found_by_random_notebooks() -> None:
    took = {}
    with Judge() as judge:
        for hole in HOLES:
            found = run(judge, seeds(500, each=1), hole=hole.__name__, enough=1, make_small=False)
            took[hole.__name__] = found.first
    assert all(took.values()), took


def test_a_notebook_of_a_seed_is_always_the_same() -> None:
    assert write(7) == write(7)
    assert write(7) != write(8)


def test_every_random_notebook_compiles() -> None:
    for seed in range(400):
        for _, code in write(seed).cells:
            compile(code, f"seed {seed}", "exec")


def test_a_failure_is_made_as_small_as_it_can_be() -> None:
    cells = (("", "import math\n"), ("data", "a = 1\nb = 2\n"), ("", "for k in range(3):\n    a += 1\n    print(a)\n"))
    small = shrunk(Case("x", cells), lambda case: "a += 1" in case.percent() and "b = 2" in case.percent())
    assert small.cells == (("data", "b = 2\n"), ("", "a += 1\n"))
