"""What is not needed is not imported with a library, and can be imported later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbexport_runtime.bundle.importing import hidden

RUNTIME = Path(__file__).parents[3] / "runtime"
CODE = """
import sys
from sklearn.linear_model import LogisticRegression
from nbexport_runtime.bundle.codec import sklearn

sklearn.packed(LogisticRegression(), None)
assert "torch" not in sys.modules
import sklearn.externals.array_api_compat.torch
assert "torch" in sys.modules
"""


def test_a_model_of_sklearn_is_saved_without_an_import_of_torch() -> None:
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_hidden_is_missing_within_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "rarely_needed.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with hidden("rarely_needed", "json"):
        with pytest.raises(ImportError):
            import rarely_needed  # type: ignore[import-not-found]
        # it was imported before
        import json
    assert json.loads("1") == 1
    import rarely_needed

    assert rarely_needed.value == 1
    with hidden("rarely_needed"):
        import rarely_needed
    sys.modules.pop("rarely_needed")
