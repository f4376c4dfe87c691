"""From the first click to the answer of a running service: a hundred cells without a role, and no key is pressed.

    NBEXPORT_PICTURES=docs/images python -m pytest tests/lab/test_browser_story.py

takes the pictures of the documentation. With `NBEXPORT_NOTEBOOK` another notebook is led through, with the files beside
it, and with `NBEXPORT_THEME` in another theme.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from pathlib import Path

import pytest
from lab.browsing import ROOT, VERIFY_MS, Opened, browser, expect_next, serious_violations, served, visit
from lab.hundred_cells import write_hundred_cells
from PIL import Image
from playwright.sync_api import Browser, expect

__all__ = ["browser"]

pytestmark = pytest.mark.slow(minutes=4)

MAX_PICTURE_BYTES = 150_000
COLORS = 128


class Pictures:
    """The pictures of a story, in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def take(self, story: Opened) -> None:
        """One more, in few colors: the interface has few."""
        # what moves, and what goes away by itself, is in nobody's picture
        story.page.mouse.move(0, 0)
        content = story.page.screenshot(animations="disabled")
        self.count += 1
        path = self.folder / f"story-{self.count}.png"
        Image.open(io.BytesIO(content)).convert("RGB").quantize(COLORS).save(path, optimize=True)
        assert path.stat().st_size < MAX_PICTURE_BYTES


def test_a_hundred_cells_become_a_service_that_answers_without_a_key_pressed(browser: Browser, tmp_path: Path) -> None:
    chosen = os.environ.get("NBEXPORT_NOTEBOOK")
    pictures = Pictures(Path(os.environ.get("NBEXPORT_PICTURES") or tmp_path))
    theme = os.environ.get("NBEXPORT_THEME")
    if theme:
        settings = tmp_path / "home" / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "themes.jupyterlab-settings").write_text(f'{{"theme": "{theme}"}}', encoding="utf-8")
    with served(tmp_path, "jupyterlab") as server:
        notebook = server.root / "wine.ipynb"
        if chosen:
            shutil.copytree(Path(chosen).parent, server.root, dirs_exist_ok=True)
            shutil.copy(chosen, notebook)
        else:
            write_hundred_cells(notebook)
        story = visit(browser, server, "jupyterlab", "lab/tree/wine.ipynb")
        page, panel = story.page, story.panel
        page.set_viewport_size({"width": 1400, "height": 860})
        page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(state="attached")
        page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
        expect_next(story, "propose")
        # the file browser makes room, as anybody would make it
        page.locator('.lm-TabBar-tab[data-id="filebrowser"]').click()
        pictures.take(story)

        story.press("Propose roles")
        expect_next(story, "accept")
        pictures.take(story)
        story.press("Accept all")
        expect_next(story, "insert")
        story.press("Insert metrics cell")
        expect(panel.get_by_role("button", name="Insert predict cell")).to_be_visible()
        expect(panel.get_by_role("region", name="The new cell")).to_contain_text("is the score with")
        story.press("Insert predict cell")
        expect_next(story, "preview")
        expect(panel.get_by_role("region", name="The new cell")).to_contain_text("to check")
        pictures.take(story)
        story.press("It is right")
        panel.get_by_role("button", name=re.compile("^Make ")).click()
        expect(panel.get_by_role("list", name="Options")).to_contain_text("--n-estimators" if not chosen else "--")

        story.press("Preview")
        expect_next(story, "export")
        story.press("Show the files")
        expect(page.locator(".nbexport-Plan").get_by_role("treeitem", name="train.py")).to_be_visible()
        pictures.take(story)
        story.press("Export")
        expect_next(story, "verify")
        story.press("Verify")
        expect_next(story, "serve", timeout=VERIFY_MS)
        panel.locator('.nbexport-job[data-kind="verify"]').get_by_role("button", name="Show").click()
        expect(page.locator(".nbexport-Verdict")).to_contain_text("qual")
        pictures.take(story)

        story.press("Start service")
        expect_next(story, "ask", timeout=VERIFY_MS)
        story.press("Write a request")
        story.press("Ask")
        expect(panel.locator(".nbexport-answer")).to_have_attribute("data-status", "200")
        expect(panel.locator(".nbexport-answer")).to_contain_text("prediction")
        panel.locator(".nbexport-answer").scroll_into_view_if_needed()
        pictures.take(story)
        page.add_script_tag(path=os.fspath(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
        assert serious_violations(page, "#nbexport-panel") == []
        story.press("Stop service")
        expect(panel.locator(".nbexport-service")).to_have_count(0)
        assert story.errors == []
        page.context.close()
