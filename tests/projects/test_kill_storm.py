"""A small share of the storm of kills; `python tests/faults/kill_storm.py` is the whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .conftest import run

STORM = Path(__file__).parents[1] / "faults" / "kill_storm.py"


@pytest.mark.slow(minutes=3)
def test_whatever_is_killed_journal_folder_and_next_command_agree() -> None:
    runtime = str(STORM.parents[2] / "runtime")
    code = f"import runpy, sys\nsys.path.insert(0, {runtime!r})\nsys.argv[0] = {str(STORM)!r}\n"
    code += "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    done = run("-c", code, "--kills", "12", "--seed", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| all |" in done.stdout
    assert sys.platform.startswith("linux")
