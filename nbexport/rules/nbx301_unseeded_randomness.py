"""Random numbers from a generator that nothing seeds.

## What it does
Reports the first draw from python's, numpy's, torch's or Keras' global generator when no seeding comes before it: such
calls as `random.choice`, `np.random.rand` and `torch.randn`, `df.sample(frac=…)`, the making of torch layers, whose
first weights are drawn, and the layers of a Keras model that the notebook trains. Also a generator of its own that is
made without a seed: `np.random.default_rng()`, `np.random.RandomState()`, `random.Random()`.

## Why is this bad
Every run gives other numbers, so the figures that the notebook shows cannot be had again, by anyone.

## How to fix
Seed the generator once, above its first use: `np.random.seed(0)`, `random.seed(0)`, `torch.manual_seed(0)`,
`keras.utils.set_random_seed(0)`.

## Limits
One finding for each generator, at the first draw. A call whose name says that it seeds (`set_seed`, `seed_everything`)
is believed. Draws inside libraries that are not in nbexport's table are not seen. What scikit-learn draws is rule
NBX302's matter, what a `DataLoader` draws NBX303's.

## Source
PyTorch documentation, "Reproducibility"; NumPy documentation, "Legacy random generation"; scikit-learn, "Common
pitfalls: controlling randomness".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbexport.analysis.bindings import Randomness
from nbexport.analysis.notebook import Analysis
from nbexport.analysis.seeding import KERAS_SEEDERS, first_seed, owner, seeding_edit, unseeded
from nbexport.model import Fix, Problem, Severity
from nbexport.names.kinds import Generator
from nbexport.names.operations import Call, flatten

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = (
    *("random", "sample", "normal_", "uniform_", "bernoulli_", "exponential_", "cauchy_"),
    *("torch", "DataLoader", "ropout", "sklearn", "keras", "tensorflow"),
)

GOOD = """\
# %%
import random
import numpy as np
import torch
from torch import nn
# %%
np.random.seed(0)
noise = np.random.rand(3)
# %%
def set_seed(seed):
    random.seed(seed)
    torch.manual_seed(seed)
set_seed(1)
# %%
row = random.choice([1, 2, 3])
layer = nn.Linear(3, 1)
# %%
rng = np.random.default_rng(7)
own = random.Random(3)
same = torch.Generator()
# %%
import tensorflow as tf
tf.random.set_seed(0)
small = tf.keras.Sequential([tf.keras.layers.Dense(1)])
small.fit([[1.0]], [1.0])
# %%
def never_called():
    return np.random.rand(3)
"""

BAD = """\
# %%
import random
import numpy as np
from torch import nn
# %%
noise = np.random.rand(3)  # <- here
more = np.random.rand(3)
# %%
row = random.choice([1, 2, 3])  # <- here
# %%
class Model(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(3, 1)
# %%
model = Model()  # <- here
# %%
rng = np.random.default_rng()  # <- here
# %%
import keras
net = keras.Sequential([keras.Input((2,)),
    keras.layers.Dense(1),  # <- here
    keras.layers.Dense(1)])
net.fit(noise, row)
"""

_OWN = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
_DECIDES_NOTHING = ("sklearn.", "seaborn.", "torchsummary.", "torchinfo.")
"""Libraries whose draws are another rule's matter, move dots in a plot, or try a model out."""
_SEEDING = {
    Generator.NUMPY: "np.random.seed(0)",
    Generator.RANDOM: "random.seed(0)",
    Generator.TORCH: "torch.manual_seed(0)",
}
_WEIGHTED = (
    "Dense",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Conv2DTranspose",
    "SeparableConv2D",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Embedding",
    "MultiHeadAttention",
    "EinsumDense",
)
"""Layers of Keras whose first weights are drawn."""
_TRAINS_KERAS = (".fit(", "GradientTape(", ".train_on_batch(")
_LOADS = ("load_state_dict(", "torch.load(", "safetensors", "load_weights", "from_pretrained(", "load_file(")
_TRAINS = (".backward(", ".fit(", ".step(", "train_model", "Trainer(")


def find(analysis: Analysis) -> Iterator[Problem]:
    """The first unseeded draw from each global generator, and generators made without a seed."""
    reported: set[Generator] = set()
    for event in unseeded(analysis):
        if event.generator in reported or not _decides(analysis, event):
            continue
        reported.add(event.generator)
        stands = owner(analysis, event.unit, event.node) == event.unit
        edit = seeding_edit(analysis, event.unit, event.generator)
        whose = "python" if event.generator is Generator.RANDOM else event.generator
        yield Problem(
            f"{event.what} draws from {whose}'s global generator, and nothing seeds it before this line",
            f"seed it above: `{_SEEDING[event.generator]}`",
            analysis.units[event.unit].cell,
            analysis.span(event.unit, event.node) if stands else analysis.span(event.unit),
            fix=Fix(f"seed {whose}", (edit,), safe=False) if edit is not None else None,
        )
    yield from _layers(analysis)
    yield from _generators(analysis)


def _layers(analysis: Analysis) -> Iterator[Problem]:
    """The first layer of Keras that has weights, in a notebook that trains and seeds nothing that Keras draws from."""
    if first_seed(analysis, Generator.TENSORFLOW) is not None or _only_loads(analysis):
        return
    if not any(word in cell.code for cell in analysis.notebook.cells for word in _TRAINS_KERAS):
        return
    for index, unit in analysis.statements_near(*_WEIGHTED):
        for node in unit.nodes:
            full = (analysis.full_name(index, node.func) or "") if isinstance(node, ast.Call) else ""
            library, _, last = full.rpartition(".layers.")
            if library not in KERAS_SEEDERS or last not in _WEIGHTED:
                continue
            known = [name for name in KERAS_SEEDERS if name != "tensorflow.keras" and library.startswith(name)]
            bound = any(d.module == library for definitions in analysis.before[index].values() for d in definitions)
            edit = seeding_edit(analysis, index, Generator.TENSORFLOW, library if bound else known[0])
            yield Problem(
                f"the first weights of `{last}` are drawn from Keras' global generator, "
                "and nothing seeds it before this line",
                "seed it above: `keras.utils.set_random_seed(0)`",
                unit.cell,
                analysis.span(index, node),
                fix=Fix("seed Keras", (edit,), safe=False) if edit is not None else None,
            )
            return


def _decides(analysis: Analysis, event: Randomness) -> bool:
    node = event.node
    if not isinstance(node, ast.Call):
        return False
    full = analysis.full_name(event.unit, node.func)
    if full is None:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method == "sample":
            return any(keyword.arg == "frac" for keyword in node.keywords)
        return method.endswith("_")
    if full.startswith(_DECIDES_NOTHING):
        return False
    if full.startswith("torchvision.models"):
        given = {k.arg for k in node.keywords if not (isinstance(k.value, ast.Constant) and not k.value.value)}
        return not node.args and not given & {"pretrained", "weights", None} and not _only_loads(analysis)
    return not (full.startswith("torch.nn.") and _only_loads(analysis))


def _only_loads(analysis: Analysis) -> bool:
    """Whether the first weights are overwritten by stored ones: the notebook loads some and never trains."""
    text = "\n".join(cell.code for cell in analysis.notebook.cells)
    return any(word in text for word in _LOADS) and not any(word in text for word in _TRAINS)


def _generators(analysis: Analysis) -> Iterator[Problem]:
    """Generators of the notebook's own that are made without a seed."""
    for index, unit in analysis.statements_near("default_rng()", "RandomState()", "Random()"):
        for op in flatten(unit.ops):
            if not isinstance(op, Call) or op.node.args or op.node.keywords:
                continue
            full = analysis.full_name(index, op.node.func)
            if full in _OWN:
                yield Problem(
                    f"`{op.dotted}()` makes a generator without a seed",
                    f"give it one: `{op.dotted}(0)`",
                    unit.cell,
                    analysis.span(index, op.node),
                )
