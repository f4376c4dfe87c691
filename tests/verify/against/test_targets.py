"""What `--against` may name, where answers are found, and what figures show, one by one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from nbexport.errors import NbexportError
from nbexport.verify.against.answers import place_of
from nbexport.verify.against.causes import of_figures
from nbexport.verify.against.forms import argument_kind, common, fields, made
from nbexport.verify.against.target import Form, target_of


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script, a package and a file in it."""
    package = tmp_path / "src" / "churn"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "serving.py").touch()
    (tmp_path / "train.py").touch()
    (tmp_path / "two words.py").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_modules_scripts_and_services_are_told_apart(code: Path) -> None:
    function = target_of("train.py:fit.all")
    assert (function.form, function.file, function.attribute) == (Form.FUNCTION, Path("train.py"), "fit.all")
    assert (function.module, function.by_name, function.folder) == ("train", False, code)
    script = target_of("train.py --epochs 3 --name 'two words'")
    assert (script.form, script.arguments) == (Form.SCRIPT, ("--epochs", "3", "--name", "two words"))
    assert target_of("two words.py").file == Path("two words.py")
    in_package = target_of("src/churn/serving.py:score")
    assert (in_package.module, in_package.by_name) == ("churn.serving", True)
    assert (in_package.folder, in_package.search) == (code / "src", (".",))
    module = target_of("churn.serving:score")
    assert (module.module, module.search, module.folder) == ("churn.serving", ("src",), code)
    installed = target_of("json:dumps")
    assert (installed.form, installed.folder) == (Form.FUNCTION, None)
    assert target_of("churn.serving").form is Form.SCRIPT
    assert target_of("HTTP://127.0.0.1:8000/predict").form is Form.SERVICE
    whole = target_of("src/churn/serving.py:score", folder=code)
    assert (whole.folder, whole.file, whole.search) == (code, Path("src/churn/serving.py"), ("src", "."))


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("trian.py", "there is no file `trian.py`", "the nearest names are `train.py`"),
        ("trian.py:fit", "there is no file `trian.py`", "the nearest names are `train.py`"),
        ("data/x.csv", "is not Python", "give one of: PATH.py:function"),
        ("src", "is a folder that does not run by itself", "src/FILE.py"),
        ("http://", "is not the address of a service", "give one of"),
        ("", "names no code", "give one of"),
        ("train.py 'open", "cannot be taken apart", "close the quotes"),
    ],
)
def test_what_names_nothing_is_an_error_with_the_nearest_names(code: Path, text: str, what: str, fix: str) -> None:
    with pytest.raises(NbexportError) as error:
        target_of(text)
    assert what in error.value.what
    assert fix in error.value.fix
    with pytest.raises(NbexportError, match="does not lie in"):
        target_of(f"{code}/train.py", folder=code / "src")


@pytest.mark.parametrize(
    ("own", "other", "asked", "path", "note"),
    [
        ({"result": 1.5}, 1.5, [], "result", ""),
        ({"result": 1.5}, {"p": 2, "model": "v"}, [], "p", "`p`"),
        ({"result": 1.5}, {"outputs": [{"p": 2}], "id": "a"}, [], "outputs.0.p", "`outputs.0.p`"),
        ({"result": "yes"}, {"label": "no", "score": 0.5}, [], "label", "`label`"),
        ({"result": [1.0, 2.0]}, {"a": [3.0, 4.0], "b": [1.0]}, [], "a", "`a`"),
        ({"result": 1.5}, {"p": 2, "q": 3}, ["q"], "q", "as asked"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}, [], "a", "not compared, since"),
        ({"a": 1, "b": 2}, {"data": {"a": 1, "b": 2}}, [], "data.a", "`data`"),
        ({"a": 1, "b": 2}, {"x": [1]}, ["a=x.0"], "x.0", "`b` of the notebook's answer is not compared"),
        ({"result": True}, {"result": 1}, [], "result", ""),
    ],
)
def test_where_the_answer_stands(own: Any, other: Any, asked: list[str], path: str, note: str) -> None:
    place = place_of([(own, other)], asked, "it")
    assert next(iter(place.paths.values())) == path
    assert note in " ".join(place.notes)
    assert bool(note) == bool(place.notes)


@pytest.mark.parametrize(
    ("own", "other", "asked"),
    [
        ({"result": 1.5}, {"p": 2, "q": 3}, []),
        ({"result": 1.5}, {"text": "a"}, []),
        ({"a": 1, "b": 2}, {"p": 2}, []),
        ({"result": 1.5}, {"p": 2}, ["q"]),
        ({"a": 1, "b": 2}, {"p": 2}, ["c=p"]),
    ],
)
def test_what_cannot_be_told_is_never_guessed(own: Any, other: Any, asked: list[str]) -> None:
    with pytest.raises(NbexportError):
        place_of([(own, other)], asked, "it")


@pytest.mark.parametrize(
    ("pairs", "cause"),
    [
        ([(0.123456, 0.12), (0.98765, 0.99)], "rounded to 2 digits"),
        ([(0.12, 0.123456), (0.99, 0.98765)], "the notebook rounds to 2 digits"),
        ([(0.1, float(np.float32(0.1))), (0.7, float(np.float32(0.7)))], "its figures are the notebook's in single"),
        ([(0.25, 0.75), (0.9, 0.1)], "the probability of the other class"),
        ([(0.93, 0.9)], ""),
        ([(1.0, 1.0)], ""),
        ([(0.5, 0.3), (0.7, 0.2)], ""),
        ([(1e300, math.inf), (1.0, 2.0)], ""),
        ([], ""),
    ],
)
def test_what_figures_show(pairs: list[tuple[float, float]], cause: str) -> None:
    assert cause in of_figures(pairs)
    assert bool(cause) == bool(of_figures(pairs))


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5],
        (1, 2.5),
        np.array([1.0, 2.5]),
        torch.tensor([1.0, 2.5]),
        pd.Series([1.0, 2.5], index=[7, 8]),
        [np.float32(1), np.int64(2) + 0.5],
    ],
)
def test_the_same_numbers_are_alike_in_whatever_holds_them(value: Any) -> None:
    assert common(value) == [1.0, 2.5]


def test_tables_dicts_and_large_arrays_have_a_common_form() -> None:
    assert common(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})) == {"a": [1.0, 2.0], "b": ["x", "y"]}
    assert common({1: True, "n": None, "big": 2**60}) == {"1": True, "n": None, "big": 2**60}
    large = np.ones(30_000)
    assert common(large) is large
    thing = object()
    assert common([thing]) == [thing]


@pytest.mark.parametrize(
    "value", [np.array([1, 2], dtype="int16"), torch.tensor([0.5], dtype=torch.float64), (1, 2), [1], "a", 3]
)
def test_arguments_are_made_again_as_the_notebook_gives_them(value: Any) -> None:
    plain = value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value
    again = made(plain, argument_kind(value))
    assert type(again) is type(value)
    assert getattr(again, "dtype", None) == getattr(value, "dtype", None)
    assert common(again) == common(value)


def test_a_request_is_taken_apart_and_put_together_again() -> None:
    for arguments in ({"a": 1, "b": 2}, {"row": {"a": 1, "b": 2}}, {"row": [1, 2]}):
        names, values, again = fields(arguments)
        assert values == [1, 2]
        assert len(names) == 2
        assert again(values) == arguments
        assert again([2, 1]) != arguments
