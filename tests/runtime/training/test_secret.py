"""Secrets are read from the environment or a file, and hidden in all that is shown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest
from nbexport_runtime.masking import held_in, masked, masked_values
from nbexport_runtime.secret import HIDDEN, Secret, SecretError, revealed
from nbexport_runtime.training import Parser, Run, UsageError

VALUE = "blue heron/9&\"x'é"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Secret:
    """A secret that this process has read."""
    monkeypatch.setattr("nbexport_runtime.secret._READ", {})
    monkeypatch.setenv("API_KEY", VALUE)
    found = Secret("API_KEY")
    assert found.reveal() == VALUE
    return found


def test_it_is_plain_text_once_revealed_and_hidden_before(secret: Secret) -> None:
    assert type(secret.reveal()) is str
    assert f"{secret} {secret!r} {[secret]}" == f"{HIDDEN} {HIDDEN} [{HIDDEN}]"


def test_a_file_may_hold_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("nbexport_runtime.secret._READ", {})
    monkeypatch.delenv("API_KEY", raising=False)
    (tmp_path / "key").write_text("from a file\n", encoding="utf-8")
    monkeypatch.setenv("API_KEY_FILE", str(tmp_path / "key"))
    assert Secret("API_KEY").reveal() == "from a file"
    monkeypatch.setenv("API_KEY", "from a variable")
    assert Secret("API_KEY").reveal() == "from a variable"


@pytest.mark.parametrize(
    ("named", "why"),
    [("key", "must be an absolute path"), ("/no/such/key", "cannot be read: No such file"), ("", "is not set")],
)
def test_what_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, named: str, why: str) -> None:
    # as a workflow hands over a secret that nobody has set
    monkeypatch.setenv("API_KEY", "")
    monkeypatch.setenv("API_KEY_FILE", named)
    with pytest.raises(SecretError, match=why) as caught:
        Secret("API_KEY").reveal()
    assert "API_KEY" in str(caught.value)


@pytest.mark.parametrize("default", ["", None])
def test_one_that_the_notebook_leaves_empty_may_stay_so(monkeypatch: pytest.MonkeyPatch, default: str | None) -> None:
    monkeypatch.delenv("API_KEY", raising=False)
    secret = Secret("API_KEY", default=default)
    assert not secret.is_missing
    assert secret.reveal() == default


def test_a_value_instead_of_a_name_is_refused_and_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser("A run.")
    parser.add_argument("--api-key", type=Secret, default=Secret("API_KEY"), help="key of a service")
    with pytest.raises(SystemExit):
        parser.parse_args(["--api-key", "blue-heron"])
    said = capsys.readouterr().err
    assert "argument --api-key: give the name of an environment variable in capitals, not the value" in said
    assert "blue-heron" not in said
    with pytest.raises(argparse.ArgumentTypeError):
        Secret("blue-heron")
    assert parser.parse_args(["--api-key", "OTHER_KEY"]).api_key.variable == "OTHER_KEY"


def test_help_says_where_it_comes_from(secret: Secret) -> None:
    parser = Parser("A run.")
    parser.add_argument("--api-key", type=Secret, default=secret, help="key of a service")
    text = " ".join(parser.format_help().split())
    assert "--api-key VARIABLE key of a service (from the environment variable API_KEY, or the file that " in text
    assert VALUE not in text
    assert "blue" not in text


def test_parameters_are_shown_without_secrets(secret: Secret) -> None:
    parser = Parser("A run.")
    parser.add_argument("--api-key", type=Secret, default=secret, help="key of a service")
    parser.add_argument("--source", default="https://ann:pw@example.org/rows?sig=0af3", help="address")
    assert parser.parameters_of(parser.parse_args([])) == {
        "api_key": HIDDEN,
        "source": "https://***@example.org/rows?sig=***",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ann:pw@example.org/rows", "https://***@example.org/rows"),
        ("'https://token@example.org'", "'https://***@example.org'"),
        ("postgresql+psycopg://ann:p@ss@db:5432/rows failed", "postgresql+psycopg://***@db:5432/rows failed"),
        ("https://example.org/a@b?day=3", "https://example.org/a@b?day=3"),
        ("?X-Amz-Credential=AK%2F2&X-Amz-Date=20260101&X-Amz-Signature=0af3", None),
        ("/rows?sv=2024&sig=a%2Bb%3D", "/rows?sv=2024&sig=***"),
        ("/rows?access_token=abc#part", "/rows?access_token=***#part"),
        ("/rows?monkey=3&design=4&keyword=5", "/rows?monkey=3&design=4&keyword=5"),
        ("AccountName=a;AccountKey=abc==;Pwd=x", "AccountName=a;AccountKey=***;Pwd=***"),
    ],
)
def test_addresses_lose_credentials_and_signatures(text: str, shown: str | None) -> None:
    expected = "?X-Amz-Credential=***&X-Amz-Date=20260101&X-Amz-Signature=***"
    assert masked(text) == (expected if shown is None else shown)
    assert masked(masked(text)) == masked(text)


@pytest.mark.usefixtures("secret")
def test_what_was_read_is_masked_however_it_is_spelled() -> None:
    from json import dumps
    from urllib.parse import quote

    for text in (VALUE, dumps(VALUE), dumps(VALUE, ensure_ascii=False), repr(VALUE), quote(VALUE), quote(VALUE, "")):
        assert "heron" not in masked(f"<{text}>")
    assert masked_values({"a": [VALUE, (VALUE, 3)]}) == {"a": [HIDDEN, (HIDDEN, 3)]}
    assert held_in(dumps({"a": VALUE})) == "API_KEY"
    assert held_in("blue herons") == ""


@pytest.mark.usefixtures("secret")
def test_errors_of_usage_are_masked() -> None:
    assert str(UsageError(f"no {VALUE} at https://a:b@c/")) == "no *** at https://***@c/"


def test_anything_else_is_revealed_as_it_is(secret: Secret) -> None:
    plain = [1]
    assert revealed(plain) is plain
    assert revealed(secret) == VALUE


def test_a_run_that_crashes_prints_none(
    secret: Secret, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["train.py", "--unknown"])
    with pytest.raises(SystemExit):
        Run.main(Parser("A run."), lambda args, run: None, notebook="some.ipynb")
    error = ValueError(f"{secret.reveal()} is wrong")
    sys.excepthook(ValueError, error, None)
    assert capsys.readouterr().err.endswith("ValueError: *** is wrong\n")
