"""A process that goes beyond its limits is ended, with all that it started, and the message says how to allow more."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from nbexport.verify.limits import MEMORY_SHARE, LimitError, Limits, machine_bytes
from nbexport.verify.stopping import Stop, StoppedError, run

NEVER_ENDING = """
import subprocess, sys, pathlib
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
pathlib.Path("child").write_text(str(child.pid))
child.wait()
"""


def started(folder: Path, text: str, limits: Limits, stop: Stop | None = None) -> int:
    command = [sys.executable, "-c", text]
    return run(command, folder=folder, environment={}, stop=stop or Stop(), what="the program", limits=limits)[0]


def ends(pid: int) -> bool:
    """Whether a process that was killed is gone soon; the system takes it away in its own time."""
    end = time.monotonic() + 30
    while psutil.pid_exists(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "child"

    def now() -> float:
        """The time, of which a lot has passed once the program has started its child."""
        return time.monotonic() + (5000 if place.exists() and place.read_text() else 0)

    monkeypatch.setattr("nbexport.verify.limits.time", SimpleNamespace(monotonic=now))
    with pytest.raises(LimitError) as caught:
        started(tmp_path, NEVER_ENDING, Limits(time_s=2000))
    assert re.fullmatch(r"the program had run for 50\d\d s and was ended", caught.value.what)
    assert "--timeout 4000" in caught.value.fix
    assert ends(int(place.read_text()))


def test_memory_of_all_that_it_starts(tmp_path: Path) -> None:
    inner = "held = b'1' * 300_000_000; import time; time.sleep(600)"
    text = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with pytest.raises(LimitError) as caught:
        started(tmp_path, text, Limits(memory_bytes=150e6))
    assert "the program holds 0." in caught.value.what
    assert "0.15 GB" in caught.value.why
    assert "--memory 0.3" in caught.value.fix


def test_within_the_limits_and_without_any(tmp_path: Path) -> None:
    assert started(tmp_path, "", Limits()) == 0
    assert started(tmp_path, "raise SystemExit(3)", Limits(time_s=0, memory_bytes=0)) == 3
    assert Limits().memory == machine_bytes() * MEMORY_SHARE > 0
    assert Limits(memory_bytes=0).memory == 0


def test_somebody_who_asks_to_stop_is_heard_before_the_limit(tmp_path: Path) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedError):
        started(tmp_path, NEVER_ENDING, Limits(), stop)


def test_a_signal_that_ends_the_process_ends_what_it_has_started(tmp_path: Path) -> None:
    outer = (
        "import sys, pathlib\n"
        "from nbexport.verify.limits import Limits\n"
        "from nbexport.verify.stopping import Stop, ends_with_its_children, run\n"
        "with ends_with_its_children():\n"
        f"    run([sys.executable, '-c', {NEVER_ENDING!r}], folder=pathlib.Path({str(tmp_path)!r}), environment={{}},\n"
        "        stop=Stop(), limits=Limits())\n"
    )
    with subprocess.Popen([sys.executable, "-c", outer], stderr=subprocess.DEVNULL) as process:
        place = tmp_path / "child"
        while not (place.exists() and place.read_text()):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    child = int(place.read_text())
    assert ends(child)
