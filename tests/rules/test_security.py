"""Secrets are found by their form, never shown, and looked for in bounded time. Each is put together from pieces."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest

from nbexport import api
from nbexport.analysis import secrets
from nbexport.plan import ExportRequest, Plan
from nbexport.report.findings import FORMATS
from nbexport.shell import cli


def word(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Letters that no dictionary has."""
    return "".join(random.Random(length).choices(letters, k=length))


UPPER = string.ascii_uppercase + string.digits
FORMS = {
    "an AWS key": "AK" + "IA" + word(16, UPPER),
    "a GitHub token": "gh" + "p_" + word(36),
    "a GitLab token": "gl" + "pat-" + word(20),
    "a Slack token": "xo" + "xb-" + word(24, string.digits) + "-" + word(12),
    "an Anthropic key": "sk-" + "ant-api03-" + word(40),
    "an OpenAI key": "sk-" + "proj-" + word(48),
    "a Hugging Face token": "hf" + "_" + word(34),
    "a Google key": "AI" + "za" + word(35),
    "a Stripe key": "sk" + "_live_" + word(24),
    "an npm token": "np" + "m_" + word(36),
    "a PyPI token": "py" + "pi-AgEIcHlwaS5vcmc" + word(60),
    "an Azure key": "Account" + "Key=" + word(86) + "==",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a JSON web token": "ey" + "J" + word(20) + ".ey" + "J" + word(30) + "." + word(40),
    "a password in an address": "postgres://ann:" + word(12) + "@db.example.org",
}


@pytest.mark.parametrize("kind", FORMS)
def test_a_secret_is_found_where_it_stands_and_shown_by_no_report(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = FORMS[kind]
    path = tmp_path / "a.py"
    path.write_text(f"# %%\nprint('é', '{secret}', lost)\n")
    _, findings = api.check(path)
    (found,) = (finding.problem for finding in findings if finding.code == "NBX501")
    line = path.read_text().splitlines()[1]
    shown = line[found.span.column - 1 : found.span.end_column - 1]
    assert shown in secret
    assert len(shown) >= 8
    assert kind in found.message
    for name in FORMATS:
        cli.main(["check", str(path), "--output-format", name, "--no-cache"])
        told = capsys.readouterr().out
        assert "NBX101" in told
        assert shown[6:] not in told


@pytest.mark.parametrize(
    "line",
    [
        "key = 'AK' 'IA' + 'EXAMPLEEXAMPLE12'",
        "url = 'https://user:{password}@host'",
        "url = 'https://user:<password>@host'",
        "url = 'postgres://postgres:postgres@localhost/db'",
        "password = os.environ['PASSWORD']",
        "token = 'your-token-here'",
        "api_key = 'OPENAI_API_KEY'",
        "secret_key = 'xxxxxxxxxxxxxxxxxxxx'",
        "tokenizer = 'bert-base-uncased-2024'",
        "password = getpass()",
        "max_tokens = 'a1b2c3d4e5f6g7h8'",
        "auth_token = '************'",
        "api_key = 'secrets/api.json'",
        "x = 'sk-learn-is-a-library-for-machine-learning'",
        "y = 'hf_hub_download'",
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"# %%\nimport os\nfrom getpass import getpass\n{line}\n")
    assert not [finding for finding in api.check(path)[1] if finding.code.startswith("NBX50")]


@pytest.mark.parametrize(
    "line",
    [
        "os.environ['WANDB_API_KEY'] = '{}'",
        "settings.secret_key = '{}'",
        "connect(password='{}')",
        "options = {{'access_token': '{}'}}",
        "api_key: str = '{}'",
        "%env x\napi_key = '{}'",
    ],
)
def test_a_string_given_to_a_telling_name(line: str, tmp_path: Path) -> None:
    secret = word(24)
    path = tmp_path / "a.py"
    path.write_text("# %%\nimport os\n" + line.format(secret) + "\n")
    (found,) = (finding.problem for finding in api.check(path)[1] if finding.code == "NBX501")
    row = path.read_text().splitlines()[found.span.row]
    assert row[found.span.column - 1 : found.span.end_column - 1] == secret


def notebook(output: object, metadata: object = None) -> str:
    cell = {"cell_type": "code", "execution_count": 1, "metadata": metadata or {}, "outputs": [output], "source": "f()"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "key KEY\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "'KEY'"}, "metadata": {}, "execution_count": 1},
        {"output_type": "display_data", "data": {"text/html": ["<b>", "KEY", "</b>"]}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "no", "traceback": ["line", "key=KEY"]},
    ],
)
def test_outputs_are_read(output: dict[str, object]) -> None:
    text = notebook(output).replace("KEY", FORMS["a GitHub token"])
    found = [finding for finding in api.check_text(text, "a.ipynb")[1] if finding.code == "NBX502"]
    assert len(found) == 1
    assert FORMS["a GitHub token"][6:] not in found[0].problem.message


def test_images_and_what_lies_behind_the_limit_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    search = secrets.in_text
    monkeypatch.setattr(secrets, "in_text", lambda text, forms=None: asked.append(len(text)) or search(text, forms))
    image = {"output_type": "display_data", "data": {"image/png": FORMS["a GitHub token"] * 1000}, "metadata": {}}
    assert not api.check_text(notebook(image), "a.ipynb")[1][1:]
    long = {"output_type": "stream", "name": "stdout", "text": "a" * 5_000_000 + FORMS["a GitHub token"]}
    api.check_text(notebook(long), "a.ipynb")
    assert max(asked) <= secrets.MAX_TEXT


def test_metadata_is_read() -> None:
    text = notebook(
        {"output_type": "stream", "name": "stdout", "text": ""}, {"kernel": {"key": FORMS["a Slack token"]}}
    )
    assert "NBX503" in [finding.code for finding in api.check_text(text, "a.ipynb")[1]]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("torch.load('a.pt')", "torch.load('a.pt', weights_only=True)"),
        ("torch.load(\n    'a.pt',\n)", "torch.load(\n    'a.pt',\n    weights_only=True,\n)"),
        ("%time torch.load(f='a.pt')", "%time torch.load(f='a.pt', weights_only=True)"),
    ],
)
def test_weights_only_is_added_by_an_unsafe_fix(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": f"import torch\n{before}",
    }
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}))
    assert cli.main(["check", str(path), "--fix"]) == 0
    assert json.loads(path.read_text())["cells"][0]["source"].endswith(before)
    assert cli.main(["check", str(path), "--fix", "--unsafe-fixes"]) == 0
    assert json.loads(path.read_text())["cells"][0]["source"] == f"import torch\n{after}"


def test_a_secret_refuses_the_export_of_its_own_cell_only(sound: Path, tmp_path: Path) -> None:
    text = sound.read_text()
    sound.write_text(f"{text}# %%\nlooked_at = '{FORMS['a GitHub token']}'\n")
    assert "NBX501" in [finding.code for finding in api.check(sound)[1]]
    assert isinstance(api.plan(ExportRequest(sound, level=1, output=tmp_path / "a")), Plan)
    sound.write_text(text.replace("rows = [", f"token = '{FORMS['a GitHub token']}'\nrows = ["))
    refused = api.plan(ExportRequest(sound, level=1, output=tmp_path / "b"))
    assert isinstance(refused, api.Refused)
    assert "NBX501" in [finding.code for finding in refused.findings]
