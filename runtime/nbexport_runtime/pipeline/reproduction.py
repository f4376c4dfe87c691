"""Train a registered model again: its code, its data, its parameters; then compare what was learnt.

    python pipeline/reproduction.py JOB.json

is the part that runs within the version's own code.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import datasets, processes
from nbexport_runtime.pipeline.files import copy, intact, manifest
from nbexport_runtime.pipeline.outcome import DONE, REFUSED, Outcome, Trouble
from nbexport_runtime.pipeline.registry import Registry
from nbexport_runtime.pipeline.scoring import parameters_of
from nbexport_runtime.pipeline.settings import ROOT, SAME_ORDER


def reproduce(version: str) -> Outcome:
    """Train a version again and compare the hashes of its weights.

    Raises:
        Trouble: Its code or its data are not there, or it does not train any more.
    """
    registry = Registry()
    bundle = registry.bundle(version)
    facts = manifest(bundle)
    if not (bundle / "code" / "train.py").is_file():
        raise Trouble(f"`{facts['version']}` was saved without its code")
    intact(bundle)
    data = (facts.get("data_set") or {}).get("id")
    with tempfile.TemporaryDirectory(prefix="reproduce-") as scratch:
        code = Path(scratch) / "code"
        copy(bundle / "code", code)
        job = {
            "code": str(code),
            "output": f"{scratch}/again",
            "data": str(datasets.place(data)) if data else None,
            "parameters": facts.get("parameters", {}),
            "seed": facts.get("seed") if facts.get("seed_given") else None,
        }
        Path(scratch, "job.json").write_text(json.dumps(job), encoding="utf-8")
        done = subprocess.run(
            [
                *processes.command(int(facts.get("processes", 1)), *processes.program(code, "reproduction")),
                f"{scratch}/job.json",
            ],
            cwd=code,
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                **SAME_ORDER,
                "PIPELINE_ROOT": str(ROOT),
                "PYTHONPATH": str(code),
            },
        )
        if done.returncode != 0:
            said = "\n".join(done.stderr.strip().splitlines()[-6:])
            raise Trouble(f"`{facts['version']}` does not train again:\n{said}")
        again = manifest(Path(scratch) / "again")
    return compared(facts, again)


def compared(facts: dict[str, Any], again: dict[str, Any]) -> Outcome:
    """Whether the same was learnt, and what is different where not."""
    names = ("weights", "metrics", "code", "data_set", "packages", "python")
    differ = [name for name in names if facts.get(name) != again.get(name)]
    same = facts["weights"] == again["weights"]
    lines = [
        f"{facts['version']}: weights {facts['weights']}",
        f"trained again:   weights {again['weights']}",
        "the same model" if same else "NOT the same model",
    ]
    if not same:
        lines.append(f"what differs: {', '.join(differ)}")
    found = {
        "version": facts["version"],
        "same": same,
        "weights": facts["weights"],
        "again": again["weights"],
        "differ": differ,
    }
    return Outcome(tuple(lines), found, DONE if same else REFUSED)


def main(arguments: list[str]) -> int:
    """Do a job: one training run with the parameters of a manifest."""
    job = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    model = importlib.import_module("model")
    train = importlib.import_module("train")
    command = ["--output", job["output"], "--keep-failing", "--log-level", "ERROR"]
    if job["data"]:
        command += ["--data", job["data"]]
    if job["seed"] is not None:
        command += ["--seed", str(job["seed"])]
    options = train.build_parser().parse_args(command)
    parameters = parameters_of(model, job["parameters"])
    for name in job["parameters"]:
        if hasattr(parameters, name):
            setattr(options, f"parameter:{name}", getattr(parameters, name))
    code: int = train.train(options)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
