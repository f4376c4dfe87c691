"""The pipeline keeps no secret: not in records of data sets, cards and errors, and reads them again to train again."""

from __future__ import annotations

import argparse
import base64
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from nbexport_runtime.pipeline import cards, datasets, outcome, registry, snapshot
from nbexport_runtime.pipeline.evaluation import Drawings
from nbexport_runtime.pipeline.outcome import Outcome, PipelineError
from nbexport_runtime.pipeline.parameters import parsed
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.stages import Stage, Stages
from nbexport_runtime.secret import HIDDEN, Secret
from nbexport_runtime.training import Parser

VALUE = "blue-heron-7"
LOAD = Stage("load_data", "data", gives=("rows",), parameters=("day", "api_key"), secrets=("api_key",))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Secret:
    """A secret that is set."""
    monkeypatch.setattr("nbexport_runtime.secret._READ", {})
    monkeypatch.setenv("API_KEY", VALUE)
    return Secret("API_KEY")


@pytest.fixture
def parser(key: Secret) -> Parser:
    """The options of a project with a secret."""
    made = Parser("A run.")
    made.add_argument("--data", type=Path)
    made.add_argument("--seed", type=int)
    made.add_argument("--day", type=int, default=1, help="a day")
    made.add_argument("--api-key", type=Secret, default=key, help="key of a service")
    return made


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """A project without data of its own."""
    return SimpleNamespace(root=tmp_path, source=None, notebook="some.ipynb")


class Server(BaseHTTPRequestHandler):
    """Gives rows to who knows the password, and sends everybody else elsewhere."""

    seen: list[tuple[str, str | None]]
    elsewhere: str

    def do_GET(self) -> None:
        """Answer, and remember who asked."""
        self.seen.append((self.path, self.headers["Authorization"]))
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
            self.end_headers()
            return
        self.send_response(404 if self.path.startswith("/gone") else 200)
        self.end_headers()
        self.wfile.write(b"a,b\n1,2\n")

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def server() -> Iterator[Any]:
    """A server on this machine, and what it was asked."""
    handler = type("Handler", (Server,), {"seen": [], "elsewhere": ""})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        place = f"127.0.0.1:{running.server_port}"
        handler.elsewhere = f"http://localhost:{running.server_port}/rows.csv"
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield SimpleNamespace(place=place, seen=handler.seen)
        finally:
            running.shutdown()
            thread.join()


def test_an_address_is_asked_with_its_credentials_and_recorded_without(
    server: Any, project: Any, tmp_path: Path
) -> None:
    address = f"http://ann:p%40ss@{server.place}/rows.csv?day=3&sig=0af3&X-Amz-Signature=1b2c"
    assert datasets.bring(project, address, tmp_path) == (
        f"http://***@{server.place}/rows.csv?day=3&sig=***&X-Amz-Signature=***"
    )
    basic = "Basic " + base64.b64encode(b"ann:p@ss").decode()
    assert server.seen == [("/rows.csv?day=3&sig=0af3&X-Amz-Signature=1b2c", basic)]
    assert (tmp_path / "rows.csv").read_bytes() == b"a,b\n1,2\n"


def test_where_an_address_redirects_to_does_not_get_its_credentials(server: Any, project: Any, tmp_path: Path) -> None:
    datasets.bring(project, f"http://ann:pw@{server.place}/moved", tmp_path)
    assert [credentials is not None for _, credentials in server.seen] == [True, False]


@pytest.mark.parametrize("path", ["gone?sig=0af3", "a b?sig=0af3"])
def test_an_address_that_cannot_be_fetched_is_named_without(
    server: Any, project: Any, tmp_path: Path, path: str
) -> None:
    with pytest.raises(PipelineError, match="cannot be fetched") as caught:
        datasets.bring(project, f"http://ann:s3cret@{server.place}/{path}", tmp_path)
    assert f"http://***@{server.place}/" in str(caught.value)
    assert "sig=***" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "0af3" not in str(caught.value)


def test_a_source_that_is_not_there_is_named_without(project: Any, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"`s3://\*\*\*@bucket/rows\?sig=\*\*\*` is not there"):
        datasets.bring(project, "s3://key:word@bucket/rows?sig=0af3", tmp_path)


def test_cards_hide_what_older_records_show() -> None:
    record = {
        "id": "d-1",
        "sha256": "0",
        "fetched": "today",
        "source": "https://ann:pw@host/rows?sig=0af3",
        "files": {},
    }
    card = cards.data_card(record, {"tables": {}}, None)
    assert "https://***@host/rows?sig=***" in card
    facts = {"version": "v1", "metrics": {}, "parameters": {"api_key": HIDDEN, "rows": "https://ann:pw@host/"}}
    card = cards.model_card(facts, [])
    assert "| `api_key` | `***` |" in card
    assert "`https://***@host/`" in card
    assert "pw" not in card


def test_a_run_again_reads_the_secret_again(parser: Parser) -> None:
    args = parsed(parser, {"day": 3, "api_key": HIDDEN}, seed=2)
    assert (args.day, args.seed) == (3, 2)
    assert args.api_key.reveal() == VALUE
    assert LOAD.arguments(args) == {"day": 3, "api_key": VALUE}


def test_a_snapshot_is_known_without_the_secret(
    parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ModuleType("model")
    vars(model)["load_data"] = lambda *, day, api_key: [day, len(api_key)]
    monkeypatch.setitem(sys.modules, "model", model)
    made: Any = SimpleNamespace(stages=Stages("n", (LOAD,)), notebook="n", parser=parser, own=frozenset())
    snapshot.take(made, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if VALUE.encode() in path.read_bytes()] == []
    assert json.loads((tmp_path / "snapshot" / "parameters.json").read_text(encoding="utf-8")) == {"day": 1}
    again = {"day": 1, "api_key": "another key of the same service"}
    assert snapshot.kept_result(LOAD, tmp_path, again, seeded=True) == [1, len(VALUE)]
    with pytest.raises(PipelineError, match=r"was taken with \{'day': 1\}, this run has \{'day': 2\}") as caught:
        snapshot.kept_result(LOAD, tmp_path, {"day": 2, "api_key": VALUE}, seeded=True)
    assert VALUE not in str(caught.value)


def test_a_snapshot_without_the_secret_is_refused(
    parser: Parser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "model", ModuleType("model"))
    monkeypatch.delenv("API_KEY")
    made: Any = SimpleNamespace(stages=Stages("n", (LOAD,)), notebook="n", parser=parser, own=frozenset())
    with pytest.raises(PipelineError, match="the secret `API_KEY` is not set"):
        snapshot.take(made, tmp_path)


def test_drawings_that_fail_are_described_without(key: Secret) -> None:
    def fails(chosen: Any) -> Any:
        raise ValueError(f"{key.reveal()} is refused")

    drawings = Drawings(1, [3], fails)
    drawings.until(2)
    assert drawings.trouble == "drawn rows cannot be scored: ValueError: *** is refused"


def test_the_registry_is_named_without(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:s3cret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    (project.root / "pyproject.toml").write_text('[project]\nname = "some"\n', encoding="utf-8")
    with pytest.raises(PipelineError, match=r"the registry http://\*\*\*@127.0.0.1:9 is not responding") as caught:
        registry.Registry(Project(project.root, project.root))
    assert "s3cret" not in str(caught.value)


def test_a_command_prints_no_secret_however_it_ends(
    key: Secret, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def refused() -> Outcome:
        raise PipelineError(f"{key.reveal()} is refused")

    assert outcome.finish(argparse.Namespace(json=True), refused) == outcome.TROUBLE
    try:
        raise ValueError(f"{key.reveal()} is wrong")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    said = capsys.readouterr()
    assert "*** is refused" in said.out
    assert "ValueError: *** is wrong" in said.err
    assert VALUE not in said.out + said.err
