"""Several notebooks as one project, from the panel, in a real Chromium."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lab.browsing import (
    ROOT,
    VERIFY_MS,
    Opened,
    browser,
    change_line,
    expect_next,
    run_command,
    serious_violations,
    served,
    visit,
)
from lab.test_server import as_content
from playwright.sync_api import Browser, Page, expect
from several import PREPARE, RAW, TRAIN

__all__ = ["browser"]

pytestmark = pytest.mark.slow(minutes=2)

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SAID = 'notebooks = ["prepare.ipynb", "train.ipynb"]\n'


@contextmanager
def pair(browser: Browser, folder: Path, name: str = "train.ipynb", **texts: str) -> Iterator[Opened]:
    """Two notebooks in JupyterLab, one of them open with its panel."""
    with served(folder, "jupyterlab") as server:
        work = server.root / "work"
        work.mkdir()
        (work / "raw.csv").write_text(RAW, encoding="utf-8")
        for stem, text in {"prepare": PREPARE, "train": TRAIN, **texts}.items():
            content = {**as_content(text), "metadata": KERNEL}
            (work / f"{stem}.ipynb").write_text(json.dumps(content), encoding="utf-8")
        story = visit(browser, server, "jupyterlab", f"lab/tree/work/{name}")
        open_panel(story, name)
        yield story
        assert story.errors == []
        story.page.context.close()


def open_panel(story: Opened, name: str) -> None:
    story.page.locator('[data-jp-item-name="nbexport-open"]:visible').get_by_role("button").click()
    expect(story.panel.get_by_role("heading", name=name)).to_be_visible()


def show(page: Page, name: str) -> None:
    """Bring the notebook of a name to the front."""
    page.locator(f'.lm-DockPanel-tabBar .lm-TabBar-tab:not([data-nbexportview])[title*="{name}"]').click()


def add(story: Opened, name: str) -> None:
    """Add a notebook, with the keyboard alone."""
    button = story.panel.get_by_role("button", name="Add a notebook…")
    button.focus()
    story.page.keyboard.press("Enter")
    story.panel.get_by_role("list", name="Notebooks in this folder").get_by_role("button", name=name).focus()
    story.page.keyboard.press("Enter")
    expect(story.panel.get_by_role("list", name="Notebooks in this folder")).to_have_count(0)


def members(story: Opened) -> Any:
    return story.panel.get_by_role("list", name="Notebooks of the project").get_by_role("listitem")


def test_two_notebooks_are_put_in_order_exported_verified_and_remembered(browser: Browser, tmp_path: Path) -> None:
    with pair(browser, tmp_path) as story:
        page, panel, work = story.page, story.panel, story.server.root / "work"
        expect_next(story, "preview")
        add(story, "prepare.ipynb")
        expect(panel).to_contain_text("Exported together: train.ipynb, then prepare.ipynb")

        # in this order a file is read before it is written: both places are shown, and lead there
        conflict = panel.locator('.nbexport-finding[data-code="NBX131"]')
        expect(conflict).to_contain_text("clean.csv")
        expect_next(story, "resolve")
        expect(conflict.get_by_role("button", name="cell 1", exact=True)).to_be_visible()
        page.add_script_tag(path=os.fspath(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
        assert serious_violations(page, "#nbexport-panel") == []
        conflict.get_by_role("button", name="cell 4 of prepare.ipynb", exact=True).click()
        expect(page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")).to_contain_text("writerows(kept)")
        show(page, "train.ipynb")
        earlier = panel.get_by_role("button", name="Run prepare.ipynb earlier")
        earlier.focus()
        page.keyboard.press("Enter")
        expect(members(story)).to_have_text([re.compile("prepare.ipynb"), re.compile("train.ipynb")])
        expect(conflict).to_have_count(0)
        expect_next(story, "preview")

        # the preview has the stages of both, and the export is written and verified
        story.press("Preview")
        expect_next(story, "export")
        panel.locator(".nbexport-next").get_by_role("button", name="Show the files").click()
        shown = page.locator(".nbexport-Area:visible")
        expect(shown).to_contain_text("prepare(raw, oldest=args.oldest)")
        expect(shown).to_contain_text("train_model(")
        show(page, "train.ipynb")
        story.press("Export")
        expect_next(story, "verify")
        lock = json.loads((work / "train" / "nbexport.lock").read_text(encoding="utf-8"))
        assert lock["notebooks"] == ["prepare.ipynb", "train.ipynb"]
        story.press("Verify")
        expect_next(story, "serve", timeout=VERIFY_MS)
        expect(panel.locator('.nbexport-job[data-kind="verify"]')).to_have_attribute("data-equal", "true")

        # the file is written when somebody says so, and not before
        assert not (work / "nbexport.toml").exists()
        story.press("Create nbexport.toml")
        expect(panel).to_contain_text("nbexport.toml says so, for the command line too.")
        assert (work / "nbexport.toml").read_text(encoding="utf-8") == SAID
        assert serious_violations(page, "#nbexport-panel") == []

        # after a reload it is the same, in the panels of both
        page.reload()
        show(page, "train.ipynb")
        open_panel(story, "train.ipynb")
        expect(panel).to_contain_text("Exported together: prepare.ipynb, then train.ipynb")
        story.press("Preview")
        expect_next(story, "serve")
        expect(panel).to_contain_text("The project is up to date.")
        panel.locator(".nbexport-together").get_by_role("button", name="prepare.ipynb").click()
        expect(panel.get_by_role("heading", name="prepare.ipynb")).to_be_visible()
        expect(panel.get_by_label("Folder", exact=True)).to_have_value("work/train")
        story.press("Preview")
        expect_next(story, "verify")


def test_the_other_notebook_is_what_its_file_holds(browser: Browser, tmp_path: Path) -> None:
    with pair(browser, tmp_path) as story:
        page, panel, work = story.page, story.panel, story.server.root / "work"
        (work / "nbexport.toml").write_text(f"# ours\n{SAID}", encoding="utf-8")
        # a preview reads the configuration again
        story.press("Preview")
        expect(panel).to_contain_text("Exported together: prepare.ipynb, then train.ipynb")
        expect_next(story, "export")

        # another one with unsaved changes is named; saved, it is checked
        panel.locator(".nbexport-together").get_by_role("button", name="prepare.ipynb").click()
        expect(panel.get_by_role("heading", name="prepare.ipynb")).to_be_visible()
        change_line(
            page, "kept = [row for row in raw if row[0] < oldest]", "lost < oldest]", without=len("row[0] < oldest]")
        )
        show(page, "train.ipynb")
        expect(panel).to_contain_text("prepare.ipynb has unsaved changes, which are not exported.")
        assert "lost" not in (work / "prepare.ipynb").read_text(encoding="utf-8")
        story.press("Save prepare.ipynb")
        elsewhere = panel.get_by_role("list", name="Findings in prepare.ipynb")
        expect(elsewhere).to_contain_text("lost")
        expect_next(story, "resolve")
        expect(panel).not_to_contain_text("has unsaved changes")
        story.press("Go to the next")
        expect(panel.get_by_role("heading", name="prepare.ipynb")).to_be_visible()
        expect(page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")).to_contain_text("lost < oldest")

        # taken out, the notebook stands for itself; the file keeps what else it says
        show(page, "train.ipynb")
        story.press("Take prepare.ipynb out")
        expect(panel.locator(".nbexport-together")).to_have_count(0)
        expect(elsewhere).to_have_count(0)
        story.press("Write it to nbexport.toml")
        expect(panel.get_by_role("button", name="Write it to nbexport.toml")).to_have_count(0)
        assert (work / "nbexport.toml").read_text(encoding="utf-8") == "# ours\n"
        run_command(page, "Add a notebook to the project")
        expect(panel.get_by_role("list", name="Notebooks in this folder")).to_contain_text("prepare.ipynb")
