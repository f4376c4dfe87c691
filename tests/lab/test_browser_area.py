"""What stands in the main area: previews with diffs and conflicts, verdicts, READMEs; in Lab and in Notebook 7."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from lab.area_samples import (
    BASE,
    HOSTILE,
    NEW,
    a_figure,
    a_file,
    a_job,
    a_plan,
    a_verdict,
    answer,
    the_conflict,
)
from lab.browsing import ROOT, Opened, Opener, applications, browser, change_line, serious_violations
from lab.browsing import opened_in_one as opened
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

__all__ = ["applications", "browser", "opened"]

pytestmark = pytest.mark.slow(minutes=1)


def run_command(page: Page, label: str) -> None:
    """A command of the palette, as a person runs it."""
    item = page.locator(".lm-CommandPalette-item", has_text=label).first
    for _ in range(10):
        # while the application starts, keys are not heard, and a document that is loaded takes the focus from the palette
        page.keyboard.press("Control+Shift+C")
        try:
            page.locator(".lm-CommandPalette-input").fill(label, timeout=6_000)
            item.click(timeout=6_000)
            return
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
    raise AssertionError(f"the palette does not offer {label}")


def start(opened: Opener, *, plan: Any = None, jobs: tuple[Any, ...] = (), app: str = "jupyterlab") -> Opened:
    """A notebook whose plan and jobs are given."""
    address = "lab/tree/work/churn.ipynb" if app == "jupyterlab" else "notebooks/work/churn.ipynb"

    def prepare(page: Page) -> None:
        if plan is not None:
            answer(page, "plan", plan)
        answer(page, "jobs", {"jobs": list(jobs)})

    story = opened(app, "plain.ipynb", address, prepare=prepare)
    story.page.set_viewport_size({"width": 2400, "height": 1000})
    story.page.on("dialog", lambda dialog: story.errors.append(dialog.message))
    return story


def preview_of(story: Opened) -> Locator:
    """The preview, once it is shown by its command."""
    run_command(story.page, "Show the preview of the export")
    shown = story.page.locator(".nbexport-Plan")
    shown.locator(".nbexport-Tree").wait_for()
    return shown


def row_of(preview: Locator, name: str) -> Locator:
    return preview.get_by_role("treeitem").filter(has_text=name).first


def test_a_preview_stands_beside_the_notebook_and_is_read_with_the_keyboard(opened: Opener) -> None:
    files = [
        a_file("README.md", "create", purpose="documentation", text="# Churn\n"),
        a_file("train.py", "update", before=BASE, base=BASE, text=NEW),
        a_file("schemas.py", "same"),
        a_file("definitions.py", "create", text="def double(x):\n    return x * 2\n"),
        a_file("data/train.parquet", "create", purpose="data", text=None, size_bytes=4_200_000),
    ]
    assumption: dict[str, Any] = {
        "object": "frame",
        "call": "frame.describe",
        "reason": "it is not known what it changes",
    }
    assumption |= {
        "place": {"notebook": "", "cell": 3, "cell_id": None, "row": 1, "column": 1, "end_row": 1, "end_column": 5}
    }
    story = start(opened, plan=a_plan(*files, assumptions=[assumption], verdict="assumed"))
    page = story.page
    preview = preview_of(story)
    tab = page.locator(".lm-TabBar-tab", has_text="Preview: churn.ipynb")
    expect(tab).to_have_count(1)
    notebook_box = page.locator(".jp-NotebookPanel").bounding_box()
    preview_box = preview.bounding_box()
    assert notebook_box
    assert preview_box
    assert preview_box["x"] >= notebook_box["x"] + notebook_box["width"] - 1

    # grouped, the changed file first and shown, the others folded behind their count
    rows = preview.get_by_role("treeitem")
    expect(rows).to_have_text(
        [
            re.compile("Code.*2 of 3"),
            "train.pychanged",
            "definitions.pynew",
            "1 unchanged",
            re.compile("Documentation"),
            "README.mdnew",
            re.compile("Data"),
            "train.parquet datanew",
        ]
    )
    expect(preview.get_by_role("textbox", name="train.py as it is now")).to_contain_text("line_17 = 17")
    after = preview.get_by_role("textbox", name="train.py after the export")
    expect(after).to_contain_text("line_17 = 1717")
    expect(after.locator(".cm-collapsedLines").first).to_be_visible()
    expect(preview.locator(".nbexport-File-counts")).to_have_text(re.compile(r"^\+3 \S3$"))

    # the keyboard: the tree has the focus; arrows choose, space leaves out
    expect(row_of(preview, "train.py")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row_of(preview, "definitions.py")).to_be_focused()
    text = preview.get_by_role("textbox", name="Contents of definitions.py")
    expect(text).to_contain_text("def double(x):")
    # in the colors of its language
    expect(text.locator("span", has_text=re.compile("^def$"))).to_have_count(1)
    page.keyboard.press("Space")
    expect(row_of(preview, "definitions.py")).to_have_attribute("aria-checked", "false")
    expect(row_of(preview, "definitions.py")).to_contain_text("left out")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(row_of(preview, "schemas.py")).to_have_count(1)
    page.keyboard.press("End")
    expect(preview.locator(".nbexport-File")).to_contain_text("4.2 MB: binary, or too long")

    # an assumption jumps to its line
    preview.get_by_role("button", name="Cell 4, line 1").click()
    expect(page.locator(".jp-Cell.jp-mod-active")).to_have_attribute("data-windowed-list-index", "3")

    # the same view a second time, and gone with the notebook
    preview_of(story)
    expect(tab).to_have_count(1)
    page.add_script_tag(path=os.fspath(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
    assert serious_violations(page, ".nbexport-Area") == []
    notebook_tab = page.locator(".lm-TabBar-tab", has_text=re.compile("^churn.ipynb"))
    # a kernel that has come up says so in the notebook, which asks what is to become of it
    expect(notebook_tab).to_have_class(re.compile("jp-mod-dirty"))
    notebook_tab.locator(".lm-TabBar-tabCloseIcon").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Discard changes to file").click()
    expect(page.locator(".jp-NotebookPanel")).to_have_count(0)
    expect(page.locator(".nbexport-Area")).to_have_count(0)
    assert story.errors == []


def test_a_conflict_is_resolved_one_by_one(opened: Opener) -> None:
    story = start(opened, plan=a_plan(the_conflict(), a_file("train.py", "create")))
    page = story.page
    preview = preview_of(story)
    choice = preview.get_by_role("group", name=re.compile("changed the same lines of model.py"))
    merged = choice.get_by_role("radio", name="the merged text")
    expect(merged).to_be_disabled()
    # three texts beside each other
    for side in ("Mine", "Base", "New"):
        expect(preview.get_by_role("textbox", name=f"{side}: model.py")).to_be_visible()
    result = preview.get_by_role("textbox", name="Merged text of model.py")
    bar = preview.get_by_role("toolbar", name="Merged text of model.py")
    expect(bar.get_by_role("status")).to_have_text("Conflict 1 of 2")
    expect(result).to_contain_text("<<<<<<< mine")
    bar.get_by_role("button", name="Accept both").click()
    expect(bar.get_by_role("status")).to_have_text("Conflict 1 of 1")
    expect(merged).to_be_disabled()
    bar.get_by_role("button", name="Accept new").click()
    expect(bar.get_by_role("status")).to_contain_text("No conflict is left")
    expect(merged).to_be_checked()
    expect(row_of(preview, "model.py")).to_contain_text("merged")
    # what only the notebook changed is there without a question
    assert result_text(page) == NEW.replace("line_5 = 500\n", "line_5 = 55  # mine\nline_5 = 500\n")

    # another file and back: the merged text is as it was left, and can be edited and taken back
    row_of(preview, "train.py").click()
    row_of(preview, "model.py").click()
    expect(merged).to_be_checked()
    result.locator(".cm-line", has_text="line_1 = 1").first.click()
    page.keyboard.press("End")
    page.keyboard.insert_text("  # by hand")
    expect(result).to_contain_text("line_1 = 1  # by hand")
    assert "line_1 = 1  # by hand\n" in result_text(page)
    page.keyboard.press("Control+z")
    expect(result).not_to_contain_text("by hand")
    assert "by hand" not in result_text(page)
    choice.get_by_role("radio", name="my file").check()
    expect(row_of(preview, "model.py")).to_contain_text("mine")
    page.add_script_tag(path=os.fspath(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
    assert serious_violations(page, ".nbexport-Area") == []

    # where it is narrow, the markers show all three
    page.set_viewport_size({"width": 800, "height": 900})
    expect(preview.get_by_role("textbox", name="Base: model.py")).to_have_count(0)
    expect(result).to_be_visible()
    assert story.errors == []


def result_text(page: Page) -> str:
    """The text of the editor with the merged text, which draws only the lines that are seen."""
    content = page.locator(".nbexport-Result-text .cm-content")
    text: str = content.evaluate("node => node.cmTile ? node.cmTile.view.state.doc.toString() : node.innerText")
    return text


def test_a_verdict_says_the_cause_first_and_folds_what_is_equal(opened: Opener) -> None:
    differing = [a_figure("accuracy", "0.8125", "0.8120", "-0.0005"), a_figure("rows", "20", "21", "1", "value")]
    equal = [a_figure(f"equal_{number}", "1", "1", kind="value") for number in range(40)]
    earlier = a_job("verify", id="earlier", begun="2026-11-29T07:00:00Z", ended="2026-11-29T07:00:02.5Z")
    earlier["verdict"] = a_verdict(equal[0], equal=True, summary="Equal: 1 figure.", cause="", fix="", verified=True)
    story = start(opened, jobs=(a_job("verify", verdict=a_verdict(*differing, *equal)), earlier))
    page = story.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run_command(page, "Show the verdict of the last verification")
    verdict = page.locator(".nbexport-Verdict")
    expect(verdict).to_contain_text("took 1 min 12 s")
    text = verdict.inner_text()
    order = [text.index(part) for part in ("2 of 42", "Likely cause", "What to do", "accuracy", "No service was")]
    assert order == sorted(order)
    assert "`" not in text
    rows = verdict.locator("tbody tr[data-equal]")
    expect(rows).to_have_count(2)
    verdict.get_by_role("button", name="Show 40 equal figures").click()
    expect(rows).to_have_count(42)
    verdict.get_by_role("button", name="Hide 40 equal").click()
    verdict.get_by_label("Filter the figures").fill("equal_17")
    expect(rows).to_have_count(0)
    verdict.get_by_role("button", name="Show 1 equal figure").click()
    expect(rows).to_have_text([re.compile("equal_17")])
    verdict.get_by_role("button", name="Copy as Markdown").click()
    expect(verdict).to_contain_text("Copied.")
    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("**2 of 42 figures differ.**\n\n`alpha` is 0.5 in the project.\n")
    assert "| metric | `accuracy` | `0.8125` | `0.8120` | `-0.0005` |" in copied
    # an earlier one
    verdict.get_by_label("Verification", exact=True).select_option(value="earlier")
    expect(verdict.locator("[data-equal='true']").first).to_contain_text("Equal: 1 figure.")
    expect(verdict).to_contain_text("took 2.5 s")
    page.add_script_tag(path=os.fspath(ROOT / "node_modules" / "axe-core" / "axe.min.js"))
    assert serious_violations(page, ".nbexport-Area") == []
    assert story.errors == []


def test_a_readme_is_rendered_and_opens_the_files_of_the_project(opened: Opener) -> None:
    applied = {"folder": "work/churn", "open": "work/churn/train.py", "written": 2}
    story = start(opened, jobs=(a_job("export", applied=applied),))
    project = story.server.root / "work" / "churn"
    project.mkdir()
    (project / "train.py").write_text("print('trained')\n", encoding="utf-8")
    (project / "README.md").write_text(
        f"# Churn\n\nRun [the training](train.py).\n\n{HOSTILE} <script>alert(2)</script> [no](javascript:alert(3))\n",
        encoding="utf-8",
    )
    page = story.page
    run_command(page, "Show the README of the exported project")
    readme = page.locator(".nbexport-Readme")
    expect(readme.get_by_role("heading", name="Churn")).to_be_visible()
    expect(page.locator(".lm-TabBar-tab", has_text="README: churn.ipynb")).to_have_count(1)
    expect(readme.locator("script, [onerror], [href^='javascript']")).to_have_count(0)
    readme.get_by_role("link", name="the training").click()
    expect(page.locator(".jp-FileEditor .cm-content")).to_contain_text("trained")
    assert [error for error in story.errors if "404" not in error] == []


def test_no_text_of_a_notebook_becomes_part_of_the_page(opened: Opener) -> None:
    place = {"notebook": "", "cell": 0, "cell_id": None, "row": 1, "column": 1, "end_row": 1, "end_column": 1}
    assumption = {"place": place, "object": HOSTILE, "call": HOSTILE, "reason": f"`{HOSTILE}`"}
    hostile_file = a_file(HOSTILE, "conflict", before=HOSTILE, base="", text=f"{HOSTILE}\n", note=HOSTILE)
    plan = a_plan(
        hostile_file,
        a_file(f"{HOSTILE}.html", "update", before=HOSTILE, text=f"<script>alert(1)</script>{HOSTILE}"),
        folder=HOSTILE,
        notes=[HOSTILE],
        assumptions=[assumption],
    )
    figure = {**a_figure(HOSTILE, HOSTILE, HOSTILE, HOSTILE), "kind": HOSTILE}
    words = dict.fromkeys(("summary", "cause", "fix"), f"{HOSTILE} `{HOSTILE}`")
    verify = a_job("verify", folder=HOSTILE, verdict=a_verdict(figure, remarks=[HOSTILE], **words))
    problem = {"message": HOSTILE, "why": HOSTILE, "fix": HOSTILE}
    story = start(opened, plan=plan, jobs=(verify, a_job("verify", id=HOSTILE, state="failed", problem=problem)))
    page = story.page
    preview = preview_of(story)
    expect(preview.locator(".nbexport-Notes")).to_contain_text(HOSTILE)
    expect(preview.get_by_role("textbox", name=f"Mine: {HOSTILE}")).to_contain_text(HOSTILE)
    row_of(preview, ".html").click()
    expect(preview.get_by_role("textbox", name=re.compile("after the export"))).to_contain_text("<script>")
    run_command(page, "Show the verdict of the last verification")
    expect(page.locator(".nbexport-Verdict")).to_contain_text(HOSTILE)
    expect(page.locator(".nbexport-Area img, .nbexport-Area script")).to_have_count(0)
    assert story.errors == []


def test_a_stale_preview_says_so_and_a_refused_one_says_why(opened: Opener) -> None:
    story = start(opened, plan=a_plan(a_file("train.py", "create")))
    page = story.page
    preview = preview_of(story)
    expect(preview).not_to_contain_text("has changed since this preview")
    cell = page.locator(".jp-CodeCell .cm-content").first
    cell.click()
    page.keyboard.insert_text("# changed\n")
    expect(preview).to_contain_text("has changed since this preview")
    page.unroute_all()
    place = {"notebook": "", "cell": 2, "cell_id": None, "row": 1, "column": 1, "end_row": 1, "end_column": 1}
    finding: dict[str, Any] = {
        "key": "1",
        "code": "NBX201",
        "name": "n",
        "severity": "error",
        "message": "`metrics` is missing",
    }
    finding |= {"hint": "write it", "place": place, "related": [], "fix": None}
    answer(page, "plan", a_plan(refused=[finding], verdict="refused"))
    preview.get_by_role("button", name="Preview again").click()
    expect(preview).to_contain_text("This level cannot be exported yet")
    preview.get_by_role("button", name="metrics is missing").click()
    expect(page.locator(".jp-Cell.jp-mod-active")).to_have_attribute("data-windowed-list-index", "2")
    assert story.errors == []


def test_in_notebook_7_it_stands_below_the_notebook(opened: Opener) -> None:
    story = start(opened, plan=a_plan(the_conflict()), app="notebook")
    page = story.page
    preview = preview_of(story)
    notebook_box = page.locator(".jp-NotebookPanel").bounding_box()
    box = preview.bounding_box()
    assert notebook_box
    assert box
    assert box["y"] >= notebook_box["y"] + notebook_box["height"]
    assert min(box["height"], notebook_box["height"]) > 300
    expect(preview.get_by_role("textbox", name="Merged text of model.py")).to_be_visible()
    # its keyboard shortcuts stumble over a plugin whose settings are loaded late; nothing of ours is in that trace
    assert [error for error in story.errors if "reading 'schema'" not in error] == []


def test_a_preview_of_the_server_shows_every_file_of_a_new_project(opened: Opener) -> None:
    story = start(opened)
    preview = preview_of(story)
    expect(row_of(preview, "train.py")).to_contain_text("new")
    row_of(preview, "train.py").click()
    expect(preview.get_by_role("textbox", name="Contents of train.py")).to_contain_text("argparse")
    answered = story.server.api("plan", plan_request(story.server.root / "work" / "churn.ipynb"))
    expect(preview.locator("header").first).to_contain_text(f"{len(answered.json()['files'])} new")
    assert story.errors == []


def plan_request(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return {"path": "work/churn.ipynb", "content": content, "level": 2, "output": "work/churn"}


def test_a_conflict_of_the_server_is_merged_and_written(opened: Opener) -> None:
    story = opened("jupyterlab", "plain.ipynb", "lab/tree/work/churn.ipynb")
    page, folder = story.page, story.server.root / "work"
    page.set_viewport_size({"width": 2400, "height": 1000})
    request = {**plan_request(folder / "churn.ipynb"), "kind": "export"}
    export = story.server.api("jobs", {**request, "digest": story.server.api("plan", request).json()["digest"]}).json()
    while (job := story.server.api(f"jobs/{export['id']}").json())["state"] in ("waiting", "running"):
        page.wait_for_timeout(200)
    assert job["state"] == "done", job
    # both sides change one line
    model = folder / "churn" / "model.py"
    before = model.read_text(encoding="utf-8")
    line = next(line for line in before.splitlines() if "predict_proba(X_test)" in line)
    model.write_text(before.replace(line, f"{line}  # checked by hand"), encoding="utf-8")
    change_line(page, "probability = model.predict_proba(X_test)[:, 1]", "-1]", without=2)
    preview = preview_of(story)
    expect(preview.get_by_role("textbox", name="Base: model.py")).to_contain_text(line.strip())
    expect(preview.get_by_role("textbox", name="Mine: model.py")).to_contain_text("# checked by hand")
    preview.get_by_role("toolbar").get_by_role("button", name="Accept both").click()
    expect(row_of(preview, "model.py")).to_contain_text("merged")
    run_command(page, "Export as previewed")
    expect(story.panel).to_contain_text("files written")
    written = model.read_text(encoding="utf-8")
    assert f"{line}  # checked by hand\n{line.replace('1]', '-1]')}\n" in written
    assert "<<<<<<<" not in written
    assert story.errors == []
