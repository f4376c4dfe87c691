"""Two people in one notebook: real `jupyter-collaboration`, in an environment of its own, and two browsers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import SOUND
from lab.browsing import (
    VERIFY_MS,
    Jupyter,
    Opened,
    browser,
    change_line,
    expect_next,
    export,
    give_roles,
    served,
    visit,
)
from lab.test_browser_together import SAID, show
from lab.test_server import as_content
from playwright.sync_api import Browser, Locator, expect
from several import PREPARE, RAW, TRAIN

__all__ = ["browser"]

pytestmark = pytest.mark.slow(minutes=3)

COLLABORATION = "jupyter-collaboration>=5.0.4,<6"
"""The range that fits JupyterLab 4.6."""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
UNTRAINED = SOUND.replace(' tags=["train"]', "")
UNTAGGED = re.sub(r" tags=.*", "", SOUND)
LINE = "weight = sum(rows)"

Two = Callable[..., tuple[Opened, Opened]]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with real-time collaboration, and with all that the tests have besides."""
    folder = tmp_path_factory.mktemp("together") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = folder / "bin" / "python"
    site = next(folder.glob("lib/python*/site-packages"))
    ours = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    # with its own .pth files, by which an editable nbexport is found
    (site / "zz_ours.pth").write_text(f"import site; site.addsitedir({str(ours)!r})\n", encoding="utf-8")
    # pip finds there what is here already, JupyterLab above all; uv would install it once more
    pip = (sys.executable, "-m", "pip", "--python", made, "--disable-pip-version-check")
    subprocess.run([*pip, "install", "--quiet", COLLABORATION], check=True)
    return made


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """JupyterLab as it is here, with the extension under test and those of the other environment."""
    ours = Path(sys.prefix)
    variables = {
        "JUPYTERLAB_DIR": os.fspath(ours / "share" / "jupyter" / "lab"),
        "JUPYTER_CONFIG_PATH": os.fspath(ours / "etc" / "jupyter"),
    }
    with served(tmp_path_factory.mktemp("jupyterlab"), "jupyterlab", python=python, variables=variables) as found:
        yield found


@pytest.fixture
def two(browser: Browser, server: Jupyter, request: pytest.FixtureRequest) -> Iterator[Two]:
    """Opens notebooks in a folder that no test has used, and the first of them in the browsers of two people."""
    with ExitStack() as stack:

        def start(**texts: str) -> tuple[Opened, Opened]:
            folder = server.root / request.node.name
            folder.mkdir()
            (folder / "raw.csv").write_text(RAW, encoding="utf-8")
            for stem, text in texts.items():
                content = {**as_content(text), "metadata": KERNEL}
                (folder / f"{stem}.ipynb").write_text(json.dumps(content), encoding="utf-8")
            first = next(iter(texts))
            return person(first), person(first)

        def person(stem: str) -> Opened:
            story = visit(browser, server, "jupyterlab", f"lab/tree/{request.node.name}/{stem}.ipynb")
            stack.callback(close, story)
            story.page.locator('[data-jp-item-name="nbexport-open"]').get_by_role("button").click()
            expect(story.panel.get_by_role("heading", name=f"{stem}.ipynb")).to_be_visible()
            return story

        yield start


def close(story: Opened) -> None:
    """What one person had open: nothing of ours has failed in it."""
    assert story.errors == []
    expect(story.panel.locator(".nbexport-trouble")).to_have_count(0)
    story.page.context.close()


def chips(story: Opened, role: str) -> Locator:
    """The chips of a role in the cells."""
    return story.page.locator(f'.nbexport-RoleChip[data-role="{role}"]')


def finding(story: Opened, text: str) -> Locator:
    return story.panel.locator(".nbexport-finding", has_text=text)


def switch_role(story: Opened, button: Locator, role: str) -> None:
    """Give a cell a role, or take it, in the menu that a button opens."""
    button.click()
    story.page.locator(".nbexport-RoleMenu .lm-Menu-itemLabel").get_by_text(role, exact=True).click()


def test_roles_findings_and_the_next_step_are_the_same_for_both(two: Two) -> None:
    ann, bob = two(some=UNTRAINED)
    for one in (ann, bob):
        expect_next(one, "propose")

    # a role that Ann gives in the toolbar of a cell is a chip for Bob, and takes him to the next step
    ann.page.locator(".jp-CodeCell", has_text=LINE).locator(".jp-InputPrompt").click()
    switch_role(ann, ann.page.get_by_label("Role of this cell in the export").first, "train")
    for one in (ann, bob):
        expect(chips(one, "train")).to_have_count(1)
        expect_next(one, "preview")

    # Bob takes it with the chip that he sees, and gives it back
    switch_role(bob, chips(bob, "train"), "train")
    for one in (ann, bob):
        expect(chips(one, "train")).to_have_count(0)
        expect_next(one, "propose")
    bob.page.locator(".jp-CodeCell", has_text=LINE).locator(".jp-InputPrompt").click()
    switch_role(bob, bob.page.get_by_label("Role of this cell in the export").first, "train")
    for one in (ann, bob):
        expect(chips(one, "train")).to_have_count(1)
        expect_next(one, "preview")

    # what Bob types is checked for both, and so is what Ann makes of it
    change_line(bob.page, LINE, " * lost")
    for one in (ann, bob):
        expect(finding(one, "lost is bound nowhere")).to_have_count(1)
        expect(one.page.locator(".nbexport-Underline.nbexport-mod-error", has_text="lost")).to_have_count(1)
        expect_next(one, "resolve")
    change_line(ann.page, LINE, "", without=len(" * lost"))
    for one in (ann, bob):
        expect(finding(one, "lost")).to_have_count(0)
        expect(one.page.locator(".nbexport-Underline")).to_have_count(0)
        expect_next(one, "preview")


def test_what_one_exports_verifies_and_takes_back_is_told_to_the_other(two: Two) -> None:
    ann, bob = two(some=SOUND)
    for one in (ann, bob):
        expect_next(one, "preview")
    bob.press("Preview")
    expect_next(bob, "export")

    # Bob would have written files that are there now
    export(ann)
    expect_next(bob, "verify")
    expect(bob.panel.locator(".nbexport-next")).to_contain_text("The project is up to date.")
    expect(bob.panel.locator('.nbexport-job[data-kind="export"]')).to_contain_text("files written")

    # an edit by either ends that for both
    change_line(bob.page, LINE, " + 1")
    for one in (ann, bob):
        expect_next(one, "preview")
    export(bob)
    expect_next(ann, "preview")
    ann.press("Preview")
    expect_next(ann, "verify")
    change_line(ann.page, LINE, " + 1")
    for one in (ann, bob):
        expect_next(one, "preview")
    change_line(bob.page, LINE, "", without=len(" + 1"))

    # it is what Bob has exported again; Ann verifies that, and Bob sees it run and end
    for one in (ann, bob):
        one.press("Preview")
        expect_next(one, "verify")
    ann.press("Verify")
    expect(bob.panel.locator('.nbexport-job[data-kind="verify"]')).to_have_count(1)
    for one in (ann, bob):
        expect_next(one, "serve", timeout=VERIFY_MS)
        expect(one.panel.locator('.nbexport-job[data-kind="verify"]')).to_have_attribute("data-equal", "true")

    # what Ann takes back is there no longer for Bob either
    ann.press("Take the last export back")
    ann.page.locator(".jp-Dialog").get_by_role("button", name="Take back", exact=True).click()
    for one in (ann, bob):
        expect_next(one, "export")
        expect(one.panel.locator(".nbexport-next")).to_contain_text("0 new, 1 changed")


def test_an_undo_takes_back_what_one_person_did_and_nothing_of_the_other(two: Two) -> None:
    ann, bob = two(some=UNTAGGED)
    expect_next(ann, "propose")
    give_roles(ann)
    expect(chips(bob, "train")).to_have_count(1)
    change_line(bob.page, LINE, " + 1")
    expect(ann.page.locator(".jp-CodeCell .cm-line", has_text=LINE)).to_contain_text("+ 1")

    # Ann's last deed was the role, whatever Bob has typed since
    ann.page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    ann.page.keyboard.press("z")
    for one in (ann, bob):
        expect(chips(one, "train")).to_have_count(0)
        expect(one.page.locator(".jp-CodeCell .cm-line", has_text=LINE)).to_contain_text("+ 1")
    ann.page.keyboard.press("Shift+Z")
    for one in (ann, bob):
        expect(chips(one, "train")).to_have_count(1)
        expect(one.page.locator(".jp-CodeCell .cm-line", has_text=LINE)).to_contain_text("+ 1")
        expect_next(one, "preview")


def test_another_notebook_of_the_project_is_what_the_server_has_saved(two: Two, server: Jupyter) -> None:
    ann, bob = two(train=TRAIN, prepare=PREPARE)
    for one in (ann, bob):
        expect_next(one, "preview")
    [work] = [path.parent for path in server.root.glob("*/prepare.ipynb")]
    (work / "nbexport.toml").write_text(SAID, encoding="utf-8")
    # a preview reads the configuration; both have the other notebook open, Ann behind this one
    for one in (ann, bob):
        one.press("Preview")
        expect(one.panel).to_contain_text("Exported together: prepare.ipynb, then train.ipynb")
        one.panel.locator(".nbexport-together").get_by_role("button", name="prepare.ipynb").click()
        expect(one.panel.get_by_role("heading", name="prepare.ipynb")).to_be_visible()
    show(ann.page, "train.ipynb")
    expect_next(ann, "preview")

    # what Bob types there the server stores by itself, and Ann's panel checks what is stored
    line, fault = "kept = [row for row in raw if row[0] < oldest]", "lost < oldest]"
    change_line(bob.page, line, fault, without=len("row[0] < oldest]"))
    elsewhere = ann.panel.get_by_role("list", name="Findings in prepare.ipynb")
    expect(elsewhere).to_contain_text("lost")
    expect_next(ann, "resolve")
    expect(ann.panel).not_to_contain_text("has unsaved changes")
    assert "lost" in (work / "prepare.ipynb").read_text(encoding="utf-8")
    change_line(bob.page, "lost < oldest]", "row[0] < oldest]", without=len(fault))
    expect(elsewhere).to_have_count(0)
    expect_next(ann, "preview")
    expect(ann.panel).not_to_contain_text("has unsaved changes")
