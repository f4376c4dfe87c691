"""Every trap is refused or exported equal, every sound notebook is exported equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pytest

from soundness.cases import Case, cases
from soundness.corpus import SOUND, TRAPS
from soundness.judging import Judge

GROUPED_BY = "half"
"""Each half has a warm process of its own."""
SHARE = 39
"""Every run judges one case in so many; `make test-slow` all of them."""


def failures_of_traps(judge: Judge, traps: Iterable[Case], *, all_of_it: bool = False) -> list[str]:
    """The traps of which the export differs, breaks, or is only assumed to be the same.

    With all of it: those without teeth too, which prove nothing. Without the cells that stay in the notebook, each trap
    that has such cells computes something else.
    """
    found = []
    for case in traps:
        teeth = all_of_it and any(not roles for roles, _ in case.cells[1:])
        answer = judge.judge({**case.job(), "fast": not all_of_it, "teeth": teeth})
        # nothing is known of modules beside the notebook, so what they do may be assumed
        right = ("equal", "refused", *(["assumed"] if any(name.endswith(".py") for name in case.files) else []))
        if answer["verdict"] not in right:
            found.append(f"{answer['verdict']} {case.name}: {answer['why']}")
        if answer.get("bites") is False:
            found.append(f"toothless {case.name}")
    return found


@pytest.fixture(scope="module")
def warm() -> Iterator[Judge]:
    """One for all tests of a half that judge fast: it imports the large libraries once."""
    with Judge() as judge:
        yield judge


@pytest.mark.parametrize("half", [0, 1])
def test_some_traps_are_refused_or_equal(warm: Judge, half: int) -> None:
    assert failures_of_traps(warm, TRAPS[half :: 2 * SHARE]) == []


@pytest.mark.slow(minutes=3)
@pytest.mark.parametrize("half", [0, 1])
def test_all_traps_are_refused_or_equal_and_have_teeth(half: int) -> None:
    with Judge() as judge:
        assert failures_of_traps(judge, TRAPS[half::2], all_of_it=True) == []


def judge_sound(judge: Judge, sound: Sequence[Case], **options: bool) -> None:
    """All are exported and equal, few of them with an assumption."""
    refused, assumed = [], []
    for case in sound:
        answer = judge.judge({**case.job(), **options})
        if answer["verdict"] != "equal":
            refused.append(f"{answer['verdict']} {case.name}: {answer['why']}")
        elif answer["assumptions"]:
            assumed.append((case.name, answer["assumptions"]))
    assert refused == []
    assert len(assumed) <= 0.2 * len(sound), assumed


@pytest.mark.parametrize("half", [0, 1])
def test_some_sound_notebooks_are_exported_and_equal(warm: Judge, half: int) -> None:
    judge_sound(warm, SOUND[half :: SHARE // 2], fast=True)


@pytest.mark.slow(minutes=1)
def test_sound_notebooks_are_saved_and_loaded_too() -> None:
    with Judge() as judge:
        judge_sound(judge, SOUND)


def test_names_are_unique() -> None:
    for kind in (TRAPS, SOUND):
        names = [case.name for case in kind]
        assert len(set(names)) == len(names)
    assert len(TRAPS) >= 170
    assert len(SOUND) >= 60


def test_the_compact_form() -> None:
    (case,) = cases("""
        === small
        --- data
        a = 1
        --- behind
        a += 1
        --- evaluate
        metrics = {"a": a}
        --- text: rows.csv
        1
    """)
    assert [roles for roles, _ in case.cells] == ["", "data", "train", "", "evaluate"]
    assert case.files == {"rows.csv": "1\n"}
    assert case.percent().count("# %%") == 5
    assert case.ipynb()["nbformat"] == 4
    assert case.job()["name"] == "small"


@pytest.mark.parametrize("half", [0])
def test_the_judge_sees_a_difference(warm: Judge, half: int) -> None:
    """What is judged equal computes the same, and what cannot be run is said."""
    (equal, dead) = cases("""
        === equal
        --- data
        a = 1
        --- evaluate
        metrics = {"a": a * level}
        === dead
        --- data
        a = 1 / 0
        --- evaluate
        metrics = {"a": a}
    """)
    assert warm.judge(equal.job())["verdict"] == "equal"
    assert warm.judge(dead.job())["verdict"] == "no truth"
