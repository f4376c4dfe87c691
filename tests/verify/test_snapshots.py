"""What is compared of the notebook's values."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.ensemble import RandomForestClassifier

from nbexport.verify import walk
from nbexport.verify.snapshot import brief, differences
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


def test_a_value_is_shown_in_a_few_words() -> None:
    """What people read in a verdict: the parts of an object are compared, and not shown."""
    forest = RandomForestClassifier(n_estimators=3).fit([[0.0], [1.0]], [0, 1])
    assert brief(snapshot(forest)) == "a RandomForestClassifier"
    assert brief(snapshot(2.5)) == "2.5"
    assert brief(snapshot({"odds": [0.25, None], "prediction": 2})) == "{'odds': [0.25, None], 'prediction': 2}"
    assert brief(snapshot({1: (True, np.float64(0.5))})) == "{1: (True, 0.5)}"
    assert brief(snapshot(list(range(100)))) == "[0, 1, 2, 3, 4, 5, 6, 7, ...]"
    assert brief(snapshot(np.zeros((2, 3)))).startswith("float64 array of shape [2, 3], sha256 ")
    ((_, mine, theirs),) = differences(snapshot(forest), snapshot(2.5), 0.0, "model")
    assert (mine, theirs) == ("a RandomForestClassifier", "2.5")
