"""What a simulation says to people and programs, and what it does where a command or the service fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import small_project
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.commands import simulate
from nbexport_runtime.platform.simulation import server
from nbexport_runtime.platform.simulation.asking import Commands
from nbexport_runtime.platform.simulation.scenario import Scenario
from nbexport_runtime.platform.simulation.story import Day, Story

SAYS = """
import json, os, sys
print(json.dumps({"words": sys.argv[1:], "store": os.environ.get("PLACE")}))
print("a warning", file=sys.stderr)
sys.exit(int(os.environ.get("CODE", "0")))
"""
# a service of the standard library, which says where it listens as uvicorn does
SERVES = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, content):
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer({"ready": True, "path": self.path})
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer({"model_version": self.headers["X-Rollout-Key"], "body": body, "id": self.headers["X-Request-ID"]})
    def log_message(self, *words):
        pass
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
    print("Uvicorn running on http://127.0.0.1:%d (Press CTRL+C to quit)" % served.server_address[1], flush=True)
    served.serve_forever()
"""


def story() -> Story:
    told = Story(Scenario(days=2, users=300), "`X_test`", "v1", took_s=12.3, page="file:///a/report.html")
    for number, date in ((1, "2026-03-01"), (2, "2026-03-02")):
        told.days.append(Day(number, date, 100, 100 - number, 7 * (number - 1), 40))
        told.tell(datetime(2026, 3, number, 9, 30, tzinfo=UTC), "guard", f"something on day {number} | `x`")
    told.findings["guard"] = {"said": "it went back after 60 requests", "after_requests": 60}
    return told


def test_people_read_what_happened_on_which_day_and_what_the_settings_did() -> None:
    lines = story().lines()
    assert lines[0] == "2 days, 300 users and 200 requests in 12 s: `X_test`, seed 1"
    assert "day   2  2026-03-02  100 requests, 7 by a candidate, 2 without an answer, 40 outcomes known" in lines
    assert "         09:30  guard: something on day 2 | `x`" in lines
    assert "  guard: it went back after 60 requests" in lines
    assert lines[-1] == "The page: file:///a/report.html"


def test_programs_get_the_same() -> None:
    facts = json.loads(json.dumps(story().facts()))
    assert (facts["requests"], facts["guard"]["after_requests"], facts["scenario"]["seed"]) == (200, 60, 1)
    assert [event["day"] for event in facts["events"]] == [1, 2]
    assert any("follow from the seed" in note for note in facts["notes"])


def test_each_row_of_the_document_has_its_cells() -> None:
    rows = [line.replace("\\|", "") for line in story().markdown().splitlines() if line.startswith("|")]
    # title, line and two rows of days with five cells, the same of events with four
    assert [row.count("|") for row in rows] == [6] * 4 + [5] * 4


def test_a_command_is_run_in_the_copy_with_its_variables(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text(SAYS, encoding="utf-8")
    commands = Commands(tmp_path, {**os.environ, "PLACE": "scratch", "CODE": "10"})
    said = commands.run("guard", "once")
    assert said.refused
    assert said.facts == {"words": ["once", "--json"], "store": "scratch"}
    assert commands.count == 1


def test_a_command_that_fails_ends_the_simulation_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text(SAYS, encoding="utf-8")
    with pytest.raises(
        PipelineError, match=r"(?s)`python guard.py once` failed in the simulation \(exit 1\):.*a warning"
    ):
        Commands(tmp_path, {**os.environ, "CODE": "1"}).run("guard", "once")


def test_users_ask_the_service_at_once_and_get_their_own_answers(tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    with said.open("wb") as output, subprocess.Popen([sys.executable, "-c", SERVES], stdout=output) as process:
        try:
            with server.Server(process, said) as service:
                asked = [(f"r{number}", f"user-{number}", {"x": number}) for number in range(server.AT_ONCE)]
                answers = service.ask(asked)
                assert [answer.version for answer in answers] == [user for _, user, _ in asked]
                assert [answer.content["body"] for answer in answers] == [body for _, _, body in asked]
                assert [answer.content["id"] for answer in answers] == [identity for identity, _, _ in asked]
                process.kill()
                process.wait()
                assert [answer.status for answer in service.ask(asked)] == [0] * len(asked)
                with pytest.raises(PipelineError, match="the simulated service ended"):
                    service.wait("ready", lambda: False)
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--days", "1"], "`--days 1` cannot be simulated"),
        (["--users", "10"], "choose at least 50"),
        (["--speed", "-1"], "`--speed` is simulated seconds"),
    ],
)
def test_a_wrong_option_is_said_before_anything_runs(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = small_project.written(tmp_path / "project")
    with pytest.raises(SystemExit) as ended:
        simulate.main(str(own.code / "simulate.py"), options)
    assert ended.value.code == 1
    assert said in capsys.readouterr().err
    assert not (own.models / "simulation").exists()
