"""What the extension costs somebody who types into a notebook of 300 cells in JupyterLab.

    python benchmarks/panel_typing.py [--keys 150] [--rounds 3]

One JupyterLab with the extension and one without run at the same time, and are typed into in turn, so that a busy
machine slows both alike. For each it prints the latency of a key (from the event to the next frame: median and 95th
percentile), and the main thread's tasks of more than 50 ms. Two runs without the extension show the spread of equal
runs. Nothing here fails a build: figures are read, not asserted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from lab.browsing import FLAGS  # noqa: E402 (the tests are not installed)
from lab.jupyter import TOKEN, running  # noqa: E402

CELLS = 300
PAUSE_MS = 60
REST_MS = 1500
"""Longer than the rest after which the notebook is checked: what the answer costs counts as well."""

MEASURE = """() => {
  window.measured = { keys: [], tasks: [] };
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.measured.tasks.push(entry.duration);
  }).observe({ type: 'longtask' });
  document.addEventListener('keydown', event => {
    requestAnimationFrame(() => setTimeout(() => window.measured.keys.push(performance.now() - event.timeStamp)));
  }, true);
}"""


@dataclass
class Typing:
    """What was measured in one JupyterLab, all rounds together, in ms."""

    keys: list[float] = field(default_factory=list)
    tasks: list[float] = field(default_factory=list)

    def line(self, name: str) -> str:
        """The figures in words."""
        ninety_fifth = statistics.quantiles(self.keys, n=20)[-1]
        return (
            f"  {name:<20} key {statistics.median(self.keys):6.1f} ms (95th {ninety_fifth:6.1f})"
            f"  long tasks {len(self.tasks):4d}, longest {max(self.tasks, default=0):6.0f} ms"
        )


def write_notebook(path: Path) -> None:
    """Cells that each read what the one before it bound."""
    cells: list[dict[str, object]] = []
    for number in range(CELLS):
        before = f"value_{number - 1}" if number else "[]"
        source = f"value_{number} = [{number}] + {before}\nlen(value_{number})"
        cell: dict[str, object] = {"id": f"cell-{number}", "metadata": {}, "outputs": [], "execution_count": None}
        cells.append({"cell_type": "code", "source": source, **cell})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    path.write_text(json.dumps(notebook), encoding="utf-8")


@contextmanager
def opened(browser: Browser, folder: Path, *, extension: bool) -> Iterator[Page]:
    """The notebook in a JupyterLab of its own, with the cursor in a cell."""
    root, extensions = folder / "root", folder / "home" / "jupyter_data_dir" / "labextensions"
    root.mkdir(parents=True)
    extensions.mkdir(parents=True)
    write_notebook(root / "cells.ipynb")
    if extension:
        (extensions / "nbexport").symlink_to(ROOT / "nbexport" / "labextension")
    with running(folder, app="jupyterlab", options=("--LanguageServerManager.autodetect=False",)) as server:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{server.url}/lab/tree/cells.ipynb?reset&token={TOKEN}")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(state="attached")
        page.locator(".jp-Cell[data-windowed-list-index='3'] .cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.press("Enter")
        page.wait_for_timeout(2 * REST_MS)
        page.evaluate(MEASURE)
        yield page
        page.close()


def type_keys(page: Page, keys: int, found: Typing) -> None:
    """Type a line, rest until the check has answered, and keep what was measured."""
    page.bring_to_front()
    page.evaluate("() => { window.measured.keys.length = 0; window.measured.tasks.length = 0; }")
    for index in range(keys):
        page.keyboard.press("abcdefgh"[index % 8] if index % 12 else "Enter")
        page.wait_for_timeout(PAUSE_MS)
    page.wait_for_timeout(REST_MS)
    measured = page.evaluate("window.measured")
    found.keys += measured["keys"]
    found.tasks += measured["tasks"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    arms = {"without": False, "with the extension": True, "without, again": False}
    found = {name: Typing() for name in arms}
    with ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS
        )
        stack.callback(browser.close)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pages = {
            name: stack.enter_context(opened(browser, folder / str(number), extension=extension))
            for number, (name, extension) in enumerate(arms.items())
        }
        for page in pages.values():
            type_keys(page, options.keys // 3, Typing())  # only warms up
        for _ in range(options.rounds):
            for name, page in pages.items():
                type_keys(page, options.keys, found[name])
    sys.stdout.write(f"{CELLS} cells, {options.rounds} x {options.keys} keys\n")
    for name, typing in found.items():
        sys.stdout.write(typing.line(name) + "\n")


if __name__ == "__main__":
    main()
