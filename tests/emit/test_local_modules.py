"""What lies beside the notebook and is imported travels with the project."""

from __future__ import annotations

from pathlib import Path

from nbexport.emit.local_modules import local_modules


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
