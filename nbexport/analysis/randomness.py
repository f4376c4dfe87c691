"""Random state: what seeds a global generator, and what draws from it without saying so.

    torch.manual_seed(0)                     seeds torch
    loader = DataLoader(rows, shuffle=True)
    net = nn.Sequential(nn.Dropout(0.5))
    for batch in loader:                     draws from torch: the order of the rows
        net(batch)                           draws from torch: dropout, as nothing has said `net.eval()`
    forest = RandomForestClassifier()
    forest.fit(rows, labels)                 draws from numpy, for `forest` was given no `random_state`

What has a state of its own (`random_state=0`, `generator=g`) draws from no global generator. A generator of the
notebook's own (`rng = np.random.default_rng(0)`) is an object like others: whoever draws from it changes it in place.
"""

from __future__ import annotations

import ast

from nbexport.analysis import values
from nbexport.analysis.bindings import Definitions, RandomKind, State, full_name, sharing, state_names
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
        self._has_generators = any(word in text for word in effects.GENERATOR_WORDS)
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
        if self._has_generators:
            self._advance(op, state)

    def _advance(self, op: Call, state: State) -> None:
        """A generator of the notebook's own moves on when it is drawn from, and whoever is given one may do that."""
        function = op.node.func
        if isinstance(function, ast.Attribute) and function.attr not in effects.STILL_METHODS:
            self._moved(function.value, f"calls `.{function.attr}()`, which moves it on", op.node, state)
        if op.dotted in effects.STILL_FUNCTIONS:
            return
        for argument in [*op.node.args, *(keyword.value for keyword in op.node.keywords)]:
            self._moved(argument, f"passes it to `{op.dotted}`, which may draw from it", op.node, state)

    def _moved(self, holder: ast.expr, words: str, node: ast.Call, state: State) -> None:
        inner = holder
        while isinstance(inner, ast.Attribute | ast.Subscript | ast.Starred):
            inner = inner.value
        if isinstance(inner, ast.Name) and any(d.generates for d in sharing(state.get(inner.id, ()))):
            kind = ChangeKind.METHOD if holder is getattr(node.func, "value", None) else ChangeKind.ARGUMENT
            self.notes.change((id(node), id(holder)), Mutate(inner.id, node, kind, words), state)

    def is_generator(self, value: ast.expr, state: State) -> bool:
        """Whether an expression makes a random generator: `default_rng(0)`, `torch.Generator().manual_seed(0)`."""
        if not self._has_generators:
            return False
        while isinstance(value, ast.Call):
            if full_name(value.func, state) in effects.GENERATORS:
                return True
            if not isinstance(value.func, ast.Attribute):
                return False
            value = value.func.value
        return False

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
