"""Two runs of one project, and which circumstance makes them differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nbexport.errors import NbexportError
from nbexport.verify.limits import LimitError
from nbexport.verify.processes import AS_NOTEBOOK, FIRST, SECOND, Manner, ProjectRun, Run
from nbexport.verify.repeating import cause, two_runs
from nbexport.verify.stopping import Stop
from nbexport.verify.verification import Cause


def ran(value: Any) -> ProjectRun:
    return ProjectRun({"w": value}, {}, [], Path())


def same(one: Run, other: Run) -> bool:
    return bool(one.metrics == other.metrics)


class Project:
    """Gives another result in every run, unless one circumstance is held still."""

    def __init__(self, *still: str) -> None:
        self.still = still
        self.runs = 0

    def __call__(self, manner: Manner) -> ProjectRun:
        self.runs += 1
        held = {"hash": manner == FIRST, "chance": "urandom" in manner.prelude, "clock": "ticks" in manner.prelude}
        held["threads"] = manner.threads == 1
        return ran("same" if all(held[name] for name in self.still) else self.runs)


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        (Project("chance"), Cause.UNSEEDED),
        (Project("clock"), Cause.TIME),
        (Project("threads"), Cause.THREADS),
        (Project("chance", "clock"), Cause.UNKNOWN),
    ],
)
def test_what_is_held_still_names_the_cause(project: Project, expected: Cause) -> None:
    steps: list[str] = []
    found = cause(
        ran("n"), ran("f"), project, same=same, repeats=False, unseeded=True, torch=False, progress=steps.append
    )
    assert found == (expected, False)
    assert steps


def test_hashes_are_told_from_another_program() -> None:
    def hashed(manner: Manner) -> ProjectRun:
        return ran(manner.training)

    def ask(notebook: Any, *, repeats: bool, unseeded: bool = False) -> tuple[Cause | None, bool]:
        options: dict[str, Any] = {"same": same, "unseeded": unseeded, "torch": False, "progress": print}
        return cause(ran(notebook), hashed(FIRST), hashed, repeats=repeats, **options)

    assert ask(AS_NOTEBOOK.training, repeats=False) == (Cause.HASH, True)
    assert ask("another program", repeats=False) == (Cause.HASH, False)
    assert ask("another program", repeats=True) == (None, False)
    assert ask("another draw", repeats=True, unseeded=True) == (Cause.CHANCE, False)


def test_runs_that_get_into_each_others_files_are_repeated_alone() -> None:
    at_once: set[int] = set()
    manners: list[Manner] = []

    def disturbed(manner: Manner) -> ProjectRun:
        manners.append(manner)
        if len(manners) <= 2:
            at_once.add(len(manners))
            return ran(len(at_once))
        return ran("alone")

    found = two_runs(disturbed, same=same, together=True, stop=Stop())
    assert [run.metrics for run in found] == [{"w": "alone"}] * 2
    assert manners[2:] == [FIRST, SECOND]
    manners.clear()

    def failing(manner: Manner) -> ProjectRun:
        manners.append(manner)
        if len(manners) <= 2:
            raise NbexportError("the file is in use")
        return ran("alone")

    assert len(two_runs(failing, same=same, together=True, stop=Stop())) == 2

    def slow(manner: Manner) -> ProjectRun:
        raise LimitError("too slow, alone and together")

    with pytest.raises(LimitError):
        two_runs(slow, same=same, together=True, stop=Stop())
