"""Several notebooks that become one project: those of the tests, written to a folder."""

from __future__ import annotations

from pathlib import Path

from nbexport.judge.judgement import Judgement, judge
from nbexport.read.joining import python_notebooks

PREPARE = """\
# %% tags=["parameters"]
oldest = 60  # rows of older people are left out
# %% tags=["data"]
import csv

def numbers(rows):
    return [[float(value) for value in row] for row in rows]

with open("raw.csv") as file:
    raw = numbers(csv.reader(file))
# %%
len(raw)
# %% tags=["features"]
kept = [row for row in raw if row[0] < oldest]
with open("clean.csv", "w") as file:
    csv.writer(file).writerows(kept)
"""
TRAIN = """\
# %% tags=["data"]
import csv
from pathlib import Path

def numbers(rows):
    # the same as in the notebook before
    return [[float(value) for value in row] for row in rows]

with open(Path("./clean.csv")) as file:
    rows = numbers(csv.reader(file))
# %% tags=["train"]
slope = sum(row[1] for row in rows) / sum(row[0] for row in rows)
# %% tags=["evaluate"]
metrics = {"rows": len(rows), "slope": slope}
assert metrics["rows"] > 2
# %% tags=["predict"]
def predict(age: float) -> float:
    return slope * age
predict(30.0)
"""
RAW = "20,40\n30,60\n40,90\n70,10\n"


def pair(folder: Path, *, prepare: str = PREPARE, train: str = TRAIN) -> tuple[Path, Path]:
    """Two notebooks with their data."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "raw.csv").write_text(RAW)
    notebooks = folder / "prepare.py", folder / "train.py"
    for path, text in zip(notebooks, (prepare, train), strict=True):
        path.write_text(text)
    return notebooks


def judged(folder: Path, *texts: str, level: int = 1) -> Judgement:
    """The judgement of notebooks `a.py`, `b.py` and so on."""
    paths = [folder / f"{letter}.py" for letter, _ in zip("abcdef", texts, strict=False)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return judge(python_notebooks(paths), levels=(level,))
