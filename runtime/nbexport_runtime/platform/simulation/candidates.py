"""A broken model and a better one, made of the model in production.

    VERSION-broken     fails a share of its inputs: which ones, a hash of the input decides
    VERSION-better     answers as production does; what comes of its answers is better, as `world.py` has it

Neither passes the gates of a promotion, which compare models on rows held back: these are skipped, and the report says
so. What is rehearsed is what comes after the gates.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from nbexport_runtime import bundle
from nbexport_runtime.bundle.manifest import MANIFEST, facts_of
from nbexport_runtime.pipeline.files import manifest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project

BROKEN_NAME, BETTER = "-broken", "-better"
"""How the versions end."""
CODE = "code/model.py"
BROKEN = '''

# ------------------------------------------------------------------ added by a simulation: this model is broken
import functools as _functools
import hashlib as _hashlib

_predict_as_trained, _load_as_trained = predict, load_model
_KNOWN_ANSWERS = set()


def _place(args, kwargs):
    """A number from 0 to 1 that an input always has."""
    text = repr((args, sorted(kwargs.items()))).encode("utf-8", "replace")
    return int.from_bytes(_hashlib.sha256(text).digest()[:8], "big") / 2**64


@_functools.wraps(_predict_as_trained)
def predict(state, /, *args, **kwargs):
    place = _place(args, kwargs)
    if place < SHARE and place not in _KNOWN_ANSWERS:
        raise RuntimeError("the simulated candidate is broken")
    return _predict_as_trained(state, *args, **kwargs)


def load_model(folder):
    loaded = _load_as_trained(folder)
    # it gives its known answers, as a model that breaks in production does
    _KNOWN_ANSWERS.update(_place(args, kwargs) for args, kwargs in loaded.examples)
    return loaded
'''
"""What a broken model has besides; `SHARE` is a number."""


def broken(project: Project, share: float) -> str:
    """The version of a model that fails a share of its inputs.

    Args:
        project: The copy.
        share: From 0 to 1.

    Raises:
        PipelineError: The model in production carries no code that could break.
    """
    return made(project, BROKEN_NAME, BROKEN.replace("SHARE", repr(share)))


def better(project: Project) -> str:
    """The version of a model that answers as production does."""
    return made(project, BETTER, "")


def made(project: Project, name: str, code: str) -> str:
    """A copy of the model in production under a version of its own, with more code.

    Raises:
        PipelineError: There is no code to add to.
    """
    current = project.current
    if current is None:
        raise PipelineError("there is no production; train one with `python retrain.py`")
    facts = manifest(current)
    version = f"{facts['version']}{name}"
    folder = project.versions / version
    shutil.copytree(current, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if code:
        path = folder / CODE
        if not path.is_file():
            raise PipelineError(f"`{current}` does not carry its code; train again with `python retrain.py`")
        path.write_text(path.read_text(encoding="utf-8") + code, encoding="utf-8")
    rewritten(folder, version)
    return version


def rewritten(folder: Path, version: str) -> None:
    """Have the manifest of a bundle say what its files are now."""
    path = folder / MANIFEST
    facts = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    (folder / "manifest.json.minisig").unlink(missing_ok=True)
    path.write_text(bundle.plain_json({**facts, "version": version, "files": facts_of(folder)}), encoding="utf-8")
