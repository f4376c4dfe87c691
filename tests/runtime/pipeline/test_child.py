"""What a pipeline starts ends with it: by the kernel's word, and by a parent that is looked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbexport_runtime.pipeline import child

WORK = "import os, subprocess, sys, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"
BY_THE_KERNEL = "import runpy, sys\nsys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n"
BY_LOOKING = (
    "import importlib.util, sys\n"
    "spec = importlib.util.spec_from_file_location('child', sys.argv[1])\n"
    "child = importlib.util.module_from_spec(spec)\n"
    "spec.loader.exec_module(child)\n"
    "child.LOOK_S = 0.05\n"
    "child.signaled_by_the_kernel = lambda number: False\n"
    "sys.exit(child.main(sys.argv[2:]))\n"
)
PARENT = (
    "import os, subprocess, sys\n"
    "words = [sys.executable, '-c', sys.argv[1], sys.argv[2], str(os.getpid()), '9', sys.executable, '-c', sys.argv[3]]\n"
    "subprocess.run(words)\n"
)


@pytest.mark.parametrize("how", [BY_THE_KERNEL, BY_LOOKING], ids=["by the kernel", "by looking"])
def test_it_ends_with_the_process_that_asked_for_it(how: str) -> None:
    words = [sys.executable, "-c", PARENT, how, child.__file__, WORK]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.send_signal(signal.SIGKILL)
        parent.wait(60)
        end = time.monotonic() + 60
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.mark.parametrize("how", [BY_THE_KERNEL, BY_LOOKING], ids=["by the kernel", "by looking"])
def test_its_exit_code_is_that_of_the_program(how: str) -> None:
    program = [sys.executable, "-c", "import sys\nprint(sys.argv)\nsys.exit(7)\n", "a b", "--c"]
    words = [sys.executable, "-c", how, child.__file__, str(os.getpid()), "9", *program]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "['-c', 'a b', '--c']\n")


def test_a_parent_that_is_gone_already_starts_nothing() -> None:
    words = [sys.executable, child.__file__, "1", "9", sys.executable, "-c", "print('started')"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
