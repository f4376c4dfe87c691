"""What our own code saves or finds against the library that could stand in its place.

    python benchmarks/libraries.py [--notebooks DIR] [--rounds N]

Needs `pip install nbexport[bench,test]`. The tables are those of docs/decisions/0009-libraries-instead-of-own-code.md.
Times are medians of turns taken in one run, so that a busy machine slows all of them alike; ratios are to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import string
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from start_up import ROOT, show

from nbexport.analysis import secrets
from nbexport.shell.walk import notebooks_in

DATACLASSES = """\
import dataclasses, sys, types
stand_in = types.ModuleType("nbexport.record")
def record(cls=None, *, frozen=True, eq=True, order=False):
    decorator = dataclasses.dataclass(frozen=frozen, eq=eq, order=order)
    return decorator if cls is None else decorator(cls)
stand_in.record, stand_in.field, stand_in.replace = record, dataclasses.field, dataclasses.replace
sys.modules["nbexport.record"] = stand_in
"""
CHECK = 'from nbexport.shell.cli import main; sys.exit(main(["check", "--no-cache", sys.argv[1]]))'
RUNTIME = ROOT / "runtime"
REQUESTS = 2_000


def records(rounds: int, folder: Path) -> None:
    """One check of one notebook, with records and with dataclasses in their place."""
    for notebook in notebooks_in([str(ROOT / "examples")])[:1]:
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "records": [sys.executable, "-c", f"import sys\n{CHECK}", str(notebook)],
            "dataclasses": [sys.executable, "-c", f"{DATACLASSES}{CHECK}", str(notebook)],
        }
        show(f"nbexport check {notebook.name}", commands, rounds, folder)


def completions(rounds: int, folder: Path) -> None:
    """One press of the tab key, as the script of a shell asks for it."""
    line = "nbexport check --st"
    environment = f"_ARGCOMPLETE=1 _ARGCOMPLETE_STDOUT_FILENAME=/dev/null COMP_LINE='{line}' COMP_POINT={len(line)}"
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "a tab after `check --st`": ["sh", "-c", f"{environment} exec '{sys.executable}' -m nbexport"],
    }
    show("completion", commands, rounds, folder)


def word(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Letters that no dictionary has."""
    return "".join(random.Random(length).choices(letters, k=length))


def well_formed() -> dict[str, str]:
    """One invented secret of each kind that we know, in the form that its issuer documents."""
    head, body = "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NSJ9"
    return {
        "AWS": "AKIA" + word(16, string.ascii_uppercase + string.digits),
        "GitHub, classic": "ghp_" + word(36),
        "GitHub, fine-grained": "github_pat_" + word(82),
        "GitLab": "glpat-" + word(20),
        "Slack": "xoxb-" + word(12, string.digits) + "-" + word(12, string.digits) + "-" + word(24),
        "Anthropic": "sk-ant-api03-" + word(95),
        "OpenAI": "sk-proj-" + word(74) + "T3BlbkFJ" + word(74),
        "Hugging Face": "hf_" + word(34),
        "Google": "AIza" + word(35),
        "Stripe": "sk_live_" + word(24),
        "npm": "npm_" + word(36),
        "PyPI": "pypi-AgEIcHlwaS5vcmc" + word(120),
        "Azure": "AccountKey=" + word(86) + "==",
        "private key": "-----BEGIN RSA PRIVATE KEY-----",
        "JSON web token": f"{head}.{body}.{word(43)}",
        "password in an address": f"postgres://ann:{word(12)}@db.example.org/rows",
    }


def texts_in(folder: str) -> Iterator[list[str]]:
    """The sources and outputs of each notebook under a folder."""
    for path in notebooks_in([folder]):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (ValueError, KeyError, OSError):
            continue  # what is not a notebook of version 4 says nothing of either
        sources = ["".join(cell["source"]) for cell in cells]
        yield sources + [
            text for cell in cells for output in cell.get("outputs", ()) for text in secrets.texts_of(output)
        ]


def secret_patterns(rounds: int, folder: Path, notebooks: str) -> None:
    """What `detect-secrets` costs to import, knows and finds, and what ours does."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "nbexport.analysis.secrets": [sys.executable, "-c", "import nbexport.analysis.secrets"],
        "one plugin of detect-secrets": [sys.executable, "-c", "import detect_secrets.plugins.github_token"],
    }
    show("secrets: import", commands, rounds, folder)
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    kinds = get_mapping_from_secret_type_to_class().values()
    plugins = [kind() for kind in kinds if issubclass(kind, RegexBasedDetector)]
    known = {name: any(any(plugin.analyze_string(text)) for plugin in plugins) for name, text in well_formed().items()}
    ours = {name: any(secrets.in_text(text)) for name, text in well_formed().items()}
    lacking = ", ".join(name for name, knows in known.items() if not knows)
    sys.stdout.write(f"\nsecrets: kinds known, of {len(known)}: ours {sum(ours.values())}, ")
    sys.stdout.write(f"detect-secrets {sum(known.values())} (lacks {lacking})\n")

    all_texts = list(texts_in(notebooks))
    close = sum(any(secrets.forms_in(text) or secrets.may_give(text) for text in texts) for texts in all_texts)
    began = time.perf_counter()
    our_findings = Counter(secret.kind for texts in all_texts for text in texts for secret in secrets.in_text(text))
    our_time = time.perf_counter() - began
    began = time.perf_counter()
    their_findings = Counter(
        plugin.secret_type
        for texts in all_texts
        for text in texts
        for line in text.split("\n")
        for plugin in plugins
        for _ in plugin.analyze_string(line)
    )
    their_time = time.perf_counter() - began
    sys.stdout.write(f"secrets: {len(all_texts)} notebooks, {close} with a text that ours looks at closely\n")
    sys.stdout.write(f"  {'ours':<34} {our_time * 1000:8.0f} ms    1.00 x  {dict(our_findings)}\n")
    sys.stdout.write(
        f"  {'detect-secrets':<34} {their_time * 1000:8.0f} ms  {their_time / our_time:6.2f} x"
        f"  {dict(their_findings)}\n"
    )


App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


async def _answer(_: MutableMapping[str, Any], __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"fine"})


async def _microseconds(app: App) -> float:
    """How long one of many requests takes in the event loop, without a network."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(_: object) -> None:
        pass

    began = time.perf_counter()
    for _ in range(REQUESTS):
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"a")], "query_string": b""}
        await app(scope, receive, send)
    return (time.perf_counter() - began) / REQUESTS * 1e6


def request_ids(rounds: int) -> None:
    """The id of a request: our middleware, the library's, and the decorator of FastAPI."""
    sys.path.insert(0, str(RUNTIME))
    from asgi_correlation_id import CorrelationIdMiddleware
    from nbexport_runtime.service.request_ids import RequestIds
    from starlette.middleware.base import BaseHTTPMiddleware

    async def decorated(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    apps: dict[str, App] = {
        "no id": _answer,
        "service/request_ids.py": RequestIds(_answer),
        "asgi-correlation-id": CorrelationIdMiddleware(_answer),
        '@app.middleware("http"), no id': BaseHTTPMiddleware(_answer, decorated),
    }
    times: dict[str, list[float]] = {name: [] for name in apps}
    for turn in range(rounds + 1):
        for name, app in apps.items():
            spent = asyncio.run(_microseconds(app))
            if turn:
                times[name].append(spent)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    sys.stdout.write("\nrequest ids: microseconds of one request without a network\n")
    for name, spent in medians.items():
        sys.stdout.write(f"  {name:<34} {spent:8.1f} µs  {spent / medians['service/request_ids.py']:6.2f} x\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="turns per table (default: 15)")
    parser.add_argument("--notebooks", default=str(ROOT / "examples"), help="folder of notebooks (default: examples)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        records(options.rounds, folder)
        completions(options.rounds, folder)
        secret_patterns(options.rounds, folder, options.notebooks)
    request_ids(options.rounds)


if __name__ == "__main__":
    main()
