"""What a model may not do with the rows that processes share is found before they do; `torchrun` says it as it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from nbexport_runtime.pipeline.independence import independent
from nbexport_runtime.pipeline.processes import NotSharedError
from torch import nn

pytestmark = pytest.mark.slow


class Net(nn.Module):
    """A model whose answer is made by a function of itself and the rows."""

    def __init__(self, answer: Callable[[Any, torch.Tensor], Any]) -> None:
        super().__init__()
        self.last, self.answer = nn.Linear(6, 2), answer

    def forward(self, rows: torch.Tensor) -> Any:
        return self.answer(self, rows)


def of_each_row(model: Any, rows: torch.Tensor) -> Any:
    return {"logits": model.last(rows)}


def one_value(model: Any, rows: torch.Tensor) -> Any:
    return {"logits": model.last(rows), "mean": rows.mean()}


def keeping(model: Any, rows: torch.Tensor) -> Any:
    model.seen = rows.mean()
    return {"logits": model.last(rows)}


def mixed(model: Any, rows: torch.Tensor) -> Any:
    return {"logits": model.last(rows.mean() + rows)}


def tried(answer: Callable[[Any, torch.Tensor], Any]) -> None:
    independent(nn.Module.__call__, Net(answer), (torch.randn(7, 6),), {}, [4, 3])


def test_a_model_that_takes_each_row_by_itself_may_be_shared() -> None:
    tried(of_each_row)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (one_value, "`Net` does not give one row per example"),
        (keeping, "`Net` in `Net` keeps something of all rows"),
        (mixed, "rows that `Net` gives depend on other rows"),
    ],
)
def test_any_other_model_is_refused_with_a_reason(answer: Callable[[Any, torch.Tensor], Any], why: str) -> None:
    with pytest.raises(NotSharedError) as caught:
        tried(answer)
    assert f"the training cannot be spread over processes: {why}; run `python train.py` instead" == str(caught.value)
