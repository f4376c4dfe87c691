"""Other rows are held back from now on: those that the notebook's own split of the newest data gives."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nbexport_runtime import bundle
from nbexport_runtime.pipeline import comparison, datasets, holdout, scorers
from nbexport_runtime.pipeline.decisions import Decision
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.scorers import ScoringError
from nbexport_runtime.pipeline.settings import Gates

VERDICT = "holdout renewed"


def renew(project: Project, reason: str) -> Decision:
    """Hold back the evaluation rows of the newest data; those of before stay, and versions remember theirs.

    Args:
        project: The project.
        reason: Why a person wants that.

    Raises:
        PipelineError: There is no data set, the notebook does not say what it holds back, or it is the same rows.
    """
    before = holdout.identity(project)
    newest = project.data / "train"
    if not project.stages.held_back or before is None:
        raise PipelineError("no rows are held back yet; `python retrain.py` freezes those of the first data set")
    if not datasets.is_data_set(newest):
        raise PipelineError(f"`{newest}` holds no data set; bring one in with `python scripts/fetch_data.py`")
    data = str(datasets.record(newest)["id"])
    remarks = [f"reason: {reason}", f"the rows of {before} are kept, and versions that were trained with them know it"]
    with tempfile.TemporaryDirectory(prefix="renew-") as scratch:
        rows = Path(scratch, "rows")
        with scorers.started(job(project, data), project.code) as scorer:
            count = int(scorer.ask("fresh", to=str(rows))["rows"])
        identity = holdout.freeze(project, bundle.load(rows, own=project.own), renewed=True)
    remarks.append(f"{count} rows of {data} are held back as {identity}; train with `python retrain.py`")
    if project.current is not None:
        remarks.append(known(project, project.current, identity))
    return Decision(VERDICT, identity, before, (), rows=count, remarks=tuple(remarks))


def job(project: Project, data: str) -> dict[str, object]:
    """What splitting the newest data takes: with the parameters of the candidate where it was trained on that data.

    Args:
        project: The project.
        data: Id of the data set.
    """
    facts: dict[str, object] = {}
    if (project.candidate / "manifest.json").is_file():
        own = manifest(project.candidate)
        facts = own if (own.get("data_set") or {}).get("id") == data else {}
    return {
        "code": str(project.code),
        "bundle": str(project.candidate),
        "holdout": None,
        "held_by_training": None,
        "data": str(datasets.place(project, data).resolve()),
        "parameters": facts.get("parameters", {}),
        "run_seed": facts.get("seed") if facts.get("seed_given") else None,
        "limit": 0,
        "seed": comparison.SEED,
    }


def known(project: Project, current: Path, identity: str) -> str:
    """How many of the rows production was trained on, in a sentence."""
    version = manifest(current)["version"]
    asked = comparison.job(project, current, identity, None, Gates())
    if asked["data"] is None:
        return f"{version}, in production, was not trained on a versioned data set: it may know these rows"
    try:
        with scorers.started(asked, current) as scorer:
            answer = scorer.ask("seen", folder=asked["holdout"])
    except ScoringError:
        return f"whether {version}, in production, was trained on some of these rows is not known"
    count = max((len(rows) for rows in answer["seen"]), default=0)
    return f"{version}, in production, was trained on {count} of these rows: models are compared on the others"
