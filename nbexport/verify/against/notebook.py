"""The notebook's side: its cells in a fresh kernel, and what of them other code can be compared with.

Where the notebook can be exported, the results are taken after the last cell that an export is made from, and cells
that it takes nothing from may fail. A notebook without roles is run whole, and its results are taken at the end.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

from nbexport.model import Notebook
from nbexport.names.effects import SEEDS, is_none
from nbexport.names.nodes import dotted_name
from nbexport.program import Lifted, Refused
from nbexport.verify.against.sides import NotebookSide, Request
from nbexport.verify.comparison import evaluated
from nbexport.verify.kernel import ROWS, run_cells
from nbexport.verify.kernels import last_cell
from nbexport.verify.limits import Limits
from nbexport.verify.processes import SNAPSHOT, HashSeed, Progress
from nbexport.verify.snapshot import unpacked
from nbexport.verify.stopping import Stop

FORMS = Path(__file__).with_name("forms.py")
TOOLS = (SNAPSHOT, ROWS, FORMS)
"""Files of functions that both sides need."""
_TAKING = Path(__file__).with_name("taking.py")

_TAKE = """
def _nbexport_take():
    import json, os
    tools = {{"__name__": "nbexport_tools"}}
    for text in {tools!r}:
        exec(compile(text, "tools", "exec"), tools)
    found = tools["taken"](globals(), json.loads({asked!r}), [{calls}], tools)
    found["trees"] = tools["packed"](found.pop("values"))
    with open({target!r} + ".part", "w", encoding="utf-8") as file:
        json.dump(found, file)
    os.replace({target!r} + ".part", {target!r})
_nbexport_take()
"""


_SEEDERS = {name.rpartition(".")[2] for name in SEEDS} | {"default_rng", "RandomState"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to run and to take."""

    notebook: Notebook
    examples: tuple[str, ...]
    """Source text of the example calls of `predict`."""
    evaluated: tuple[str, ...] | None
    """Values that may hold rows; None tries all tables."""
    after: int
    """Number of the cell after which the results are taken; 0 takes them at the end."""
    needed: frozenset[int]
    secrets: frozenset[str]
    """Names whose values are never written down."""
    seed: str
    """How the notebook seeds, in words: the first call that does; empty where none is seen."""


def plan_of(lifted: Lifted | Refused) -> Plan:
    """What there is to take of a notebook, whether it can be exported or not."""
    if isinstance(lifted, Lifted):
        program = lifted.program
        return Plan(
            lifted.notebook,
            program.predict.examples if program.predict is not None else (),
            tuple(evaluated(program)),
            last_cell(program),
            lifted.cells,
            frozenset(parameter.name for parameter in program.parameters if parameter.secret),
            _seed(lifted.notebook),
        )
    cells = [cell for cell in lifted.notebook.cells if cell.kind == "code"]
    examples = [text for cell in cells for text in _calls_of_predict(cell.source)]
    return Plan(
        lifted.notebook,
        tuple(dict.fromkeys(examples)),
        None,
        0,
        frozenset(cell.number for cell in cells),
        frozenset(),
        _seed(lifted.notebook),
    )


def _seed(notebook: Notebook) -> str:
    for cell in notebook.cells:
        for part in ast.walk(_tree(cell.source)) if cell.kind == "code" else ():
            if isinstance(part, ast.Call) and _seeds(part):
                return f"`{shorten(ast.unparse(part), 60)}` in cell {cell.number}"
    return ""


def _seeds(call: ast.Call) -> bool:
    """Whether a call seeds a generator, or is given a seed."""
    name = (dotted_name(call.func) or "").rpartition(".")[2]
    if name in _SEEDERS and call.args:
        return True
    return any(keyword.arg in ("random_state", "seed") and not is_none(keyword.value) for keyword in call.keywords)


def _calls_of_predict(source: str) -> list[str]:
    """The calls of `predict` in statements that bind nothing."""
    return [
        ast.unparse(part)
        for statement in _tree(source).body
        if isinstance(statement, ast.Expr)
        for part in ast.walk(statement)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "predict"
    ]


def _tree(source: str) -> ast.Module:
    """A cell's statements; none where it has magics, of which running it tells more."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def run(
    plan: Plan,
    *,
    metrics: Sequence[str],
    values: Sequence[str],
    wanted: Sequence[str],
    predictions: bool,
    scratch: Path,
    hash_seed: HashSeed,
    progress: Progress,
    stop: Stop,
    limits: Limits,
) -> NotebookSide:
    """What the notebook computes in a fresh kernel, top to bottom.

    Args:
        plan: What to run.
        metrics: Variables that are its metrics; none takes the dict `metrics`.
        values: Variables whose values are taken.
        wanted: Names of the other code's metrics.
        predictions: Whether `predict` is called.
        scratch: An empty folder for what the kernel leaves.
        hash_seed: What texts are hashed with.
        progress: Told which cell runs.
        stop: Ends the kernel when it is asked to.
        limits: What the kernel may use.

    Raises:
        NbexportError: A needed cell fails, or no Python kernel can be started.
        LimitError: It takes too long or too much memory.
    """
    asked = {
        "metrics": list(metrics),
        "values": [name for name in values if name not in plan.secrets],
        "wanted": list(wanted),
        "evaluated": None if plan.evaluated is None else list(plan.evaluated),
    }
    target = scratch / "notebook.json"
    # each example call as a function of `predict`
    calls = ", ".join(f"({text!r}, lambda predict: ({text}))" for text in plan.examples if predictions)
    texts = [path.read_text(encoding="utf-8") for path in (*TOOLS, _TAKING)]
    passed, _ = run_cells(
        plan.notebook,
        take=_TAKE.format(tools=texts, asked=json.dumps(asked), calls=calls, target=str(target)),
        target=target,
        after=plan.after,
        needed=plan.needed,
        scratch=scratch,
        progress=progress,
        stop=stop,
        limits=limits,
        hash_seed=hash_seed,
    )
    results: Mapping[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return NotebookSide(
        metrics=results["metrics"],
        values=unpacked(results["trees"]),
        types=results["types"],
        requests=tuple(
            Request(one["arguments"], one["answer"], one["row"], one["transformed"]) for one in results["requests"]
        ),
        kinds=results.get("kinds", {}),
        unsent=tuple((text, reason) for text, reason in results["unsent"]),
        numbers=tuple(results["numbers"]),
        passed_over=passed,
    )
