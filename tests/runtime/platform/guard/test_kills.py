"""Whatever is killed in a guard's going back, the next look finishes it, and nothing is done twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbexport_runtime
import pytest

KILLS = Path(__file__).with_name("kills.py")


@pytest.mark.parametrize("kind", ["back", "rollback"])
def test_a_kill_anywhere_is_finished_by_the_next_look_and_nothing_is_done_twice(kind: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(nbexport_runtime.__file__).parents[1])}
    words = [sys.executable, str(KILLS), kind, "--kills", "15", "--seed", "4"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    match = re.search(r"each of (\d+) file operations", done.stdout)
    assert match is not None
    assert int(match[1]) > 15
