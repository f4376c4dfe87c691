"""What must stay true of the whole package, kept by tests instead of memory."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nbexport
from nbexport import rules

PACKAGE = Path(nbexport.__file__).parent
ROOT = PACKAGE.parent
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if "templates" not in path.parts]

HEAVY = (
    *("click", "dataclasses", "inspect", "jinja2", "jupyter", "libcst", "nbclient", "nbformat", "pathspec", "rich"),
    *("ruff", "tokenize", "tomllib"),
)
"""What a check must not import: each costs more than the check itself."""


def imported_by(*words: str | Path) -> set[str]:
    """Every module that a command line imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "nbexport", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("notebook", ["sound", "broken"])
def test_checking_starts_light(notebook: str, request: pytest.FixtureRequest) -> None:
    modules = imported_by("check", request.getfixturevalue(notebook))
    assert "nbexport.analysis.notebook" in modules
    assert sorted(name for name in modules if name.partition(".")[0].startswith(HEAVY)) == []


def writes(tree: ast.AST) -> list[int]:
    """The lines on which a module writes to the disk."""
    names = {"write_text", "write_bytes", "mkdir", "makedirs", "unlink", "rename", "touch", "rmtree", "symlink_to"}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        # `open(path, mode)`, `path.open(mode)`
        first = 0 if isinstance(node.func, ast.Attribute) else 1
        given = [*node.args[first : first + 1], *(keyword.value for keyword in node.keywords)]
        modes = [argument.value for argument in given if isinstance(argument, ast.Constant)]
        opens = called == "open" and any(isinstance(mode, str) and set(mode) & set("wax+") for mode in modes)
        if called in names or opens:
            found.append(node.lineno)
    return found


WRITERS = [path for path in SOURCES if path.name != "cache.py"]
"""All but the cache, which writes a file of its own: docs/decisions/0004-the-cache.md."""


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_the_disk_writes(path: Path) -> None:
    stage = path.relative_to(PACKAGE).parts[0]
    if stage in ("disk", "verify"):
        # verify fills a temporary folder, and hands what stays to the disk
        return
    assert writes(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_the_scan_for_writes_sees_them() -> None:
    planted = 'open("a", "w")\nopen("a")\npath.open(mode="ab")\nPath("a").write_text("")\nos.mkdir("a")\nf("w")\n'
    assert writes(ast.parse(planted)) == [1, 3, 4, 5]


TESTS = ROOT / "tests"
ROOMS = {path.parent.name: path.parent for path in PACKAGE.glob("*/__init__.py")}


def test_every_room_has_tests_in_a_folder_of_its_name() -> None:
    assert [name for name in ROOMS if not any((TESTS / name).rglob("test_*.py"))] == []


def rooms_of_modules() -> dict[str, set[str]]:
    """Module name → the rooms that hold a module of that name; the empty name is the top's."""
    places: dict[str, set[str]] = {}
    for name, folder in {**ROOMS, "": PACKAGE}.items():
        for path in folder.glob("[a-z]*.py"):
            places.setdefault(path.stem, set()).add(name)
    return places


def test_modules_say_themselves_that_their_tests_are_slow() -> None:
    """`make test-slow` imports only modules that say so; see `conftest.pytest_ignore_collect`."""
    others = [path for path in TESTS.rglob("*.py") if not path.name.startswith(("test_", "conftest"))]
    assert [path for path in others if "mark.slow" in path.read_text(encoding="utf-8")] == []


def test_tests_named_after_a_module_stand_in_its_room() -> None:
    """A module that moves takes its tests along: `tests/read/test_percent.py` is about `nbexport/read/percent.py`."""
    places = rooms_of_modules()
    assert "read" in places["percent"]
    strays = [
        path.relative_to(TESTS).as_posix()
        for room in (*ROOMS, "")
        for path in (TESTS / room).glob("test_*.py")
        # in a room a test may be about several modules; at the top each is about one, but for the laws
        if room not in places.get(path.stem.removeprefix("test_"), {room} if room else set()) and path != Path(__file__)
    ]
    assert strays == []


def make_rules() -> Any:
    """The module that writes the documentation of the rules."""
    spec = importlib.util.spec_from_file_location("make_rules", ROOT / "docs" / "make_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_of_the_rules_is_fresh(tmp_path: Path) -> None:
    made = make_rules()
    assert made.stale(ROOT / "docs" / "rules") == [], "run: make docs"
    assert len(made.stale(tmp_path)) == len(rules.all_rules()) + 1
    (tmp_path / "nbx999.md").write_text("of a rule that is gone")
    assert "nbx999.md" in made.stale(tmp_path)


def test_the_index_of_the_rules_is_fresh() -> None:
    assert make_rules().index() == (PACKAGE / "rules" / "index.py").read_text("utf-8"), "run: make docs"


def test_every_rule_file_is_found_and_named_after_its_code() -> None:
    files = [path.stem for path in sorted((PACKAGE / "rules").glob("*.py")) if path.stem not in ("__init__", "index")]
    assert [f"{rule.code.lower()}_{rule.slug.replace('-', '_')}" for rule in rules.all_rules()] == files
    assert len({rule.slug for rule in rules.all_rules()}) == len(files)


@pytest.mark.parametrize("rule", rules.all_rules(), ids=lambda rule: rule.code)
def test_rules_are_stated_fully(rule: rules.Rule) -> None:
    assert rule.scope in ("notebook", "lift", "file")
    assert not rule.title.endswith(".")
    assert len(rule.title) <= 120
    assert rules.find_rule(rule.slug) is rule


def test_layers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "runtime")},
    )
    assert done.returncode == 0, done.stdout


def test_nothing_is_left_to_do_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [path.name for path in SOURCES if any(mark in path.read_text(encoding="utf-8") for mark in marks)]
    assert found == []


def asks_a_rule(tree: ast.AST) -> list[int]:
    """The lines on which a module runs a rule: `rule.find(…)`."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "find"
        and isinstance(node.func.value, ast.Name)
        and "rule" in node.func.value.id
    ]


def test_only_the_judge_asks_rules() -> None:
    asking = {path.relative_to(PACKAGE).parts[0] for path in SOURCES if asks_a_rule(ast.parse(path.read_text("utf-8")))}
    assert asking == {"judge"}


def test_no_code_of_a_rule_is_named_outside_its_file() -> None:
    """What is special about a rule is a trait in its own file; a list of codes elsewhere would have to be kept by hand."""
    naming = {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        if not path.name.startswith("nbx")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"NBX\d{3}", node.value)
    }
    assert naming == set()


def test_the_top_holds_the_nouns_alone() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 12
    assert len((PACKAGE / "api.py").read_text("utf-8").splitlines()) <= 200


def test_every_file_that_the_architecture_names_is_there() -> None:
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:nbexport|tests)/[\w/.]+\.py)`", text))
    assert len(named) >= 10
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    assert [f"{room}/" for room in ROOMS if f"`{room}/`" not in text] == []


WITH_EXAMPLES = [path for path in SOURCES if re.search(r"^ *>>> ", path.read_text("utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_examples_in_docstrings_hold(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
