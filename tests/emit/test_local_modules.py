"""What lies beside the notebook and is imported travels with the project."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nbexport import api, disk
from nbexport.emit import file_reads, installed_here
from nbexport.emit.file_reads import Reads
from nbexport.emit.local_modules import local_modules
from nbexport.errors import NbexportError
from nbexport.plan import Action, ExportRequest, Plan

NOTEBOOK = """\
# %%
{imports}
# %% tags=["data"]
rows = [{value}, 2.0]
# %% tags=["train"]
weight = sum(rows)
# %% tags=["evaluate"]
metrics = {{"weight": weight}}
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
predict(2.0)
"""
"""A notebook that computes with what its imports give."""


def test_a_folder_without_init_is_a_package(tmp_path: Path) -> None:
    (tmp_path / "res").mkdir()
    (tmp_path / "res" / "tasks.py").write_text("import res.more\nimport json\n")
    (tmp_path / "res" / "more.py").write_text("import colorsys\n")
    (tmp_path / "res" / "picture.png").write_bytes(b"\x89PNG")
    found = local_modules(["res.tasks"], tmp_path)
    assert found.names == {"res"}
    assert sorted(found.files) == ["res/more.py", "res/tasks.py"]
    assert "colorsys" in found.imports


def test_a_folder_with_the_name_of_an_installed_package_is_not_taken_for_it(tmp_path: Path) -> None:
    for name in ("numpy", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.py").write_text("x = 1\n")
    assert local_modules(["numpy", "json"], tmp_path).files == {}
    (tmp_path / "numpy" / "__init__.py").write_text("")
    assert sorted(local_modules(["numpy"], tmp_path).files) == ["numpy/__init__.py", "numpy/notes.py"]


def test_modules_come_from_folders_on_the_search_path_and_from_cells(tmp_path: Path) -> None:
    root = tmp_path / "notebooks"
    root.mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "trimming.py").write_text("import scaling\n")
    (root / "scaling.py").write_text("stale = 1\n")
    found = local_modules(["trimming"], root, search=["../src"], written={"scaling.py": "fresh = 1\n"})
    assert found.files == {"trimming.py": b"import scaling\n", "scaling.py": b"fresh = 1\n"}


def test_a_package_brings_its_data_and_a_module_what_it_opens(tmp_path: Path) -> None:
    package = tmp_path / "tools"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "x.pyc").write_bytes(b"")
    (package / "__init__.py").write_text("")
    (package / "labels.json").write_text("[]")
    (tmp_path / "flat.py").write_text("import tools\nopen('high.csv')\nopen('/etc/passwd')\nopen('none.csv')\n")
    (tmp_path / "high.csv").write_text("1")
    found = local_modules(["flat"], tmp_path)
    assert sorted(found.files) == ["flat.py", "high.csv", "tools/__init__.py", "tools/labels.json"]
    assert found.names == {"flat", "tools"}


def notebook(folder: Path, files: dict[str, str], *, imports: str, value: str = "1.0") -> Path:
    """A notebook with other files beside it."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    folder.mkdir(exist_ok=True)
    path = folder / "sums.py"
    path.write_text(NOTEBOOK.format(imports=imports, value=value), encoding="utf-8")
    return path


def exported(path: Path, *, level: int = 1) -> Plan:
    plan = api.plan(ExportRequest(path, path.parent / "project", level))
    assert isinstance(plan, Plan), plan
    return plan


@pytest.mark.parametrize(
    ("imports", "value", "files", "come"),
    [
        pytest.param(
            "import sys\nfrom pathlib import Path\nROOT = Path.cwd()\nsys.path.append(str(ROOT / 'lib'))\nimport feats",
            "feats.one()",
            {
                "lib/feats.py": "import json, os\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
                "def one():\n    return json.load(open(os.path.join(HERE, 'conf', 'k.json')))\n",
                "lib/conf/k.json": "1.0",
            },
            {"feats.py", "conf/k.json"},
            id="a module in a folder opens a file beside itself",
        ),
        pytest.param(
            "import parts_of",
            "parts_of.total()",
            {
                "parts_of.py": "from pathlib import Path\ndef total():\n    folder = Path(__file__).parent / 'parts'\n"
                "    return sum(float(path.read_text()) for path in folder.glob('*.txt'))\n",
                "parts/a.txt": "0.25",
                "parts/b.txt": "0.75",
            },
            {"parts_of.py", "parts/a.txt", "parts/b.txt"},
            id="a module reads whatever lies in a folder",
        ),
        pytest.param(
            "import outer",
            "outer.one()",
            {
                "outer.py": "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), 'deep'))\n"
                "from inner import one\n",
                "deep/inner.py": "def one():\n    return 1.0\n",
            },
            {"outer.py", "inner.py"},
            id="a module has folders of its own",
        ),
        pytest.param(
            "from shapes.round import one",
            "one()",
            {
                "shapes/__init__.py": "",
                "shapes/round.py": "from .base import one\n",
                "shapes/base.py": "from importlib.resources import files\n"
                "def one():\n    return float((files(__package__) / 'one.txt').read_text())\n",
                "shapes/one.txt": "1.0",
            },
            {"shapes/__init__.py", "shapes/round.py", "shapes/base.py", "shapes/one.txt"},
            id="a package imports within itself and has data",
        ),
        pytest.param(
            "from amounts import start",
            "(start := start + 0.5)",
            {"amounts.py": "start = 0.5\n"},
            {"amounts.py"},
            id="a stage binds the imported name again, so the import stands inside of it",
        ),
    ],
)
def test_a_project_runs_where_its_notebook_is_not(
    tmp_path: Path, imports: str, value: str, files: dict[str, str], come: set[str]
) -> None:
    path = notebook(tmp_path / "work", files, imports=imports, value=value)
    plan = exported(path)
    assert come <= {change.path for change in plan.changes}
    disk.apply(plan)
    shutil.move(path.parent / "project", tmp_path / "elsewhere")
    shutil.rmtree(path.parent)
    run = subprocess.run(
        [sys.executable, "train.py"], check=False, cwd=tmp_path / "elsewhere", capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    metrics = json.loads((tmp_path / "elsewhere" / "models" / "latest" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics == {"weight": 3.0}


def test_what_functions_import_when_they_run_is_required(tmp_path: Path) -> None:
    helper = "def major(text):\n    from packaging.version import parse\n    return float(parse(text).major)"
    path = notebook(tmp_path, {}, imports=helper, value="major('1')")
    changes = {change.path: (change.after or b"").decode() for change in exported(path, level=2).changes}
    assert "packaging==" in changes["requirements.txt"]


def test_a_service_requires_what_the_stages_import(tmp_path: Path) -> None:
    path = notebook(tmp_path, {}, imports="from packaging.version import parse", value="float(parse('1').major)")
    changes = {change.path: (change.after or b"").decode() for change in exported(path, level=2).changes}
    assert "from packaging.version import parse" in changes["model.py"]
    assert "\npackaging==" in changes["requirements-serve.txt"]


def test_what_modules_read_is_in_the_image_too(tmp_path: Path) -> None:
    path = notebook(tmp_path, {"flat.py": "open('in/high.csv')\n", "in/high.csv": "1"}, imports="import flat")
    path.write_text(path.read_text(encoding="utf-8").replace("* weight\n", "* weight + flat.LOW\n"), encoding="utf-8")
    changes = {change.path: change.after or b"" for change in exported(path, level=2).changes}
    assert {"flat.py", "in/high.csv"} <= changes.keys()
    copied = [line for line in changes["Dockerfile"].decode().splitlines() if line.startswith("COPY")]
    assert "COPY in ./in" in copied
    assert any("flat.py" in line for line in copied), copied


def test_what_a_module_reads_is_compared_by_sync_and_large_data_is_not(tmp_path: Path) -> None:
    path = notebook(
        tmp_path, {"flat.py": "open('a.csv')\nopen('b.csv')\n", "a.csv": "1"}, imports="import flat", value="flat.x"
    )
    (path.parent / "b.csv").write_bytes(b"1" * 1_000_001)
    disk.apply(exported(path))
    (path.parent / "a.csv").write_text("2")
    (path.parent / "b.csv").write_bytes(b"2" * 1_000_001)
    actions = {change.path: change.action for change in exported(path).changes}
    assert (actions["a.csv"], actions["b.csv"]) == (Action.UPDATE, Action.SAME)


@pytest.mark.parametrize(
    ("imports", "files", "said"),
    [
        ("import other", {"other.ipynb": "{}"}, "`other` cannot come along: it lies in `other.ipynb`"),
        (
            "from cleaning import f",
            {"lib/cleaning.py": "f = 1"},
            "`cleaning` cannot come along: it lies in `lib/cleaning",
        ),
        ("import speedups", {"speedups.pyx": "x = 1"}, "`speedups` cannot come along: it lies in `speedups.pyx`"),
        ("from utils import f", {}, "`utils` is imported and is not found"),
        ("import sys\nsys.path.append('gone')\nimport cleaning", {}, "`cleaning` is imported and is not found"),
    ],
)
def test_what_cannot_come_is_refused_by_name(tmp_path: Path, imports: str, files: dict[str, str], said: str) -> None:
    name = imports.rsplit(maxsplit=1)[-1] if "from" not in imports else "f"
    path = notebook(tmp_path, files, imports=imports, value=f"float(bool({name}))")
    with pytest.raises(NbexportError) as caught:
        exported(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "imports",
    [
        "import lightgbm",
        "# %pip install cleaning\nimport cleaning",
        "try:\n    import cleaning\nexcept ImportError:\n    cleaning = None",
    ],
)
def test_a_library_that_is_not_here_is_no_local_module(tmp_path: Path, imports: str) -> None:
    name = "lightgbm" if "lightgbm" in imports else "cleaning"
    files = {f"lib/{name}.py": "x = 1"} if name == "lightgbm" else {}
    path = notebook(tmp_path, files, imports=imports, value=f"float(bool({name}))")
    wanted = next(change for change in exported(path).changes if change.path == "requirements.txt")
    assert name in (wanted.after or b"").decode()


def test_a_package_that_is_installed_from_a_folder_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, site = tmp_path / "own package" / "src" / "own_shop", tmp_path / "site"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("ONE = 1.0\n")
    info = site / "own_shop-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own-shop\nVersion: 1\n")
    url = (tmp_path / "own package").as_uri()
    (info / "direct_url.json").write_text(json.dumps({"url": url, "dir_info": {"editable": True}}))
    monkeypatch.syspath_prepend(str(site))
    installed_here._folders.cache_clear()
    try:
        assert local_modules(["own_shop"], tmp_path).files == {"own_shop/__init__.py": b"ONE = 1.0\n"}
    finally:
        monkeypatch.undo()
        installed_here._folders.cache_clear()


def test_cells_write_packages_and_the_data_that_modules_read(tmp_path: Path) -> None:
    written = {"lib/feats.py": "open('k.json')\n", "k.json": "1\n", "pack/__init__.py": "", "pack/one.py": "x = 1\n"}
    found = local_modules(["feats", "pack"], tmp_path, search=["lib"], written=written)
    assert sorted(found.files) == ["feats.py", "k.json", "pack/__init__.py", "pack/one.py"]


def test_what_a_module_looks_for_beside_itself_and_only_a_run_knows_is_said(tmp_path: Path) -> None:
    (tmp_path / "flat.py").write_text("from pathlib import Path\nHERE = Path(__file__).parent\nlist(HERE.iterdir())\n")
    (note,) = local_modules(["flat"], tmp_path).notes
    assert note.startswith("`flat.py`, line 3, looks for files beside itself")


@pytest.mark.parametrize(
    ("text", "paths", "folders"),
    [
        ("import os\ndef load(name):\n    return open(os.path.join('in', name))\nload('a.csv')", {"in/a.csv"}, set()),
        ("class Store:\n    def __init__(self, place):\n        self.place = place\nStore('a.csv')", {"a.csv"}, set()),
        ("from pathlib import Path\nfor name in ('a', 'b'):\n    open(f'{name}.csv')", {"a.csv", "b.csv"}, set()),
        ("import glob\nglob.glob('in/*.csv')", set(), {"in"}),
        ("def load(day):\n    return open(f'in/{day}.csv')", set(), {"in"}),
        ("import os\nos.makedirs('out')\nopen('out/x.csv', 'w')", set(), set()),
        ("import pandas as pd\npd.read_sql('select a.b from c', con)", set(), set()),
        # names that stand for themselves
        ("def load(path):\n    return open(path)\ndef main(path):\n    return load(path=path)", set(), set()),
        ("def load(a, b):\n    return open(a), load(b, a)\nload(b=f'in/{day}.csv', a=x)", set(), {"in"}),
        ("import os\nplace = os.path.join(place, day)\nopen(place)", set(), set()),
    ],
)
def test_what_a_text_says_that_it_reads(text: str, paths: set[str], folders: set[str]) -> None:
    found: Reads = file_reads.reads(file_reads.parsed(text))
    assert paths <= found.paths
    assert found.folders == folders
    assert found.certain <= found.paths
