"""What stands at the cells of a notebook, in JupyterLab and Notebook 7, in a real Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lab.browsing import ROOT, Opened, Opener, browser, opened, run_command, serious_violations, wait_for_kernel
from playwright.sync_api import Locator, Page, expect

__all__ = ["browser", "opened"]

pytestmark = pytest.mark.slow(minutes=3)

APPS = {"jupyterlab": "lab/tree", "notebook": "notebooks"}
MAX_CHIP_HEIGHT_PX = 24
OLD_CHIPS = """.jp-Cell[data-nbexport-roles]::before {
  content: attr(data-nbexport-roles); position: absolute; top: -7px; left: 84px; z-index: 1; background: #5a6572;
}"""
"""How chips were drawn before they were elements: Notebook 7 has a rule of its own for `::before`."""

CHAIN = ["x = 1", "y = x + 1", "print('y is', y)"]
"""Three cells, each of which reads what the one above it binds."""


def open_example(opened: Opener, app: str) -> Opened:
    """The example with its roles, once its kernel is there."""
    story = opened(app, "untagged.ipynb", f"{APPS[app]}/work/churn.ipynb")
    wait_for_kernel(story)
    return story


def open_cells(opened: Opener, folder: Path, app: str, sources: list[str], name: str = "cells.ipynb") -> Opened:
    """A notebook of code cells; a source that begins with `#` and a space is Markdown. `folder` is that of the test."""
    work = folder / "root" / "work"
    work.mkdir(parents=True)
    write_cells(work / name, sources)
    story = opened(app, "untagged.ipynb", f"{APPS[app]}/work/{name}")
    wait_for_kernel(story)
    code_cell(story.page, len(sources) - 1).locator(".jp-InputPrompt").click()
    return story


def write_cells(path: Path, sources: list[str]) -> None:
    cells = []
    for index, source in enumerate(sources):
        cell: dict[str, object] = {"id": f"cell-{index}", "metadata": {}, "source": source}
        if source.startswith("# "):
            cell |= {"cell_type": "markdown"}
        else:
            cell |= {"cell_type": "code", "outputs": [], "execution_count": None}
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def set_setting(folder: Path, plugin: str, values: dict[str, object]) -> None:
    """What a person has set in the settings editor; `folder` is that of the test."""
    file = folder / "home" / "jupyterlab_settings_dir" / f"{plugin}.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf-8")


def choose_menu_item(page: Page, menu: str, label: str) -> None:
    page.locator(".lm-MenuBar-item", has_text=menu).first.click()
    page.locator(".lm-Menu-item", has_text=label).first.click()


def code_cell(page: Page, index: int) -> Locator:
    """A cell by its index in the notebook."""
    return page.locator(f'.jp-Notebook:visible .jp-Cell[data-windowed-list-index="{index}"]')


def edit_cell(page: Page, index: int, source: str) -> None:
    """Replace the text of a cell, as a person does."""
    code_cell(page, index).locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)
    page.keyboard.press("Escape")


def drag_to_the_right(page: Page, tab: Locator) -> None:
    """Drag a tab to the right edge of the main area, where it becomes a column of its own."""
    begin, area = tab.bounding_box(), page.locator("#jp-main-dock-panel").bounding_box()
    assert begin
    assert area
    page.mouse.move(begin["x"] + 30, begin["y"] + 10)
    page.mouse.down()
    for x in (area["x"] + area["width"] / 2, area["x"] + area["width"] - 60, area["x"] + area["width"] - 40):
        page.mouse.move(x, area["y"] + area["height"] / 2, steps=5)
    page.mouse.up()


def settled(shown: Locator) -> bytes:
    """A picture of what is shown once nothing of it changes any more: colors and fonts come late."""
    before = shown.screenshot()
    for _ in range(100):
        shown.page.wait_for_timeout(300)
        picture = shown.screenshot()
        if picture == before:
            return picture
        before = picture
    raise AssertionError("it never rests")


def is_clear(story: Opened) -> bool:
    """Whether the page had no errors but one: shortcuts of Notebook 7 stumble over a plugin with late settings."""
    return [error for error in story.errors if "reading 'schema'" not in error] == []


@pytest.mark.parametrize("app", APPS)
def test_chips_are_small_and_cover_no_code(opened: Opener, app: str) -> None:
    story = open_example(opened, app)
    page = story.page
    cell = page.locator(".jp-Cell[data-nbexport-roles='parameters']")
    chip, code = cell.locator(".nbexport-RoleChip"), cell.locator(".jp-InputArea-editor")
    expect(chip).to_have_text("parameters")
    # active cells have a toolbar over their code
    page.locator(".jp-Cell[data-nbexport-roles='data'] .jp-InputPrompt").click()
    with_chip = settled(code)
    chip_box, code_box = chip.bounding_box(), code.bounding_box()
    assert chip_box
    assert code_box
    assert 12 <= chip_box["height"] < MAX_CHIP_HEIGHT_PX
    assert chip_box["y"] + chip_box["height"] <= code_box["y"]
    assert chip_box["x"] >= code_box["x"]

    # the code looks as it does without chips
    run_command(page, "Show the roles of cells")
    expect(chip).to_be_hidden()
    assert settled(code) == with_chip
    if app == "notebook":
        page.add_style_tag(content=OLD_CHIPS)
        assert settled(code) != with_chip
    assert is_clear(story)


def test_a_chip_says_what_it_becomes_and_opens_the_picker_with_the_keyboard(opened: Opener) -> None:
    story = open_example(opened, "jupyterlab")
    page = story.page
    cell = page.locator(".jp-Cell[data-windowed-list-index='2']")
    chip = cell.locator(".nbexport-RoleChip[data-role='parameters']")
    expect(chip).to_have_attribute("title", re.compile("^parameters: plain assignments"))
    page.locator(".jp-Cell[data-windowed-list-index='1'] .jp-InputPrompt").click()
    chip.focus()
    page.keyboard.press("Enter")
    menu = page.locator(".nbexport-RoleMenu")
    expect(menu.get_by_role("menuitem", name="train trains it")).to_have_count(1)
    expect(menu.get_by_role("menuitemcheckbox", checked=True)).to_contain_text("parameters")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(menu).to_have_count(0)
    expect(cell.locator(".nbexport-RoleChip")).to_have_text(["parameters", "data"])
    # the keyboard is where it was
    expect(chip).to_be_focused()
    page.add_script_tag(path=str(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
    assert serious_violations(page, ".nbexport-CellMarks") == []

    # the toolbar of the cell says the same, and so does a command
    picker = page.get_by_label("Role of this cell in the export").first
    expect(picker).to_have_text("role: parameters, data")
    expect(picker).to_have_attribute("title", re.compile("data: loads and splits"))
    picker.click()
    menu.get_by_role("menuitemcheckbox", name=re.compile("^data")).click()
    expect(cell.locator(".nbexport-RoleChip")).to_have_text(["parameters"])
    run_command(page, "Choose the roles of this cell")
    menu.get_by_role("menuitem", name=re.compile("^define")).click()
    expect(cell.locator(".nbexport-RoleChip")).to_have_text(["parameters", "define"])

    assert is_clear(story)


def test_a_cell_that_leaves_the_window_keeps_its_chips(opened: Opener, tmp_path: Path) -> None:
    set_setting(tmp_path, "@jupyterlab/notebook-extension/tracker", {"windowingMode": "full"})
    story = open_example(opened, "jupyterlab")
    page = story.page
    chips = page.locator(".jp-Cell[data-windowed-list-index='2'] .nbexport-RoleChip")
    expect(chips).to_have_text(["parameters"])
    outer = page.locator(".jp-WindowedPanel-outer")
    outer.evaluate("node => { node.scrollTop = node.scrollHeight; }")
    expect(page.locator(".nbexport-RoleChip[data-role='predict']")).to_be_visible()
    expect(chips).to_have_count(0)
    outer.evaluate("node => { node.scrollTop = 0; }")
    expect(chips).to_have_text(["parameters"])
    assert is_clear(story)


@pytest.mark.parametrize("app", APPS)
def test_the_outline_has_roles_and_findings(opened: Opener, tmp_path: Path, app: str) -> None:
    sources = ["# Load", "late_rate * 2", "# Train", "late_rate = 1", "print(late_rate)"]
    set_setting(tmp_path, "@jupyterlab/notebook-extension/tracker", {"windowingMode": "full", "showMinimap": True})
    story = open_cells(opened, tmp_path, app, sources)
    page = story.page
    code_cell(page, 3).locator(".jp-InputPrompt").click()
    run_command(page, "Choose the roles of this cell")
    page.locator(".nbexport-RoleMenu").get_by_role("menuitem", name=re.compile("^train")).click()
    if app == "jupyterlab":
        page.locator('.lm-TabBar-tab[data-id="table-of-contents"]').click()
    else:
        run_command(page, "Show Table of Contents")
    items = page.locator(".jp-tocItem-content:visible")
    expect(items).to_have_count(2)
    expect(items.first).to_have_attribute("data-nbexport-mark", "1 error")
    expect(items.last).to_have_attribute("data-nbexport-mark", "train")
    expect(items.last).to_have_attribute("title", "train")
    marks = page.locator(".jp-WindowedPanel-scrollbar-item")
    expect(marks.nth(1)).to_have_attribute("data-nbexport-severity", "error")
    expect(marks.nth(3)).to_have_attribute("data-nbexport-mark", "train")

    # both follow the notebook
    code_cell(page, 3).locator(".jp-InputPrompt").click()
    run_command(page, "Choose the roles of this cell")
    page.locator(".nbexport-RoleMenu").get_by_role("menuitemcheckbox", name=re.compile("^train")).click()
    edit_cell(page, 1, "1 * 2")
    expect(items.first).not_to_have_attribute("data-nbexport-mark", re.compile("."))
    expect(marks.nth(1)).to_have_attribute("data-nbexport-mark", "")
    expect(marks.nth(3)).to_have_attribute("data-nbexport-mark", "")
    assert is_clear(story)


def test_a_copy_has_underlines_of_its_own(opened: Opener, tmp_path: Path) -> None:
    story = open_cells(opened, tmp_path, "jupyterlab", ["print(late_rate * 2)", "late_rate = 1"], "hidden.ipynb")
    page = story.page
    # the same ids, without the fault
    write_cells(story.server.root / "work" / "hidden-copy.ipynb", ["print(2 * 2)  # late_rate", "late_rate = 1"])
    underlined = page.locator(".jp-Notebook:visible .nbexport-Underline.nbexport-mod-error")
    expect(underlined).to_have_text(["late_rate"])
    page.locator(".jp-DirListing-item", has_text="hidden-copy.ipynb").dblclick()
    tab = page.locator(".lm-TabBar-tab", has_text="hidden-copy.ipynb")
    expect(page.locator(".jp-NotebookPanel:visible .jp-CodeCell")).to_have_count(2)
    # side by side
    drag_to_the_right(page, tab)
    panels = page.locator(".jp-NotebookPanel:visible")
    expect(panels).to_have_count(2)
    copy, original = (
        page.locator(f"[id='{panels.filter(has_text=text).get_attribute('id')}']")
        for text in ("print(2 * 2)", "print(late_rate * 2)")
    )
    expect(original.locator(".nbexport-Underline.nbexport-mod-error")).to_have_text(["late_rate"])
    copy.locator(".cm-content").nth(1).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("other_rate = 1")
    page.wait_for_timeout(3000)
    expect(copy.locator(".nbexport-Underline.nbexport-mod-error")).to_have_count(0)
    # and the other way round
    copy.locator(".cm-content").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("print(other_rate)")
    expect(copy.locator(".nbexport-Underline.nbexport-mod-error")).to_have_text(["other_rate"])
    expect(original.locator(".nbexport-Underline.nbexport-mod-error")).to_have_text(["late_rate"])
    assert is_clear(story)


def test_stale_cells_are_marked_and_run(opened: Opener, tmp_path: Path) -> None:
    story = open_cells(opened, tmp_path, "jupyterlab", CHAIN)
    page = story.page
    stale = page.locator(".nbexport-StaleMark:visible")
    outputs = page.locator(".jp-Notebook:visible .jp-OutputArea-output")
    choose_menu_item(page, "Run", "Run All Cells")
    expect(outputs).to_have_text(["y is 2"])
    expect(stale).to_have_count(0)

    # an edit makes stale what reads from it, through other cells too, without running anything
    edit_cell(page, 0, "x = 10")
    expect(stale).to_have_count(3)
    expect(stale.nth(0)).to_have_attribute("title", re.compile("this cell has changed since it ran"))
    expect(stale.nth(2)).to_have_attribute("title", re.compile("y has changed since this cell ran"))
    expect(outputs).to_have_text(["y is 2"])
    code_cell(page, 1).locator(".jp-InputPrompt").click()
    mark_box, code_box = stale.nth(2).bounding_box(), code_cell(page, 2).locator(".jp-InputArea-editor").bounding_box()
    assert mark_box
    assert code_box
    assert mark_box["x"] + mark_box["width"] < code_box["x"]
    page.add_script_tag(path=str(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
    assert serious_violations(page, ".nbexport-CellMarks-state") == []

    # all of it runs with one command, in order, and with a press of a mark
    run_command(page, "Run what is stale")
    expect(outputs).to_have_text(["y is 11"])
    expect(stale).to_have_count(0)
    edit_cell(page, 1, "y = x + 2")
    expect(stale).to_have_count(2)
    stale.last.focus()
    page.keyboard.press("Enter")
    expect(outputs).to_have_text(["y is 12"])
    expect(stale).to_have_count(0)

    # a cell that runs alone leaves stale what has read from it
    code_cell(page, 0).locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Enter")
    expect(stale).to_have_count(2)

    # a second view of the same notebook, and another name, lose nothing; a restart empties the kernel
    choose_menu_item(page, "File", "New View for Notebook")
    panels = page.locator(".jp-NotebookPanel:visible")
    expect(panels).to_have_count(2)
    expect(panels.nth(1).locator(".nbexport-StaleMark")).to_have_count(2)
    choose_menu_item(page, "File", "Rename Notebook")
    page.locator(".jp-Dialog input").fill("renamed.ipynb")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".lm-TabBar-tab", has_text="renamed.ipynb")).to_have_count(2)
    expect(stale).to_have_count(4)
    run_command(page, "Restart Kernel…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(stale).to_have_count(0)
    assert is_clear(story)


def test_staleness_in_notebook_7(opened: Opener, tmp_path: Path) -> None:
    story = open_cells(opened, tmp_path, "notebook", CHAIN)
    page = story.page
    stale = page.locator(".nbexport-StaleMark:visible")
    outputs = page.locator(".jp-Notebook:visible .jp-OutputArea-output")
    choose_menu_item(page, "Run", "Run All Cells")
    expect(outputs).to_have_text(["y is 2"])
    edit_cell(page, 0, "x = 10")
    expect(stale).to_have_count(3)
    run_command(page, "Run what is stale")
    expect(outputs).to_have_text(["y is 11"])
    expect(stale).to_have_count(0)
    # the page is loaded again: what ran before is not known, so nothing is said
    edit_cell(page, 0, "x = 5")
    expect(stale).to_have_count(3)
    page.keyboard.press("Control+S")
    # the page that goes has a connection to the kernel too
    with page.expect_websocket(lambda socket: "/channels" in socket.url):
        page.reload()
    wait_for_kernel(story)
    code_cell(page, 2).locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Enter")
    expect(code_cell(page, 2)).to_contain_text("[7]")
    expect(stale).to_have_count(0)
    assert is_clear(story)
