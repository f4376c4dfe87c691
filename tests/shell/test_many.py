"""Many notebooks at once: what goes wrong with one stays with that one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from nbexport import api
from nbexport.shell import many


@pytest.mark.skipif(os.name == "nt", reason="processes are not forked there, and would not know what is planted")
def test_a_notebook_that_ends_its_process_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_text = api.check_text

    def dies(data: bytes, name: str, **options: Any) -> Any:
        if name.endswith("n1.py"):
            os._exit(9)  # as the system ends a process that has no memory left
        return check_text(data, name, **options)

    monkeypatch.setattr(api, "check_text", dies)
    monkeypatch.setattr(many, "SMALL_BYTES", 0)
    monkeypatch.setattr(many, "CHUNK_BYTES", 1)
    paths = [tmp_path / f"n{number}.py" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_text(f"# %%\nlost_{number}\n")
    found = list(many.check([(path, None) for path in paths], cache=None, processes=2))
    assert [type(one) is many.Trouble for one in found] == [False, True, False, False]
    trouble = found[1]
    assert isinstance(trouble, many.Trouble)
    assert (trouble.path, trouble.bug) == (paths[1], True)
    assert "n1.py` ended the process that checked it" in trouble.error
    for number in (0, 2, 3):
        other = found[number]
        assert not isinstance(other, many.Trouble)
        findings = other[1]
        assert [f"`lost_{number}`" in finding.problem.message for finding in findings] == [True]
