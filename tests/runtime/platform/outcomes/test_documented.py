"""Each command of `docs/reference/prediction-log.md` runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.platform.commands import logs, outcomes
from runtime.platform import small_service
from runtime.platform.lines.log_lines import prediction, write
from runtime.platform.small_service import PlatformBench

DOCUMENT = (Path(__file__).parents[4] / "docs" / "reference" / "prediction-log.md").read_text(encoding="utf-8")
MAINS = {"logs.py": logs.main, "outcomes.py": outcomes.main}


def blocks(language: str) -> list[str]:
    """The blocks of code in a language."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def test_every_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_service.written(tmp_path)
    request = re.findall(r"find (\w{32})", DOCUMENT)[0]
    line = prediction(1, request_id=request, input={"country": "de"}, unit="u")
    write(tmp_path / "logs" / "predictions.jsonl", [line])
    (tmp_path / "labels.csv").write_text(f"request_id,value\n{request},1\n")
    (tmp_path / "crm.csv").write_text(f"customer,left,day\nann,1,{datetime.now(UTC).date()}\n")
    monkeypatch.chdir(tmp_path)
    ran = 0
    for text in blocks("sh"):
        for words in (shlex.split(line) for line in text.splitlines() if line.startswith("python ")):
            with pytest.raises(SystemExit) as ended:
                MAINS[words[1]](str(tmp_path / words[1]), words[2:])
            assert ended.value.code == 0, words
            ran += 1
    assert ran == 7
    for text in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-c", text],
            env={"PYTHONPATH": small_service.PATHS},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "[('v1', 1)]\n"


def test_the_request_with_an_outcome_is_answered(tmp_path: Path) -> None:
    body: Any = re.findall(r"-d '(.*?)'", DOCUMENT)[0].encode()
    assert PlatformBench(tmp_path).post(body, "/outcome").status_code == 200
