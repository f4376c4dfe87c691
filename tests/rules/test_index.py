"""Rules load from an index; the files decide what there is, and a check imports only the rules that it asks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nbexport
from nbexport import rules
from nbexport.judge.judgement import text_of
from nbexport.read.notebook import read

PACKAGE = Path(nbexport.__file__).parent
NEW = '''"""A number that nobody likes.

## What it does
Reports the number 13.

## Why is this bad
Nobody likes it.

## How to fix
Take 12.

## Limits
None.

## Source
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity, Span

SEVERITY = Severity.ERROR
SCOPE = "notebook"
WORDS = ("13",)

GOOD = """\\
# %%
x = 12
"""

BAD = """\\
# %%
x = 13  # <- here
"""


def find(analysis: Analysis) -> Iterator[Problem]:
    """Cells with the number."""
    for cell in analysis.notebook.cells:
        if "13" in cell.source:
            yield Problem("nobody likes `13`", "write 12", cell.number, Span(1, 1, 1, 2))
'''
CHECK = """
import sys
from nbexport.shell.cli import main
main(["check", "--no-cache", sys.argv[1]])
print(*(name.rpartition(".")[2] for name in sys.modules if name.startswith("nbexport.rules.nbx")))
"""


def run(package: Path, *words: str | Path) -> str:
    """What a copy of nbexport says."""
    done = subprocess.run(
        [sys.executable, "-m", "nbexport", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=package.parent,
        env={"PYTHONPATH": str(package.parent), "NBEXPORT_CACHE_DIR": str(package.parent / "cache")},
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_a_new_file_is_a_rule_before_the_index_is_written_and_a_deleted_one_is_none(tmp_path: Path) -> None:
    package = tmp_path / "nbexport"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("templates", "labextension", "lab"))
    (package / "rules" / "nbx999_unlucky_number.py").write_text(NEW, encoding="utf-8")
    (package / "rules" / "nbx507_eval.py").unlink()
    (tmp_path / "a.py").write_text("# %%\nx = 13\nrows = eval(str(x))\n", encoding="utf-8")
    listed = run(package, "rules")
    assert "NBX999  error    unlucky-number" in listed
    assert "A number that nobody likes" in listed
    assert "NBX507" not in listed
    assert "Nobody likes it." in run(package, "explain", "unlucky-number")
    found = run(package, "check", "--no-cache", "--output-format", "concise", "a.py")
    assert "NBX999 nobody likes `13`" in found
    assert "NBX507" not in found


def test_the_index_says_what_the_files_say() -> None:
    for rule in rules.all_rules():
        module, title, severity, scope, traits, words = rules.stated(
            f"{rule.code.lower()}_{rule.slug.replace('-', '_')}"
        )
        assert module.startswith(rule.code.lower())
        assert (rule.title, rule.severity.value, rule.scope, rule.words) == (title, severity, scope, words)
        assert sorted(rule.traits) == list(traits)


@pytest.mark.parametrize("source", ["x = 1", "rows = eval(text)\n!pip install pandas"])
def test_only_rules_whose_words_the_notebook_holds_are_imported(source: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"# %%\n{source}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CHECK, path],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {name[:6].upper() for name in done.stdout.splitlines()[-1].split()}
    text = text_of(read(path))
    asked = {rule.code for rule in rules.all_rules() if rule.scope != "lift" and rule.may_speak(text)}
    assert "NBX101" in asked
    assert imported == asked
