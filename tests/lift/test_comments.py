"""What comments beside parameters say in `train.py --help`."""

from __future__ import annotations

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.lift.comments import words
from nbexport.lift.placing import place
from nbexport.lift.program import lift
from nbexport.read.notebook import read_text

NOTEBOOK = """\
# %% tags=["parameters"]
# Parameters
rate = 0.1 #@param {type:"slider", min:0, max:1, step:0.1}
#@markdown How many passes
passes = 5  # @param {type: "integer"}
solver = "adam" #@param ["adam", "sgd"]
free = "x" #@param ["x", "y"] {allow-input: true}
other = "z" #@param ["x", "y"]
shuffle = True #@param {type:"boolean"}
seed = 1; # the seed
# %% tags=["train"]
model = [rate, passes, solver, free, other, shuffle, seed]
# %% tags=["evaluate"]
metrics = {"n": float(len(model))}
"""


def test_forms_of_colab() -> None:
    program = lift(place(analyse(read_text(NOTEBOOK, "a.py"))), name="a.py")
    found = {one.name: (one.type, one.help, one.choices) for one in program.parameters}
    assert found == {
        "rate": ("float", "0 to 1, in steps of 0.1", ()),
        "passes": ("int", "How many passes", ()),
        "solver": ("Literal", "`solver` of the notebook", ("adam", "sgd")),
        "free": ("str", "`free` of the notebook", ()),
        "other": ("str", "`other` of the notebook", ()),
        "shuffle": ("bool", "`shuffle` of the notebook", ()),
        "seed": ("int", "the seed", ()),
    }


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# Parameters", ""),
        ("# parameters:", ""),
        ("# Papermill parameters", ""),
        ("## Hyperparameters", ""),
        ("# model config", ""),
        ("# parameters of the slope", "parameters of the slope"),
        ("# number of inputs", "number of inputs"),
        ("# options: 1 or 2", "options: 1 or 2"),
        ("#@title Training", ""),
        ('# @param {type:"number", min:0}', ""),
        ('# @param {type:"slider", "min":-1, "max":1e-3}', "-1 to 1e-3"),
        ('#@param ["a", "b"]  which one', "which one"),
        ("#@parameters of mine", "@parameters of mine"),
        ("#@param [", ""),
    ],
)
def test_what_a_comment_says(comment: str, said: str) -> None:
    assert words(comment) == said


CELL_OPTIONS = """\
# %% tags=["parameters"]
#| echo: false
rate = 0.1
# %% tags=["define"]
#|export
#| label: "half | fig"
# halves it
def half(x):
    return x / 2
# %% tags=["train"]
#| echo: false
# | town | price |
model = half(rate)
# %% tags=["evaluate"]
#| output: asis
metrics = {"n": model}
"""


def test_options_of_a_cell_stay_in_the_notebook() -> None:
    program = lift(place(analyse(read_text(CELL_OPTIONS, "a.py"))), name="a.py")
    written = program.model + program.definitions + program.train
    assert [line.strip() for line in written.splitlines() if "|" in line and "#" in line] == ["# | town | price |"]
    assert "# halves it\ndef half(x):" in program.definitions
    assert [one.help for one in program.parameters] == ["`rate` of the notebook"]
