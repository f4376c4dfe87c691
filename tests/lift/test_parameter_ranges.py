"""Ranges of parameters: by annotation, by comment, and which comments say none."""

from __future__ import annotations

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.lift.placing import place
from nbexport.lift.program import lift
from nbexport.read.notebook import read_text

REST = """
# %% tags=["data"]
rows = [x or 0, 2]
# %% tags=["train"]
total = sum(rows)
# %% tags=["evaluate"]
metrics = {"total": total}
"""


def option(line: str) -> str:
    """The line of `train.py` that makes an option of a parameter `x`."""
    placed = place(analyse(read_text(f'# %% tags=["parameters"]\n{line}\n{REST}', "notebook.py"), level=1))
    assert placed.layout.problems == [], [problem.message for problem in placed.layout.problems]
    return next(
        row.strip() for row in lift(placed, name="notebook.py").train.split("\n") if '"--x"' in row or "'--x'" in row
    )


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("x: Annotated[int, Ge(1), Le(20)] = 3", "within(int, at_least=1, at_most=20)"),
        ("x: typing.Annotated[float, Interval(gt=0, le=1)] = 0.5", "within(float, above=0, at_most=1)"),
        ("x: Annotated[int, Field(ge=-1, lt=9)] | None = None", "optional(within(int, at_least=-1, below=9))"),
        ("x: Annotated[int, 'what it is'] = 3", "int"),
        ("x: Annotated[int, Ge(unknown)] = 3", "int"),
        ("x = 3  # depth, 1..20", "within(int, at_least=1, at_most=20)"),
        ("# between the two: [-1, 1]\nx = 0.5  # in [-1, 1)", "within(float, at_least=-1, below=1)"),
        ("x = 0.5  # share (>= 1e-3)", "within(float, at_least=0.001)"),
        ("x = 3  #@param {type:'slider', min:1, max:9, step:1}", "within(int, at_least=1, at_most=9)"),
        ("x = 30  # 1..20", "int"),
        ("x = 3  # kernel of (3, 3)", "int"),
        ("x = 3  # see [1, 2] for why 3 is better", "int"),
        ("x = 3  # more than 5 takes long", "int"),
        ("x = 'a'  # 1..20", "str"),
    ],
)
def test_a_range_is_taken_from_annotation_or_comment(line: str, kind: str) -> None:
    assert f"type={kind}," in option(line)


def test_a_value_that_its_annotation_does_not_allow_is_refused() -> None:
    placed = place(
        analyse(read_text(f'# %% tags=["parameters"]\nx: Annotated[int, Ge(5)] = 3\n{REST}', "n.py"), level=1)
    )
    assert [problem.message for problem in placed.layout.problems] == ["`x` is 3, which its annotation does not allow"]


def test_options_of_every_project_keep_their_names() -> None:
    text = f'# %% tags=["parameters"]\nx = 1\nconfig = "a"\ndry_run = True\n{REST}\nprint(config, dry_run)'
    placed = place(analyse(read_text(text, "notebook.py"), level=1))
    assert [one.option for one in placed.parameters] == ["--x", "--param-config", "--param-dry-run"]
