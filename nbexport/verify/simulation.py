"""Rehearses a platform: a copy of the project trains its first model and simulates a few days of traffic.

    python retrain.py                           the first model, with its gates
    python simulate.py --days 3 --users 300     the service, a broken candidate, an experiment, drift

What version control would have is copied; the copy has a store of its own, and nothing reaches the project's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from nbexport.errors import NbexportError
from nbexport.verify.limits import LimitError, Limits
from nbexport.verify.processes import HashSeed, Progress, environment
from nbexport.verify.rehearsal import SHOWN, checkout
from nbexport.verify.stopping import Stop, run
from nbexport.verify.verification import Simulated, StepOutcome

COMMAND = "simulate.py"
DAYS, USERS, SEED = 3, 300, 1
REAL = ("PIPELINE_", "MLFLOW_", "MODEL_", "MODELS_DIR")
"""How variables begin that name what is real."""


def simulate(
    project: Path,
    *,
    scratch: Path,
    progress: Progress,
    stop: Stop,
    python: str,
    secrets: Mapping[str, str] = MappingProxyType({}),
    limits: Limits | None = None,
) -> Simulated:
    """What became of a short simulation.

    Args:
        project: The project's folder; nothing in it is changed.
        scratch: An empty folder for the copy.
        progress: Told what runs.
        stop: Ends what runs when it is asked to.
        python: The interpreter, with what `requirements-platform.txt` names.
        secrets: Environment variable → the notebook's own literal.
        limits: What each command may use; the usual limits when None.

    Raises:
        NbexportError: The project is of a lower level.
        StoppedError: It was asked to stop.
    """
    if not (project / COMMAND).is_file():
        raise NbexportError(
            f"`{project}` has no {COMMAND}, so nothing can be simulated",
            fix="export the notebook with `--level 4` first",
        )
    copy = scratch / "project"
    checkout(project, copy)
    kept = environment(HashSeed.TRAINING, project=copy, secrets=secrets)
    variables = {name: value for name, value in kept.items() if not name.startswith(REAL)}
    variables["PIPELINE_STORE"] = str(scratch / "store")

    def does(words: Sequence[str]) -> tuple[str, str]:
        """The output of a command, and why it failed."""
        shown = " ".join(["python", *words])
        progress(f"simulation: {shown}")
        try:
            status, output, errors = run(
                [python, *words], folder=copy, environment=variables, stop=stop, what=f"`{shown}`", limits=limits
            )
        except LimitError as error:
            return "", str(error)
        lines = [line for line in f"{output}\n{errors}".splitlines() if line.strip()]
        return output, "" if status == 0 else "\n".join([f"`{shown}` ends with {status}:", *lines[-SHOWN:]])

    _, trouble = does(["retrain.py"])
    output = ""
    if not trouble:
        options = {"--days": DAYS, "--users": USERS, "--seed": SEED, "--output": scratch / "simulation"}
        words = [str(word) for option in options.items() for word in option]
        output, trouble = does([COMMAND, *words, "--json"])
    if trouble:
        return Simulated(StepOutcome.FAILED, trouble)
    return told(output)


def told(output: str) -> Simulated:
    """What the command says to programs.

    Raises:
        NbexportError: It says something else.
    """
    try:
        facts = json.loads(output)
        findings = {name: str(facts[name]["said"]) for name in ("guard", "experiment", "drift", "quality")}
        return Simulated(StepOutcome.DONE, "", int(facts["scenario"]["days"]), int(facts["requests"]), findings)
    except (ValueError, KeyError, TypeError) as error:
        raise NbexportError(
            f"`{COMMAND}` does not say what it should: {error}", fix="bring its runtime up to date: export again"
        ) from None
