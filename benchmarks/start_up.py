"""What a person waits for, as ratios of whole processes timed in turn in one run.

    make bench

Each command runs once per round, so that a busy machine slows all of them alike; what is printed is the median of each
and its ratio to the one it is measured against. Nothing here fails a build: ratios are read, not asserted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbexport.shell.walk import notebooks_in

ROOT = Path(__file__).resolve().parent.parent
WANTED = "wanted: check of one notebook <= 4.5 times a bare start, export <= 0.5 times nbconvert"


def large_notebook(folder: Path, cells: int = 300) -> Path:
    """A notebook of many small cells, each reading what the one before it bound."""
    code = [
        f"import numpy as np\nvalue_{number} = np.arange({number} + 1)\n"
        f"def scale_{number}(rows, factor={number}):\n    return [row * factor for row in rows]\n"
        f"total_{number} = sum(scale_{number}(value_{number}){f' + [total_{number - 1}]' if number else ''})\n"
        f"print(total_{number})"
        for number in range(cells)
    ]
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {
                "cell_type": "code",
                "execution_count": number,
                "metadata": {},
                "outputs": [],
                "source": source.splitlines(keepends=True),
            }
            for number, source in enumerate(code, 1)
        ],
    }
    path = folder / "three_hundred_cells.ipynb"
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    return path


def seconds(command: list[str], folder: Path) -> float:
    """How long one process takes, whatever it says."""
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=folder)
    return time.perf_counter() - began


def medians(commands: dict[str, list[str]], rounds: int, folder: Path) -> dict[str, float]:
    """The median time of each command, after one round that only warms caches."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            spent = seconds(command, folder)
            if turn:
                times[name].append(spent)
    return {name: statistics.median(found) for name, found in times.items()}


def show(title: str, commands: dict[str, list[str]], rounds: int, folder: Path) -> None:
    """Time the commands and print them against the first."""
    found = medians(commands, rounds, folder)
    base = next(iter(found.values()))
    sys.stdout.write(f"\n{title}\n")
    for name, spent in found.items():
        sys.stdout.write(f"  {name:<34} {spent * 1000:8.1f} ms  {spent / base:6.2f} x\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11, help="rounds per table (default: 11)")
    rounds: int = parser.parse_args().rounds
    beside = Path(sys.executable).parent
    nbexport = str(beside / "nbexport")
    examples = notebooks_in([str(ROOT / "examples")])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for path in [*examples, large_notebook(folder)]:
            commands = {
                "python -c pass": [sys.executable, "-c", "pass"],
                "nbexport check": [nbexport, "check", str(path)],
                "ruff check": [str(beside / "ruff"), "check", "--isolated", "--no-cache", str(path)],
                "nbqa pyflakes": [str(beside / "nbqa"), "pyflakes", str(path)],
            }
            show(f"check {path.name}", commands, rounds, folder)
        for path in examples:
            project = folder / "project"
            commands = {
                "jupyter nbconvert --to script": [
                    *(str(beside / "jupyter"), "nbconvert", "--to", "script", "--output-dir", str(folder), str(path)),
                ],
                "nbexport --level 1 (again)": [nbexport, str(path), "--level", "1", "--output", str(project)],
                "nbexport --level 1 --dry-run (new)": [
                    *(nbexport, str(path), "--level", "1", "--dry-run", "--output", str(folder / "absent")),
                ],
            }
            show(f"export {path.name}", commands, max(3, rounds // 3), folder)
            shutil.rmtree(project, ignore_errors=True)
    sys.stdout.write(f"\n{WANTED}\n")


if __name__ == "__main__":
    main()
