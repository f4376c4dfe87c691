"""The time of a simulation is the same in every process that takes part in it, and in no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbexport_runtime import bundle
from nbexport_runtime.traffic import clock

RUNTIME = str(Path(bundle.__file__).parents[2])
MOMENT = datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
NEAR = timedelta(minutes=5)
ASKED = """
import sys
from collections.abc import Iterator
from nbexport_runtime.traffic import clock
for _ in sys.stdin:
    print(clock.now().isoformat(), clock.simulated(), flush=True)
"""


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[clock.Hand]:
    made = clock.Hand(tmp_path / "clock", MOMENT)
    yield made
    made.drop()


def test_the_time_is_that_of_the_machine_unless_somebody_simulates() -> None:
    assert not clock.simulated()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)


def test_who_holds_the_clock_goes_by_it_until_it_is_dropped(hand: clock.Hand) -> None:
    assert timedelta() <= clock.now() - MOMENT < NEAR
    hand.set(MOMENT + timedelta(days=3))
    assert timedelta() <= clock.now() - MOMENT - timedelta(days=3) < NEAR
    hand.drop()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_another_process_follows_each_change_at_once(hand: clock.Hand) -> None:
    environment = {**os.environ, "PYTHONPATH": RUNTIME, clock.VARIABLE: str(hand.path)}
    with subprocess.Popen(
        [sys.executable, "-c", ASKED], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for day in range(3):
            moment = MOMENT + timedelta(days=day)
            hand.set(moment)
            other.stdin.write("\n")
            other.stdin.flush()
            shown, simulated = other.stdout.readline().split()
            assert timedelta() <= datetime.fromisoformat(shown) - moment < NEAR
            assert simulated == "True"
        other.stdin.close()


def test_a_clock_that_is_not_there_is_named(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": RUNTIME, clock.VARIABLE: str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-c", ASKED], env=environment, input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "unset it" in done.stderr
    assert "Traceback" not in done.stderr
