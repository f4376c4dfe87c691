"""What a check in JupyterLab costs the server: waiting behind aborted checks, memory, a notebook of 20,000 cells.

    python benchmarks/panel_checks.py

A real Jupyter server is started and asked as a browser asks it. Times are medians of one run on this machine; ratios
are what to read. Nothing here fails a build.
"""

from __future__ import annotations

import copy
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from lab.jupyter import TOKEN, Jupyter, running  # noqa: E402

CHURN = json.loads((ROOT / "examples" / "churn" / "churn.ipynb").read_text(encoding="utf-8"))
WANTED = "wanted: the seventh check <= 2 times a check alone; 20,000 cells <= 2 s; every process <= 500 MB"


def notebook(cells: int) -> dict[str, Any]:
    """The example, repeated without roles to so many cells."""
    made = []
    for number in range(cells):
        cell = copy.deepcopy(CHURN["cells"][number % len(CHURN["cells"])])
        made.append({**cell, "id": f"c{number}", "metadata": cell["metadata"] if number < len(CHURN["cells"]) else {}})
    return {**CHURN, "cells": made}


def body(content: dict[str, Any], name: str = "some.ipynb") -> bytes:
    """A whole check."""
    return json.dumps({"path": name, "content": content, "ignore": []}).encode()


def ask(server: Jupyter, sent: bytes, timeout: float = 120) -> Any:
    """One check."""
    headers = {"Authorization": f"token {TOKEN}"}
    return httpx.post(f"{server.url}/nbexport/api/check", content=sent, headers=headers, timeout=timeout).json()


def seconds(server: Jupyter, sent: bytes) -> float:
    """How long one check takes."""
    began = time.monotonic()
    ask(server, sent)
    return time.monotonic() - began


def abort(server: Jupyter, sent: bytes, after_s: float) -> None:
    """One check whose connection is closed after a while."""
    try:
        ask(server, sent, timeout=after_s)
    except httpx.TimeoutException:
        return


def processes(server: Jupyter) -> list[psutil.Process]:
    """The server, and its workers."""
    port = f"--ServerApp.port={server.url.rpartition(':')[2]}"
    own = next(one for one in psutil.process_iter(["cmdline"]) if port in (one.info["cmdline"] or ()))
    return [own, *own.children()]


def megabytes(server: Jupyter) -> str:
    """Resident memory of each."""
    return ", ".join(f"{one.memory_info().rss / 1e6:.0f} MB" for one in processes(server))


def longest_wait(server: Jupyter, sent: bytes) -> float:
    """The longest that an answer of Jupyter itself takes while a check is sent and made."""
    waits: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            began = time.monotonic()
            httpx.get(f"{server.url}/api", timeout=60)
            waits.append(time.monotonic() - began)

    watching = threading.Thread(target=watch)
    watching.start()
    ask(server, sent)
    done.set()
    watching.join()
    return max(waits)


def main() -> None:
    """Print the figures."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(f"{commit.stdout.strip()}  {WANTED}")
    small, large, huge = body(CHURN), body(notebook(1500), "large.ipynb"), body(notebook(20_000))
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        for name in ("some", "large"):
            (server.root / f"{name}.ipynb").write_text(json.dumps(CHURN), encoding="utf-8")
        ask(server, small)
        alone = statistics.median(seconds(server, small) for _ in range(7))
        slow = seconds(server, large)
        print(f"check alone {alone:.3f} s; check of 1,500 cells {slow:.2f} s")
        behind = []
        for _ in range(3):
            for _ in range(6):
                abort(server, large, min(1.0, slow / 5))
            behind.append(seconds(server, small))
        print(f"the seventh after six aborted ones {statistics.median(behind):.3f} s ({max(behind):.3f} s at most)")
        for number in range(100):
            content = copy.deepcopy(CHURN)
            content["cells"][number % 5]["source"] = f"value_{number} = {number}"
            ask(server, body(content))
        print(f"memory after 100 checks: {megabytes(server)}")
        times = [seconds(server, huge) for _ in range(3)]
        print(f"20,000 cells ({len(huge) / 1e6:.0f} MB): {statistics.median(times):.2f} s ({max(times):.2f} s at most)")
        print(f"memory then: {megabytes(server)}")
        print(f"Jupyter itself answers meanwhile within {longest_wait(server, huge):.2f} s")


if __name__ == "__main__":
    main()
