"""One run of a notebook, which several tests compare with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from verify.against.other_code import NOTEBOOK, SCORING

from nbexport import api
from nbexport.verify.against.sides import NotebookSide
from nbexport.verify.against.target import target_of
from nbexport.verify.against.work import Wish, Work
from nbexport.verify.limits import Limits
from nbexport.verify.stopping import Stop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the notebook and the code by hand."""
    (tmp_path / "risk.py").write_text(NOTEBOOK, encoding="utf-8")
    (tmp_path / "scoring.py").write_text(SCORING, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def side(tmp_path_factory: pytest.TempPathFactory) -> NotebookSide:
    """What the notebook gives, from a real kernel."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "risk.py").write_text(NOTEBOOK, encoding="utf-8")
    (folder / "scoring.py").touch()
    work = Work(
        api.lift(folder / "risk.py", level=1),
        target_of(f"{folder / 'scoring.py'}:score"),
        Wish(),
        python=sys.executable,
        limits=Limits(),
        progress=lambda step: None,
        stop=Stop(),
        scratch=folder,
    )
    return work.run_notebook(predictions=True, values=("X_test", "seed", "weights"))
