"""What the panel costs and how long it takes: all figures, for a machine that does nothing else.

    python benchmarks/panel.py [--rounds 5]

Prints the size of the extension; how long JupyterLab takes to show a notebook with the extension and without, in turn;
how long each click takes in notebooks of 100 and 300 cells; then what `panel_typing.py` and `panel_checks.py` measure.
Times are medians in seconds. Nothing here fails a build: figures are read, not asserted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import panel_checks  # noqa: E402 (beside this file)
import panel_typing  # noqa: E402
from lab.browsing import VERIFY_MS, Opened, expect_next, launched, served, visit  # noqa: E402 (the tests are not installed)
from lab.hundred_cells import write_hundred_cells  # noqa: E402
from lab.jupyter import TOKEN, running  # noqa: E402

from nbexport.propose import suggest  # noqa: E402
from nbexport.propose.missing import missing_cells  # noqa: E402
from nbexport.read.notebook import python_notebook, read_bytes  # noqa: E402
from nbexport.shell.tag import completed  # noqa: E402

SIZES = (100, 300)
STATIC = ROOT / "nbexport" / "labextension" / "static"


def write_notebook(path: Path, cells: int) -> None:
    """A notebook of so many cells with all that level 2 needs, most of them exploration."""
    write_hundred_cells(path)
    notebook = python_notebook(path)
    path.write_bytes(completed(read_bytes(path), suggest(notebook), missing_cells(notebook)))
    content = json.loads(path.read_text(encoding="utf-8"))
    explored = [cell for cell in content["cells"] if "boxplot" in "".join(cell["source"])]
    more = [{**explored[n % len(explored)], "id": f"more-{n}"} for n in range(cells - len(content["cells"]))]
    at = content["cells"].index(explored[0])
    content["cells"][at:at] = more
    path.write_text(json.dumps(content), encoding="utf-8")


def seconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


def start_once(browser: Browser, url: str) -> float:
    """From the address to the first cell, in a browser that has never been there."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page: Page = context.new_page()
    page.set_default_timeout(120_000)

    def show() -> None:
        page.goto(f"{url}/lab/tree/cells.ipynb?reset&token={TOKEN}")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()

    found = seconds(show)
    context.close()
    return found


def print_starts(browser: Browser, folder: Path, rounds: int) -> None:
    """The start of JupyterLab with the extension and without."""
    without = folder / "without"
    (without / "root").mkdir(parents=True)
    with ExitStack() as stack:
        servers = {
            "with the extension": stack.enter_context(served(folder / "with", "jupyterlab")),
            "without": stack.enter_context(
                running(without, app="jupyterlab", options=("--LanguageServerManager.autodetect=False",))
            ),
        }
        found: dict[str, list[float]] = {name: [] for name in servers}
        for server in servers.values():
            panel_typing.write_notebook(server.root / "cells.ipynb")
            start_once(browser, server.url)  # only warms up
        for _ in range(rounds):
            for name, server in servers.items():
                found[name].append(start_once(browser, server.url))
    print("start of JupyterLab with a notebook of 300 cells")
    for name, times in found.items():
        print(f"  {name:<20} {statistics.median(times):6.2f} s ({min(times):.2f} to {max(times):.2f})")


def clicks(story: Opened) -> dict[str, float]:
    """How long each click takes until what it asked for is there."""
    page, panel = story.page, story.panel
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(state="attached")
    button = page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button")

    def open_panel() -> None:
        button.click()
        panel.locator(".nbexport-ladder > li").first.wait_for()

    def press(name: str, step: str, timeout: int = VERIFY_MS) -> Callable[[], None]:
        def act() -> None:
            story.press(name)
            expect_next(story, step, timeout=timeout)

        return act

    found = {"panel": seconds(open_panel)}
    expect_next(story, "preview")
    found["preview"] = seconds(press("Preview", "export"))
    found["export"] = seconds(press("Export", "verify"))
    found["verdict"] = seconds(press("Verify", "serve"))
    return found


def print_clicks(browser: Browser, folder: Path, rounds: int) -> None:
    """From each click to what it shows, in notebooks of both sizes."""
    with served(folder / "clicks", "jupyterlab") as server:
        for cells in SIZES:
            found = []
            for number in range(rounds):
                name = f"cells-{cells}-{number}.ipynb"
                write_notebook(server.root / name, cells)
                story = visit(browser, server, "jupyterlab", f"lab/tree/{name}")
                found.append(clicks(story))
                story.page.context.close()
            medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
            print(f"{cells} cells, from the click: " + ", ".join(f"{name} {s:.2f} s" for name, s in medians.items()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    scripts = sum(path.stat().st_size for path in STATIC.glob("*.js"))
    print(f"scripts of the extension: {scripts / 1024:.1f} kB (wanted: <= 200)")
    with launched() as browser, tempfile.TemporaryDirectory() as folder:
        print_starts(browser, Path(folder), rounds)
        print_clicks(browser, Path(folder), min(rounds, 3))
    sys.argv[1:] = []
    panel_typing.main()
    panel_checks.main()


if __name__ == "__main__":
    main()
