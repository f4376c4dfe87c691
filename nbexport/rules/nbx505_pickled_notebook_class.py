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
Lists, dicts and pipelines are looked into where they stand in the call, and not where a name stands for one.

## Source
Python documentation, "What can be pickled and unpickled?".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import State, full_name
from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"

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
"""

_SHOWN = 40
"""Up to so many characters of an expression are shown."""
_SAVES = frozenset(
    "pickle.dump pickle.dumps joblib.dump torch.save dill.dump dill.dumps cloudpickle.dump cloudpickle.dumps".split()
)


def find(analysis: Analysis) -> Iterator[Problem]:
    """Pickles of what only this notebook can name."""
    for call in analysis.calls:
        if call.full not in _SAVES or not call.node.args:
            continue
        for held in _held(call.node.args[0], analysis.before[call.unit]):
            owners = {
                definition.instance_of.name if definition.instance_of is not None else definition.name
                for definition in analysis.before[call.unit].get(held.id, ())
                if definition.instance_of is not None or definition.function is not None
            }
            if not owners:
                continue
            whole = ast.unparse(call.node.args[0])
            name = held.id
            shown = whole if len(whole) < _SHOWN else name
            yield Problem(
                f"`{shown}` is saved as `__main__.{min(owners)}`, which exists in this notebook only",
                "save what it holds, such as its `state_dict()`",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
                name,
            )
            break


def _held(node: ast.expr, state: State) -> Iterator[ast.Name]:
    """The names whose objects, or new instances of which, are written when an expression's value is."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for element in node.elts:
            yield from _held(element, state)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _held(value, state)
    elif isinstance(node, ast.Starred):
        yield from _held(node.value, state)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            own = {definition.function for definition in state.get(node.func.id, ()) if definition.function is not None}
            if own:
                if all(function.is_class for function in own):
                    yield node.func
                return
        full = full_name(node.func, state) or ""
        # an estimator made of others holds them, as a pipeline does
        if full.rpartition(".")[2][:1].isupper() or full.rpartition(".")[2].startswith("make_"):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from _held(argument, state)
