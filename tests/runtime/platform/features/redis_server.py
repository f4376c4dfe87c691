"""A real Redis in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nbexport_runtime.platform.features import redis_store
from projects.serving import free_port


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a server that is ready; it ends with the block.

    Raises:
        FileNotFoundError: The machine has no Redis.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("redis-server is missing: run `make test`, or install it; on Debian: redis-server")
    port = free_port()
    patch = pytest.MonkeyPatch()
    # a busy machine may be slower than a prediction may wait
    patch.setattr(redis_store, "TIMEOUT_S", 30.0)
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Ready to accept connections" in line:
                    break
            else:
                raise AssertionError("redis-server ended before it was ready")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            patch.undo()
