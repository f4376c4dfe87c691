"""What the first edition of the panel got wrong, each in JupyterLab and in Notebook 7, in one application each."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import SOUND
from lab.area_samples import a_figure, a_job, a_verdict, answer
from lab.browsing import (
    EXAMPLE,
    VERIFY_MS,
    Opened,
    browser,
    change_line,
    expect_next,
    export,
    give_roles,
    run_command,
    served,
    visit,
)
from lab.hundred_cells import write_hundred_cells
from lab.jupyter import Jupyter
from lab.test_server import as_content
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, Request, Route, expect

__all__ = ["browser"]

pytestmark = pytest.mark.slow(minutes=5)

ADDRESSES = {"jupyterlab": "lab/tree", "notebook": "notebooks"}
LINE = "probability = model.predict_proba(X_test)[:, 1]"
EXAMPLE_NOTEBOOK = json.loads((EXAMPLE / "churn.ipynb").read_text(encoding="utf-8"))
R_NOTEBOOK: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}, "language_info": {"name": "R"}},
    "cells": [
        {"cell_type": "code", "id": "a", "metadata": {}, "source": "x <- 1", "outputs": [], "execution_count": None}
    ],
}

Start = Callable[..., Opened]


@pytest.fixture(scope="module", params=sorted(ADDRESSES))
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Jupyter]]:
    """One application for all tests."""
    with served(tmp_path_factory.mktemp(request.param), request.param) as server:
        shutil.copytree(EXAMPLE, server.root / "work", dirs_exist_ok=True)
        yield request.param, server


@pytest.fixture
def start(application: tuple[str, Jupyter], browser: Browser) -> Iterator[Start]:
    """Opens a notebook with its panel: the example without its roles, unless another is given."""
    app, server = application
    with ExitStack() as stack:

        def open_panel(
            name: str, content: Any = None, *, step: str = "propose", prepare: Callable[[Page], None] | None = None
        ) -> Opened:
            path = server.root / "work" / f"{name}.ipynb"
            path.write_text(json.dumps(content or untagged()), encoding="utf-8")
            story = visit(browser, server, app, f"{ADDRESSES[app]}/work/{name}.ipynb", prepare=prepare)
            stack.callback(story.page.context.close)
            show_panel(story, name, step)
            return story

        yield open_panel


def show_panel(story: Opened, name: str, step: str) -> None:
    """Press the button, and wait for a step."""
    if step == "unread":
        # a notebook whose kernel is not there asks for another one
        story.page.locator(".jp-Dialog").get_by_role("button", name="No Kernel").click()
    else:
        story.page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(state="attached")
    story.page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
    expect(story.panel.get_by_role("heading", name=f"{name}.ipynb")).to_be_visible()
    expect_next(story, step)


def untagged() -> dict[str, Any]:
    """The example without its roles."""
    content: dict[str, Any] = copy.deepcopy(EXAMPLE_NOTEBOOK)
    for cell in content["cells"]:
        cell["metadata"].pop("tags", None)
    return content


def test_no_sentence_outlives_what_it_says(start: Start) -> None:
    story = start("sentences")
    page, panel = story.page, story.panel
    story.press("Propose roles")
    expect_next(story, "accept")
    story.press("Accept all")
    expect_next(story, "preview")
    expect(panel).not_to_contain_text("Missing:")
    expect(panel).to_contain_text("7 cells have a role")
    # undo: there is something to propose again
    page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("z")
    expect_next(story, "accept")
    expect(panel).not_to_contain_text("Nothing more to propose")
    page.keyboard.press("Shift+Z")
    expect_next(story, "preview")
    export(story)
    expect(panel).to_contain_text("up to date")
    # an edit, and the edit taken back
    change_line(page, LINE, "  # a comment")
    expect_next(story, "preview")
    expect(panel).not_to_contain_text("up to date")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+z")
    expect_next(story, "verify")
    expect(panel).to_contain_text("up to date")


def test_accepting_one_role_leaves_the_list_and_the_keyboard_in_place(start: Start) -> None:
    story = start("accepting")
    page, panel = story.page, story.panel
    story.press("Propose roles")
    expect_next(story, "accept")
    rows = panel.get_by_role("list", name="Proposed roles").get_by_role("listitem")
    count = rows.count()
    before = [rows.nth(index).bounding_box() for index in range(count)]
    while (now := [rows.nth(index).bounding_box() for index in range(count)]) != before:
        before = now
    second = rows.nth(1).get_by_role("button", name="Accept")
    second.focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("data-accepted", "true")
    expect(rows.nth(2).get_by_role("button", name="Accept")).to_be_focused()
    expect(panel).to_contain_text("1 cell has a role")
    assert [rows.nth(index).bounding_box() for index in range(count)] == before
    # the roles that are still missing are said once, not as errors
    expect(panel.locator(".nbexport-next")).to_contain_text("Missing: train, evaluate, predict.")
    expect(panel.locator(".nbexport-finding")).to_have_count(0)
    for index in (2, 3, 4, 5, 6, 0):
        expect(rows.nth(index).get_by_role("button", name="Accept")).to_be_focused()
        page.keyboard.press("Enter")
    expect_next(story, "preview")
    expect(panel.locator(".nbexport-next").get_by_role("button", name="Preview")).to_be_focused()


def test_another_language_is_named_and_nothing_is_claimed_of_it(start: Start) -> None:
    panel = start("other-language", R_NOTEBOOK, step="unread").panel
    expect(panel).to_contain_text("nothing was checked: this notebook is in R")
    expect(panel.locator(".nbexport-ladder")).to_have_count(0)
    expect(panel).not_to_contain_text(re.compile("ready|hidden"))
    expect(panel.locator(".nbexport-main")).to_have_count(0)


def test_a_cell_has_one_name_whatever_number_it_ran_as(start: Start) -> None:
    content = copy.deepcopy(EXAMPLE_NOTEBOOK)
    position = next(index for index, cell in enumerate(content["cells"]) if LINE in "".join(cell["source"]))
    cell = content["cells"][position]
    cell["source"] = "".join([*cell["source"], "\nprint(nowhere)"])
    # as in most notebooks, the two numbers differ
    assert cell["execution_count"] not in (position, position + 1)
    story = start("numbers", content, step="resolve")
    page, panel = story.page, story.panel
    finding = panel.locator(".nbexport-finding", has_text="nowhere")
    expect(finding).not_to_contain_text("`")
    finding.get_by_role("button", name=f"cell {position + 1}").click()
    active = page.locator(".jp-Cell.jp-mod-active")
    expect(active).to_contain_text("print(nowhere)")
    expect(active.locator(".jp-InputPrompt")).to_contain_text(f"[{cell['execution_count']}]")
    # the server counts as the browser does
    found = story.server.api("check", {"path": "work/numbers.ipynb", "content": content, "ignore": []}).json()
    assert any(f"cell {position + 1}: " in need for level in found["ladder"] for need in level["needs"]), found[
        "ladder"
    ]
    expect(panel).not_to_contain_text(re.compile(r"\[\d+\]"))


def test_messages_name_no_place_of_the_server_no_option_and_no_mark_of_code(start: Start) -> None:
    story = start("messages")
    panel = story.panel
    give_roles(story)
    for folder, words in (("work/messages.ipynb", "work/messages.ipynb is a file"), ("../elsewhere", "root")):
        panel.get_by_label("Folder", exact=True).fill(folder)
        story.press("Preview")
        alert = panel.get_by_role("alert")
        expect(alert).to_contain_text(words)
        text = alert.inner_text()
        assert not re.search(rf"`|--\w|nbexport |{re.escape(str(story.server.root))}", text), text
        alert.get_by_role("button", name="Dismiss").click()


def test_the_folder_field_shows_underscores_and_the_end(start: Start) -> None:
    story = start("folder")
    page, field = story.page, story.panel.get_by_label("Folder", exact=True)

    def picture(text: str) -> Image.Image:
        field.fill(text)
        story.panel.get_by_role("button", name="Check again").focus()
        return Image.open(io.BytesIO(field.screenshot(animations="disabled"))).convert("L")

    def ink(character: str) -> int:
        """How much a character stands out, at most."""
        _, most = ImageChops.difference(picture(f"work/a{character}"), picture("work/a")).getextrema()
        return int(most)

    # as black as another line, neither cut off nor between two rows of pixels
    assert ink("_") > 0.75 * ink("-") > 0
    picture("work/" + "a_long_name/" * 12 + "the_end")
    page.wait_for_function(
        "field => field.scrollLeft > 0 && field.scrollLeft + field.clientWidth >= field.scrollWidth - 1",
        arg=field.element_handle(),
    )


def test_a_server_that_is_gone_is_one_sentence_and_can_be_asked_again(start: Start) -> None:
    story = start("gone")
    page, panel = story.page, story.panel
    address = re.compile("nbexport/api/check")
    page.wait_for_load_state("networkidle")
    page.route(address, lambda route: route.abort())
    panel.get_by_role("button", name="Check again").click()
    alert = panel.get_by_role("alert")
    expect(alert).to_contain_text("The server is not responding.")
    expect(panel).not_to_contain_text("Failed to fetch")
    page.unroute(address)
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_have_count(0)
    expect_next(story, "propose")


def test_a_read_only_notebook_is_exported_elsewhere_and_not_saved(start: Start) -> None:
    def read_only(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, json={**answered.json(), "writable": False})

    story = start(
        "locked", prepare=lambda page: page.route(re.compile(r"api/contents/work/locked\.ipynb(\?|$)"), read_only)
    )
    expect(story.panel).to_contain_text("This notebook is read-only")
    give_roles(story)
    before = (story.server.root / "work" / "locked.ipynb").read_bytes()
    story.panel.get_by_label("Folder", exact=True).fill("work/elsewhere")
    export(story)
    assert (story.server.root / "work" / "elsewhere" / "train.py").is_file()
    assert (story.server.root / "work" / "locked.ipynb").read_bytes() == before


def test_a_verdict_is_seen_whole_with_the_cause_first(start: Start) -> None:
    differing = [a_figure("accuracy", "0.8125", "0.8120", "-0.0005"), a_figure("rows", "20", "21", "1", "value")]
    equal = [a_figure(f"equal_{number}", "1", "1", kind="value") for number in range(300)]
    verified = a_job("verify", verdict=a_verdict(*differing, *equal))
    story = start("verdict", prepare=lambda page: answer(page, "jobs", {"jobs": [verified]}))
    page = story.page
    run_command(page, "Show the verdict of the last verification")
    verdict = page.locator(".nbexport-Verdict")
    expect(verdict).to_be_visible()
    # all that differs, and why, without scrolling
    for words in ("2 of 42", "Likely cause", "What to do", "accuracy", "rows"):
        expect(verdict.get_by_text(words).first).to_be_in_viewport(ratio=1)
    text = verdict.inner_text()
    assert text.index("Likely cause") < text.index("accuracy")
    assert verdict.evaluate("node => node.scrollHeight") < 900


# in JupyterLab it survives more: `test_browser_panel.py`
@pytest.mark.parametrize("application", ["notebook"], indirect=True)
def test_a_verification_survives_a_reload(start: Start) -> None:
    story = start("surviving")
    page, panel = story.page, story.panel
    give_roles(story)
    export(story)
    story.press("Verify")
    expect_next(story, "running")
    page.reload()
    page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
    verification = panel.locator('.nbexport-job[data-kind="verify"]')
    expect(verification).to_have_count(1)
    expect(verification).to_have_attribute("data-equal", "true", timeout=VERIFY_MS)


def test_a_notebook_as_text_is_named_in_a_text_editor(start: Start, application: tuple[str, Jupyter]) -> None:
    app, server = application
    (server.root / "work" / "cells.py").write_text(SOUND, encoding="utf-8")
    (server.root / "work" / "plain.py").write_text("x = 1\n", encoding="utf-8")
    story = start("texts")
    page, panel = story.page, story.panel
    hint = panel.get_by_text("This file is a notebook as text, and an editor of text does not check it.")
    if app == "notebook":
        page.goto(page.url.replace("notebooks/work/texts.ipynb", "edit/work/cells.py"))
        run_command(page, "Export to production")
        expect(hint).to_be_visible()
        expect(panel.get_by_role("heading", name="cells.py")).to_be_visible()
        return
    for name, count in (("plain.py", 0), ("cells.py", 1)):
        page.locator(".jp-DirListing-item", has_text=name).dblclick()
        expect(page.locator(".jp-FileEditor:visible .cm-line").first).to_be_visible()
        page.locator(f'.lm-DockPanel-tabBar .lm-TabBar-tab[title*="{name}"]').wait_for()
        expect(panel.get_by_role("heading", name=name)).to_have_count(count)
    expect(hint).to_be_visible()
    page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab[title*="texts.ipynb"]').click()
    expect(hint).to_have_count(0)
    expect_next(story, "propose")


def test_a_notebook_as_text_is_checked_where_it_is_shown_as_a_notebook(browser: Browser, tmp_path: Path) -> None:
    # Lab decides by Jupytext's own extension; Notebook 7 shows as a notebook what its server sends as one
    work = tmp_path / "root" / "work"
    work.mkdir(parents=True)
    (work / "shown.py").write_text(SOUND, encoding="utf-8")
    content = as_content(SOUND.replace("sum(rows)", "sum(lost)"))
    content["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

    def as_jupytext(route: Route) -> None:
        """Jupytext's server shows the file as a notebook."""
        about = {"name": "shown.py", "path": "work/shown.py", "writable": True, "mimetype": None}
        about |= {"created": "2026-01-01T00:00:00Z", "last_modified": "2026-01-01T00:00:00Z"}
        route.fulfill(json={**about, "type": "notebook", "format": "json", "content": content})

    def prepare(page: Page) -> None:
        page.route(re.compile(r"api/contents/work/shown\.py\?"), as_jupytext)

    with served(tmp_path, "notebook") as server:
        story = visit(
            browser, server, "notebook", "notebooks/work/shown.py", prepare=prepare, query="factory=Notebook&"
        )
        story.page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
        expect(story.panel.get_by_role("heading", name="shown.py")).to_be_visible()
        expect_next(story, "resolve")
        expect(story.page.locator(".nbexport-Underline.nbexport-mod-error")).to_have_text(["lost"])
        story.page.context.close()


def test_a_cell_is_inserted_into_a_notebook_without_ids_and_no_other_changes(start: Start, tmp_path: Path) -> None:
    # most public notebooks are older than ids of cells
    write_hundred_cells(tmp_path / "wine.ipynb")
    content = json.loads((tmp_path / "wine.ipynb").read_text(encoding="utf-8"))
    content["nbformat_minor"] = 2
    for cell in content["cells"]:
        cell.pop("id", None)
    story = start("no-ids", content)
    story.press("Propose roles")
    expect_next(story, "accept")
    story.press("Accept all")
    expect_next(story, "insert")
    story.press("Insert metrics cell")
    # it is a cell of code below the evaluation, and the text that was there stands below it
    expect(story.panel.get_by_role("button", name="Insert predict cell")).to_be_visible()
    expect(story.page.locator(".jp-CodeCell.jp-mod-active")).to_contain_text("metrics = {")
    expect(story.page.locator(".jp-MarkdownCell", has_text="Which wines are mistaken for others?")).to_have_count(1)
    expect(story.panel).to_contain_text("13 cells have a role")
    story.press("Insert predict cell")
    expect_next(story, "preview")
    # a cell above all: what was accepted stays accepted
    story.page.locator(".jp-WindowedPanel-outer").evaluate("node => { node.scrollTop = 0; }")
    story.page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    with story.page.expect_response(re.compile("nbexport/api/check")):
        story.page.keyboard.press("a")
    expect_next(story, "preview")
    expect(story.panel.get_by_role("button", name=re.compile("^Accept"))).to_have_count(0)


def test_typing_is_checked_where_it_rests_and_only_its_cell_is_sent(start: Start) -> None:
    story = start("typing")
    page = story.page
    sent: list[str] = []

    def is_check(request: Request) -> bool:
        return "nbexport/api/check" in request.url

    page.on("request", lambda request: sent.append(request.post_data or "") if is_check(request) else None)
    line = page.locator(".jp-CodeCell .cm-line", has_text=LINE).first
    line.scroll_into_view_if_needed()
    line.click()
    page.keyboard.press("End")
    sent.clear()
    with page.expect_request(lambda request: is_check(request) and "typed to its end" in (request.post_data or "")):
        page.keyboard.type(f"  # {'on ' * 20}typed to its end", delay=20)
    # 80 keys
    assert len(sent) < 40
    assert max(map(len, sent)) < len(json.dumps(untagged())) / 4


NEVER_POLL = """
const soon = window.setTimeout;
window.setTimeout = (work, delay, ...rest) => soon(work, delay >= 5000 ? 2 ** 31 - 1 : delay, ...rest);
"""
"""The file browser asks by itself each ten seconds what there is, unless a page begins so."""


def test_the_file_browser_shows_an_export_at_once(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "root" / "work").mkdir(parents=True)
    (tmp_path / "root" / "work" / "a.ipynb").write_text(json.dumps(untagged()), encoding="utf-8")
    shutil.copy(EXAMPLE / "customers.csv", tmp_path / "root" / "work")
    with served(tmp_path, "jupyterlab") as server:
        story = visit(
            browser,
            server,
            "jupyterlab",
            "lab/tree/work/a.ipynb",
            prepare=lambda page: page.add_init_script(NEVER_POLL),
        )
        show_panel(story, "a", "propose")
        items = story.page.locator(".jp-DirListing-itemText")
        expect(items).to_have_text(["a.ipynb", "customers.csv"])
        give_roles(story)
        export(story)
        expect(items).to_have_text(["a", "a.ipynb", "customers.csv"])
        story.page.context.close()


@pytest.mark.parametrize("app", sorted(ADDRESSES))
def test_contents_that_are_not_files_below_another_address_are_checked_and_downloaded(
    browser: Browser, tmp_path: Path, app: str
) -> None:
    work = tmp_path / "root" / "work"
    work.mkdir(parents=True)
    (work / "churn.ipynb").write_text(json.dumps(untagged()), encoding="utf-8")
    manager = "--ServerApp.contents_manager_class=lab.contents_in_memory.ContentsInMemory"
    # as behind JupyterHub
    with served(tmp_path, app, manager, base="/user/ann") as server:
        story = visit(browser, server, app, f"{ADDRESSES[app]}/work/churn.ipynb")
        show_panel(story, "churn", "propose")
        give_roles(story)
        story.press("Preview")
        expect_next(story, "archive")
        expect(story.panel).to_contain_text("Notebooks of this server are not files")
        with story.page.expect_download() as download:
            story.press("Download as zip")
        assert download.value.suggested_filename == "churn.zip"
        story.page.context.close()
