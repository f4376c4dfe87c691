"""What is compared of the notebook's values."""

from __future__ import annotations

import torch

from nbexport.verify import walk
from nbexport.verify.walk import snapshot


def test_who_trained_a_lightning_module_is_not_compared() -> None:
    trainer = type("Trainer", (), {"__module__": "lightning.pytorch.trainer.trainer"})()
    trained, loaded, own = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    loaded.load_state_dict(trained.state_dict())
    own.load_state_dict(trained.state_dict())
    trained._trainer, loaded._trainer, own._trainer = trainer, None, "mine"
    assert snapshot(trained) == snapshot(loaded)
    assert snapshot(trained) != snapshot(own)


def test_metrics_are_made_plain_as_the_project_makes_them() -> None:
    """`walk.py` runs in kernels, where the runtime is not: it says again what `bundle.plain` does."""
    import numpy as np
    import pandas as pd
    from nbexport_runtime import bundle

    values = [
        *(None, True, "a", 3, 2.5, float("inf"), (1, [2.0]), {1: {"a"}}, frozenset({"b", "a"})),
        *(np.float32(0.1), np.arange(3), np.bool_(True), np.array([["x"]])),
        *(pd.Series([1, 2]), pd.DataFrame({"a": [1.5]}), pd.Timestamp("2026-01-01"), 1 + 2j),
    ]
    assert [repr(walk.plain(value)) for value in values] == [repr(bundle.plain(value)) for value in values]
