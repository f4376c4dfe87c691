"""Secrets among the parameters: which they are, how the project reads them, and that no file holds what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbexport import emit
from nbexport.analysis.analyse import analyse
from nbexport.analysis.secret_names import is_secret
from nbexport.api import lift
from nbexport.lift import parameters
from nbexport.lift.placing import place
from nbexport.program import Lifted, Parameter
from nbexport.read.notebook import read_text

SECRETS = ("hunter2", "blue-heron-7", "changeme-dsn", "grey-egret-3")
NOTEBOOK = """\
# %% tags=["parameters"]
rate = 0.5  # step size
api_key = "hunter2"  # the key hunter2 of the weather service
vault = "blue-heron-7"  # secret: opens the vault
DSN = "postgresql://ann:changeme-dsn@db.example.org/rows"
sign_token: str | None = None
webhook_secret = ""
pad_token = "[PAD]"
class_key = ("grey-egret"
             "-3")  # secret: grey-egret-3 as of March
# %% tags=["data"]
import hashlib
def fetch(day):
    return hashlib.sha256(f"{api_key}{DSN}{day}".encode()).digest()
rows = [float(byte) for byte in fetch(1)]
# %% tags=["train"]
class Scaler:
    def scale(self, value):
        return value * rate + len(class_key)
scaler = Scaler()
weight = scaler.scale(sum(rows)) + len(vault) + len(webhook_secret) + len(sign_token or "")
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
# %% tags=["predict"]
def predict(row: float, text: str = "a") -> dict:
    return {"sum": scaler.scale(weight) * row + len(vault)}
predict(2.0, text="b")
"""


def made(cell: str) -> dict[str, Parameter]:
    """Name → parameter of a notebook with these."""
    text = f'# %% tags=["parameters"]\n{cell}\n# %% tags=["train", "evaluate"]\nmetrics = {{"f1": 1.0}}\n'
    placed = place(analyse(read_text(text, "some.py"), level=1))
    assert placed.layout.problems == []
    return {parameter.name: parameter for parameter in placed.parameters}


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "changeme"',
        'apiKey = "changeme"',
        'HF_TOKEN = "changeme"',
        'token = "changeme"',
        'db_password = "changeme"',
        'pwd = "changeme"',
        'client_credentials = "changeme"',
        'sentry_dsn = "changeme"',
        'connection_string = "sqlite:///rows.db"',
        "password: str | None = None",
        'secret = ""',
        'DATABASE = "postgresql://ann:changeme@db/rows"',
        'rows = "https://store.example.org/rows.csv?sv=2024&sig=0af3"',
        'rows = "https://store.example.org/rows.csv?X-Amz-Signature=0af3"',
        'server = "Server=db;Database=rows;Password=changeme"',
        'vault = "blue-heron"  # secret',
        'vault = "blue-heron"  # secret: opens the vault',
        '# secret\nvault = "blue-heron"',
    ],
)
def test_what_is_a_secret(line: str) -> None:
    (parameter,) = made(line).values()
    assert parameter.secret
    assert parameter.default.startswith("Secret(")
    assert "changeme" not in repr(parameter)
    assert "blue-heron" not in repr(parameter)


@pytest.mark.parametrize(
    "line",
    [
        "n_tokens = 3",
        "max_tokens = 512",
        "token_length = 7",
        'pad_token = "[PAD]"',
        'keyword = "sale"',
        'key_columns = "id"',
        'primary_key = "customer"',
        'sort_key = "day"',
        'key = "petal_width"',
        'api_key_name = "OPENAI"',
        'token_url = "https://example.org/token"',
        'password_length = "8"',
        "password = 7",
        'secretary = "Ann"',
        'compass = "north"',
        'rows = "https://example.org/rows.csv?day=3&design=4"',
        'api_key = "demo"  # not a secret: the public key of the demo',
        'ratio = "1:3"  # secret sauce',
        "ratio = 0.3  # secret sauce",
    ],
)
def test_what_is_none(line: str) -> None:
    (parameter,) = made(line).values()
    assert not parameter.secret


def test_a_key_of_any_name_is_known_by_its_value() -> None:
    key = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    assert is_secret("weather_key", key, "")
    assert not is_secret("weather_key", "temperature", "")


def test_a_number_cannot_be_marked() -> None:
    text = '# %% tags=["parameters"]\npin = 1234  # secret\n# %% tags=["train", "evaluate"]\nmetrics = {"f1": pin}\n'
    (problem,) = place(analyse(read_text(text, "some.py"), level=1)).layout.problems
    assert problem.message == "`pin` is marked as a secret and is not text"


def test_one_left_empty_may_stay_so() -> None:
    found = made('api_key = ""\npassword = None\ntoken = "hunter2"')
    assert [parameter.default for parameter in found.values()] == [
        "Secret(\"API_KEY\", default='')",
        'Secret("PASSWORD", default=None)',
        'Secret("TOKEN")',
    ]


def test_help_is_the_comment_without_mark_and_value() -> None:
    found = made('vault = "blue-heron"  # secret: not blue-heron\nother = "blue"  # secret')
    assert [parameter.help for parameter in found.values()] == ["not ***", "`other` of the notebook"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Lifted]:
    """A project of the highest level, and what it was made of."""
    folder = tmp_path_factory.mktemp("secrets")
    notebook = folder / "some.py"
    notebook.write_text(NOTEBOOK, encoding="utf-8")
    found = lift(notebook, level=3)
    assert isinstance(found, Lifted), found.findings
    for artifact in emit.project(found.program, level=3, root=folder).artifacts:
        path = folder / "project" / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)
    return folder / "project", found


def test_no_file_holds_a_secret(exported: tuple[Path, Lifted]) -> None:
    project, _ = exported
    files = [path for path in project.rglob("*") if path.is_file()]
    assert [path for path in files for secret in SECRETS if secret.encode() in path.read_bytes()] == []
    # the test would find one
    assert any(b"[PAD]" in path.read_bytes() for path in files)


def test_what_the_notebook_has_is_known_for_a_comparison_only(exported: tuple[Path, Lifted]) -> None:
    _, found = exported
    assert dict(found.program.secrets) == {
        "API_KEY": "hunter2",
        "VAULT": "blue-heron-7",
        "DSN": "postgresql://ann:changeme-dsn@db.example.org/rows",
        "SIGN_TOKEN": "",
        "WEBHOOK_SECRET": "",
        "CLASS_KEY": "grey-egret-3",
    }


def test_stages_get_text_and_bundles_names(exported: tuple[Path, Lifted]) -> None:
    project, _ = exported
    train = (project / "train.py").read_text(encoding="utf-8")
    assert (
        'add_argument("--api-key", type=Secret, default=Secret("API_KEY"), help="the key *** of the weather service")'
        in train
    )
    assert "api_key=args.api_key.reveal()" in train
    assert "vault=args.vault.reveal()" in train
    saved = train[train.index("    save_model(") :]
    assert "reveal" not in saved
    assert "class_key=args.class_key," in saved
    assert "vault=args.vault," in saved
    assert "class_key=args.class_key.reveal()" in train
    model = (project / "model.py").read_text(encoding="utf-8")
    assert 'secrets=("VAULT", "CLASS_KEY")' in model
    assert 'class_key = ""' in (project / "definitions.py").read_text(encoding="utf-8")
    assert 'secrets=("api_key", "DSN")' in (project / "stages.py").read_text(encoding="utf-8")


def test_literals_of_parameters_are_found_where_they_stand() -> None:
    text = (
        '# %% tags=["parameters"]\nuser, password = "ann", "hunter2"\n# %% tags=["train"]\nw = len(user + password)\n'
    )
    placed = place(analyse(read_text(text, "some.py"), level=1))
    assert parameters.literals(placed.layout, placed.parameters) == {"PASSWORD": "hunter2"}
