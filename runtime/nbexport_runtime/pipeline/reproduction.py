"""Train a registered model again: its code, its data, its parameters; then compare what was learned.

    python -m nbexport_runtime.pipeline.reproduction JOB.json

is the part that runs within the version's own code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import mask_uncaught
from nbexport_runtime.pipeline import datasets, holdout, processes, project, turns
from nbexport_runtime.pipeline.files import copy, intact, manifest
from nbexport_runtime.pipeline.outcome import DONE, REFUSED, Outcome, PipelineError
from nbexport_runtime.pipeline.parameters import parsed
from nbexport_runtime.pipeline.project import ROOT, Project
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.pipeline.run import Run
from nbexport_runtime.pipeline.scorers import path
from nbexport_runtime.training.command import Command

MOST = 10
"""How many distributions of other versions are named."""


def reproduce(own: Project, version: str) -> Outcome:
    """Train a version again and compare the hashes of its weights.

    Args:
        own: The project.
        version: Its id, the beginning of it, its number, or an alias.

    Raises:
        PipelineError: Its code or its data are gone, or it does not train any more.
    """
    turns.look(own)
    return again(own, Registry(own).bundle(version))


def again(own: Project, bundle: Path) -> Outcome:
    """Train the model of a bundle again and compare the hashes of the weights.

    Raises:
        PipelineError: Its code or its data are gone, or it does not train any more.
    """
    facts = manifest(bundle)
    if not (bundle / "code" / "train.py").is_file():
        raise PipelineError(f"`{facts['version']}` was saved without its code")
    intact(bundle)
    data = (facts.get("data_set") or {}).get("id")
    rows = (facts.get("holdout") or {}).get("id")
    if rows:
        # an older version's own code does not know the store
        holdout.folder(own, rows)
    with tempfile.TemporaryDirectory(prefix="reproduce-") as scratch:
        code, file = Path(scratch, "code"), Path(scratch, "job.json")
        copy(bundle / "code", code)
        job = {
            "code": str(code),
            "output": f"{scratch}/again",
            "data": str(datasets.place(own, data)) if data else None,
            "parameters": facts.get("parameters", {}),
            "seed": facts.get("seed") if facts.get("seed_given") else None,
        }
        file.write_text(json.dumps(job), encoding="utf-8")
        count, script = int(facts.get("processes", 1)), processes.program(code, "reproduction")
        done = subprocess.run(
            [*processes.command(count, *script), str(file)],
            cwd=code,
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                **processes.SAME_ORDER,
                ROOT: str(own.root),
                # other rows may be held back by now
                **({holdout.VARIABLE: rows} if rows else {}),
                "PYTHONPATH": path(code),
            },
        )
        if done.returncode != 0:
            lines = "\n".join(done.stderr.strip().splitlines()[-6:])
            raise PipelineError(f"`{facts['version']}` does not train again:\n{lines}")
        trained = manifest(Path(scratch) / "again")
    return compared(facts, trained)


def compared(facts: dict[str, Any], trained: dict[str, Any]) -> Outcome:
    """Whether the same was learned, and what is different where not.

    Args:
        facts: The manifest of the version.
        trained: The manifest of what was trained now.
    """
    names = ("weights", "metrics", "code", "data_set", "packages", "python")
    differ = [name for name in names if facts.get(name) != trained.get(name)]
    same = facts["weights"] == trained["weights"]
    lines = [
        f"{facts['version']}: weights {facts['weights']}",
        f"trained again:   weights {trained['weights']}",
        "the same model" if same else "NOT the same model",
    ]
    if not same:
        differ += different_environment(facts, trained)
        lines.append(f"what differs: {', '.join(differ)}")
    shown = {
        "version": facts["version"],
        "same": same,
        "weights": facts["weights"],
        "again": trained["weights"],
        "differ": differ,
    }
    return Outcome(tuple(lines), shown, DONE if same else REFUSED)


def different_environment(facts: dict[str, Any], trained: dict[str, Any]) -> list[str]:
    """What of the environments differs: processor, say, or the versions of distributions."""
    before, now = facts.get("environment") or {}, trained.get("environment") or {}
    names = [f"environment {name}" for name in before if name != "distributions" and before[name] != now.get(name)]
    versions, others = before.get("distributions") or {}, now.get("distributions") or {}
    changed = sorted(name for name in versions.keys() | others.keys() if versions.get(name) != others.get(name))
    shown = [f"{name} {versions.get(name, 'missing')} to {others.get(name, 'missing')}" for name in changed[:MOST]]
    more = [f"{len(changed) - MOST} more distributions"] if len(changed) > MOST else []
    return [*names, *shown, *more] if versions else names


def main(arguments: list[str]) -> int:
    """Do a job: one training run with the parameters of a manifest; the exit code."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    code = Path(job["code"])
    # `-m` puts the working folder there
    sys.path[:1] = [str(code)]
    own = project.of(code)
    others = {"output": Path(job["output"]), "keep_failing": True, "log_level": "ERROR"}
    if job["data"]:
        others["data"] = Path(job["data"])
    if job["seed"] is not None:
        others["seed"] = job["seed"]
    args = parsed(own.parser, job["parameters"], **others)
    return Command(Run, own.parser, own.train, own.notebook).train(args)


if __name__ == "__main__":
    mask_uncaught()
    sys.exit(main(sys.argv[1:]))
