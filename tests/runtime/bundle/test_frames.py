"""Frames are stored by blocks of columns, many small values together, and all come back equal."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROWS = 25_000


def again(code: Any, folder: Path, value: Any) -> Any:
    """A value after saving and loading, and nothing to complain about."""
    code.bundle.save({"x": value}, folder, strict=True, examples=[], own=("bundle_values",))
    return code.bundle.load(folder, own=("bundle_values",))["x"]


def members(folder: Path) -> list[str]:
    """Names of the arrays in a bundle."""
    with zipfile.ZipFile(folder / "arrays.npz") as file:
        return file.namelist()


def size_bytes(folder: Path) -> int:
    """What a bundle's values take."""
    names = ("values.json", "arrays.npz", "arrays.json")
    return sum((folder / name).stat().st_size for name in names)


def fitted() -> Any:
    """Something like a result of statsmodels: few coefficients, and the rows that they were learnt from."""
    import bundle_values

    dice = np.random.default_rng(0)
    rows = pd.DataFrame(dice.normal(size=(ROWS, 5)), columns=list("abcde"))
    result = bundle_values.Stateful(5)
    model = bundle_values.Config("ols")
    model.sizes = [rows, rows.sum(axis=1).rename("y"), pd.Series(dice.normal(size=5), index=list("abcde"))]
    result.number = {"model": model, "resid": rows["a"] - rows["b"], "weights": np.ones(ROWS)}
    return result, [rows.to_numpy(), rows.sum(axis=1).to_numpy(), np.zeros(ROWS), np.ones(ROWS)]


def test_a_result_with_its_training_rows_has_a_handful_of_members(code: Any, tmp_path: Path) -> None:
    result, arrays = fitted()
    loaded = again(code, tmp_path, result)
    pd.testing.assert_frame_equal(loaded.number["model"].sizes[0], result.number["model"].sizes[0])
    pd.testing.assert_series_equal(loaded.number["resid"], result.number["resid"])
    assert len(members(tmp_path)) <= 6
    plain = io.BytesIO()
    np.savez(plain, *arrays)
    assert size_bytes(tmp_path) < 1.5 * len(plain.getvalue())


def test_a_frame_of_many_rows_takes_what_numpy_takes(code: Any, tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    frame = pd.DataFrame({f"f{n}": dice.normal(size=ROWS) for n in range(8)} | {"n": dice.integers(0, 9, ROWS)})
    frame["kind"] = pd.Categorical.from_codes(dice.integers(0, 3, ROWS), ["lo", "mid", "hi"])
    pd.testing.assert_frame_equal(again(code, tmp_path, frame), frame)
    assert len(members(tmp_path)) == 3
    assert json.loads((tmp_path / "values.json").read_text(encoding="utf-8"))["values"]["x"]["t"] == "frame"
    assert size_bytes(tmp_path) < 1.5 * ROWS * (8 * 8 + 8 + 1)


def test_strings_are_one_list(code: Any, tmp_path: Path) -> None:
    names = [f"customer {n}" for n in range(ROWS)]
    frame = pd.DataFrame({"name": names, "note": pd.Series(["x", None] * (ROWS // 2), dtype=object)})
    pd.testing.assert_frame_equal(again(code, tmp_path, frame), frame)
    assert not (tmp_path / "arrays.npz").exists()
    assert (tmp_path / "values.json").stat().st_size < 1.5 * len(json.dumps(names)) + ROWS * 6


def test_many_scalars_and_small_arrays_have_few_members(code: Any, tmp_path: Path) -> None:
    value = {
        "scalars": {f"k{n}": np.float32(n) / 3 for n in range(10_000)},
        "arrays": {n: np.arange(n % 7, dtype="f8") for n in range(10_000)},
        "pairs": [np.full((2, 3), n) for n in range(1_000)],
        "columns": [np.asfortranarray(np.arange(6.0).reshape(2, 3)) for _ in range(2)],
    }
    loaded = again(code, tmp_path, value)
    assert loaded["scalars"] == value["scalars"]
    assert {type(number) for number in loaded["scalars"].values()} == {np.float32}
    for name in ("arrays", "pairs"):
        for key, array in value[name].items() if name == "arrays" else enumerate(value[name]):
            assert np.array_equal(loaded[name][key], array)
            assert loaded[name][key].dtype == array.dtype
    assert [array.flags.f_contiguous for array in loaded["columns"]] == [True, True]
    assert len(members(tmp_path)) == 4
    loaded["pairs"][0][:] = 9
    assert loaded["pairs"][1].tolist() == [[1, 1, 1], [1, 1, 1]]


NAN = float("nan")
COLUMNS = {
    "bool": pd.Series([True, False]),
    "int8": pd.Series([1, -1], dtype="int8"),
    "uint64": pd.Series([0, 2**64 - 1], dtype="uint64"),
    "float32": pd.Series([0.1, NAN], dtype="float32"),
    "complex": pd.Series([1 + 2j, NAN]),
    "Int64": pd.Series([2**60, None], dtype="Int64"),
    "UInt8": pd.Series([1, 2], dtype="UInt8"),
    "Float64": pd.Series([0.1, None], dtype="Float64"),
    "boolean": pd.Series([True, None], dtype="boolean"),
    "str": pd.Series(["a", None]),
    "string": pd.Series(["a", None], dtype="string"),
    "surrogate": pd.Series(["\ud800", "日本"], dtype=object),
    "object": pd.Series([1, "x", None, NAN, (1, 2)], dtype=object),
    "category": pd.Series(["b", None, "a"], dtype="category"),
    "numbers as category": pd.Series([3, 1], dtype=pd.CategoricalDtype([1, 2, 3], ordered=True)),
    "day": pd.Series(pd.to_datetime(["2024-01-01", None])),
    "second": pd.Series(np.array(["2024-01-01T00:00:01", "NaT"], dtype="M8[s]")),
    "zone": pd.Series(pd.to_datetime(["2024-07-01", None]).tz_localize("Europe/Prague")),
    "offset": pd.Series(pd.to_datetime(["2024-07-01"]).tz_localize("+02:00")),
    "span": pd.Series(pd.to_timedelta(["1h", None])),
    "period": pd.Series(pd.PeriodIndex(["2024-01", None], freq="M")),
    "interval": pd.Series(pd.cut([1, 5], [0, 2, 10])),
    "intervals": pd.Series(pd.arrays.IntervalArray.from_breaks([0.5, 1.5, 2.5], closed="both")),
    "moments": pd.Series(pd.interval_range(pd.Timestamp("2024-01-01"), periods=2)),
    "sparse": pd.Series(pd.arrays.SparseArray([0.0, 0.0, 1.5])),
    "empty": pd.Series([], dtype="float64"),
    "empty text": pd.Series([], dtype="str"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_kind_of_column_comes_back(code: Any, tmp_path: Path, name: str) -> None:
    column = COLUMNS[name]
    loaded = again(code, tmp_path, [column, pd.DataFrame({"one": column, "two": column}), column.array])
    pd.testing.assert_series_equal(loaded[0], column, check_exact=True)
    pd.testing.assert_frame_equal(loaded[1], pd.DataFrame({"one": column, "two": column}), check_exact=True)
    pd.testing.assert_extension_array_equal(loaded[2], column.array)


INDEXES = {
    "range": pd.RangeIndex(3, 30, 3, name="r"),
    "numbers": pd.Index([1.5, NAN]),
    "names": pd.Index(["b", "a"], name=("x", 1)),
    "days": pd.date_range("2024-01-01", periods=3, freq="D", tz="UTC"),
    "weeks": pd.period_range("2024-01", periods=3, freq="W-SUN"),
    "bins": pd.IntervalIndex.from_breaks([0, 1, 2]),
    "kinds": pd.CategoricalIndex(["a", "b"], categories=["b", "a"]),
    "spans": pd.timedelta_range("1h", periods=2, freq="h"),
    "levels": pd.MultiIndex.from_product([["a", "b"], [1, 2], pd.to_datetime(["2024-01-01"])], names=["x", None, "d"]),
    "gaps": pd.MultiIndex.from_arrays([["a", None], [1.0, NAN]]),
}


@pytest.mark.parametrize("name", INDEXES)
def test_every_kind_of_index_comes_back(code: Any, tmp_path: Path, name: str) -> None:
    index = INDEXES[name]
    frame = pd.DataFrame({"a": range(len(index))}, index=index)
    loaded = again(code, tmp_path, [index, frame, frame.T])
    pd.testing.assert_index_equal(loaded[0], index, exact=True)
    pd.testing.assert_frame_equal(loaded[1], frame, check_freq=True)
    pd.testing.assert_frame_equal(loaded[2], frame.T)
    assert loaded[0].names == index.names


def test_attributes_of_frames_come_back(code: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"unit": "kg", "bounds": (0, 1)}
    frame["a"].attrs["source"] = "scale"
    loaded = again(code, tmp_path, [frame, frame["a"].rename("b")])
    assert loaded[0].attrs == frame.attrs


def test_a_frame_without_rows_or_columns_comes_back(code: Any, tmp_path: Path) -> None:
    frames = [pd.DataFrame(index=[1, 2]), pd.DataFrame(columns=["a"], dtype=float), pd.DataFrame()]
    for one, other in zip(again(code, tmp_path, frames), frames, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_frame_that_shares_its_index_is_equal_when_checked(
    code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    code.bundle.save({"one": frame, "two": frame["a"], "index": frame.index}, tmp_path, strict=True, examples=[])
    monkeypatch.setattr(code.model, "load_model", code.bundle.load)
    assert code.bundle.check(tmp_path) == []
