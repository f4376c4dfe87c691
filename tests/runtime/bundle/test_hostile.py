"""Bundles of an attacker, who can compute every digest: nothing of them runs, and what is refused is named."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from forging import mapping, node, several, skops_file, text, with_estimator, with_file, with_tree
from nbexport_runtime.bundle.codec.statsmodels import refuse_formula
from nbexport_runtime.bundle.errors import UntrustedError
from sklearn.preprocessing import FunctionTransformer

OWN = ("bundle_values",)


def refused(code: Any, folder: Path, *words: str) -> None:
    """A bundle is refused in these words."""
    with pytest.raises(code.bundle.BundleError) as caught:
        code.bundle.load(folder, own=OWN)
    for word in words:
        assert word in str(caught.value)


# --------------------------------------------------------------------------- values.json

NAMES = """_frozen_importlib:BuiltinImporter.load_module _io:open _operator:call _operator:methodcaller
_operator:attrgetter _pickle:loads builtins:__import__ builtins:compile builtins:eval builtins:exec builtins:getattr
builtins:input builtins:open builtins:setattr builtins:str.format builtins:type codecs:decode collections:namedtuple
ctypes:CDLL functools:partial functools:reduce importlib:import_module joblib.numpy_pickle:load numpy:fromfile
numpy:frompyfunc numpy:load numpy:save numpy.lib._npyio_impl:load operator:call os:mkdir os:system
pandas.io.pickle:read_pickle pathlib:Path.mkdir pickle:loads posix:mkdir posix:system pydoc:locate runpy:run_path
shutil:rmtree sklearn.datasets._openml:fetch_openml subprocess:Popen subprocess:run timeit:timeit torch.hub:load
torch.serialization:load torch:load bundle_values:pathlib.os.mkdir bundle_values:threading.Thread
bundle_values:functools.reduce bundle_values:make_pipeline bundle_values:Colour.__class__ bundle_values:np.load
bundle_values.os:mkdir numpy:os.mkdir sklearn.base:os.mkdir torch.nn.modules.module:torch.load .os:mkdir os..path:join"""


@pytest.mark.parametrize("path", NAMES.split())
def test_a_function_that_may_do_harm_is_not_named(code: Any, tmp_path: Path, path: str) -> None:
    refused(code, with_tree(tmp_path, {"t": "named", "v": path, "n": 0}), f"`{path}`")


@pytest.mark.parametrize("path", ["planted:run", "planted:Kind", "sklearn.tests.planted:run", "planted.__main__:run"])
@pytest.mark.parametrize("kind", ["named", "object", "enum", "mapping", "namedtuple", "module"])
def test_no_module_is_imported_because_a_bundle_says_so(
    code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, path: str
) -> None:
    (tmp_path / "planted.py").write_text(f"import os\nos.mkdir({str(tmp_path / 'ran')!r})\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    tree = {"t": kind, "v": path if kind == "named" else [], "class": path, "state": None, "n": 0}
    refused(code, with_tree(tmp_path / "bundle", tree), f"`{path}`")
    assert not (tmp_path / "ran").exists()
    assert "planted" not in sys.modules


def trees(place: str) -> dict[str, tuple[Any, str]]:
    """Values that would make a folder, and the word for what is refused."""
    path = {"t": "path", "class": "Path", "v": place, "n": 9}
    template = {
        "_parse_arg_template": f"import os; os.mkdir({place!r})\n"
        "def _parse_args(self): pass\ndef _parse_args_rvs(self): pass\ndef _parse_args_stats(self): pass\n",
    }
    state = {"t": "dict", "v": [list(pair) for pair in template.items()], "n": 1}
    slots = {"t": "dict", "v": [["__class__", {"t": "named", "v": "builtins:int", "n": 3}]], "n": 2}
    run = {"t": "named", "v": "posix:mkdir", "n": 4}
    return {
        "enum": ({"t": "enum", "class": "os:mkdir", "v": place, "n": 0}, "`os:mkdir` is not an Enum"),
        "enum of the project": (
            {"t": "enum", "class": "bundle_values:Config", "v": place, "n": 0},
            "`bundle_values:Config` is not an Enum",
        ),
        "module": ({"t": "module", "class": "bundle_values:Config", "v": [], "n": 0}, "is not a module"),
        "hooks": (
            {"t": "module", "class": "torch.nn.modules.linear:Identity", "v": [["_forward_hooks", []]], "n": 0},
            "_forward_hooks",
        ),
        "namedtuple": ({"t": "namedtuple", "class": "bundle_values:Config", "v": [], "n": 0}, "is not a namedtuple"),
        "mapping": ({"t": "mapping", "class": "os:_Environ", "v": [], "state": None, "n": 0}, "`os:_Environ`"),
        "process": ({"t": "object", "class": "subprocess:Popen", "v": None, "n": 0}, "`subprocess:Popen`"),
        "metaclass": ({"t": "object", "class": "bundle_values:NamedTuple", "v": None, "n": 0}, "NamedTuple"),
        "text that scipy executes": (
            {"t": "object", "class": "scipy.stats._continuous_distns:norm_gen", "v": state, "n": 0},
            "norm_gen",
        ),
        "text that scipy executes for the project": (
            {"t": "object", "class": "bundle_values:Triangle", "v": state, "n": 0},
            "bundle_values:Triangle",
        ),
        "formula that statsmodels evaluates": (
            {"t": "object", "class": "patsy.eval:EvalFactor", "v": state, "n": 0},
            "patsy.eval:EvalFactor",
        ),
        "class of a slot": (
            {
                "t": "object",
                "class": "bundle_values:Slotted",
                "v": {"t": "tuple", "v": [None, slots], "n": 1},
                "n": 0,
            },
            "`__class__`",
        ),
        "partial": ({"t": "partial", "v": [run, [place], {"t": "dict", "v": [], "n": 5}], "n": 0}, "posix:mkdir"),
        "factory": ({"t": "defaultdict", "factory": run, "v": [], "n": 0}, "posix:mkdir"),
        "method of a path": ({"t": "method", "of": path, "v": "mkdir", "n": 0}, "mkdir"),
        "method of a list": (
            {"t": "method", "of": {"t": "list", "v": [], "n": 1}, "v": "__init__", "n": 0},
            "__init__",
        ),
        "kind of path": ({"t": "path", "class": "os", "v": place, "n": 0}, "`os`"),
        "dtype": ({"t": "torch_dtype", "v": "hub", "n": 0}, "`torch:hub`"),
        "generator": (
            {"t": "Generator", "v": {"t": "dict", "v": [["bit_generator", "seed"]], "n": 1}, "n": 0},
            "`seed`",
        ),
        "distribution": ({"t": "distribution", "name": "contingency", "n": 0}, "contingency"),
        "unknown kind": ({"t": "pickle", "v": place, "n": 0}, "`pickle`"),
    }


@pytest.mark.parametrize("kind", trees(""))
def test_a_value_that_would_run_something_is_refused(code: Any, tmp_path: Path, kind: str) -> None:
    tree, word = trees(str(tmp_path / "ran"))[kind]
    refused(code, with_tree(tmp_path / "bundle", tree), word)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("method", ["to_pickle", "to_csv", "eval", "query", "pipe"])
def test_methods_of_frames_that_write_or_evaluate_are_no_values(code: Any, tmp_path: Path, method: str) -> None:
    good = tmp_path / "good"
    code.bundle.save({"x": pd.DataFrame({"a": [1.0]})}, good, strict=True, examples=[])
    content = json.loads((good / "values.json").read_text(encoding="utf-8"))
    tree = {"t": "method", "of": content["values"]["x"], "v": method, "n": 7}
    refused(code, with_tree(good, tree), method)


@pytest.mark.parametrize("formula", ["y ~ a + b", "k ~ C(kind) + I(a**2):b - 1", "y~a*b", "y ~ (a + b)**2"])
def test_a_formula_of_columns_is_evaluated(formula: str) -> None:
    refuse_formula({"formula": formula}, "")


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ np.log(a)",
        "y ~ open('x')",
        "y ~ exec(a)",
        "y ~ (exec)(a)",
        "y ~ C (a) + eval\n(a)",
        "y ~ __import__",
        "y ~ a.b",
        "y ~ a[0]",
        "y ~ {a}",
        "y ~ `a`",
        "y ~ a; b",
        None,
        b"y ~ a",
    ],
)
def test_a_formula_that_may_call_something_is_refused(formula: Any) -> None:
    with pytest.raises(UntrustedError, match="the formula"):
        refuse_formula({"formula": formula}, "")


# --------------------------------------------------------------------------- estimators


def estimators(place: str) -> dict[str, tuple[dict[str, Any], str]]:
    """Nodes of skops files that make a folder when every name in them is trusted, and the name that is refused."""
    template = f"import os; os.mkdir({place!r})\n" + "".join(
        f"def {name}(self): pass\n" for name in ("_parse_args", "_parse_args_stats", "_parse_args_rvs")
    )
    mkdir = node("FunctionNode", "posix.mkdir")
    return {
        "constructor": (node("ConstructorFromReduceNode", "posix.mkdir", content=several(text(place))), "posix.mkdir"),
        "operator": (node("OperatorFuncNode", "operator.call", attrs=several(mkdir, text(place))), "operator.call"),
        "key": (mapping({place: text("x")}, keys="posix.mkdir"), "posix:mkdir"),
        "loss": (
            node("LossNode", "posix.mkdir", content=mapping({}), __reduce__={"args": several(text(place))}),
            "posix.mkdir",
        ),
        "state": (
            node(
                "ObjectNode",
                "scipy.stats._continuous_distns.norm_gen",
                content=mapping({"_parse_arg_template": text(template)}),
            ),
            "norm_gen",
        ),
    }


@pytest.mark.parametrize("kind", estimators(""))
def test_an_estimator_that_would_run_something_is_refused(code: Any, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "ran"
    root, word = estimators(str(place))[kind]
    data = skops_file(root)
    names = skops.io.get_untrusted_types(data=data)
    # the attack works where the bundle itself may say what is trusted
    with contextlib.suppress(Exception):
        skops.io.loads(data, trusted=names)
    place.rmdir()
    refused(code, with_estimator(tmp_path / "bundle", data, names), word)
    assert not place.exists()


@pytest.mark.parametrize(
    ("root", "word"),
    [
        (node("FunctionNode", "os.system"), "os:system"),
        (node("TypeNode", "builtins.eval"), "builtins:eval"),
        (node("ObjectNode", "subprocess.Popen"), "subprocess:Popen"),
        (node("ObjectNode", "bundle_values.Triangle"), "bundle_values.Triangle"),
        (node("ObjectNode", "bundle_values.threading"), "bundle_values:threading"),
        (node("MethodNode", "builtins.list", content={"obj": several(), "func": "append"}), "builtins.list"),
        (node("PartialNode", "functools.partial", content={"func": several()}), "`func`"),
        (node("DictNode", "os._Environ", content={}, key_types=several()), "os._Environ"),
        (node("DTypeNode", "numpy.dtype", content=node("ObjectNode", "bundle_values.Config")), "dtype"),
        (node("ListNode", "os.makedirs", content=[]), "os.makedirs"),
        (node("CachedNode", "builtins.dict"), "CachedNode"),
        (node("UnheardOfNode", "builtins.dict"), "UnheardOfNode"),
        (several(node("SetNode", "builtins.set", content=[], __id__=1), several() | {"__id__": 1}), "one number"),
    ],
)
def test_what_an_estimator_names_is_refused_by_name(code: Any, tmp_path: Path, root: dict[str, Any], word: str) -> None:
    refused(code, with_estimator(tmp_path, skops_file(root), [word, "builtins.list"]), word)


def test_an_estimator_of_an_old_protocol_is_refused(code: Any, tmp_path: Path) -> None:
    refused(code, with_estimator(tmp_path, skops_file(text("x") | {"protocol": 0}), []), "too old")


def test_an_estimator_that_unpacks_to_more_is_refused(code: Any, tmp_path: Path) -> None:
    data = skops_file(text("x"), zipfile.ZIP_DEFLATED)
    refused(code, with_estimator(tmp_path, data, []), "compressed")


def test_an_index_names_files_of_the_bundle_only(code: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.skops").write_bytes(skops_file(text("x")))
    bundle = with_estimator(tmp_path / "bundle", b"", [])
    index = b'{"../../elsewhere.skops": {"key": "x"}}'
    refused(code, with_file(bundle, "estimators/index.json", index), "elsewhere.skops")


# --------------------------------------------------------------------------- arrays and tensors


class Runs:
    """Makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return Path.mkdir, (self.place,)


def test_arrays_are_not_unpickled(code: Any, tmp_path: Path) -> None:
    data = io.BytesIO()
    np.savez(data, a0=np.array([Runs(tmp_path / "ran")], dtype=object))
    bundle = with_file(tmp_path / "bundle", "arrays.npz", data.getvalue())
    refused(code, with_file(bundle, "arrays.json", b'{"a0": "x"}'), "allow_pickle=False")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["arrays.npz", "weights.safetensors"])
def test_a_pickle_under_another_name_is_refused(code: Any, tmp_path: Path, name: str) -> None:
    bundle = with_file(tmp_path / "bundle", name, pickle.dumps(Runs(tmp_path / "ran")))
    refused(code, with_file(bundle, "arrays.json", b'{"a0": "x"}'), "cannot be read")
    assert not (tmp_path / "ran").exists()


def test_arrays_that_unpack_to_more_are_refused(code: Any, tmp_path: Path) -> None:
    data = io.BytesIO()
    np.savez_compressed(data, a0=np.zeros(100_000))
    bundle = with_file(tmp_path, "arrays.npz", data.getvalue())
    refused(code, with_file(bundle, "arrays.json", b'{"a0": "x"}'), "compressed")


# --------------------------------------------------------------------------- what the caller vouches for


@pytest.mark.parametrize(
    ("own", "path"), [("json", "json:JSONDecoder"), ("numpy", "numpy:load"), ("skops", "skops.io._persist:load")]
)
def test_python_and_what_is_installed_is_nobodys_own(code: Any, tmp_path: Path, own: str, path: str) -> None:
    with_tree(tmp_path, {"t": "named", "v": path, "n": 0})
    with pytest.raises(code.bundle.BundleError, match=path):
        code.bundle.load(tmp_path, own=(own,))


def test_a_project_that_names_none_of_its_modules_gets_none(code: Any, tmp_path: Path) -> None:
    code.bundle.save({"x": code.bundle_values.Config("a")}, tmp_path, strict=True, examples=[], own=OWN)
    with pytest.raises(code.bundle.BundleError, match="`bundle_values:Config` is not a class"):
        code.bundle.load(tmp_path)


@pytest.mark.parametrize("kind", ["function", "transformer", "method", "partial", "class", "own"])
def test_what_loading_would_refuse_is_refused_when_it_is_saved(code: Any, tmp_path: Path, kind: str) -> None:
    value, word = {
        "function": (os.system, "posix:system"),
        "transformer": (FunctionTransformer(os.getenv), "os:getenv"),
        "method": (tmp_path.mkdir, "PosixPath.mkdir"),
        "partial": (functools.partial(os.mkdir, "x"), "posix:mkdir"),
        "class": (subprocess.Popen, "subprocess:Popen"),
        "own": (code.bundle_values.Config("a"), "bundle_values:Config"),
    }[kind]
    with pytest.raises(code.bundle.BundleError, match=f"(?s)`x.*{word}.*fix: keep in `x`"):
        code.bundle.save({"x": value}, tmp_path / "bundle", strict=True, examples=[])
