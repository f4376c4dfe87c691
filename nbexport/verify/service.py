"""The third run of a level 2 project: its service, live, is asked the notebook's examples and rows of its evaluation.

What it answers to an example is compared with what the bundle answers in the same environment, put on the wire the same
way; that the bundle answers as the notebook does has been compared before. What it answers to a row is compared with
what the notebook's own `predict` gave.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbexport.errors import NbexportError
from nbexport.verify.processes import HashSeed, Progress, environment
from nbexport.verify.stopping import Stop, run

START_S = 120

_ASK = """
import http.client, json, os, socket, subprocess, sys, time
sys.path.insert(0, {project!r})
import bundle, model
from service.documents import examples
from service.predictor import members_of
from service.wire import json_bytes
loaded = model.load_model({bundle!r})
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
said = open({said!r}, "wb")
server = subprocess.Popen(
    [sys.executable, "-m", "uvicorn", "serve:app", "--port", str(port), "--no-access-log"],
    cwd={project!r}, stdout=said, stderr=said,
    env=dict(os.environ, MODEL_DIR={bundle!r}, LOG_DIR={logs!r}),
)
def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
found = {{"ready": False, "answers": [], "rows": []}}
try:
    until = time.monotonic() + {start_s}
    last = ""
    while time.monotonic() < until and server.poll() is None:
        try:
            status, last = ask("GET", "/ready")
        except OSError:
            status = 0
        if status == 200:
            found["ready"] = True
            break
        time.sleep(0.05)
    found["said"] = last.decode() if last else ""
    if found["ready"]:
        for (args, kwargs), body in zip(loaded.examples, examples(loaded)):
            expected = json.loads(json_bytes(members_of(loaded.predict(*args, **kwargs))))
            status, text = ask("POST", "/predict", json.dumps(body))
            answer = json.loads(text)
            version = answer.pop("bundle_version" if "model_version" in expected else "model_version", None)
            same = status == 200 and version == loaded.manifest["version"] and bundle.close(answer, expected)
            found["answers"].append([same, json.dumps(expected), text.decode()])
        with open({rows!r}, encoding="utf-8") as file:
            rows = json.load(file)
        for body, expected in rows:
            status, text = ask("POST", "/predict", json.dumps(body))
            answer = json.loads(text)
            version = answer.pop("bundle_version" if "model_version" in expected else "model_version", None)
            same = status == 200 and version == loaded.manifest["version"] and bundle.close(answer, expected)
            found["rows"].append([same, json.dumps(body), json.dumps(expected), text.decode()])
finally:
    server.terminate()
    server.wait()
    said.close()
with open({target!r}, "w", encoding="utf-8") as file:
    json.dump(found, file)
"""


def is_service(project: Path) -> bool:
    """Whether a project can serve."""
    return (project / "serve.py").is_file()


def run_service(
    project: Path,
    *,
    bundle: Path,
    examples: Sequence[str],
    rows: Sequence[Any],
    scratch: Path,
    progress: Progress,
    stop: Stop,
    python: str,
) -> list[tuple[str, str, str]]:
    """What the live service answers differently, as (example or row, expected answer, service's answer).

    Args:
        project: The project's folder.
        bundle: The model that it trained.
        examples: Source text of the example calls.
        rows: Bodies of other requests, each with what the notebook's `predict` answers.
        scratch: A folder for what the run leaves.
        progress: Told which step runs.
        stop: Ends the service when it is asked to.
        python: Interpreter that runs the project.

    Raises:
        NbexportError: The service does not start or does not become ready.
    """
    progress("project: uvicorn serve:app")
    said, target = scratch / "service.txt", scratch / "service.json"
    asked = scratch / "rows.json"
    asked.write_text(json.dumps(rows), encoding="utf-8")
    script = _ASK.format(
        project=str(project),
        bundle=str(bundle),
        logs=str(scratch / "logs"),
        said=str(said),
        rows=str(asked),
        target=str(target),
        start_s=START_S,
    )
    status, _, errors = run(
        [python, "-c", script], folder=project, environment=environment(HashSeed.SERVICE), stop=stop
    )
    if status != 0:
        raise NbexportError(
            "the service cannot be asked",
            why="\n".join(errors.strip().splitlines()[-8:]),
            fix=f"run `uvicorn serve:app` in `{project}`; it needs requirements-serve.txt",
        )
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    if not found["ready"]:
        lines = [line for line in said.read_text(encoding="utf-8").splitlines() if line.strip()]
        raise NbexportError(
            "the service does not become ready",
            why="\n".join([*lines[-6:], found["said"]]).strip(),
            fix=f"run `uvicorn serve:app` in `{project}`",
        )
    different = [
        (text, expected, answer)
        for text, (same, expected, answer) in zip(examples, found["answers"], strict=False)
        if not same
    ]
    return different + [(body, expected, answer) for same, body, expected, answer in found["rows"] if not same]
