"""A random generator of the notebook's own is changed by whoever draws from it."""

from __future__ import annotations

import pytest

from nbexport import api

NOTEBOOK = """\
# %%
import random
import numpy as np
import torch
from sklearn.model_selection import train_test_split
# %% tags=["data"]
rng = {made}
rows = np.arange(8.0)
# %%
def noise(generator):
    return generator.normal()
def hidden():
    return rng.normal()
again = rng
# %%
{exploration}
# %% tags=["train"]
model = rows + rng.{method}()
# %% tags=["evaluate"]
metrics = {{"gap": float(model.mean())}}
"""
GENERATORS = [
    ("np.random.default_rng(0)", "normal"),
    ("np.random.RandomState(0)", "normal"),
    ("np.random.Generator(np.random.PCG64(0))", "normal"),
    ("random.Random(0)", "random"),
    ("torch.Generator().manual_seed(0)", "initial_seed"),
]


def changed(made: str, method: str, exploration: str) -> list[str]:
    """What is said of the cell that stays in the notebook."""
    text = NOTEBOOK.format(made=made, method=method, exploration=exploration)
    findings = api.check_text(text, "a.py")[1]
    return [f.problem.message for f in findings if f.code == "NBX104" and f.problem.cell == 4]


@pytest.mark.parametrize(("made", "method"), GENERATORS)
def test_a_draw_in_a_cell_that_stays_is_a_change(made: str, method: str) -> None:
    # a seed that is asked for moves nothing on, so a draw stands for it in the exploration
    assert changed(made, method, "print(rng.random(2))")


@pytest.mark.parametrize(
    "exploration",
    [
        "again.normal()",
        "noise(rng)",
        "hidden()",
        "train_test_split(rows, random_state=rng)",
        "torch.rand(2, generator=rng)",
        "rng.shuffle(rows.copy())",
        "first, *rest = rng.bit_generator.random_raw(3)",
        "for _ in range(2):\n    rng.integers(3)",
    ],
)
def test_every_way_to_draw_counts(exploration: str) -> None:
    assert len(changed("np.random.default_rng(0)", "normal", exploration)) == 1


@pytest.mark.parametrize(
    "exploration",
    [
        "print(rng, type(rng))",
        "print(rng.bit_generator.state)",
        "np.random.default_rng(1).normal()",
        "other = np.random.default_rng(1)\nother.normal()",
        "rows.mean()",
    ],
)
def test_what_leaves_the_generator_alone_is_no_change(exploration: str) -> None:
    assert changed("np.random.default_rng(0)", "normal", exploration) == []
