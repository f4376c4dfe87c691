"""The tools and how they are served: each is one command of nbexport, with the words and codes of the command line.

Source: Model Context Protocol, "Tools" and "Resources".
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from nbexport import __version__
from nbexport.agents.access import Access
from nbexport.command.codes import MEANINGS, ExitCode
from nbexport.command.running import Ended, run
from nbexport.errors import NbexportError

ANSWERS = (ExitCode.OK, ExitCode.FOUND, ExitCode.CONFLICT)
"""Exit codes that answer a call; every other one is trouble, and an error of the tool."""
MOST_FINDINGS = 200
"""More are counted and not shown: an agent reads its answers whole."""
SKILL = "SKILL.md"

Path_ = Annotated[str, Field(description="a notebook, or a folder of notebooks, below the folder of the server")]
Notebook = Annotated[str, Field(description="a notebook below the folder of the server")]
Level = Annotated[int, Field(description="maturity level: 1 script, 2 service, 3 pipeline, 4 platform", ge=1, le=4)]
Output = Annotated[str, Field(description="folder of the project; by default one named after the notebook, beside it")]
Metrics = Annotated[bool, Field(description="also add a cell that fills `metrics`, where there is none")]
Predict = Annotated[bool, Field(description="also add a cell that defines `predict`, where there is none")]
Answer = dict[str, Any]

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
RUNS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=True)


def skill() -> str:
    """What an agent should know before it uses the tools, as Markdown with front matter."""
    return resources.files(__package__).joinpath(SKILL).read_text(encoding="utf-8")


def serve(access: Access) -> None:
    """Answer on standard input and output until the client goes."""
    server(access).run("stdio")


def server(access: Access) -> MCPServer[Any]:
    """A server with the tools that are allowed.

    Args:
        access: What an agent may touch.
    """
    tools = Tools(access)
    made: MCPServer[Any] = MCPServer("nbexport", version=__version__, instructions=_instructions(access))
    allowed: list[tuple[Callable[..., Awaitable[Answer]], ToolAnnotations]] = [
        (tools.check, READS),
        (tools.explain, READS),
        (tools.tag, READS),
        (tools.plan, READS),
    ]
    if access.write:
        allowed += [(tools.apply_tags, WRITES), (tools.fix, WRITES), (tools.export, WRITES)]
    if access.run:
        allowed.append((tools.verify, RUNS))
    for tool, hints in allowed:
        made.add_tool(tool, annotations=hints)
    made.resource("nbexport://skill", title="How to use nbexport", mime_type="text/markdown")(skill)
    return made


def _instructions(access: Access) -> str:
    lacking = [
        *(["change notebooks or write projects (start it with --allow-write)"] if not access.write else []),
        *(["run code, so nothing can be verified (start it with --allow-run)"] if not access.run else []),
    ]
    limits = f" This server may not {' and may not '.join(lacking)}." if lacking else ""
    return (
        "nbexport turns a Jupyter notebook into a project that computes what the notebook computed. "
        "Read the resource nbexport://skill first. Order of work: check, tag, plan, export, verify."
        f"{limits} Paths are relative to {access.root}."
    )


class Tools:
    """The tools; their docstrings are what an agent reads."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def check(
        self,
        path: Path_,
        level: Annotated[int | None, Field(description="judge by what this level needs (0 to 4)", ge=0, le=4)] = None,
        strict: Annotated[bool, Field(description="whether warnings and assumptions fail the check, too")] = False,
    ) -> Answer:
        """Find hidden state, irreproducible results and what prevents an export. Runs no notebook code.

        `result` is a list of findings, each with its code, cell, line, message and fix; `explain` tells more of a code.
        """
        words = ["check", self._place(path), "--output-format=json", *(["--strict"] if strict else [])]
        ended = await self._run([*words, *([f"--level={level}"] if level is not None else [])])
        findings = json.loads(ended.output)
        shown = findings[:MOST_FINDINGS]
        answer = _answer(ended, shown)
        return answer if len(shown) == len(findings) else {**answer, "not_shown": len(findings) - len(shown)}

    async def explain(
        self, code: Annotated[str, Field(description="code or name of a rule, such as NBX101")]
    ) -> Answer:
        """Explain a rule: what it finds, why that is bad, how to fix it, with examples."""
        if not re.fullmatch(r"\w[\w-]*", code):
            raise ToolError(f"{code!r} is not the code of a rule\nfix: give one such as NBX101")
        ended = await self._run(["explain", code])
        return _answer(ended, ended.output)

    async def tag(
        self,
        notebook: Notebook,
        target: Annotated[str, Field(description="a variable or function: propose only what it needs")] = "",
    ) -> Answer:
        """Propose a role for each cell: parameters, data, features, model, train, evaluate, predict; writes nothing."""
        words = ["tag", self._place(notebook), "--output-format=json", *([f"--target={target}"] if target else [])]
        ended = await self._run(words)
        return _answer(ended, json.loads(ended.output))

    async def plan(self, notebook: Notebook, level: Level = 1, output: Output = "") -> Answer:
        """Say which files an export would write, what it assumes, or why it is refused. Writes nothing."""
        ended = await self._run([*self._export(notebook, level, output), "--dry-run"])
        return _answer(ended, json.loads(ended.output))

    async def apply_tags(
        self,
        notebook: Notebook,
        metrics: Metrics = False,
        predict: Predict = False,
    ) -> Answer:
        """Write the proposed roles into the notebook; cells that have roles keep them."""
        words = ["tag", self._place(notebook), "--apply", "--output-format=json"]
        more = [*(["--write-metrics"] if metrics else []), *(["--write-predict"] if predict else [])]
        ended = await self._run([*words, *more])
        return _answer(ended, json.loads(ended.output))

    async def fix(
        self,
        notebook: Notebook,
        unsafe: Annotated[bool, Field(description="fix also where the results may change")] = False,
    ) -> Answer:
        """Fix in the notebook what can be fixed without changing what it computes; `result` is what is left."""
        words = ["check", self._place(notebook), "--fix", "--output-format=json"]
        ended = await self._run([*words, *(["--unsafe-fixes"] if unsafe else [])])
        return _answer(ended, json.loads(ended.output))

    async def export(self, notebook: Notebook, level: Level = 1, output: Output = "") -> Answer:
        """Write the project. Edits by hand are kept and merged; a conflict (exit code 3) writes nothing."""
        ended = await self._run(self._export(notebook, level, output))
        return _answer(ended, json.loads(ended.output))

    async def verify(
        self,
        notebook: Notebook,
        project: Annotated[str, Field(description="folder of the project; by default where it was exported to")] = "",
        timeout_s: Annotated[float, Field(description="most seconds that each process may run", gt=0)] = 3600,
    ) -> Answer:
        """Run notebook and project and compare what they compute; equal is recorded in the project. Runs their code."""
        words = ["verify", self._place(notebook), f"--timeout={timeout_s:g}"]
        ended = await self._run([*words, *([f"--project={self._place(project)}"] if project else [])])
        return _answer(ended, ended.output)

    def _export(self, notebook: str, level: int, output: str) -> list[str]:
        words = [self._place(notebook), f"--level={level}", "--output-format=json"]
        return [*words, *([f"--output={self._place(output)}"] if output else [])]

    def _place(self, path: str) -> str:
        try:
            return self._access.place(path)
        except NbexportError as error:
            raise ToolError(str(error)) from error

    async def _run(self, words: list[str]) -> Ended:
        ended = await run(words, self._access.root)
        if ended.exit_code not in ANSWERS or not ended.output.strip():
            raise ToolError(ended.messages.strip() or f"nbexport ended with {ended.exit_code}")
        return ended


def _answer(ended: Ended, result: Any) -> Answer:
    answer = {"exit_code": ended.exit_code, "meaning": MEANINGS[ExitCode(ended.exit_code)], "result": result}
    return {**answer, "messages": ended.messages.strip()} if ended.messages.strip() else answer
