"""Keys of callers, and routes that are closed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.service import keys

ONE = json.dumps({"n": 1})


def line(name: str, key: str) -> str:
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}\n"


@pytest.fixture(autouse=True)
def looks_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is looked at with each request."""
    monkeypatch.setattr(keys, "LOOK_S", 0.0)


def test_a_key_is_needed_and_its_name_stands_in_the_log(bench: Any, tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_text("# callers\n\n" + line("shop", "key one") + line("crm", "key two"))
    ours = bench(api_keys_file=path).routes()

    async def story(client: httpx.AsyncClient) -> None:
        for headers in (
            {"Authorization": "Bearer key one"},
            {"authorization": "bearer key two"},
            {"X-API-Key": "key two"},
        ):
            assert (await client.post("/predict", content=ONE, headers=headers)).status_code == 200
        assert (await client.post("/predict", content="{", headers={"X-API-Key": "key one"})).status_code == 422
        wrong: list[dict[str, str]] = [{}, {"X-API-Key": "key"}, {"Authorization": "Basic key one"}, {"X-API-Key": ""}]
        for headers in wrong:
            for path in ("/predict", "/predict/batch", "/metadata", "/metrics", "/docs", "/openapi.json", "/no"):
                answer = await client.request("POST" if "predict" in path else "GET", path, headers=headers)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
                assert answer.json()["request_id"] == answer.headers["x-request-id"]
        for path in ("/health", "/ready"):
            assert (await client.get(path)).status_code == 200

    ours.run(story)
    assert [(one["caller"], one["outcome"]) for one in ours.lines()] == [
        ("shop", "ok"),
        ("crm", "ok"),
        ("crm", "ok"),
        ("shop", "invalid"),
    ]
    text = (tmp_path / "logs" / "predictions.jsonl").read_text(encoding="utf-8")
    assert "key one" not in text
    assert hashlib.sha256(b"key one").hexdigest() not in text


def test_a_file_of_keys_is_read_again_when_it_changes(
    bench: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.txt"
    path.write_text(line("shop", "old"))
    ours = bench(api_keys_file=path).routes()

    async def story(client: httpx.AsyncClient) -> None:
        async def status(key: str) -> int:
            return (await client.post("/predict", content=ONE, headers={"X-API-Key": key})).status_code

        assert [await status("old"), await status("new")] == [200, 401]
        path.write_text(line("shop", "old") + line("shop", "new"))
        assert [await status("old"), await status("new")] == [200, 200]
        # what cannot be used leaves the keys as they are, and is said without the line
        path.write_text("shop:new\n")
        assert [await status("old"), await status("new")] == [200, 200]
        path.unlink()
        assert [await status("old"), await status("new")] == [200, 200]
        path.write_text(line("shop", "new"))
        assert [await status("old"), await status("new")] == [401, 200]
        path.write_text("")
        assert [await status("old"), await status("new")] == [401, 401]

    ours.run(story)
    assert "line 1 of" in caplog.text
    assert "shop:new" not in caplog.text


@pytest.mark.parametrize("content", [None, "shop:abc\n", "shop\n", "a b:" + "0" * 64 + "\n", "\ufffd"])
def test_a_wrong_file_ends_the_start(bench: Any, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "keys.txt"
    if content is not None:
        path.write_text(content)
    ours = bench(api_keys_file=path).routes()
    with pytest.raises(SystemExit, match="API_KEYS_FILE"):
        ours.post({"n": 1})


def test_every_key_is_compared(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that it takes does not say which key was near."""
    path = tmp_path / "keys.txt"
    path.write_text("".join(line(f"caller-{number}", str(number)) for number in range(5)))
    known = keys.Keys(path)
    known.load()
    compared: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr(keys.hmac, "compare_digest", compare)
    assert known.name_of(b"0") == "caller-0"
    assert len(compared) == 5


def test_a_key_is_made_by_one_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbexport_runtime.service.keys"]
    runtime = str(Path(keys.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": runtime}
    made = subprocess.run([*command, "shop"], capture_output=True, text=True, check=True, env=environment)
    path = tmp_path / "keys.txt"
    path.write_text(made.stdout)
    known = keys.Keys(path)
    known.load()
    key = made.stderr.split()[-1]
    assert known.name_of(key.encode()) == "shop"
    assert key not in made.stdout
    for wrong in ([], ["a b"], ["a", "b"]):
        done = subprocess.run([*command, *wrong], capture_output=True, text=True, check=False, env=environment)
        assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("closed", [(), ("docs",), ("metadata", "metrics"), ("docs", "metadata", "metrics")])
def test_routes_can_be_closed(bench: Any, closed: tuple[str, ...]) -> None:
    ours = bench(closed_routes=closed).routes()
    of = {"/docs": "docs", "/openapi.json": "docs", "/redoc": "docs", "/metadata": "metadata", "/metrics": "metrics"}

    async def story(client: httpx.AsyncClient) -> None:
        for path, name in of.items():
            assert (await client.get(path)).status_code == (404 if name in closed else 200), path
        assert (await client.get("/ready")).status_code == 200
        assert (await client.post("/predict", content=ONE)).status_code == 200

    ours.run(story)
