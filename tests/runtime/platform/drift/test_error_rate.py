"""How often a check speaks: on drift nearly always, naming the column and only it; where nothing has changed, hardly."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import platform_logs
import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.drift.checking import check
from nbexport_runtime.platform.drift.settings import Drift
from nbexport_runtime.training import reference
from nbexport_runtime.training.seen import Column

RUNS, ROWS, DAY_S = 100, 2_000, 86_400.0
OF_ONE_MODEL = 10
"""Runs that share a reference, which is drawn too."""
NUMBERS = [f"x{number}" for number in range(14)]
CATEGORIES = [f"c{number}" for number in range(6)]


def rows(random: np.random.Generator, count: int, moved: str = "") -> pd.DataFrame:
    """Rows of 20 columns that are as in training, but for one."""
    frame = pd.DataFrame()
    for place, name in enumerate(NUMBERS):
        shift = 0.5 if name == moved else 0.0
        values = random.normal(shift, 1.0, count)
        frame[name] = np.exp(values) if place % 3 == 1 else np.round(values * 3) if place % 3 == 2 else values
    for name in CATEGORIES:
        shares = [0.35, 0.45, 0.15, 0.05] if name == moved else [0.5, 0.3, 0.15, 0.05]
        frame[name] = random.choice(["basic", "plus", "family", "team"], count, p=shares)
    return frame


def trained(project: Project, version: str, frame: pd.DataFrame) -> None:
    """Keep the reference of a version that learned from a frame."""
    folder = project.versions / version
    folder.mkdir(parents=True, exist_ok=True)
    columns = {}
    for name in frame:
        column = columns[str(name)] = Column(rows=len(frame))
        for value in frame[name].astype(str):
            column.add(value)
    reference.write(folder, columns)


def spoken(folder: Path, seed: int, moved: str = "", *, settings: Drift | None = None) -> list[str]:
    """The columns that a check names after three days of traffic."""
    random = np.random.default_rng(seed)
    project, version = Project(folder, folder), f"v{seed // OF_ONE_MODEL}"
    if not (project.versions / version).exists():
        trained(project, version, rows(random, 5_000))
    with platform_logs.tables() as tables:
        platform_logs.log(tables, rows(random, 3 * ROWS, moved), length=timedelta(days=3), version=version)
        report = check(project, tables, settings or Drift(), version, length_s=DAY_S, until=platform_logs.NOON)
        assert [window.rows for window in report.windows] == [ROWS] * 3
        assert len(report.verdicts) == 20
    return [verdict.column.name for verdict in report.drifted]


@pytest.mark.slow
def test_drift_of_one_column_is_named_and_only_it(tmp_path: Path) -> None:
    columns = (*NUMBERS, *CATEGORIES)
    moved = [columns[run % len(columns)] for run in range(RUNS)]
    right = sum(spoken(tmp_path, run, name) == [name] for run, name in enumerate(moved))
    print(f"{right} of {RUNS} runs name the column and only it")
    assert right >= 95


@pytest.mark.slow
def test_where_nothing_has_changed_a_check_hardly_speaks(tmp_path: Path) -> None:
    # without a least effect: what holds the rate is the tests themselves
    strict = Drift(min_psi=1e-9, min_share=1e-9)
    alarms = sum(bool(spoken(tmp_path, 1_000 + run, settings=strict)) for run in range(RUNS))
    print(f"{alarms} of {RUNS} checks speak where nothing has changed, without a least effect")
    assert alarms <= 5
    assert not any(spoken(tmp_path, 2_000 + run) for run in range(RUNS // 4))
