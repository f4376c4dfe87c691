"""A notebook that is divided, so that one part runs the other, is judged and exported as the whole one is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from nbexport import api
from nbexport.program import Refused
from soundness.cases import Case
from soundness.corpus import SOUND, TRAPS

SHARE = 10
"""Every run compares one notebook in so many, each divided at another place."""


def outcome(folder: Path, case: Case) -> tuple[object, ...]:
    """The codes that refuse a notebook, or the text of its program without what names cells."""
    folder.mkdir()
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps(case.ipynb()))
    lifted = api.lift(path, level=1)
    if isinstance(lifted, Refused):
        return tuple(sorted({finding.code for finding in lifted.against}))
    program = lifted.program
    texts = [
        re.sub(r"(?:#|\"\"\"|^ *)?[Ff]?r?o?m? ?cells? .*", "", text) for text in (program.model, program.definitions)
    ]
    bare = [re.sub(r"(?m)^\"\"\"[^\"]*\"\"\"\n", "", text) for text in texts]
    return (*bare, program.train, [(one.call, one.reason, one.object) for one in program.assumptions])


def divided(case: Case, at: int) -> Case:
    """The notebook whose cells up to one stand in another notebook, which its first cell runs."""
    other = replace(case, cells=case.cells[:at])
    files = {**case.files, "part.ipynb": json.dumps(other.ipynb())}
    return replace(case, cells=(("", "%run part.ipynb\n"), *case.cells[at:]), files=files)


@pytest.mark.parametrize("half", [0, 1])
def test_a_divided_notebook_is_the_whole_one(tmp_path: Path, half: int) -> None:
    different, exported = [], 0
    for number, case in enumerate([*TRAPS, *SOUND][half :: 2 * SHARE]):
        if any("__future__" in code or "chdir" in code or "%cd" in code for _, code in case.cells):
            continue
        at = 1 + number % (len(case.cells) - 1)
        if not any(set(roles.split()) - {"skip"} for roles, _ in case.cells[:at]):
            continue  # an untagged notebook has the roles of the cell that runs it
        whole = outcome(tmp_path / f"whole-{number}", case)
        parts = outcome(tmp_path / f"parts-{number}", divided(case, at))
        exported += any(isinstance(part, list) for part in whole)
        if whole != parts:
            different.append((case.name, at, whole[:1], parts[:1]))
    assert different == []
    assert exported >= 3, "what is refused alone says little"
