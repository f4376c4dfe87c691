"""What a model answered for all rows is looked up for drawn ones, where that is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nbexport_runtime.pipeline.evaluation import Drawings
from nbexport_runtime.pipeline.remembering import DiffersError, ElsewhereError, Memory
from nbexport_runtime.pipeline.rows import taken
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FRAME = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0)[::-1]})
LABELS = np.arange(20) % 3 == 0


class Counting:
    """A model that counts how often it is asked."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.answer, self.calls = answer, 0

    def predict(self, rows: Any) -> Any:
        self.calls += 1
        return self.answer(rows)


def recorded(model: Any, rows: Any, method: str = "predict") -> Memory:
    memory = Memory({"model": model})
    with memory.recording({"X": rows}, [len(rows)]):
        getattr(model, method)(rows)
    return memory


def looked_up(memory: Memory, model: Any, rows: Any, chosen: list[int], method: str = "predict") -> Any:
    part = taken(rows, chosen)
    with memory.drawn({"X": part}, {len(rows): chosen}):
        return getattr(model, method)(part)


def test_drawn_rows_are_looked_up_after_some_that_were_tried() -> None:
    model = Counting(lambda rows: rows["a"].to_numpy() * 2)
    memory = recorded(model, FRAME)
    for turn in range(30):
        chosen = [turn % 20, 3, 3]
        np.testing.assert_array_equal(looked_up(memory, model, FRAME, chosen), FRAME["a"].to_numpy()[chosen] * 2)
    assert model.calls == 1 + 10
    # nothing is left on the model
    assert "predict" not in vars(model)


def test_an_answer_that_depends_on_other_rows_is_not_looked_up() -> None:
    model = Counting(lambda rows: rows["a"].to_numpy() - rows["a"].mean())
    memory = recorded(model, FRAME)
    with pytest.raises(DiffersError):
        looked_up(memory, model, FRAME, [1, 2, 3])
    np.testing.assert_array_equal(looked_up(memory, model, FRAME, [1, 2, 3]), [-1.0, 0.0, 1.0])


def test_drawings_begin_again_where_answers_depend_on_other_rows() -> None:
    model = Counting(lambda rows: rows["a"].to_numpy() - rows["a"].mean())
    memory = recorded(model, FRAME)

    def of(chosen: Any) -> dict[str, float]:
        return {"sum": float(abs(looked_up(memory, model, FRAME, list(chosen[20]))).sum())}

    def directly(chosen: Any) -> dict[str, float]:
        part = FRAME["a"].to_numpy()[list(chosen[20])]
        return {"sum": float(abs(part - part.mean()).sum())}

    drawings, plain = Drawings(1, [20], of), Drawings(1, [20], directly)
    for each in (drawings, plain):
        each.until(30)
    assert drawings.samples == plain.samples


def test_rows_that_were_changed_or_are_others_are_predicted() -> None:
    model = Counting(lambda rows: rows["a"].to_numpy())
    memory = recorded(model, FRAME)
    part = taken(FRAME, [1, 2])
    with memory.drawn({"X": part}, {20: [1, 2]}):
        other = part + 1
        np.testing.assert_array_equal(model.predict(other), [2.0, 3.0])


def test_a_model_that_was_asked_twice_is_asked_again() -> None:
    model = Counting(lambda rows: rows["a"].to_numpy())
    memory = Memory({"model": model})
    with memory.recording({"X": FRAME}, [20]):
        model.predict(FRAME)
        model.predict(FRAME)
    before = model.calls
    looked_up(memory, model, FRAME, [1])
    assert model.calls == before + 1


def test_models_of_scikit_learn_answer_what_they_would() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, LABELS)
    memory = recorded(model, FRAME, "predict_proba")
    for turn in range(15):
        chosen = [turn, turn, 19 - turn]
        answer = looked_up(memory, model, FRAME, chosen, "predict_proba")
        np.testing.assert_allclose(answer, model.predict_proba(FRAME.iloc[chosen]))


def test_what_a_scaler_gave_is_known_to_the_model_after_it() -> None:
    scaler = StandardScaler().fit(FRAME)
    model = Counting(lambda rows: rows[:, 0])
    memory = Memory({"model": model, "scaler": scaler})
    with memory.recording({"X": FRAME}, [20]):
        model.predict(scaler.transform(FRAME))
    for turn in range(20):
        part = taken(FRAME, [turn])
        with memory.drawn({"X": part}, {20: [turn]}):
            np.testing.assert_allclose(model.predict(scaler.transform(part)), scaler.transform(part)[:, 0])
    assert model.calls == 1 + 10


def test_a_module_of_torch_is_asked_through_its_call() -> None:
    module, rows = torch.nn.Linear(2, 3), torch.arange(20.0).reshape(10, 2)
    memory = Memory({"model": module})
    with memory.recording({"X": rows}, [10]), torch.no_grad():
        module(rows)
    for _ in range(12):
        part = taken(rows, [1, 1, 5])
        with memory.drawn({"X": part}, {10: [1, 1, 5]}), torch.no_grad():
            torch.testing.assert_close(module(part), torch.nn.functional.linear(part, module.weight, module.bias))
    assert "forward" not in vars(module)


def test_other_answers_stand_in_for_those_of_the_model_and_for_no_more() -> None:
    model = Counting(lambda rows: rows["a"].to_numpy())
    memory = recorded(model, FRAME)
    with memory.replaced([np.full(20, 7.0)], {20: [1, 2]}):
        np.testing.assert_array_equal(model.predict(FRAME.iloc[[1, 2]]), [7.0, 7.0])
        with pytest.raises(ElsewhereError, match="asked about other rows too"):
            model.predict(FRAME)
