"""Models of libraries that are too large for every run: each is saved, and answers the same in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbexport_runtime.bundle.codec import codecs

from nbexport.emit.package import SAVED
from nbexport.verify import walk

HERE = Path(__file__).parent
RUNTIME = Path(__file__).parents[3] / "runtime"
LIBRARIES = ("catboost", "keras", "onnxruntime", "prophet", "skorch", "statsmodels")
MODEL = """\
import trade_models
from nbexport_runtime import bundle


def load_model(folder):
    return bundle.load(folder, predict=trade_models.predict, own=("trade_layers", "trade_models"))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the libraries, and with all that the tests have besides."""
    folder = tmp_path_factory.mktemp("trade") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    made = folder / "bin" / "python"
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    wanted = [*LIBRARIES, "onnx"]
    held = subprocess.run([uv, "pip", "freeze", "--python", sys.executable], check=True, capture_output=True, text=True)
    # the versions that are here, so that one numpy serves all
    pinned = [line for line in held.stdout.splitlines() if line.startswith(("numpy==", "pandas==", "scipy=="))]
    # torch is here, and its wheel is the largest of all
    without = folder.parent / "overrides.txt"
    without.write_text("torch; python_version < '3'\n", encoding="utf-8")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", made, "--overrides", without, *wanted, *pinned], check=True
    )
    site = next(folder.glob("lib/python*/site-packages"))
    ours = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
    (site / "zz_ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    return made


def run(python: Path, folder: Path, *arguments: str | Path) -> str:
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    path = os.pathsep.join(map(str, (RUNTIME, HERE)))
    own = {**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "torch"}
    done = subprocess.run([python, *arguments], cwd=folder, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow(minutes=4)
@pytest.mark.parametrize("library", LIBRARIES)
def test_models_answer_the_same_in_a_fresh_process(library: str, python: Path, tmp_path: Path) -> None:
    run(python, tmp_path, HERE / "trade_models.py", "save", library, "saved")
    assert run(python, tmp_path, "-m", "nbexport_runtime.bundle", "saved") == ""


SNAPSHOTS = """\
import runpy, sys
import keras
import numpy as np
from keras import layers

snapshot = runpy.run_path(sys.argv[1])["snapshot"]

def made():
    keras.utils.set_random_seed(0)
    start = keras.Input((2,))
    joined = layers.add([layers.Dense(3)(start), layers.Dense(3)(start)])
    model = keras.Model(start, layers.Dense(1)(joined))
    model.compile("adam", "mse")
    return model, model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)

one, other = made(), made()
assert snapshot(one) == snapshot(other)
one[0].fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
assert snapshot(one[0]) != snapshot(other[0])
assert snapshot(layers.Dense(1)) != snapshot(layers.Dense(2))
"""


@pytest.mark.slow(minutes=4)
def test_models_of_keras_are_compared_by_what_they_are_made_of(python: Path, tmp_path: Path) -> None:
    (tmp_path / "compare.py").write_text(SNAPSHOTS, encoding="utf-8")
    run(python, tmp_path, "compare.py", Path(walk.__file__))


@pytest.mark.slow(minutes=4)
def test_what_is_refused_says_why(python: Path, tmp_path: Path) -> None:
    found = json.loads(run(python, tmp_path, HERE / "trade_models.py", "refused").splitlines()[-1])
    assert [case for case, problem in found.items() if not problem] == []
    assert "is code" in found["lambda"]
    assert "get_config" in found["no get_config"]
    assert "stands outside of a model" in found["a layer alone"]
    assert "reads its vocabulary from a file" in found["words of a file"]
    assert "is a link" in found["weights of another file"]


def test_a_service_requires_each_library_that_a_bundle_may_hold() -> None:
    assert {codec.library for codec in codecs() if codec.library} <= SAVED
