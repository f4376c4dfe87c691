"""The panel in a real Chromium: what it keeps, what it never says too long, and where the keyboard stands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lab.browsing import (
    EXAMPLE,
    VERIFY_MS,
    Opened,
    Opener,
    applications,
    browser,
    change_line,
    expect_next,
    export,
    give_roles,
    opened,
    opened_in_one,
    run_command,
    write_untagged,
)
from playwright.sync_api import Page, Request, Response, expect

__all__ = ["applications", "browser", "opened", "opened_in_one"]

pytestmark = pytest.mark.slow(minutes=4)

LINE = "probability = model.predict_proba(X_test)[:, 1]"


def start(opened: Opener, *, app: str = "jupyterlab") -> Opened:
    """The untagged example with its panel open."""
    address = "lab/tree" if app == "jupyterlab" else "notebooks"
    story = opened(app, "churn.ipynb", f"{address}/work/churn.ipynb")
    story.page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
    expect_next(story, "propose")
    return story


def open_second(page: Page, path: Path) -> None:
    """Another notebook, opened from the file browser."""
    write_untagged(path)
    page.locator('.jp-FileBrowser [data-command="filebrowser:refresh"]').first.click()
    page.locator(".jp-DirListing-item", has_text=path.name).dblclick()
    page.locator(f'.lm-TabBar-tab[title*="{path.name}"]').wait_for()


def show(page: Page, name: str) -> None:
    """Bring the notebook of a name to the front."""
    page.locator(f'.lm-DockPanel-tabBar .lm-TabBar-tab[title*="{name}"]').click()


def use_tab_menu(page: Page, label: str) -> None:
    """A command of the menu of the notebook's tab."""
    page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab[title*="churn.ipynb"]').first.click(button="right")
    page.get_by_role("menuitem", name=re.compile(label)).first.click()


def test_a_second_notebook_has_a_panel_of_its_own_and_the_first_keeps_its_state(opened: Opener) -> None:
    story = start(opened)
    page, panel = story.page, story.panel
    give_roles(story)
    panel.get_by_role("radio").nth(0).check()
    panel.get_by_label("Folder", exact=True).fill("work/elsewhere")
    panel.get_by_role("button", name="Level", exact=True).click()
    story.press("Preview")
    expect_next(story, "export")

    open_second(page, story.server.root / "work" / "other.ipynb")
    expect(panel.get_by_role("heading", name="other.ipynb")).to_be_visible()
    expect_next(story, "propose")
    expect(panel.get_by_label("Folder", exact=True)).to_have_value("work/other")
    expect(panel.locator(".nbexport-ladder")).to_have_count(1)

    show(page, "churn.ipynb")
    expect_next(story, "export")
    expect(panel.get_by_label("Folder", exact=True)).to_have_value("work/elsewhere")
    expect(panel.locator(".nbexport-ladder")).to_have_count(0)
    panel.get_by_role("button", name="Level", exact=True).click()
    expect(panel.get_by_role("radio").nth(0)).to_be_checked()

    # hidden and shown again: the panel is as it was
    page.locator('.lm-TabBar-tab[data-id="nbexport-panel"]').click()
    expect(panel).to_be_hidden()
    page.locator('.lm-TabBar-tab[data-id="nbexport-panel"]').click()
    expect_next(story, "export")
    expect(panel.get_by_label("Folder", exact=True)).to_have_value("work/elsewhere")
    assert story.errors == []


def test_a_verification_survives_another_tab_and_a_reload(opened: Opener) -> None:
    story = start(opened)
    page, panel = story.page, story.panel
    give_roles(story)
    export(story)
    story.press("Verify")
    expect_next(story, "running")
    open_second(page, story.server.root / "work" / "other.ipynb")
    expect_next(story, "propose")
    show(page, "churn.ipynb")
    expect_next(story, "running")
    expect(panel.locator(".nbexport-next")).to_contain_text(re.compile(r"step \d+ of \d+"))

    page.reload()
    show(page, "churn.ipynb")
    page.locator('[data-jp-item-name="nbexport-open"]:visible').get_by_role("button").click()
    verification = panel.locator('.nbexport-job[data-kind="verify"]')
    expect(verification).to_have_count(1)
    expect(verification).to_have_attribute("data-equal", "true", timeout=VERIFY_MS)
    expect(panel.locator('.nbexport-job[data-kind="export"]')).to_have_attribute("data-state", "done")
    # the folder is known from the history; nothing has changed, so the verdict still holds
    story.press("Preview")
    expect_next(story, "serve")


def test_a_verification_is_cancelled(opened: Opener) -> None:
    story = start(opened)
    give_roles(story)
    export(story)
    story.press("Verify")
    expect_next(story, "running")
    story.press("Cancel")
    expect_next(story, "verify")
    expect(story.panel.locator('.nbexport-job[data-kind="verify"]')).to_have_attribute("data-state", "cancelled")


def test_only_changes_are_sent_and_a_hidden_notebook_is_not_checked(opened_in_one: Opener) -> None:
    story = start(opened_in_one)
    page = story.page
    sent: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda request: (
            sent.append(json.loads(request.post_data or "{}")) if "nbexport/api/check" in request.url else None
        ),
    )
    with page.expect_request(lambda request: bool(changed_in(request))) as asked:
        change_line(page, LINE, "  # a comment")
    request = json.loads(asked.value.post_data or "{}")
    cells = changed_in(asked.value)
    assert len(request["delta"]["order"]) == 21
    assert [LINE in "".join(cell["source"]) for cell in cells] == [True]

    # while another notebook is in front, only that one is checked
    with page.expect_response(is_check_of_other):
        open_second(page, story.server.root / "work" / "other.ipynb")
        expect(story.panel.get_by_role("heading", name="other.ipynb")).to_be_visible()
    expect_next(story, "propose")
    sent.clear()
    with page.expect_response(is_check_of_other):
        story.panel.get_by_role("button", name="Check again").click()
    assert {request["path"] for request in sent} == {"work/other.ipynb"}


def is_check_of_other(response: Response) -> bool:
    """Whether the server answers a check of `other.ipynb`."""
    return "nbexport/api/check" in response.url and "work/other.ipynb" in (response.request.post_data or "")


def changed_in(request: Request) -> list[dict[str, Any]]:
    """The cells that a check sends because they have changed."""
    if "nbexport/api/check" not in request.url:
        return []
    found: list[dict[str, Any]] = json.loads(request.post_data or "{}").get("delta", {}).get("changed", [])
    return found


def test_two_views_of_one_notebook_share_what_is_chosen(opened_in_one: Opener) -> None:
    story = start(opened_in_one)
    page, panel = story.page, story.panel
    panel.get_by_role("radio").nth(0).check()
    use_tab_menu(page, "New View for")
    expect(page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab[title*="churn.ipynb"]')).to_have_count(2)
    expect(panel.get_by_role("radio").nth(0)).to_be_checked()
    story.press("Propose roles")
    expect_next(story, "accept")
    # closing one view leaves the session of the other
    page.locator(
        '.lm-DockPanel-tabBar .lm-TabBar-tab.lm-mod-current[title*="churn.ipynb"] .lm-TabBar-tabCloseIcon'
    ).last.click()
    expect(page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab[title*="churn.ipynb"]')).to_have_count(1)
    expect_next(story, "accept")
    story.press("Accept all")
    expect(panel.locator(".nbexport-next")).to_have_attribute("data-step", "preview")


def test_a_renamed_notebook_stays_with_its_project(opened: Opener) -> None:
    story = start(opened)
    page, panel = story.page, story.panel
    give_roles(story)
    export(story)
    use_tab_menu(page, "Rename")
    name = page.locator(".jp-Dialog input[type='text'], .jp-Dialog input:not([type])").first
    name.fill("renamed.ipynb")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="renamed.ipynb")).to_be_visible()
    expect(panel.get_by_label("Folder", exact=True)).to_have_value("work/churn")


def test_cells_are_written_and_options_edited_each_with_one_undo(opened_in_one: Opener) -> None:
    story = opened_in_one("jupyterlab", "churn.ipynb", "lab/tree/work/churn.ipynb")
    page, panel = story.page, story.panel
    notebook = json.loads((EXAMPLE / "churn.ipynb").read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if "predict" not in cell["metadata"].get("tags", [])]
    (story.server.root / "work" / "tagged.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    page.locator('.jp-FileBrowser [data-command="filebrowser:refresh"]').first.click()
    page.locator(".jp-DirListing-item", has_text="tagged.ipynb").dblclick()
    page.locator('[data-jp-item-name="nbexport-open"]:visible').get_by_role("button").click()
    expect(panel.get_by_role("heading", name="tagged.ipynb")).to_be_visible()
    story.press("Propose roles")
    expect_next(story, "insert")
    story.press("Insert predict cell")
    expect(page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")).to_contain_text("def predict")
    expect(panel.locator(".nbexport-next")).not_to_have_attribute("data-step", "insert")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect_next(story, "insert")

    if panel.get_by_role("button", name="Options of train.py").get_attribute("aria-expanded") == "false":
        panel.get_by_role("button", name="Options of train.py").click()
    panel.get_by_role("button", name="Edit --max-iter").click()
    expect(panel.get_by_label("Help")).to_be_focused()
    panel.get_by_label("Help").fill("how many trees")
    story.press("Save")
    expect(panel.get_by_role("button", name="Edit --max-iter")).to_be_focused()
    expect(page.locator(".jp-Notebook:visible .cm-line", has_text="# how many trees")).to_have_count(1)
    expect(panel.get_by_role("list", name="Options")).to_contain_text("how many trees")


def test_findings_are_filtered_ignored_and_reached_with_the_keyboard(opened_in_one: Opener) -> None:
    story = start(opened_in_one)
    page, panel = story.page, story.panel
    give_roles(story)
    change_line(page, LINE, "\nprint(nowhere_a)\nprint(nowhere_b)")
    line = panel.locator('.nbexport-finding[data-code="NBX101"]')
    # two of a kind are one line, with their places inside
    expect(line).to_contain_text("2 places")
    line.get_by_role("button", name=re.compile("^More about")).click()
    expect(line.get_by_role("button", name="cell 18")).to_have_count(2)
    page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("Control+Alt+j")
    expect(page.locator(".jp-Cell.jp-mod-active")).to_contain_text("nowhere_a")
    severity = "error" if line.get_attribute("data-severity") == "error" else "warning"
    panel.locator(".nbexport-filter", has=page.get_by_role("img", name=severity)).click()
    expect(line).to_have_count(0)


def test_the_main_actions_are_commands(opened: Opener) -> None:
    story = start(opened)
    page = story.page
    run_command(page, "Propose roles")
    expect_next(story, "accept")
    run_command(page, "Accept all proposed roles")
    expect_next(story, "preview")
    page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("Control+Alt+Enter")
    expect_next(story, "export")
    run_command(page, "Export as previewed")
    expect_next(story, "verify")
    assert (story.server.root / "work" / "churn" / "train.py").is_file()


def test_the_panel_opens_at_a_usable_width_and_works_when_narrow_and_zoomed(opened_in_one: Opener) -> None:
    story = start(opened_in_one)
    page, panel = story.page, story.panel
    assert 360 <= panel.bounding_box()["width"] <= 400
    story.press("Propose roles")
    expect_next(story, "accept")
    # 200 % zoom is half the width in pixels of the page
    page.set_viewport_size({"width": 750, "height": 500})
    expect(panel.get_by_role("button", name="Accept all")).to_be_visible()
    page.wait_for_function("node => node.scrollWidth <= node.clientWidth", arg=panel.element_handle())
    page.set_viewport_size({"width": 1500, "height": 1000})
    edge = panel.bounding_box()
    page.mouse.move(edge["x"] - 2, 500)
    page.mouse.down()
    page.mouse.move(edge["x"] + edge["width"] - 300, 500, steps=5)
    page.mouse.up()
    page.wait_for_function("node => node.getBoundingClientRect().width <= 310", arg=panel.element_handle())
    page.wait_for_function("node => node.scrollWidth <= node.clientWidth", arg=panel.element_handle())
    expect(panel.get_by_role("button", name="Accept all")).to_be_visible()


def test_notebook_7_opens_the_panel_at_a_usable_width(opened: Opener) -> None:
    story = start(opened, app="notebook")
    assert 360 <= story.panel.bounding_box()["width"] <= 400
    give_roles(story)
    # another notebook, in a page of its own, and the panel of this one is what it was
    write_untagged(story.server.root / "work" / "other.ipynb")
    second = story.page.context.new_page()
    second.goto(story.page.url.replace("churn.ipynb", "other.ipynb"))
    second.locator('[data-jp-item-name="nbexport-open"]').wait_for(state="attached")
    second.close()
    expect_next(story, "preview")
