"""Bundles of every format stay readable; `formats/` keeps one of each, as its own code wrote it."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from nbexport_runtime.bundle import codec, manifest, trust
from nbexport_runtime.bundle.allowed import Allowed

from nbexport.verify.snapshot import differences, snapshot

FORMATS = Path(__file__).parent / "formats"
OWN = ("bundle_values",)


def predict(state: Any, row: list[float]) -> float:
    """What the kept bundles were asked."""
    return math.fsum(row) + state["numbers"][1]


@pytest.mark.parametrize("number", [1, 2])
def test_a_bundle_of_each_format_comes_back(code: Any, number: int) -> None:
    loaded = code.bundle.load(FORMATS / str(number), predict, own=OWN)
    expected = code.bundle_values.small()
    assert loaded.manifest["format"] == number
    assert loaded.keys() == expected.keys()
    # nets are compared by what they answer: their weights are drawn by this version of torch
    for name in expected.keys() - {"net", "alias", "recurrent", "sets first", "tensors"}:
        assert list(differences(snapshot(expected[name]), snapshot(loaded[name]), 0.0, name)) == []
        assert type(loaded[name]) is type(expected[name])
    pd.testing.assert_frame_equal(loaded["frame"], expected["frame"])
    pd.testing.assert_series_equal(loaded["column types"], expected["column types"])
    for one, other in zip(loaded["indexes"], expected["indexes"], strict=True):
        pd.testing.assert_index_equal(one, other, exact=True)
    assert loaded["net"](torch.ones(2, 3)).shape == (2, 4)
    assert loaded["alias"] is loaded["net"].body[0]
    assert loaded.predict([0.1, 0.2]) == pytest.approx(loaded.answers[0])


def test_every_format_that_is_read_is_kept_and_the_one_that_is_written_too(code: Any) -> None:
    kept = {int(folder.name) for folder in FORMATS.iterdir()}
    assert kept == set(manifest.FORMATS)
    assert code.bundle.FORMAT in kept


def test_an_old_bundle_is_checked_by_its_answers(code: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code.model, "load_model", lambda folder: code.bundle.load(folder, predict, own=OWN))
    assert code.bundle.check(FORMATS / "1") == []
    monkeypatch.setattr(code.model, "load_model", lambda folder: code.bundle.load(folder, lambda s, r: 7.0, own=OWN))
    assert len(code.bundle.check(FORMATS / "1")) == 1


@pytest.mark.parametrize("number", [1, 2])
def test_a_type_in_an_old_bundle_that_no_list_holds_is_refused_by_name(code: Any, tmp_path: Path, number: int) -> None:
    shutil.copytree(FORMATS / str(number), tmp_path / "bundle")
    with pytest.raises(code.bundle.BundleError, match="is refused: `bundle_values:"):
        code.bundle.load(tmp_path / "bundle")


@pytest.mark.parametrize("number", [1, 2])
def test_a_library_s_type_that_has_left_its_list_is_refused_by_name(
    code: Any, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """What was allowed when the bundle was written has no say; nor has what the bundle itself says is to be trusted."""
    shorter = [replace(one, allowed=Allowed()) if one.library == "sklearn" else one for one in codec.codecs()]
    monkeypatch.setattr(trust, "codecs", lambda: shorter)
    with pytest.raises(code.bundle.BundleError, match=r"is refused: `sklearn\.[\w.]+:\w+`"):
        code.bundle.load(FORMATS / str(number), predict, own=OWN)
