"""A database server is a setting of the project; a database that is a file is data."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nbexport import api, disk
from nbexport.plan import ExportRequest, Plan
from nbexport.verify.processes import HashSeed, environment

NOTEBOOK = """\
# %%
import sqlite3
{imports}
def rows_of(address):
    return [1.0, 2.0] if address.endswith("/shop") else [float(len(address))]
{helper}
# %% tags=["parameters"]
other = "mysql://db/of_a_parameter"
# %% tags=["data"]
rows = {rows}
# %% tags=["train"]
weight = sum(rows)
# %% tags=["evaluate"]
metrics = {{"weight": weight, "other": len(other)}}
"""


def exported(folder: Path, *, rows: str, imports: str = "", helper: str = "") -> tuple[Plan, dict[str, str]]:
    """The plan, and the text of each file."""
    notebook = folder / "sums.py"
    notebook.write_text(NOTEBOOK.format(rows=rows, imports=imports, helper=helper), encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, folder / "sums", 1))
    assert isinstance(plan, Plan), plan
    return plan, {change.path: (change.after or b"").decode("utf-8", "replace") for change in plan.changes}


def trained(project: Path, **variables: str) -> str:
    run = subprocess.run(
        [sys.executable, "train.py"],
        cwd=project,
        env={**environment(HashSeed.TRAINING), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stderr


def test_a_server_is_an_environment_variable(tmp_path: Path) -> None:
    plan, files = exported(
        tmp_path,
        rows='rows_of("postgresql://reader@db.example.org/shop") + fixed()',
        helper='def fixed():\n    return rows_of("mysql+pymysql://db/stock")\n',
    )
    assert 'os.environ.get("DATABASE_URL_2", "postgresql://' in files["model.py"]
    assert 'os.environ.get("DATABASE_URL", "mysql+pymysql://db/stock")' in files["definitions.py"]
    assert "of_a_parameter" in files["train.py"]
    assert "`DATABASE_URL_2` (default `postgresql://db.example.org/shop`)" in " ".join(files["README.md"].split())
    (note,) = [note for note in plan.notes if "DATABASE_URL_2" in note]
    assert note == "the database `postgresql://db.example.org/shop` is a setting: DATABASE_URL_2 names another one"
    disk.apply(plan)
    assert "metric weight = 27.0" in trained(tmp_path / "sums")
    assert "metric weight = 4.0" in trained(tmp_path / "sums", DATABASE_URL="a", DATABASE_URL_2="abc")


def test_a_verification_asks_what_the_notebook_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/shop")
    assert "DATABASE_URL" not in environment(HashSeed.TRAINING)


def test_a_name_that_is_the_notebook_s_stays_its_own(tmp_path: Path) -> None:
    _, files = exported(tmp_path, rows='os("postgresql://db/shop")', helper="def os(address):\n    return [1.0]\n")
    assert "environ" not in files["model.py"]


@pytest.mark.parametrize(
    ("rows", "imports"),
    [
        ('[row for (row,) in sqlite3.connect("shop.db").execute("select a from b")]', ""),
        (
            '[float(row) for row in pd.read_sql("select a from b", create_engine("sqlite:///shop.db")).a]',
            "import pandas as pd\nfrom sqlalchemy import create_engine",
        ),
    ],
)
def test_a_file_comes_along_and_a_query_is_not_a_path(tmp_path: Path, rows: str, imports: str) -> None:
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.executescript("create table b (a); insert into b values (2.5)")
    connection.close()
    plan, files = exported(tmp_path, rows=rows, imports=imports)
    assert "select a from b" in files["model.py"]
    assert not any("select" in note for note in plan.notes)
    disk.apply(plan)
    assert "metric weight = 2.5" in trained(tmp_path / "sums")
