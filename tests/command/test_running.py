"""A command of nbexport in a process of its own; `tests/agents` shows that it ends with the call that asked for it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from nbexport.command.codes import MEANINGS, ExitCode, worse
from nbexport.command.running import run


def test_a_command_reads_a_text_and_says_how_it_ended(tmp_path: Path) -> None:
    words = ["check", "-", "--stdin-filename=é.py", "--output-format=json"]
    ended = asyncio.run(run(words, tmp_path, text='# %% tags=["train"]\nprint("é", lost)\n'))
    assert ended.exit_code == ExitCode.FOUND
    assert {finding["filename"] for finding in json.loads(ended.output)} == {"é.py"}
    assert asyncio.run(run(["explain", "nbx0"], tmp_path)).messages.startswith("error: there is no rule")


def test_a_module_of_the_folder_is_not_pythons(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    assert asyncio.run(run(["rules"], tmp_path)).exit_code == ExitCode.OK


def test_every_code_has_a_meaning_and_a_weight() -> None:
    assert set(MEANINGS) == set(ExitCode)
    assert worse(ExitCode.OK, ExitCode.FOUND) is ExitCode.FOUND
    assert worse(ExitCode.TROUBLE, ExitCode.CONFLICT) is ExitCode.TROUBLE
