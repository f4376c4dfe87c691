"""Programs that a cell left behind runs: which files they write, as far as the command line says so."""

from __future__ import annotations

import pytest

from nbexport.judge.judgement import judge
from nbexport.read.notebook import read_text

NOTEBOOK = """\
# %%
import os
import subprocess
# %% tags=["data"]
text = open("a.txt").read()
# %%
{call}
# %% tags=["train"]
weight = float(open("a.txt").read())
# %% tags=["evaluate"]
metrics = {{"weight": weight}}
"""


def outcome(call: str) -> str:
    judgement = judge(read_text(NOTEBOOK.format(call=call), "some.py"))
    codes = {finding.code for finding in judgement.checked()}
    return "refused" if "NBX112" in codes else "assumed" if judgement.assumptions else "proven"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ls -l", "proven"),
        ("cat a.txt | wc -l", "proven"),
        ("ls 2>&1; pwd", "proven"),
        ("ls > listing.txt", "proven"),
        ("printf 22 > a.txt", "refused"),
        ("printf 22 >> 'a.txt'", "refused"),
        ("printf 22 &> a.txt", "refused"),
        ("cat b.txt | tee a.txt", "assumed"),
        ("ls; rm a.txt", "assumed"),
        ("ls && python clean.py", "assumed"),
        ("echo $(rm a.txt)", "assumed"),
        ("", "assumed"),
    ],
)
def test_a_command_line(command: str, expected: str) -> None:
    assert outcome(f"os.system({command!r})") == expected
    assert outcome(f"subprocess.run({command!r}, shell=True)") == expected


@pytest.mark.parametrize(
    ("words", "expected"), [(["ls", "-l"], "proven"), (["git", "checkout", "a.txt"], "assumed"), ([], "assumed")]
)
def test_a_list_of_words(words: list[str], expected: str) -> None:
    assert outcome(f"subprocess.run({words!r})") == expected


def test_a_command_that_is_computed() -> None:
    assert outcome("os.system(text)") == "assumed"
