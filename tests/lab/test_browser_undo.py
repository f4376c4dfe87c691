"""The panel takes exports back, in a real Chromium: the files are what they were, and it says what it has done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import SOUND
from lab.browsing import ROOT, Opened, browser, change_line, expect_next, export, serious_violations, served, visit
from lab.test_server import as_content
from playwright.sync_api import Browser, expect

__all__ = ["browser"]

pytestmark = pytest.mark.slow(minutes=1)

UNDO = "Take the last export back"


@contextmanager
def exported(browser: Browser, folder: Path) -> Iterator[Opened]:
    """A notebook in JupyterLab with its panel, exported once."""
    with served(folder, "jupyterlab") as server:
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        content = {**as_content(SOUND), "metadata": kernel}
        (server.root / "some.ipynb").write_text(json.dumps(content), encoding="utf-8")
        story = visit(browser, server, "jupyterlab", "lab/tree/some.ipynb")
        story.page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
        expect_next(story, "preview")
        export(story)
        yield story
        # the browser says each refusal in its console
        assert [error for error in story.errors if "status of 422" not in error] == []
        story.page.context.close()


def files(project: Path) -> dict[str, bytes]:
    """Every file of a project; what is kept for an undo is none of them."""
    every = [path for path in project.rglob("*") if path.is_file() and "history" not in path.parts]
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in every}


def export_again(story: Opened) -> None:
    """Change the notebook, and export it."""
    change_line(story.page, "weight = sum(rows) * rate", " + 1")
    expect_next(story, "preview")
    export(story)


def take_back(story: Opened, *, accept: str = "Take back") -> str:
    """Take the last export back; what was said before."""
    story.press(UNDO)
    dialog = story.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Take the last export back?")
    said: str = dialog.inner_text()
    dialog.get_by_role("button", name=accept, exact=True).click()
    expect(dialog).to_have_count(0)
    return said


def test_exports_are_taken_back_one_by_one_until_none_is_left(browser: Browser, tmp_path: Path) -> None:
    with exported(browser, tmp_path) as story:
        page, panel, project = story.page, story.panel, story.server.root / "some"
        first = files(project)
        export_again(story)
        second = files(project)
        assert second["model.py"] != first["model.py"]

        # deciding against it changes nothing
        said = take_back(story, accept="Cancel")
        assert "some.ipynb, level 2" in said
        assert "1 file becomes what it was." in said
        assert files(project) == second
        expect_next(story, "verify")

        take_back(story)
        note = panel.get_by_role("region", name="Taken back")
        expect(note).to_contain_text("was taken back (level 2)")
        expect(note).to_contain_text("0 files removed")
        expect(note).to_contain_text("1 earlier export can be taken back.")
        # the next step would write what was taken back
        expect_next(story, "export")
        assert files(project) == first
        page.add_script_tag(path=os.fspath(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
        assert serious_violations(page, "#nbexport-panel") == []

        take_back(story)
        expect(note).to_contain_text(f"{len(first) - 2} files removed, 0 restored.")
        expect(note).to_contain_text("No earlier export can be taken back.")
        expect_next(story, "export")
        assert not project.exists()
        # nothing is left to take back, to open or to run
        for gone in (UNDO, "Open README", "Run tests", "Start service"):
            expect(panel.get_by_role("button", name=gone, exact=True)).to_have_count(0)
        expect(page.locator(".jp-DirListing-item", has_text="some.ipynb")).to_have_count(1)
        expect(page.locator(".jp-DirListing-item")).to_have_count(1)

        note.get_by_role("button", name="Dismiss").click()
        expect(note).to_have_count(0)
        story.press("Export")
        expect_next(story, "verify")
        assert files(project) == second
        expect(panel.get_by_role("button", name=UNDO, exact=True)).to_have_count(1)


def test_an_edit_since_the_export_is_never_lost(browser: Browser, tmp_path: Path) -> None:
    with exported(browser, tmp_path) as story:
        panel, project = story.panel, story.server.root / "some"
        first = files(project)
        export_again(story)
        exported_model = (project / "model.py").read_text(encoding="utf-8")
        in_the_way = exported_model.replace("rate + 1", "rate + 2")
        assert in_the_way != exported_model
        (project / "model.py").write_text(in_the_way, encoding="utf-8")
        readme = (project / "README.md").read_text(encoding="utf-8")
        (project / "README.md").write_text(f"{readme}\nMine.\n", encoding="utf-8")

        said = take_back(story, accept="Take back, and keep mine beside it")
        assert "You have edited model.py since." in said
        note = panel.get_by_role("region", name="Taken back")
        expect(note).to_contain_text("Your model.py is kept as model.py.orig.")
        assert (project / "model.py").read_bytes() == first["model.py"]
        assert (project / "model.py.orig").read_text(encoding="utf-8") == in_the_way
        assert (project / "README.md").read_text(encoding="utf-8").endswith("\nMine.\n")

        # what was created by the first export and edited since stays when that is taken back
        take_back(story)
        expect(note).to_contain_text("README.md: created by the export, edited by hand since; kept")
        left = files(project)
        assert left.keys() == {"README.md", "model.py.orig"}
        assert left["README.md"].endswith(b"\nMine.\n")


def test_what_cannot_be_taken_back_is_said(browser: Browser, tmp_path: Path) -> None:
    with exported(browser, tmp_path) as story:
        lock = story.server.root / "some" / "nbexport.lock"
        # as another commit leaves it
        lock.write_text(lock.read_text(encoding="utf-8").replace('"level": 2', '"level": 1'), encoding="utf-8")
        before = files(lock.parent)
        story.press(UNDO)
        dialog = story.page.locator(".jp-Dialog")
        expect(dialog).to_contain_text("The export was not taken back")
        expect(dialog).to_contain_text("some is not what its last export left")
        dialog.get_by_role("button", name="Close").click()
        assert files(lock.parent) == before
        expect_next(story, "verify")
