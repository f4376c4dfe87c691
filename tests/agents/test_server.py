"""The server for agents, asked by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
from conftest import SOUND
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent, TextResourceContents

READING = {"check", "explain", "tag", "plan"}
WRITING = {"apply_tags", "fix", "export"}
UNTAGGED = """\
# %%
import statistics
with open("rows.txt") as file:
    rows = [float(line) for line in file]
# %%
weight = statistics.fmean(rows)
# %%
metrics = {"weight": weight}
print(metrics)
"""


def asked(folder: Path, talk: Callable[[Client], Awaitable[None]], *options: str) -> None:
    """Start a server for a folder and talk to it."""

    async def session() -> None:
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "nbexport", "mcp", str(folder), *options],
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        async with Client(command) as client:
            await talk(client)

    asyncio.run(session())


def text(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text(result)
    answer: dict[str, Any] = json.loads(text(result))
    return answer


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_agent_reads_and_changes_nothing(broken: Path, sound: Path) -> None:
    folder = sound.parent
    (folder / "json.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    lost = broken.rename(folder / "broken.ipynb")
    before = digest(folder)

    async def talk(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READING
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        checked = await call(client, "check", path="broken.ipynb")
        assert (checked["exit_code"], checked["meaning"]) == (
            1,
            "errors found, an export refused, or values that differ",
        )
        assert {finding["code"] for finding in checked["result"]} == {"NBX101"}
        assert (await call(client, "check", path="."))["result"] == checked["result"]
        explained = await call(client, "explain", code=checked["result"][0]["code"])
        assert "How to fix" in explained["result"]
        proposed = await call(client, "tag", notebook="sound.py")
        assert proposed["result"]["cells"][0]["roles"] == ["parameters"]
        planned = await call(client, "plan", notebook=str(sound), level=2)
        assert (planned["exit_code"], planned["result"]["written"]) == (0, False)
        assert "serve.py" in {file["path"] for file in planned["result"]["files"]}
        refused = await call(client, "plan", notebook=lost.name)
        assert (refused["exit_code"], refused["result"]["verdict"]) == (1, "refused")
        (content,) = (await client.read_resource("nbexport://skill")).contents
        assert isinstance(content, TextResourceContents)
        assert content.text.startswith("---\nname: nbexport\n")

    asked(folder, talk)
    assert digest(folder) == before


def test_an_agent_that_may_exports_and_proves_it(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(UNTAGGED, encoding="utf-8")
    (tmp_path / "rows.txt").write_text("1\n2\n4\n", encoding="utf-8")

    async def talk(client: Client) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | WRITING | {"verify"}
        await call(client, "apply_tags", notebook="plain.py")
        assert '"evaluate"]' in (tmp_path / "plain.py").read_text(encoding="utf-8")
        assert (await call(client, "fix", notebook="plain.py"))["exit_code"] == 0
        exported = await call(client, "export", notebook="plain.py", output="made")
        assert exported["result"]["written"]
        verified = await call(client, "verify", notebook="plain.py", project="made")
        assert verified["exit_code"] == 0
        assert "equal" in verified["result"]
        # an edit by hand that is in the way stays
        (tmp_path / "made" / "train.py").write_text("mine\n", encoding="utf-8")
        (tmp_path / "plain.py").write_text(SOUND, encoding="utf-8")
        stopped = await call(client, "export", notebook="plain.py", output="made")
        assert (stopped["exit_code"], stopped["result"]["written"]) == (3, False)
        assert (tmp_path / "made" / "train.py").read_text(encoding="utf-8") == "mine\n"

    asked(tmp_path, talk, "--allow-write", "--allow-run")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("check", {"path": "../outside.py"}, "is outside of"),
    ("check", {"path": "/etc/passwd"}, "is outside of"),
    ("check", {"path": "link.py"}, "is outside of"),
    ("check", {"path": "nul\0.py"}, "is not a path"),
    ("check", {"path": "missing.ipynb"}, "missing.ipynb"),
    ("check", {"path": "--help"}, "--help"),
    ("explain", {"code": "--help"}, "is not the code of a rule"),
    ("explain", {"code": "NBX999"}, "there is no rule `NBX999`"),
    ("plan", {"notebook": "sound.py", "level": 9}, "less than or equal to 4"),
    ("plan", {"notebook": "sound.py", "output": "../elsewhere"}, "is outside of"),
    ("export", {"notebook": "sound.py"}, "export"),
    ("verify", {"notebook": "sound.py"}, "verify"),
]
"""Tool, arguments, and what an agent is told."""


def test_what_an_agent_may_not_is_said(sound: Path) -> None:
    outside = sound.parent.parent / "outside.py"
    outside.write_text("secret = 1\n", encoding="utf-8")
    (sound.parent / "link.py").symlink_to(outside)

    async def talk(client: Client) -> None:
        for tool, arguments, message in REFUSED:
            result = await client.call_tool(tool, arguments)
            assert result.is_error, (tool, arguments)
            assert message in text(result)
            assert "Traceback" not in text(result)

    asked(sound.parent, talk)
    assert sorted(path.name for path in sound.parent.iterdir()) == ["link.py", "sound.py"]


def test_what_a_call_started_ends_with_it(tmp_path: Path) -> None:
    started = tmp_path / "started"
    waits = f"import pathlib, time\npathlib.Path({str(started)!r}).write_text('x')\ntime.sleep(600)\n"
    (tmp_path / "slow.py").write_text(SOUND.replace("rows = [", f"{waits}rows = ["), encoding="utf-8")

    async def talk(client: Client) -> None:
        verifying = asyncio.create_task(client.call_tool("verify", {"notebook": "slow.py"}))
        while not started.exists():
            assert not verifying.done(), text(verifying.result())
            await asyncio.sleep(0.05)
        verifying.cancel()

    asked(tmp_path, talk, "--allow-run")
    until = time.monotonic() + 60
    while left := [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(one.info["cmdline"])]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbexport", "mcp", "missing"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert "there is no folder `missing`" in done.stderr
