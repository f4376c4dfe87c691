"""What a plan says beside the files: remarks on an export that was made all the same."""

from __future__ import annotations

import pytest

from nbexport import api
from nbexport.judge.remarks import remarks


@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ("epochs = 3", "1 literal in the stages could be an option of train.py: `--fix` makes it a parameter"),
        (
            "epochs = 3\nlearning_rate = 0.1",
            "2 literals in the stages could be options of train.py: `--fix` makes them parameters",
        ),
    ],
    ids=["one", "two"],
)
def test_literals_that_could_be_options_are_counted(stage: str, sentence: str) -> None:
    text = f'# %% tags=["train"]\n{stage}\n# %% tags=["evaluate"]\nmetrics = {{"epochs": epochs}}\n'
    assert remarks(*api.check_text(text, "a.py")) == (sentence,)
