"""Imports become pinned requirements under the names that install them."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from nbexport.emit import distributions, requirements
from nbexport.emit.needs import needs


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


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import pandas as pd\npd.read_excel('a.xlsx')", "openpyxl"),
        ("import pandas as pd\npd.read_excel('a.xls')", "openpyxl xlrd"),
        ("from pandas import read_parquet\nread_parquet('s3://shop/rows')", "pyarrow s3fs"),
        ("ROWS = 'gs://shop'\ndef f(frame):\n    frame.to_feather(f'{ROWS}/x')", "gcsfs pyarrow"),
        ("def f(frame, day):\n    frame.to_csv(f's3://shop/{day}.csv')", "s3fs"),
        ("import pandas as pd\npd.read_csv('a.csv')\npd.read_json('https://example.org/a.json')", ""),
        ("import pandas as pd\npd.read_csv('a.csv', engine='pyarrow')", "pyarrow"),
        ("import pandas as pd\npd.read_html('https://example.org')", "lxml"),
        ("from lightgbm import LGBMClassifier\nmodels = [LGBMClassifier]", "scikit-learn"),
        ("import xgboost as xgb\nclass Own(xgb.XGBRegressor): pass", "scikit-learn"),
        ("import lightgbm\nlightgbm.train({}, rows)", ""),
        ("from torch.utils.tensorboard import SummaryWriter", "tensorboard"),
        ("from sklearn.datasets import load_iris\nload_iris(as_frame=True)", "pandas"),
        ("import sqlalchemy\nsqlalchemy.create_engine('mysql+pymysql://shop')", "pymysql sqlalchemy"),
        ("import pandas as pd\npd.read_sql('select 1', 'mysql+pymysql://shop')", "pymysql sqlalchemy"),
        ("print('mysql+pymysql://shop')", ""),
        ("import keras\nimport os\nos.environ['KERAS_BACKEND'] = 'jax'", "jax"),
        ("import keras\nimport tensorflow as tf", "tensorflow"),
        ("import keras", "tensorflow"),
        ("this does not parse", ""),
    ],
)
def test_what_code_needs_beside_its_imports(text: str, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert distributions.optional(needs([text]).uses) == tuple(lines.split())


def test_keras_says_what_it_computes_with_where_that_is_not_its_own_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert distributions.keras_backend({"keras"}) == ("torch", "torch")
    assert distributions.keras_backend({"keras", "KERAS_BACKEND=jax"}) == ("jax", "")
    monkeypatch.setenv("KERAS_BACKEND", "another")
    assert distributions.keras_backend({"keras"}) == ("tensorflow", "")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("google.cloud.storage", "google-cloud-storage"),
        ("google.cloud.bigquery_storage.types", "google-cloud-bigquery-storage"),
        ("google.protobuf.message", "protobuf"),
        ("google.cloud", None),
        ("google", None),
        ("azure.storage.blob", "azure-storage-blob"),
        ("azure.identity.aio", "azure-identity"),
        ("snowflake.connector", "snowflake-connector-python"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("mpl_toolkits.mplot3d", "matplotlib"),
        ("Crypto.Cipher", "pycryptodome"),
        ("stable_baselines3.common", "stable-baselines3"),
        ("obscure", None),
    ],
)
def test_distributions_are_known_where_nothing_is_installed(module: str, name: str | None) -> None:
    assert distributions.distribution_of(module) == name


def test_a_package_that_several_distributions_share_is_looked_up_by_its_parts(installed: dict[str, str]) -> None:
    modules = ["google.cloud", "google.cloud.storage", "google.cloud.bigquery", "google.colab.drive", "cPickle", "_own"]
    found = requirements.pins(modules)
    assert found.lines == ("google-cloud-bigquery", "google-cloud-storage")
    assert found.unknown == ("_own", "cPickle", "google-cloud-bigquery", "google-cloud-storage", "google.colab.drive")
    assert found.guessed == ()


def test_of_installed_distributions_that_share_a_package_the_one_with_the_part_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, part in (("shop-api-core", "api_core"), ("shop-cloud-storage", "cloud/storage")):
        (tmp_path / f"{name.replace('-', '_')}-1.5.dist-info").mkdir()
        info = tmp_path / f"{name.replace('-', '_')}-1.5.dist-info"
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
        (info / "RECORD").write_text(f"shop_ns/{part}/__init__.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    requirements._installed.cache_clear()
    try:
        assert requirements.pins(["shop_ns.cloud.storage.blob"]).lines == ("shop-cloud-storage==1.5",)
    finally:
        requirements._installed.cache_clear()


def test_nothing_stands_twice_in_the_tables() -> None:
    tables = distributions._tables()
    assert tables.libraries.isdisjoint(tables.names)
    assert tables.libraries.isdisjoint(sys.stdlib_module_names)
    assert {module for module, name in tables.names.items() if distributions.canonical(module) == name} <= {
        module for module in tables.names if "." in module
    }


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


def test_what_is_not_installed_is_listed_without_a_pin_and_noted(installed: dict[str, str]) -> None:
    found = requirements.pins(["obscure.part", "skimage.io", ".helpers"])
    assert found.lines == ("obscure", "scikit-image")
    assert found.unknown == ("obscure", "scikit-image")
    assert found.guessed == ("obscure",)


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
    assert found.lines == ("obscure",)
    assert found.unknown == found.guessed == ("obscure",)


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
    from nbexport.emit.package import CHECKS, DEV, DEV_SERVICE, PIPELINE, SCORE, SERVICE

    known = requirements.WITHOUT_NEED_HERE
    assert {*SERVICE, *SCORE, *PIPELINE, *CHECKS} == {*known}
    assert [
        line for line in (*known.values(), *DEV, *DEV_SERVICE) if not re.fullmatch(r"\S+>=[\d.]+,<[\d.]+", line)
    ] == []
