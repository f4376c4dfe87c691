"""What several test modules share."""

from __future__ import annotations

import json
from collections import Counter
from fnmatch import fnmatch
from itertools import count
from pathlib import Path

import fuzzing
import pytest

SOUND = """\
# %% tags=["parameters"]
rate = 0.5  # step size
# %% tags=["data"]
rows = [1.0, 2.0, 3.0]
# %% tags=["train"]
weight = sum(rows) * rate
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
predict(2.0)
"""
"""A notebook that every level can be exported from; plain Python, so that nothing slow is imported."""

ASSUMING = SOUND.replace(
    '# %% tags=["train"]',
    '# %%\nimport somelib\nfor _ in range(2):\n    somelib.inspect(rows)  # noqa: NBX130\n# %% tags=["train"]',
)
"""The same with a call in a cell that stays in the notebook, of which nothing is known; its export assumes something."""


CACHES = count()
"""Numbers of the caches of this process's tests."""
LONG = ("lab", "projects", "verify")
"""Folders whose tests take seconds each; a worker that begins with one of them last works alone."""

# before the modules of the tests: their settings build upon it
fuzzing.load_profile()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out modules without slow tests where only those run: to import all of them takes each worker long."""
    if config.option.markexpr != "slow" or not fnmatch(collection_path.name, "test_*.py"):
        return None
    return True if "mark.slow" not in collection_path.read_text(encoding="utf-8") else None


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put together what shares expensive fixtures, the most expensive first: a worker that begins it last works alone."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("fuzz")
    minutes: dict[str, float] = {}
    for item in items:
        for mark in (*item.iter_markers("slow"), *item.iter_markers("fuzz")):
            least = 1 if mark.name == "slow" else 0
            minutes[group_of(item)] = max(minutes.get(group_of(item), 0), mark.kwargs.get("minutes", least))
    # what starts services and browsers comes before what only computes
    items.sort(key=lambda item: (-minutes.get(group_of(item), 0), item.path.parent.name not in LONG))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the draws of a long run came to."""
    tallies: dict[str, Counter[str]] = {}
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name == fuzzing.TALLY:
                tallies.setdefault(report.nodeid.partition("[")[0], Counter()).update(json.loads(str(value)))
    for test, tally in tallies.items() if fuzzing.FACTOR else ():
        counts = ", ".join(f"{count} {name} ({count / tally.total():.1%})" for name, count in sorted(tally.items()))
        terminalreporter.write_line(f"{test}: {tally.total()} notebooks: {counts}")


def group_of(item: pytest.Item) -> str:
    """What one worker runs: a module, or its part for one value of the parameter that the module names as `GROUPED_BY`."""
    call = getattr(item, "callspec", None)
    parameter = getattr(getattr(item, "module", None), "GROUPED_BY", None)
    if call is None or parameter not in call.params:
        return str(item.path)
    return f"{item.path} {call.params[parameter]}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Make sure that the groups hold: without them each worker would make what is expensive for itself."""
    if getattr(item.config.option, "loadgroup", False) and "@" not in item.nodeid:
        raise pytest.UsageError("this pytest-xdist does not group tests with this pytest")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without anything remembered from an earlier check; who remembers something makes the folder."""
    # `mktemp` would look through thousands of folders for a free number
    monkeypatch.setenv("NBEXPORT_CACHE_DIR", str(tmp_path_factory.getbasetemp() / f"cache-{next(CACHES)}"))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A sound notebook in a folder of its own."""
    path = tmp_path / "work" / "sound.py"
    path.parent.mkdir()
    path.write_text(SOUND, encoding="utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """An `.ipynb` with two errors in its third cell and a name with a wide character in it."""
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": ["known = 1\n"]},
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": 2,
            "source": ["label = '日本'\n", "print(label, 日本, known)\n", "lost + 1"],
            "id": "third",
        },
    ]
    path = tmp_path / "broken.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, indent=1))
    return path
