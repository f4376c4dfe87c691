"""Imports of notebooks: which become modules, with what text, and what is left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebook_files import written

from nbexport import api
from nbexport.model import Severity
from nbexport.read.bringing import in_place
from nbexport.read.notebook import read

HELPERS = ["# Helpers", "%matplotlib inline\nimport math", "def half(x):\n    return math.floor(x / 2)", "half(3)"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import import_ipynb\nimport helpers as h", "pass\nimport helpers as h"),
        ("import import_ipynb  # loads\nfrom helpers import (half)", "pass\nfrom helpers import (half)"),
        ("from ipynb.fs.full.helpers import half  # it", "from               helpers import half  # it"),
        ("from ipynb.fs.full.helpers import (\n    half,\n)", "from               helpers import (\n    half,\n)"),
        ("from ipynb.fs.full import helpers as h", "import                    helpers as h"),
        ("if True:\n    import ipynb.fs.full.helpers as h", "if True:\n    import               helpers as h"),
    ],
)
def test_a_notebook_that_is_imported_is_a_module(tmp_path: Path, source: str, code: str) -> None:
    written(tmp_path / "helpers.ipynb", *HELPERS)
    notebook = read(written(tmp_path / "main.ipynb", source, "h = 1"))
    document = in_place(notebook)
    assert document.cells[0].code == code
    assert document.cells[0].source == source, "what a person wrote, and a kernel runs"
    compile(document.cells[0].code, "cell", "exec")
    assert list(document.modules) == ["helpers.py"]
    namespace: dict[str, object] = {}
    exec(document.modules["helpers.py"], namespace)
    assert namespace["half"](5) == 2  # type: ignore[operator]
    assert namespace["__doc__"] == "The code of `helpers.ipynb`, as a module."
    rows = zip(source.split("\n"), document.cells[0].code.split("\n"), strict=True)
    before, after = next((before, after) for before, after in rows if "helpers" in before)
    assert before.index("helpers") == after.index("helpers"), "names keep their columns"
    digest = document.digest
    written(tmp_path / "helpers.ipynb", *HELPERS[:-1])
    assert in_place(read(tmp_path / "main.ipynb")).digest != digest


def test_notebooks_import_notebooks(tmp_path: Path) -> None:
    written(tmp_path / "inner.ipynb", "one = 1")
    written(tmp_path / "helpers.ipynb", "from ipynb.fs.full.inner import one\nfrom ipynb.fs.full.helpers import half")
    document = in_place(read(written(tmp_path / "main.ipynb", "from ipynb.fs.full.helpers import one")))
    assert list(document.modules) == ["inner.py", "helpers.py"]
    assert "from               inner import one" in document.modules["helpers.py"]
    assert [Path(one.path).name for one in document.brought] == ["main.ipynb", "helpers.ipynb", "inner.ipynb"]


LEFT = {
    "definitions only": ("from ipynb.fs.defs.helpers import half", HELPERS),
    "in a package": ("from ipynb.fs.full.lib.helpers import half", HELPERS),
    "missing": ("from ipynb.fs.full.missing import half", HELPERS),
    "another loader": ("import nbimporter\nimport helpers", HELPERS),
    "without the loader": ("import helpers  # ipynb", HELPERS),
    "needs IPython": ("from ipynb.fs.full.helpers import half", ["%cd ..\nhalf = 1"]),
    "runs a notebook": ("from ipynb.fs.full.helpers import half", ["%run main.ipynb\nhalf = 1"]),
    "asks a shell": ("from ipynb.fs.full.helpers import half", ["half = !ls"]),
    "not Python": ("from ipynb.fs.full.helpers import half", ["%%bash\nls"]),
    "not to be parsed": ("from ipynb.fs.full.helpers import half", ["half ="]),
    "a module of that name": ("from ipynb.fs.full.taken import half", HELPERS),
    "a part of a name": ("import ipynb.fs.full.helpers", HELPERS),
    "several in one row": ("import import_ipynb, helpers", HELPERS),
}


@pytest.mark.parametrize("kind", LEFT)
def test_what_cannot_be_a_module_stays(tmp_path: Path, kind: str) -> None:
    source, helpers = LEFT[kind]
    written(tmp_path / "helpers.ipynb", *helpers)
    written(tmp_path / "taken.ipynb", *HELPERS)
    (tmp_path / "taken.py").write_text("half = 3")
    path = written(tmp_path / "main.ipynb", (source, ["data"]), ("y = half(2)", ["train"]))
    notebook = read(path)
    assert in_place(notebook) is notebook
    _, findings = api.check(path)
    codes = {one.code for one in findings if one.severity is Severity.ERROR}
    assert "NBX109" in codes or kind == "without the loader"


def test_an_installed_package_is_found_first(tmp_path: Path) -> None:
    """`import_ipynb` asks for notebooks where Python has found nothing."""
    written(tmp_path / "pytest.ipynb", *HELPERS)
    (tmp_path / "both.py").write_text("half = 3")
    written(tmp_path / "both.ipynb", *HELPERS)
    for name in ("pytest", "both", "json"):
        notebook = read(written(tmp_path / "main.ipynb", f"import import_ipynb\nimport {name}"))
        assert in_place(notebook) is notebook
