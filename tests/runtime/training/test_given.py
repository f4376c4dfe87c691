"""What a run is given: command line, environment, file, notebook, in this order."""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from nbexport_runtime.training import Parser, Secret, UsageError, json_object, one_of, optional, within
from nbexport_runtime.training.command import Command
from nbexport_runtime.training.given import Given
from nbexport_runtime.training.run import Run

SECRET = "hunter2-is-not-shown"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without variables of options."""
    for name in os.environ:
        if name.startswith("TRAIN_"):
            monkeypatch.delenv(name)


def parser() -> Parser:
    """Options of every kind."""
    made = Parser("Train.")
    made.add_argument("--data", type=Path, help="data")
    made.add_argument("--output", type=Path, default=Path("models/latest"), help="bundle")
    made.add_argument("--epochs", type=int, default=3, help="passes")
    made.add_argument("--batch-size", dest="size", type=within(int, at_least=1, at_most=64), default=8, help="rows")
    made.add_argument("--lr", type=optional(float), default=None, help="step")
    made.add_argument("--layers", type=int, nargs="*", default=[1, 2], help="layers")
    made.add_argument("--fast", action=argparse.BooleanOptionalAction, default=False, help="fast")
    made.add_argument("--kind", type=one_of("a", "b"), default="a", help="kind")
    made.add_argument("--more", type=json_object, default={"x": 1}, help="more")
    made.add_argument("--seed", type=int, help="seed")
    made.add_argument("--api-key", type=Secret, default=Secret("API_KEY"), help="key")
    return made


def given(*words: str) -> Given:
    return Given(parser(), words)


def test_the_command_line_decides_then_the_environment_then_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.toml"
    file.write_text("epochs = 10\nbatch-size = 10\nlr = 0.5\nseed = 1\n")
    monkeypatch.setenv("TRAIN_EPOCHS", "20")
    monkeypatch.setenv("TRAIN_BATCH_SIZE", "20")
    one = given("--config", str(file), "--epochs", "30")
    assert (one.args.epochs, one.args.size, one.args.lr, one.args.kind) == (30, 20, 0.5, "a")
    assert one.sources["epochs"] == "the command line"
    assert one.sources["size"] == "the environment variable TRAIN_BATCH_SIZE"
    assert one.sources["lr"] == str(file)
    assert "kind" not in one.sources
    # a value of the command line decides also where it is that of the notebook
    assert given("--config", str(file), "--epochs", "3").args.epochs == 3
    monkeypatch.setenv("TRAIN_CONFIG", str(file))
    assert given().args.seed == 1


FILES = {
    "run.toml": 'layers = [3, 4]\nfast = true\nkind = "b"\nmore = {y = 2}\nbatch_size = 16\n',
    "run.json": '{"layers": [3, 4], "fast": true, "kind": "b", "more": {"y": 2}, "batch-size": 16, "lr": null}',
    "run.yaml": "layers: [3, 4]\nfast: yes\nkind: b\nmore: {y: 2}\nbatch-size: 16\nlr: null\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_values_of_every_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\ufeff" + FILES[name] if name == "run.json" else FILES[name], encoding="utf-8")
    args = given("--config", str(tmp_path / name)).args
    assert (args.layers, args.fast, args.kind, args.more, args.size, args.lr) == ([3, 4], True, "b", {"y": 2}, 16, None)


def test_the_environment_has_values_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"LAYERS": "3 -4", "FAST": "On", "KIND": "b", "MORE": '{"y": 2}', "LR": "None", "KEEP_FAILING": "1"}
    for name, value in values.items():
        monkeypatch.setenv(f"TRAIN_{name}", value)
    args = given().args
    assert (args.layers, args.fast, args.kind, args.more, args.lr) == ([3, -4], True, "b", {"y": 2}, None)
    assert args.keep_failing is True
    assert given("--no-fast").args.fast is False


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("run.toml", "epoch = 3", "has `epoch`, which is not an option; is `epochs` meant?"),
        ("run.toml", "config = 'a.toml'", "has `config`, which is not an option"),
        ("run.toml", "epochs = 'many'", "`epochs` in `{path}`: invalid int value: 'many'"),
        ("run.toml", "epochs = true", "is True, which is not a number"),
        ("run.toml", "epochs = 1.5", "invalid int value: '1.5'"),
        ("run.toml", "batch-size = 65", "`batch-size` in `{path}`: 65 is not from 1 to 64"),
        ("run.toml", "layers = 3", "is 3, and `--layers` takes a list"),
        ("run.toml", "layers = [1, 'x']", "invalid int value: 'x'"),
        ("run.toml", "fast = 'perhaps'", "is 'perhaps', and `--fast` is true or false"),
        ("run.toml", "kind = 'c'", "'c' is not one of a, b"),
        ("run.toml", "epochs =", "`{path}` is not TOML"),
        ("run.json", "[1]", "`{path}` is not a table of options and their values"),
        ("run.json", "{", "`{path}` is not JSON"),
        ("run.yaml", "a: [", "`{path}` is not YAML"),
        ("run.yaml", "3: x", "`{path}` is not a table"),
        ("run.ini", "a = 1", "ends in neither .toml nor .json, .yaml or .yml"),
        ("run.toml", f"api-key = '{SECRET}'", "give the name of an environment variable in capitals, not the value"),
    ],
)
def test_what_a_file_cannot_say(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        given("--config", str(path))
    assert message.format(path=path) in str(caught.value)
    assert SECRET not in str(caught.value)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        given("--config", str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        given("--config", str(tmp_path / "folder.toml"))


def test_a_variable_that_is_no_option_is_said_and_a_wrong_value_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAIN_EPOCH", "3")
    assert given().notes == ["the environment variable TRAIN_EPOCH belongs to no option; is `TRAIN_EPOCHS` meant?"]
    monkeypatch.setenv("TRAIN_BATCH_SIZE", "0")
    with pytest.raises(UsageError, match="variable TRAIN_BATCH_SIZE: 0 is not from 1 to 64"):
        given()


def test_what_is_shown_can_be_given_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    words = ["--layers", "7", "8", "--more", '{"a b": [1, {"c": "\u00e4"}]}', "--lr", "1e-05", "--fast"]
    one = given(*words)
    shown = one.shown()
    assert SECRET not in shown
    assert "# api-key is secret" in shown
    assert "the environment variable API_KEY" in shown
    assert "# data is not set" in shown
    file = tmp_path / "shown.toml"
    file.write_text(shown, encoding="utf-8")
    assert tomllib.loads(shown)["lr"] == 1e-05
    again = given("--config", str(file))
    before = {name: value for name, value in vars(one.args).items() if name not in ("config", "api_key")}
    assert {name: vars(again.args)[name] for name in before} == before


def test_ranges_take_what_lies_in_them() -> None:
    taken = within(float, above=0, at_most=1)
    assert taken("1") == 1
    assert within(int, at_least=0)("99999999999") == 99999999999
    assert within(float, at_least=0)("inf") == float("inf")
    for text in ("0", "1.01", "nan", "-1"):
        with pytest.raises(argparse.ArgumentTypeError, match=f"{text} is not above 0 to 1"):
            taken(text)
    with pytest.raises(ValueError, match="could not convert"):
        taken("x")


class Calls:
    """A training that says whether it ran."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def train(self, args: argparse.Namespace, run: Run) -> None:
        self.seen.append(args)


def test_a_dry_run_checks_and_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = Calls()
    command = Command(Run, parser(), calls.train, "a.ipynb")  # type: ignore[arg-type]
    monkeypatch.setattr(command, "_project", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert command.run(["--dry-run"]) == 2
    assert "API_KEY" in capsys.readouterr().err, "a secret is missing"
    monkeypatch.setenv("API_KEY", SECRET)
    assert command.run(["--dry-run", "--data", "none.csv"]) == 2
    assert "--data" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert command.run(["--dry-run", "--output", "file/model"]) == 2
    assert "cannot be made" in capsys.readouterr().err
    assert command.run(["--dry-run", "--epochs", "5"]) == 0
    said = capsys.readouterr().out
    assert "would train a.ipynb" in said
    assert "'epochs': 5" in said
    assert SECRET not in said
    assert calls.seen == []
    assert list(tmp_path.iterdir()) == [tmp_path / "file"], "nothing is written"
    assert command.run(["--show-config"]) == 0
    assert json.dumps("models/latest") in capsys.readouterr().out
    assert command.run(["--config", "none.toml"]) == 2
    assert "error: `none.toml` cannot be read" in capsys.readouterr().err
    assert calls.seen == []
