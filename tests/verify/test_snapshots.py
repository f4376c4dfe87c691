"""What is compared of the notebook's values."""

from __future__ import annotations

import torch

from nbexport.verify.walk import snapshot


def test_who_trained_a_lightning_module_is_not_compared() -> None:
    trainer = type("Trainer", (), {"__module__": "lightning.pytorch.trainer.trainer"})()
    trained, loaded, own = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    loaded.load_state_dict(trained.state_dict())
    own.load_state_dict(trained.state_dict())
    trained._trainer, loaded._trainer, own._trainer = trainer, None, "mine"
    assert snapshot(trained) == snapshot(loaded)
    assert snapshot(trained) != snapshot(own)
