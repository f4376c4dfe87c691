"""Plans → JSON: the verdict, what is assumed, and what becomes of each file; a refused export has the same members."""

from __future__ import annotations

import json

from nbexport.disk.lockfile import assumption_json
from nbexport.model import Verdict
from nbexport.plan import Plan
from nbexport.program import Refused
from nbexport.report.json import rows
from nbexport.report.several import by_notebook


def text(answer: Plan | Refused, *, notebook: str, folder: str, level: int, written: bool) -> str:
    """One JSON object for an export; ASCII only, so that no output encoding can spoil it.

    Args:
        answer: The plan, or why there is none.
        notebook: The notebook, as it was named.
        folder: Folder of the project.
        level: Maturity level.
        written: Whether the plan was carried out.
    """
    plan = answer if isinstance(answer, Plan) else None
    changes = plan.changes if plan is not None else ()
    return json.dumps(
        {
            "notebook": notebook,
            "folder": folder,
            "level": level,
            "verdict": plan.verdict if plan is not None else Verdict.REFUSED,
            "assumptions": [assumption_json(assumption) for assumption in answer.assumptions],
            "verified": plan is not None and plan.verified,
            "written": written,
            "files": [{"path": one.path, "action": one.action, "note": one.note} for one in changes],
            "notes": list(plan.notes) if plan is not None else [],
            "findings": [] if isinstance(answer, Plan) else rows(by_notebook(answer.notebook, answer.findings)),
        },
        indent=2,
    )
