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
Objects inside lists, dicts and pipelines are not looked for.

## Source
Python documentation, "What can be pickled and unpickled?".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
"""

_SAVES = frozenset(
    "pickle.dump pickle.dumps joblib.dump torch.save dill.dump dill.dumps cloudpickle.dump cloudpickle.dumps".split()
)


def find(analysis: Analysis) -> Iterator[Problem]:
    """Pickles of what only this notebook can name."""
    for call in analysis.calls:
        if call.full not in _SAVES or not call.node.args or not isinstance(call.node.args[0], ast.Name):
            continue
        name = call.node.args[0].id
        owners = {
            d.instance_of.name if d.instance_of is not None else d.name
            for d in analysis.before[call.unit].get(name, ())
            if d.instance_of is not None or d.function is not None
        }
        if owners:
            yield Problem(
                f"`{name}` is saved as `__main__.{min(owners)}`, which exists in this notebook only",
                "save what it holds, such as its `state_dict()`",
                analysis.units[call.unit].cell,
                analysis.span(call.unit, call.node),
                name,
            )
