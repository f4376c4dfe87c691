"""States share what they have in common: a notebook of thousands of statements keeps a few changes for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbexport import api
from nbexport.analysis.analyse import analyse
from nbexport.analysis.bindings import MISSING, Definition
from nbexport.analysis.states import OpenState, Past, StateAt, join
from nbexport.plan import ExportRequest, Plan
from nbexport.propose import suggest
from nbexport.read.notebook import read_text

ONE, TWO, THREE = (frozenset({Definition(name, at)}) for at, name in enumerate(("one", "two", "three")))


def test_a_layer_is_looked_through_and_leaves_what_is_below_alone() -> None:
    below = OpenState({"a": ONE, "b": TWO})
    above = below.fork()
    above["b"] = THREE
    above["c"] = ONE
    assert (above["a"], above["b"], above["c"]) == (ONE, THREE, ONE)
    assert (below["b"], below.get("c"), "c" in below) == (TWO, None, False)
    assert (list(above), len(above), "d" in above) == (["a", "b", "c"], 3, False)
    assert above.get("d", ONE) is ONE
    with pytest.raises(KeyError):
        above["d"]


def test_a_state_that_is_left_stays_as_it_was() -> None:
    before = OpenState({"a": ONE})
    body = before.fork()
    body["b"] = TWO
    inner = body.fork()
    inner["a"] = THREE
    left = inner.over(before)
    body["b"] = THREE
    assert (left["a"], left["b"]) == (THREE, TWO)
    assert left.below is before


def test_joined_states_hold_what_any_of_them_holds() -> None:
    before = OpenState({"a": ONE})
    first, second = before.fork({"a": TWO, "b": TWO}), before.fork({"c": ONE})
    changes = join([first, second], before)
    assert changes == {"a": ONE | TWO, "b": TWO | {MISSING}, "c": ONE | {MISSING}}
    assert join([first], before) is first.own
    same = join([before.fork({"a": TWO}), before.fork({"a": TWO})], before)
    assert same["a"] is TWO


def test_the_past_is_kept_as_changes() -> None:
    past = Past()
    past.begin()
    past.note([("a", ONE)])
    past.begin()
    past.note([("a", TWO), ("b", THREE)])
    past.begin()
    assert len(past) == 3
    assert [dict(past[at]) for at in range(3)] == [{}, {"a": ONE}, {"a": TWO, "b": THREE}]
    assert (dict(past[-1]), [dict(state) for state in past[1:]]) == (
        {"a": TWO, "b": THREE},
        [dict(past[1]), dict(past[2])],
    )
    assert (past[1]["a"], "b" in past[1], len(past[2])) == (ONE, False, 2)
    assert isinstance(past[0], StateAt)
    for wrong in (lambda: past[3], lambda: past[0]["a"]):
        with pytest.raises(LookupError):
            wrong()


def chain(size: int, tags: str = "") -> str:
    """A notebook of assignments, each of which needs the one before."""
    forms = ("x{0} = x{1} + 1", "x{0} = abs(x{1})", "if x{1}:\n    x{0} = 1\nelse:\n    x{0} = 2")
    lines = ["x0 = 1", *(forms[at % 3].format(at, at - 1) for at in range(1, size))]
    train, evaluate = (' tags=["train"]', ' tags=["evaluate"]') if tags else ("", "")
    return f"# %%{train}\n" + "\n".join(lines) + f'\n# %%{evaluate}\nmetrics = {{"last": x{size - 1}}}\n'


def test_what_is_kept_grows_with_the_notebook_and_no_faster() -> None:
    kept = []
    for size in (200, 2_000):
        past = analyse(read_text(chain(size), "a.py")).before
        assert isinstance(past, Past)
        kept.append(sum(len(units) for units in past._units.values()) / size)
    assert kept[1] <= kept[0] * 1.01


def test_a_long_chain_is_checked_tagged_and_exported(tmp_path: Path) -> None:
    """Deeper than Python's stack: nothing follows a chain by calling itself."""
    assert [f.code for f in api.check_text(chain(1_500), "a.py")[1]] == []
    assert {proposal.cell: bool(proposal.roles) for proposal in suggest(read_text(chain(1_500), "a.py")).proposals} == {
        1: True,
        2: True,
    }
    notebook = tmp_path / "a.py"
    notebook.write_text(chain(1_500, "tagged"))
    assert isinstance(api.plan(ExportRequest(notebook, tmp_path / "project", 1)), Plan)
