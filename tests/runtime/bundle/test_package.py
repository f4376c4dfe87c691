"""The package as a project uses it: its command, what importing it costs, and its codecs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbexport_runtime.bundle.codec as package
import pytest
from nbexport_runtime.bundle.__main__ import main
from nbexport_runtime.bundle.codec import codecs

HERE = Path(__file__).parent
RUNTIME = Path(__file__).parents[3] / "runtime"


def test_the_command_checks_a_bundle(code: Any, tmp_path: Path) -> None:
    code.bundle.save({"x": (1, 2)}, tmp_path, strict=True, examples=[])
    subprocess.run(
        [sys.executable, "-m", "nbexport_runtime.bundle", str(tmp_path)],
        cwd=code.folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (RUNTIME, HERE)))},
        check=True,
    )


def test_the_command_says_what_is_wrong(code: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "holds no bundle" in capsys.readouterr().out
    assert main([]) == 2
    assert "usage: python -m nbexport_runtime.bundle FOLDER" in capsys.readouterr().err


def test_no_library_is_imported_before_a_value_of_it_turns_up() -> None:
    script = "import sys, nbexport_runtime.bundle as b; b.save({'a': [1, (2.5, 'x')]}, b.loading.Path(sys.argv[1]), "
    script += "strict=True, examples=[]); b.load(sys.argv[1]); print(*sys.modules)"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", script, folder],
            env={**os.environ, "PYTHONPATH": str(RUNTIME)},
            capture_output=True,
            text=True,
            check=True,
        )
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert not roots & {
        "cryptography",
        "numpy",
        "pandas",
        "safetensors",
        "scipy",
        "sklearn",
        "skops",
        "torch",
        "nbexport",
    }


def test_each_codec_is_found_by_its_file() -> None:
    files = [path for path in Path(package.__file__).parent.glob("*.py") if not path.name.startswith("_")]
    assert len(files) == len(codecs())
    tags = [tag for codec in codecs() for tag in codec.decoders]
    assert len(tags) == len(set(tags))
