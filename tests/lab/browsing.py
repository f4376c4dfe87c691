"""A notebook open in JupyterLab or Notebook 7, in a real Chromium: what all browser tests share."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from lab.jupyter import TOKEN, Jupyter, running
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = Path(__file__).parents[2]
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync""".split()
EXAMPLE = ROOT / "examples" / "churn"
PATIENT_MS = 60_000
VERIFY_MS = 600_000
expect.set_options(timeout=PATIENT_MS)


@dataclass
class Opened:
    """A page, the server behind it, and the errors that the page had."""

    page: Page
    server: Jupyter
    errors: list[str] = field(default_factory=list)

    @property
    def panel(self) -> Any:
        return self.page.locator("#nbexport-panel")

    def press(self, name: str) -> None:
        self.panel.get_by_role("button", name=name, exact=True).click()


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


Opener = Callable[..., Opened]


@contextmanager
def served(folder: Path, app: str, *options: str, **how: Any) -> Iterator[Jupyter]:
    """An application with the extension under test.

    Args:
        folder: Where its root, settings and data go.
        app: `jupyterlab` or `notebook`.
        options: Further words of its command line.
        how: What else `running` takes.
    """
    # where both applications look for what is installed
    extensions = folder / "home" / "jupyter_data_dir" / "labextensions"
    extensions.mkdir(parents=True)
    (extensions / "nbexport").symlink_to(ROOT / "nbexport" / "labextension")
    options = ("--LanguageServerManager.autodetect=False", *options)
    with running(folder, app=app, options=options, **how) as server:
        yield server


def _is_ours(error: str, address: str = "") -> bool:
    """Whether an error is not Jupyter's own.

    Those of its debugger, whose kernel has gone, are, and so is its list of kernels while one of them starts.
    """
    is_list_of_kernels = "status of 500" in error and "/api/kernels?" in address
    return "debug_request" not in error and "debugger state" not in error and not is_list_of_kernels


def _note(errors: list[str], message: ConsoleMessage) -> None:
    """Keep what a page says in its console, if it is an error of ours."""
    if message.type == "error" and _is_ours(message.text, message.location["url"]):
        errors.append(message.text)


def visit(
    browser: Browser,
    server: Jupyter,
    app: str,
    address: str,
    *,
    prepare: Callable[[Page], None] | None = None,
    query: str = "",
) -> Opened:
    """An address of an application, in a browser that nobody has used, once the button is there."""
    page = browser.new_context(viewport={"width": 1500, "height": 1000}).new_page()
    page.set_default_timeout(PATIENT_MS)
    if prepare is not None:
        prepare(page)
    found = Opened(page, server)
    page.on("pageerror", lambda error: found.errors.append(str(error)) if _is_ours(str(error)) else None)
    page.on("console", lambda message: _note(found.errors, message))
    page.goto(f"{server.url}/{address}?{query or ('reset&' if app == 'jupyterlab' else '')}token={TOKEN}")
    try:
        page.locator('[data-jp-item-name="nbexport-open"]').wait_for(state="attached")
    except PlaywrightTimeout:
        # on a machine with too much to do the application may give up on what comes late: once more, as a person would
        found.errors.clear()
        page.reload()
    return found


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens a notebook in an application of its own."""
    with ExitStack() as stack:

        def start(app: str, name: str, address: str, *, prepare: Callable[[Page], None] | None = None) -> Opened:
            server = stack.enter_context(served(tmp_path, app))
            return shown(stack, browser, server, app, name, address, prepare=prepare)

        yield start


def shown(
    stack: ExitStack,
    browser: Browser,
    server: Jupyter,
    app: str,
    name: str,
    address: str,
    *,
    prepare: Callable[[Page], None] | None = None,
) -> Opened:
    """The example without roles, in the folder `work` of a server and in a page that the stack closes."""
    shutil.copytree(EXAMPLE, server.root / "work", dirs_exist_ok=True)
    write_untagged(server.root / "work" / name)
    found = visit(browser, server, app, address, prepare=prepare)
    stack.callback(found.page.context.close)
    return found


def wait_for_kernel(story: Opened) -> None:
    """The notebook's kernel has started and the page listens to it.

    The indicator of a notebook is idle from the beginning, and a cell that runs before there is a kernel is lost. A
    server that is ended while it starts a kernel waits for that one.
    """
    for _ in range(PATIENT_MS // 200):
        sessions = httpx.get(f"{story.server.url}/api/sessions", params={"token": TOKEN}, timeout=60).json()
        kernels = [session["kernel"] for session in sessions]
        if any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels):
            break
        story.page.wait_for_timeout(200)
    else:
        raise AssertionError(f"no kernel within {PATIENT_MS // 1000} s: {kernels}")
    story.page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(state="attached")


def write_untagged(path: Path) -> None:
    """The example without its tags."""
    notebook = json.loads((EXAMPLE / "churn.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"].pop("tags", None)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


def cells_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def append_cell(page: Page, source: str) -> None:
    """A new code cell at the end, typed as a person types it."""
    footer = page.locator(".jp-Notebook-footer")
    page.locator(".jp-WindowedPanel-outer").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    footer.scroll_into_view_if_needed()
    before = page.locator(".jp-Cell.jp-mod-active").get_attribute("data-windowed-list-index")
    footer.click()
    expect(page.locator(".jp-Cell.jp-mod-active")).not_to_have_attribute("data-windowed-list-index", before or "")
    page.locator(".jp-Cell.jp-mod-active .cm-content").click()
    page.keyboard.insert_text(source)
    page.keyboard.press("Escape")


def change_line(page: Page, line: str, text: str, *, without: int = 0) -> None:
    """Type at the end of a line, once some characters are deleted there."""
    found = page.locator(".jp-CodeCell .cm-line", has_text=line).first
    found.scroll_into_view_if_needed()
    found.click()
    page.keyboard.press("End")
    for _ in range(without):
        page.keyboard.press("Backspace")
    page.keyboard.insert_text(text)
    page.keyboard.press("Escape")


def expect_next(story: Opened, step: str, *, timeout: int = PATIENT_MS) -> None:
    """Wait until this is the next step."""
    expect(story.panel.locator(".nbexport-next")).to_have_attribute("data-step", step, timeout=timeout)


def give_roles(story: Opened) -> None:
    """Accept all that is proposed."""
    story.press("Propose roles")
    expect_next(story, "accept")
    story.press("Accept all")
    expect_next(story, "preview")


def export(story: Opened) -> None:
    """Preview and export."""
    story.press("Preview")
    expect_next(story, "export")
    story.press("Export")
    expect_next(story, "verify")


def serious_violations(page: Page, selector: str) -> list[tuple[str, str]]:
    """What axe-core finds serious below a selector, with an example of each."""
    found = page.evaluate("selector => axe.run(selector)", selector)["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def run_command(page: Page, label: str) -> None:
    """Choose a command in the palette, which closes itself when the focus goes elsewhere."""
    search = page.locator(".lm-CommandPalette-input").last
    for _ in range(10):
        page.locator(".lm-MenuBar-item", has_text="View").first.click()
        page.locator(".lm-Menu-item", has_text="Activate Command Palette").first.click()
        try:
            search.fill(label, timeout=3_000)
            # a palette that lost its text while commands were added shows others
            page.locator(".lm-CommandPalette-item", has_text=label).first.click(timeout=6_000)
        except PlaywrightTimeout:
            continue
        return
    raise AssertionError(f"the palette does not offer {label!r}")


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Jupyter]]:
    """Gives each application, started when a test of the module first asks for it."""
    with ExitStack() as stack:
        started: dict[str, Jupyter] = {}

        def of(app: str) -> Jupyter:
            if app not in started:
                started[app] = stack.enter_context(served(tmp_path_factory.mktemp(app), app))
            return started[app]

        yield of


@pytest.fixture
def opened_in_one(browser: Browser, applications: Callable[[str], Jupyter]) -> Iterator[Opener]:
    """Opens a notebook in an application that serves the whole module, with files and kernels that no test has used."""
    with ExitStack() as stack:

        def start(app: str, name: str, address: str, *, prepare: Callable[[Page], None] | None = None) -> Opened:
            server = applications(app)
            end_kernels(server)
            shutil.rmtree(server.root / "work", ignore_errors=True)
            return shown(stack, browser, server, app, name, address, prepare=prepare)

        yield start


def end_kernels(server: Jupyter) -> None:
    """End the kernels of all notebooks."""
    with httpx.Client(base_url=f"{server.url}/api", params={"token": TOKEN}, timeout=60) as client:
        for session in client.get("/sessions").json():
            client.delete(f"/sessions/{session['id']}", headers={"Authorization": f"token {TOKEN}"}).raise_for_status()
