"""Random state: what seeds a global generator, and what draws from it without saying so.

    torch.manual_seed(0)                     seeds torch
    loader = DataLoader(rows, shuffle=True)
    net = nn.Sequential(nn.Dropout(0.5))
    for batch in loader:                     draws from torch: the order of the rows
        net(batch)                           draws from torch: dropout, as nothing has said `net.eval()`
    forest = RandomForestClassifier()
    forest.fit(rows, labels)                 draws from numpy, for `forest` was given no `random_state`

What has a state of its own (`random_state=0`, `generator=g`) draws from no global generator.
"""

from __future__ import annotations

import ast

from nbexport.analysis import values
from nbexport.analysis.bindings import Definitions, RandomKind, State, full_name, state_names
from nbexport.analysis.notes import Notes
from nbexport.names import effects
from nbexport.names.kinds import BindKind, ChangeKind, Generator
from nbexport.names.nodes import nodes_of
from nbexport.names.operations import Call, Mutate

_ASSIGNED = (BindKind.ASSIGN, BindKind.ANNOTATED)


class RandomCalls:
    """Notes what is seeded and drawn."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        text = "\n".join(cell.code for cell in notes.cells.values() if cell.runs)
        self._has_dropout = "Dropout" in text or "dropout" in text
        self._has_batch_norm = "BatchNorm" in text
        self._has_estimators = "sklearn" in text
        self.inferring = False
        """Whether the last `.train()` or `.eval()` was an `.eval()`."""

    def call(self, op: Call, state: State) -> None:
        """Note what a call seeds and draws by itself."""
        full = full_name(op.node.func, state)
        if full is not None:
            for generator in effects.SEEDS.get(full, ()):
                self.notes.random(RandomKind.SEED, generator, op.node, f"`{full}`")
            drawn = effects.draws(full, op.node)
            if drawn is not None:
                self._draw(drawn, op.node, f"`{full}`")
            elif _is_random_estimator(op.node, state):
                self._draw(Generator.NUMPY, op.node, f"`{full}` without `random_state`")
        elif isinstance(op.node.func, ast.Attribute):
            method = op.node.func.attr
            if method == "sample" and "random_state" not in {keyword.arg for keyword in op.node.keywords}:
                self._draw(Generator.NUMPY, op.node, f"`{op.dotted}()` without `random_state`")
            elif method in effects.TORCH_DRAWING_METHODS:
                self._draw(Generator.TORCH, op.node, f"`.{method}()`")
            elif method.startswith("fit") and any(d.draws for d in state.get(op.name, ())):
                self._draw(Generator.NUMPY, op.node, f"`{op.dotted}()` without `random_state`")
        elif isinstance(op.node.func, ast.Name):
            self.forward(op.name, op.node, state)

    def forward(self, name: str, node: ast.AST, state: State) -> None:
        """A model that is called while training draws for dropout and moves the averages of batch norm."""
        is_model = any(
            d.instance_of is not None or (d.op is not None and values.is_torch_module(d.op.value, state_names(state)))
            for d in state.get(name, frozenset())
        )
        if not is_model or self.inferring:
            return
        if self._has_dropout:
            self._draw(Generator.TORCH, node, f"dropout in `{name}(…)`")
        if self._has_batch_norm:
            words = "runs it in training mode, which moves its averages"
            self.notes.change((id(node), "batch norm"), Mutate(name, node, ChangeKind.TRAINING_CALL, words), state)

    def iterate(self, definitions: Definitions, node: ast.AST) -> None:
        """Note the draws of a loader that is iterated."""
        for definition in definitions:
            value = definition.op.value if definition.op is not None else None
            kind = values.loader_kind(value) if definition.how in _ASSIGNED else None
            if kind is not None:
                self.notes.random(kind, Generator.TORCH, node, f"iterating `{definition.name}`")

    def holds_random_estimator(self, value: ast.expr, state: State) -> bool:
        """Whether an expression makes an estimator that draws from numpy's global generator when it is fitted."""
        return self._has_estimators and any(
            isinstance(part, ast.Call) and _is_random_estimator(part, state) for part in nodes_of(value)
        )

    def _draw(self, generator: Generator, node: ast.AST, what: str) -> None:
        self.notes.random(RandomKind.DRAW, generator, node, what)


def _is_random_estimator(node: ast.Call, state: State) -> bool:
    """Whether a call makes an estimator that draws from numpy's global generator."""
    full = full_name(node.func, state) or ""
    named = full.startswith("sklearn.") and full.rpartition(".")[2] in effects.RANDOM_ESTIMATORS
    return named and not any(k.arg == "random_state" and not effects.is_none(k.value) for k in node.keywords)
