"""Where a notebook finds modules of its own, as far as its text says so."""

from __future__ import annotations

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.lift.search_path import search_path, written_modules
from nbexport.read.notebook import read_text


@pytest.mark.parametrize(
    ("line", "folders"),
    [
        ('sys.path.insert(0, "src")', ("src",)),
        ('sys.path.append(os.path.abspath("../lib"))', ("../lib",)),
        ('sys.path.append(str(Path("..") / "lib"))', ("../lib",)),
        ('sys.path.insert(1, os.path.join(os.getcwd(), os.pardir, "lib"))', ("../lib",)),
        ("sys.path.append(str(Path.cwd().parent))", ("..",)),
        ('sys.path.append(Path("a/b").resolve().parent.as_posix())', ("a",)),
        ('sys.path.extend(["a", "b"])', ("a", "b")),
        ('sys.path.append("last")\nsys.path.insert(0, "first")', ("first", "last")),
        ("sys.path.append(folder_of_today())", ()),
        ('paths.append("src")', ()),
    ],
)
def test_folders(line: str, folders: tuple[str, ...]) -> None:
    text = f"# %%\nimport os, sys\nfrom pathlib import Path\npaths = []\n{line}\n"
    assert search_path(analyse(read_text(text, "notebook.py"))) == folders


def test_modules_that_cells_write() -> None:
    cells = [
        "%%writefile a.py\nx = 1",
        "%%writefile -a a.py\ny = 2",
        "%%file b/c.py\nz = 3",
        "%%writefile notes.txt\nq",
    ]
    text = "".join(f"# %%\n# {cell}\n" for cell in cells)
    written = written_modules(analyse(read_text(text, "notebook.py")))
    assert written == {"a.py": "x = 1\ny = 2\n"}
