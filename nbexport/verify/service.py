"""The last run of a level 2 project: its service, live, is asked the notebook's examples and rows of its evaluation.

**Alone**, one after the other. What it answers to an example is compared with what the bundle answers in another
process, put on the wire the same way; that the bundle answers as the notebook does has been compared before. What it
answers to a row is compared with what the notebook's own `predict` gave.

**The other way round**, the same requests with the members of each object in the opposite order, which means the same
in JSON. A `predict` that makes an array of `row.values()` answers differently. So does the notebook's own, which is why
this is a remark and not a difference.

**Under load**, the same requests in mixed order, many at a time, with wrong ones among them. Each answer has to be what
it was alone: predictions that share a call of the model, or a global that `predict` writes, show here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.verify.limits import Limits
from nbexport.verify.processes import HashSeed, Progress, environment
from nbexport.verify.stopping import Stop, run
from nbexport.verify.verification import Difference, DifferenceKind, Turned

START_S = 120
CLIENTS, REQUESTS, LOAD_S = 16, 96, 60
"""Under load: requests at a time, about how many in all, and for how long new ones are sent."""

_ASKING = Path(__file__).with_name("asking.py")


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of asking a live service."""

    different: tuple[Difference, ...]
    under_load: int
    """Requests that were answered while others were."""
    turned: tuple[Turned, ...] = ()
    """Those whose answer depends on the order of their members."""


def is_service(project: Path) -> bool:
    """Whether a project can serve."""
    return (project / "serve.py").is_file()


def run_service(
    project: Path,
    *,
    bundle: Path,
    examples: Sequence[str],
    rows: Sequence[Any],
    secrets: Mapping[str, str],
    scratch: Path,
    progress: Progress,
    stop: Stop,
    python: str,
    limits: Limits,
) -> Answers:
    """What the live service answers differently, alone and under load.

    Args:
        project: The project's folder.
        bundle: The model that it trained.
        examples: Source text of the example calls.
        rows: Bodies of other requests, each with what the notebook's `predict` answers.
        secrets: Environment variable → the notebook's own literal.
        scratch: A folder for what the run leaves.
        progress: Told which step runs.
        stop: Ends the service when it is asked to.
        python: Interpreter that runs the project.
        limits: What service and clients may use together.

    Raises:
        LimitError: It takes too long or too much memory.
        NbexportError: The service does not start or does not become ready.
    """
    progress("project: uvicorn serve:app")
    log, target = scratch / "service.txt", scratch / "service.json"
    asked = {
        "bundle": str(bundle),
        "logs": str(scratch / "logs"),
        "said": str(log),
        "rows": rows,
        "target": str(target),
        "hash_seed": HashSeed.SERVICE.value,
        "start_s": START_S,
        "clients": CLIENTS,
        "requests": REQUESTS,
        "load_s": LOAD_S,
    }
    request = scratch / "asked.json"
    request.write_text(json.dumps(asked), encoding="utf-8")
    status, _, errors = run(
        [python, "-c", _ASKING.read_text(encoding="utf-8"), str(request)],
        folder=project,
        environment=environment(HashSeed.LOADING, project=project, secrets=secrets),
        stop=stop,
        what="the project's service",
        limits=limits,
    )
    if status != 0:
        raise NbexportError(
            "the service cannot be asked",
            why="\n".join(errors.strip().splitlines()[-8:]),
            fix=f"run `uvicorn serve:app` in `{project}`; it needs requirements-serve.txt",
        )
    answers: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    if not answers["ready"]:
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
        raise NbexportError(
            "the service does not become ready",
            why="\n".join([*lines[-6:], answers["said"]]).strip(),
            fix=f"run `uvicorn serve:app` in `{project}`",
        )
    different = [
        Difference(DifferenceKind.SERVICE, text, expected, answer)
        for text, (same, expected, answer) in zip(examples, answers["answers"], strict=False)
        if not same
    ]
    different += [
        Difference(DifferenceKind.SERVICE, body, expected, answer)
        for same, body, expected, answer in answers["rows"]
        if not same
    ]
    different += [Difference(DifferenceKind.LOAD, *entry) for entry in answers["load"]]
    turned = tuple(Turned(*entry) for entry in answers["turned"])
    return Answers(tuple(different), answers["sent"], turned)
