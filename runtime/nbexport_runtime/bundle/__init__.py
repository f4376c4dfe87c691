"""A bundle: the folder that holds what `predict` needs, written once, checked before anything in it is used.

    values.json         the values, as data; what does not fit into JSON is named in it
    weights.safetensors torch tensors
    arrays.npz          numpy arrays
    estimators/*.skops  scikit-learn estimators
    native/*            models in the format of their own library
    metrics.json        the run's metrics
    manifest.json       where it all came from, and the sha256 of every file

`python -m nbexport_runtime.bundle FOLDER` loads a bundle in a fresh process and compares: values with what was saved,
answers to the notebook's examples with those given right after training.

What a bundle may name is decided outside of it (`trust.py`): by a list for each library in `codec/`, and by the caller,
who says which modules are the project's own.
"""

from nbexport_runtime.bundle.comparing import TOLERANCE, check, close
from nbexport_runtime.bundle.errors import BundleError
from nbexport_runtime.bundle.loading import Loaded, load
from nbexport_runtime.bundle.manifest import FORMAT, compare_files, digest_of, sha256
from nbexport_runtime.bundle.measuring import CHEAP_MS, Example
from nbexport_runtime.bundle.plain import plain, plain_json
from nbexport_runtime.bundle.saving import problem_of, save
from nbexport_runtime.bundle.trust import modules_beside

__all__ = [
    "CHEAP_MS",
    "FORMAT",
    "TOLERANCE",
    "BundleError",
    "Example",
    "Loaded",
    "check",
    "close",
    "compare_files",
    "digest_of",
    "load",
    "modules_beside",
    "plain",
    "plain_json",
    "problem_of",
    "save",
    "sha256",
]
