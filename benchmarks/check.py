"""How fast `nbexport check` is, and how much it finds, beside the tools that people use today.

    python benchmarks/check.py --speed FOLDER      wall time over a folder of notebooks, as ratios in one run
    python benchmarks/check.py --faults            faults planted into clean notebooks: what each tool finds of them
    python benchmarks/check.py --faults --real FOLDER       the same with notebooks of a folder
    python benchmarks/check.py --growth            time and memory of notebooks with up to 50,000 lines or 20,000 cells

Every tool runs once per round, so that a busy machine slows all of them alike. Nothing here fails a build.

Needs `pip install -e '.[bench]'`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "tests"))

from faults.clean import Cells, Text, as_ipynb, examples, generated  # noqa: E402 - shared with the tests
from faults.planting import Fault, plant  # noqa: E402

UNDEFINED = "F821,F811,F823"
Place = tuple[str, int]
"""File name and cell, counting every cell from 1."""

SAMPLE = 40
"""Notebooks for the tools that take seconds for each."""


# --------------------------------------------------------------------------- speed


def speed(folder: Path, rounds: int) -> None:
    """Print the median wall time of each tool over a folder, and its ratio to ruff's."""
    nbexport, ruff = [str(BIN / "nbexport"), "check", "--jobs", "2"], [str(BIN / "ruff"), "check", "--quiet"]
    quiet = ["--output-format", "concise"]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NBEXPORT_CACHE_DIR"] = cache
        commands = {
            "ruff --no-cache --select F821": [*ruff, "--no-cache", "--select", "F821", str(folder)],
            "nbexport, nothing cached": [*nbexport, "--no-cache", *quiet, str(folder)],
            "nbexport, everything cached": [*nbexport, *quiet, str(folder)],
            "nbqa pyflakes": [str(BIN / "nbqa"), "pyflakes", str(folder)],
        }
        _run(commands["nbexport, everything cached"])
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds):
            for name, command in commands.items():
                if name != "nbqa pyflakes" or number == 0:
                    taken[name].append(_run(command))
    files = sorted(folder.rglob("*.ipynb"))
    print(
        f"{len(files)} notebooks, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB, median of {rounds} rounds"
    )
    floor = statistics.median(taken["ruff --no-cache --select F821"])
    for name, seconds in taken.items():
        print(f"{name:32} {statistics.median(seconds):7.2f} s  {statistics.median(seconds) / floor:6.2f} x ruff")
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process of all: {used:.0f} MB")
    _beside_slower_tools(random.Random(0).sample(files, min(len(files), SAMPLE)), nbexport, rounds)
    each = [_seconds_of(path) for path in files]
    print(
        f"one by one in this process: {sum(s < 1 for s in each) / len(each):.2%} under 1 s, slowest {max(each):.2f} s"
    )


def _beside_slower_tools(sample: list[Path], nbexport: list[str], rounds: int) -> None:
    """Tools that would need hours for a whole folder, on a few notebooks; each as its users start it."""
    paths = [str(path) for path in sample]
    tools = {"nbexport, nothing cached": [[*nbexport, "--no-cache", "--output-format", "concise", *paths]]}
    if marimo := _found("marimo"):
        tools["marimo check"] = [[marimo, "check", *paths]]
    if pynblint := _found("pynblint"):
        tools["pynblint, a process a notebook"] = [[pynblint, path] for path in paths]
    taken: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name, commands in tools.items():
            taken[name].append(sum(_run(command) for command in commands))
    ours = statistics.median(taken["nbexport, nothing cached"])
    print(f"{len(sample)} of them, drawn at random")
    for name, seconds in taken.items():
        print(f"{name:32} {statistics.median(seconds):7.2f} s  {statistics.median(seconds) / ours:6.2f} x nbexport")


def _found(tool: str) -> str | None:
    """Where a tool is: beside this Python or on the path; pynblint needs older libraries than the others."""
    return shutil.which(tool, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")


def _run(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - began


def _seconds_of(path: Path) -> float:
    from nbexport import api
    from nbexport.errors import NbexportError

    began = time.perf_counter()
    with contextlib.suppress(NbexportError):  # not a notebook: said in a sentence, and counted as checked
        api.check(path)
    return time.perf_counter() - began


# --------------------------------------------------------------------------- faults


def faults(seeds: int, real: Path | None = None, count: int = 100) -> None:
    """Print what each tool finds of the faults, by kind and in all, and what it says about clean notebooks."""
    clean: list[tuple[str, Cells]] = [*examples(), *((f"generated{seed}", generated(seed)) for seed in range(seeds))]
    if real is not None:
        clean = list(_real(real, count))
    planted = [fault for name, cells in clean for fault in plant(cells, random.Random(name))]
    with tempfile.TemporaryDirectory() as folder:
        for name, cells in clean:
            Path(folder, f"clean-{name}.ipynb").write_text(as_ipynb(cells))
        for number, fault in enumerate(planted):
            Path(folder, f"fault-{number:05}.ipynb").write_text(as_ipynb(fault.cells))
        found = {name: tool(Path(folder)) for name, tool in TOOLS.items()}
    kinds = sorted({fault.kind for fault in planted})
    print(f"{len(clean)} clean notebooks, {len(planted)} faults of {len(kinds)} kinds\n")
    print(f"{'recall by kind':36}" + "".join(f"{name:>10}" for name in TOOLS))
    for kind in kinds:
        numbers = [number for number, fault in enumerate(planted) if fault.kind == kind]
        shares = [sum(_is_found(found[name], n) for n in numbers) / len(numbers) for name in TOOLS]
        print(f"{kind:36}" + "".join(f"{share:>10.0%}" for share in shares))
    everything = range(len(planted))
    rows: dict[str, Callable[[str], float]] = {
        "recall": lambda name: sum(_is_found(found[name], n) for n in everything) / len(planted),
        "right cell": lambda name: sum(_is_exact(found[name], n, planted[n]) for n in everything) / len(planted),
        "clean notebooks left alone": lambda name: 1 - len(_accused(found[name])) / len(clean),
    }
    print()
    for label, share in rows.items():
        print(f"{label:36}" + "".join(f"{share(name):>10.1%}" for name in TOOLS))


def _real(folder: Path, count: int) -> Iterator[tuple[str, Cells]]:
    """Notebooks of a folder, in random order, with which neither nbexport nor ruff finds fault."""
    paths = sorted(folder.rglob("*.ipynb"))
    random.Random(0).shuffle(paths)
    with tempfile.TemporaryDirectory() as scratch:
        read: dict[str, Cells] = {}
        for path in paths[: 10 * count]:
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # no notebook of format 4
                cells = tuple(
                    Text(c["cell_type"], "".join(c["source"])) for c in json.loads(path.read_bytes())["cells"]
                )
                name = f"clean-real{len(read)}.ipynb"
                Path(scratch, name).write_text(as_ipynb(cells), "utf-8", "surrogatepass")
                read[name] = cells
        accused = _accused(_nbexport(Path(scratch))) | _accused(_ruff(Path(scratch)))
    yield from [(name[6:-6], cells) for name, cells in read.items() if name not in accused][:count]


def _is_found(places: Counter[Place], number: int) -> bool:
    return any(file == f"fault-{number:05}.ipynb" for file, _ in places)


def _is_exact(places: Counter[Place], number: int, fault: Fault) -> bool:
    return (f"fault-{number:05}.ipynb", fault.cell) in places


def _accused(places: Counter[Place]) -> set[str]:
    return {file for file, _ in places if file.startswith("clean-")}


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _nbexport(folder: Path) -> Counter[Place]:
    text = _output(
        *(str(BIN / "nbexport"), "check", "--no-cache", "--select", "NBX1", "--output-format", "json", str(folder))
    )
    return Counter((Path(row["filename"]).name, row["cell"]) for row in json.loads(text))


def _ruff(folder: Path) -> Counter[Place]:
    command = ("check", "--isolated", "--no-cache", "--select", UNDEFINED, "--output-format", "json", str(folder))
    rows = json.loads(_output(str(BIN / "ruff"), *command))
    return Counter((Path(row["filename"]).name, row["cell"]) for row in rows)


def _lines(pattern: str, text: str) -> Counter[Place]:
    """Places from lines that name a file and a cell."""
    return Counter((Path(found["file"]).name, int(found["cell"])) for found in re.finditer(pattern, text))


def _ty(folder: Path) -> Counter[Place]:
    text = _output(str(BIN / "ty"), "check", "--output-format", "concise", "--python", sys.prefix, str(folder))
    return _lines(r"(?m)^(?P<file>[^\n:]+\.ipynb):(?:cell )?(?P<cell>\d+):\d+:\d+: error\[unresolved-reference\]", text)


def _pyrefly(folder: Path) -> Counter[Place]:
    text = _output(
        *(str(BIN / "pyrefly"), "check", "--output-format", "min-text", "--python-interpreter-path", sys.executable),
        *map(str, sorted(folder.glob("*.ipynb"))),
    )
    pattern = r"(?m)^\s*(?:ERROR|WARN) (?P<file>[^\n:#]+\.ipynb)#(?P<cell>\d+):.*\[(?:unknown-name|unbound-name)\]"
    return _lines(pattern, text)


TOOLS: dict[str, Callable[[Path], Counter[Place]]] = {
    "nbexport": _nbexport,
    "ruff": _ruff,
    "ty": _ty,
    "pyrefly": _pyrefly,
}


# --------------------------------------------------------------------------- growth

GROWTH = {"lines in one cell": (1_000, 5_000, 20_000, 50_000), "cells of one line": (1_000, 5_000, 20_000)}


def growth() -> None:
    """Print how time and memory of check, tag and export grow with a notebook whose every line needs the one before."""
    with tempfile.TemporaryDirectory() as folder:
        for shape, sizes in GROWTH.items():
            print(f"\n{'command':<8} {shape:>18} {'CPU s':>7} {'per 1,000':>10} {'peak MB':>8}")
            for command in ("check", "tag", "export"):
                for size in sizes:
                    notebook = Path(folder) / "chain.ipynb"
                    notebook.write_text(chain(size, one_cell=shape == "lines in one cell", tagged=command != "tag"))
                    words = {
                        "check": ["check", "--no-cache"],
                        "tag": ["tag"],
                        "export": ["--output", f"{folder}/{size}"],
                    }
                    user_s, peak_mb = measured([str(BIN / "nbexport"), *words[command], str(notebook)])
                    print(f"{command:<8} {size:>18,} {user_s:>7.2f} {1000 * user_s / size:>10.3f} {peak_mb:>8.0f}")


def chain(size: int, *, one_cell: bool, tagged: bool) -> str:
    """A notebook of so many assignments, each of which reads the one before; the last is its metric."""
    forms = ("x{} = x{} + {}", "x{} = abs(x{})", "x{} = [x{}, {}]", "x{} = str(x{})", "x{} = len(str(x{}))")
    lines = ["x0 = 1", *(forms[at % len(forms)].format(at, at - 1, at) for at in range(1, size))]
    sources = ["\n".join(lines)] if one_cell else lines
    cells = [(source, ["train"]) for source in sources] + [(f'metrics = {{"last": x{size - 1}}}', ["evaluate"])]
    document = [
        {
            "cell_type": "code",
            "metadata": {"tags": tags if tagged else []},
            "execution_count": at,
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for at, (source, tags) in enumerate(cells, 1)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": document})


def measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one process."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--speed", type=Path, metavar="FOLDER")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=30, help="how many notebooks are generated")
    parser.add_argument("--real", type=Path, metavar="FOLDER", help="plant the faults into notebooks of this folder")
    parser.add_argument("--count", type=int, default=100, help="how many of them")
    options = parser.parse_args()
    if options.growth:
        growth()
    if options.speed:
        speed(options.speed, options.rounds)
    if options.faults:
        faults(options.seeds, options.real, options.count)
    if not (options.speed or options.faults or options.growth):
        parser.print_help()


if __name__ == "__main__":
    main()
