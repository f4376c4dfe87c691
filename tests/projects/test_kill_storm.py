"""A small share of the storm of kills; `tests/faults/kill_storm.py` is the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import run

STORM = Path(__file__).parents[1] / "faults" / "kill_storm.py"


@pytest.mark.slow(minutes=3)
def test_whatever_is_killed_journal_folder_and_next_command_agree() -> None:
    done = run(STORM, "--kills", "12", "--seed", "4", env={"PYTHONPATH": str(STORM.parents[2] / "runtime")})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| all |" in done.stdout
