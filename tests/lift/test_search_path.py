"""Where a notebook finds modules of its own, as far as its text says so."""

from __future__ import annotations

import pytest

from nbexport.analysis.analyse import analyse
from nbexport.lift.search_path import search_path, written_files
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
        ('sys.path += ["a"]', ("a",)),
        ('sys.path[:0] = ["a", "b"]', ("a", "b")),
        ('sys.path = ["a"] + sys.path', ("a",)),
        ('ROOT = Path.cwd().parent\nsys.path.append(str(ROOT / "src"))', ("../src",)),
        ('ROOT = ".."\nsys.path.append(f"{ROOT}/src")', ("../src",)),
        ('lib = os.path.abspath("lib")\nif lib not in sys.path:\n    sys.path.insert(0, lib)', ("lib",)),
        ('for name in ("a", "b"):\n    sys.path.append(name)', ("a", "b")),
        ('sys.path.append(str(Path.cwd().resolve().parents[1] / "src"))', ("../../src",)),
        ("sys.path.append(folder_of_today())", ()),
        ('paths.append("src")', ()),
    ],
)
def test_folders(line: str, folders: tuple[str, ...]) -> None:
    text = f"# %%\nimport os, sys\nfrom pathlib import Path\npaths = []\n{line}\n"
    assert search_path(analyse(read_text(text, "notebook.py"))) == folders


def test_files_that_cells_write() -> None:
    cells = [
        "%%writefile a.py\nx = 1",
        "%%writefile -a a.py\ny = 2",
        "%%file b/c.py\nz = 3",
        "%%writefile notes.txt\nq",
        "%%writefile ../above.py\nq",
    ]
    text = "".join(f"# %%\n# {cell}\n" for cell in cells)
    written = written_files(analyse(read_text(text, "notebook.py")))
    assert written == {"a.py": "x = 1\ny = 2\n", "b/c.py": "z = 3\n", "notes.txt": "q\n"}
