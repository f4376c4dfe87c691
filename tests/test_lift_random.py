"""Random notebooks with random roles: what is exported computes what the notebook computed, or it is refused."""

from __future__ import annotations

import random
import sys
from collections import Counter
from types import ModuleType
from typing import Any

import pytest

from nbexport import rules
from nbexport.analysis import analyse
from nbexport.lift.program import lift
from nbexport.model import Program
from nbexport.read import read_text

ROLES = ("data", "features", "model", "train", "evaluate")


class Writer:
    """Writes statements that run, each on top of what those before it have bound."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.bound: dict[str, Any] = {}

    def notebook(self) -> str:
        cells = [self.cell() for _ in range(self.dice.randint(4, 8))]
        numbers = sorted(name for name, value in self.bound.items() if isinstance(value, int | list) and name != "i")
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
    analysis = analyse(read_text(text, "notebook.py"), level=1)
    made = lift(analysis, name="notebook.py")
    return made if isinstance(made, Program) and not rules.refusing(rules.run(analysis), analysis) else None


def exported_metrics(program: Program, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the program's `run` computes."""
    bundle, definitions, model = (ModuleType(name) for name in ("bundle", "definitions", "model"))
    for module in (bundle, definitions, model):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    bundle.Loaded = Any  # type: ignore[attr-defined]
    exec(compile(program.definitions, "definitions.py", "exec"), definitions.__dict__)
    exec(compile(program.model, "model.py", "exec"), model.__dict__)
    return model.run(model.Parameters()).metrics


@pytest.mark.parametrize("part", range(4))
def test_exported_or_refused_but_never_different(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(part, 800, 4):
        text = Writer(random.Random(seed)).notebook()
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
