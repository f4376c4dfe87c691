"""An object of a class of this notebook is pickled.

## What it does
Reports `pickle.dump`, `joblib.dump`, `torch.save` and the like of instances of classes and of functions that the
notebook defines.

## Why is this bad
A pickle holds the name `__main__.Net`, not the class: no other program can load it.

## How to fix
Save what the object holds (`torch.save(model.state_dict(), …)`), or move the class to a module and import it. An
export saves a bundle without pickles.

## Limits
What a list, a dict or a pipeline is given after it was made is not seen.

## Source
Python documentation, "What can be pickled and unpickled?".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import State, full_name
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity
from nbexport.names.kinds import BindKind
from nbexport.names.operations import Function

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("pickle", "dill", "joblib", "torch")

GOOD = """\
# %%
import torch
class Net(torch.nn.Module):
    pass
model = Net()
torch.save(model.state_dict(), "weights.pt")
other = torch.nn.Linear(1, 2)
torch.save(other, "linear.pt")
"""

BAD = """\
# %%
import pickle
import torch
class Net(torch.nn.Module):
    pass
model = Net()
torch.save(model, "model.pt")  # <- here
pickle.dump(model, open("model.pkl", "wb"))  # <- here
pickle.dump({"best": Net()}, open("best.pkl", "wb"))  # <- here
from sklearn.pipeline import make_pipeline
class Scale:
    def fit(self, rows):
        return self
pipe = make_pipeline(Scale())
pickle.dump(pipe.fit([[1]]), open("pipe.pkl", "wb"))  # <- here
def make_model():
    made = Scale()
    return made
pickle.dump(make_model(), open("made.pkl", "wb"))  # <- here
"""

_SHOWN = 40
"""Up to so many characters of an expression are shown."""
_DEPTH = 8
_SAME = frozenset({"fit", "partial_fit", "to", "cpu", "cuda", "eval", "train", "float", "double", "half"})
"""Methods that give their own object."""
_SAVES = frozenset(
    "pickle.dump pickle.dumps joblib.dump torch.save dill.dump dill.dumps cloudpickle.dump cloudpickle.dumps".split()
)


def find(analysis: Analysis) -> Iterator[Problem]:
    """Pickles of what only this notebook can name."""
    for call in analysis.calls:
        if call.full not in _SAVES or not call.node.args:
            continue
        for held, owner in _held(analysis, call.unit, call.node.args[0], _DEPTH):
            whole = ast.unparse(call.node.args[0])
            yield Problem(
                f"`{whole if len(whole) < _SHOWN else held}` is saved as `__main__.{owner}`, "
                "which exists in this notebook only",
                "save what it holds, such as its `state_dict()`",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
                held,
            )
            break


def _held(analysis: Analysis, unit: int, node: ast.expr, depth: int) -> Iterator[tuple[str, str]]:
    """(name, class or function of the notebook) of each object that is written when an expression's value is.

    Args:
        analysis: The notebook's.
        unit: The statement that holds the expression.
        node: The expression.
        depth: So many names and containers are looked through.
    """
    state = analysis.before[unit]
    inside: list[ast.expr] = []
    if not depth:
        return
    if isinstance(node, ast.Name):
        for definition in sorted(state.get(node.id, ()), key=lambda made: made.place):
            made = definition.instance_of or definition.function
            value = definition.op.value if definition.op is not None else None
            if made is not None:
                yield node.id, made.name
            elif value is not None and definition.how in (BindKind.ASSIGN, BindKind.ANNOTATED) and definition.unit >= 0:
                yield from ((node.id, owner) for _, owner in _held(analysis, definition.unit, value, depth - 1))
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        inside = node.elts
    elif isinstance(node, ast.Dict):
        inside = node.values
    elif isinstance(node, ast.Starred):
        inside = [node.value]
    elif isinstance(node, ast.Call):
        own = _functions(node.func, state)
        last = (full_name(node.func, state) or "").rpartition(".")[2]
        if own:
            yield from ((function.name, function.name) for function in own if function.is_class)
            inside = [value for function in own if not function.is_class for value in _answers(function)]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _SAME:
            inside = [node.func.value]
        elif last[:1].isupper() or last.startswith("make_"):
            # an estimator made of others holds them, as a pipeline does
            inside = [*node.args, *(keyword.value for keyword in node.keywords)]
    for part in inside:
        yield from _held(analysis, unit, part, depth - 1)


def _functions(node: ast.expr, state: State) -> list[Function]:
    """The classes and functions of the notebook that a name stands for."""
    definitions = state.get(node.id, ()) if isinstance(node, ast.Name) else ()
    return [definition.function for definition in definitions if definition.function is not None]


def _answers(function: Function) -> Iterator[ast.expr]:
    """The calls whose value a function returns, under a name of its own or not."""
    bound: dict[str, ast.expr] = {}
    for part in ast.walk(function.node):
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            bound[part.targets[0].id] = part.value
    for part in ast.walk(function.node):
        value = part.value if isinstance(part, ast.Return) else None
        value = bound.get(value.id) if isinstance(value, ast.Name) else value
        if isinstance(value, ast.Call):
            yield value
