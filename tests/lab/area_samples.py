"""Plans, jobs and verdicts as the server answers them, for tests of what is shown of them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=alert(1)>"
BASE = "".join(f"line_{number} = {number}\n" for number in range(1, 41))
MINE = BASE.replace("line_5 = 5", "line_5 = 55  # mine").replace("line_30 = 30", "line_30 = 31  # mine")
NEW = BASE.replace("line_5 = 5", "line_5 = 500").replace("line_30 = 30", "line_30 = 300").replace("= 17", "= 1717")


def a_file(path: str, action: str, **members: Any) -> dict[str, Any]:
    file: dict[str, Any] = {
        "path": path,
        "purpose": "code",
        "action": action,
        "note": "",
        "text": "x = 1\n",
        "before": None,
    }
    return {**file, "base": None, "diff": "", "size_bytes": 6, **members}


def a_plan(*files: dict[str, Any], **members: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "folder": "work/churn",
        "files": list(files),
        "notes": [],
        "refused": [],
        "verdict": "proven",
    }
    return {**plan, "assumptions": [], "verified": False, "digest": "digest", **members}


def the_conflict(**members: Any) -> dict[str, Any]:
    return a_file("model.py", "conflict", before=MINE, base=BASE, text=NEW, note="edited by hand", **members)


def a_job(kind: str, **members: Any) -> dict[str, Any]:
    job: dict[str, Any] = {"id": kind, "kind": kind, "notebook": "work/churn.ipynb", "folder": "work/churn", "level": 2}
    job |= {"state": "done", "step": 0, "steps": 0, "doing": "", "begun": "2026-11-30T07:00:00Z"}
    job |= {"ended": "2026-11-30T07:01:12Z", "lines": [], "applied": None, "verdict": None, "ready": False}
    return {**job, "examples": [], "problem": None, **members}


def a_verdict(*figures: dict[str, Any], **members: Any) -> dict[str, Any]:
    verdict: dict[str, Any] = {
        "equal": False,
        "summary": "2 of 42 figures differ.",
        "cause": "`alpha` is 0.5 in the project.",
    }
    verdict |= {"fix": "Export again, then verify.", "figures": list(figures), "verified": False}
    return {**verdict, "remarks": ["No service was asked: this is level 1."], **members}


def a_figure(name: str, notebook: str, project: str, difference: str = "", kind: str = "metric") -> dict[str, Any]:
    figure: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "notebook": notebook,
        "project": project,
        "difference": difference,
    }
    return {**figure, "equal": difference == ""}


def answer(page: Page, route: str, body: Any) -> None:
    """Let a route of the server answer with what a test wants to see."""
    page.route(re.compile(rf"/nbexport/api/{route}(\?|$)"), lambda request: request.fulfill(json=body))
