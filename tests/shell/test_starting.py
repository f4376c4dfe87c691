"""What a check does not import, and that nothing is lost by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("gettext", "ipaddress", "locale", "urllib", "unicodedata")


def run(code: str, *words: str | Path) -> str:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert not done.stderr.startswith("Traceback"), done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.py"
    path.write_text("# %%\nx = 1\nprint(x)\n", encoding="utf-8")
    return path


def test_a_check_imports_nothing_that_it_never_asks(small: Path) -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\nfrom nbexport.shell.cli import main\n"
        'main(["check", "--no-cache", sys.argv[1]])\nprint(*(set(sys.modules) - before))'
    )
    modules = run(code, small).splitlines()[-1].split()
    assert "argparse" in modules
    assert "pathlib" in modules
    assert sorted(name for name in modules if name.startswith(HEAVY)) == []


def test_what_was_stood_in_for_is_there_when_it_is_asked() -> None:
    code = (
        "import nbexport.shell, pathlib\nprint(pathlib.PurePosixPath('/a b/ü').as_uri())\n"
        "import gettext, urllib.parse\nprint(gettext.find.__module__, urllib.parse.quote('a b'))"
    )
    assert run(code) == "file:///a%20b/%C3%BC\ngettext a%20b\n"


def test_wrong_usage_is_told_as_ever(small: Path) -> None:
    code = "import sys\nfrom nbexport.shell.cli import main\nsys.exit(main(['check', '--jobs', 'x', sys.argv[1]]))"
    plain = f"import argparse, pathlib\n{code}"
    assert "invalid int value: 'x'" in run(code, small)
    assert run(code, small) == run(plain, small)
    assert run("from nbexport.shell.cli import main\nmain(['check', '--help'])") == run(
        "import argparse, pathlib\nfrom nbexport.shell.cli import main\nmain(['check', '--help'])"
    )


def test_a_python_that_needs_more_of_a_module_gets_the_real_one() -> None:
    code = (
        "import sys\nfrom nbexport.shell import import_lightly\n"
        "import_lightly('fractions', without='decimal', functions={})\n"
        "assert 'decimal' not in sys.modules\nimport fractions\nprint(fractions.Decimal is not None)"
    )
    assert run(code) == "True\n"
