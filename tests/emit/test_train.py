"""The generated `train.py`: options, exit codes, and what a run leaves behind."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lifted_run import forget
from loguru import logger
from nbexport_runtime import __version__
from nbexport_runtime.training import Run, places, provenance
from nbexport_runtime.training.command import Command
from nbexport_runtime.training.folders import put_in_place

from nbexport import api, emit
from nbexport.api import Lifted, lift
from nbexport.plan import ExportRequest

NOTEBOOK = """\
# %% tags=["parameters"]
from typing import Literal
epochs = 3  # passes, 100% of them
rate: float = 1  # step
shuffle = True
name = "abc"
mode: Literal["a", "b", 3] = "a"  # which
hidden = [64, 32]
pair = (1.0, 2.5)
settings = {"a": 1}
limit: int | None = None
most: int | None = 5
seed = 7
min_w = 2
# %% tags=["data"]
with open("rows.txt") as file:
    rows = file.read().split()
# %% tags=["train"]
w = epochs * rate + len(rows)
# %% tags=["evaluate"]
metrics = {"w": w, "v": 1.0}
assert metrics["w"] > 0
assert metrics["v"] <= 2
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * w
predict(2.0)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported project on disk."""
    source = tmp_path_factory.mktemp("work") / "some.py"
    source.write_text(NOTEBOOK, encoding="utf-8")
    (source.parent / "rows.txt").write_text("a b", encoding="utf-8")
    found = lift(source, level=1)
    assert isinstance(found, Lifted), found.findings
    folder = tmp_path_factory.mktemp("project")
    for artifact in emit.project(found.program, level=1, root=source.parent).artifacts:
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artifact.content)
    return folder


@pytest.fixture(scope="module")
def train(project: Path) -> Any:
    """The project's `train`, imported where its data does not lie."""
    sys.path.insert(0, str(project))
    moved = project / "rows.txt"
    aside = moved.rename(project / "aside.txt")
    importlib.invalidate_caches()
    module = importlib.import_module("train")
    aside.rename(moved)
    yield module
    sys.path.remove(str(project))
    forget()
    logger.remove()


@pytest.fixture
def quick(train: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`train` without the check in a fresh process, which one test pays for."""

    class Done:
        returncode = 0

    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        return Done() if command[0] == sys.executable else real(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    return train


def called(train: Any, *arguments: str) -> int:
    """The exit code of `python train.py` with some arguments."""
    return Command(Run, train.options(), train.train, "some.py").run(list(arguments))


def options(train: Any, *arguments: str) -> dict[str, Any]:
    parser = train.options()
    found: dict[str, Any] = parser.parameters_of(parser.parse_args(arguments))
    return found


def test_defaults_are_the_notebook_s(train: Any) -> None:
    found = options(train)
    assert found["hidden"] == [64, 32]
    assert found["pair"] == (1.0, 2.5)
    assert found["settings"] == {"a": 1}
    assert (found["epochs"], found["mode"], found["limit"], found["most"]) == (3, "a", None, 5)


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        (("--epochs", "5"), "epochs", 5),
        (("--rate", "1e-3"), "rate", 1e-3),
        (("--no-shuffle",), "shuffle", False),
        (("--shuffle",), "shuffle", True),
        (("--name", "x y"), "name", "x y"),
        (("--mode", "3"), "mode", 3),
        (("--mode", "b"), "mode", "b"),
        (("--hidden", "1", "2", "3"), "hidden", [1, 2, 3]),
        (("--hidden",), "hidden", []),
        (("--pair", "1"), "pair", [1.0]),
        (("--settings", '{"b": [1, null]}'), "settings", {"b": [1, None]}),
        (("--limit", "4"), "limit", 4),
        (("--most", "None"), "most", None),
    ],
)
def test_options_become_values_of_their_type(train: Any, arguments: tuple[str, ...], name: str, value: Any) -> None:
    found = options(train, *arguments)[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--epochs", "x"),
        ("--mode", "c"),
        ("--settings", "[1]"),
        ("--settings", "{"),
        ("--limit", "x"),
        ("--epoch", "1"),
        ("--log-level", "LOUD"),
        ("--data", "/nowhere"),
    ],
)
def test_wrong_usage_is_2_before_training(
    quick: Any, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "load_data", raising(RuntimeError("it trained")))
    try:
        code = called(quick, "--output", str(tmp_path / "out"), *arguments)
    except SystemExit as left:
        code = left.code
    assert code == 2
    assert not (tmp_path / "out").exists()


def test_help_shows_type_default_and_help_of_every_parameter(train: Any) -> None:
    shown = re.sub(r"\s+", " ", train.options().format_help())
    for line in (
        "--epochs int passes, 100% of them (default: 3)",
        "--rate float step (default: 1)",
        "--shuffle, --no-shuffle `shuffle` of the notebook (default: True)",
        "--name str `name` of the notebook (default: abc)",
        "--mode a|b|3 which (default: a)",
        "--hidden [int ...] `hidden` of the notebook (default: [64, 32])",
        "--pair [float ...] `pair` of the notebook (default: (1.0, 2.5))",
        "--settings JSON object `settings` of the notebook (default: {'a': 1})",
        "--limit int|None `limit` of the notebook (default: None)",
        "--most int|None `most` of the notebook (default: 5)",
        "--seed int `seed` of the notebook (default: 7)",
        "--min-w int `min_w` of the notebook (default: 2)",
        "--gate-min-w float w must be above this (default: 0.0)",
        "--max-v float v must be at most this (default: 2.0)",
        "--data Path where the training data lies (default: rows.txt)",
    ):
        assert line in shown


def test_a_run_leaves_a_checked_bundle(train: Any, project: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, str(project / "train.py"), "--output", "out", "--epochs", "4"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["metrics"] == {"w": 6, "v": 1.0}
    assert manifest["parameters"]["epochs"] == 4
    assert manifest["seed"] == 7
    assert manifest["gates"]["min_w"] == {"metric": "w", "operator": ">", "threshold": 0.0}
    assert manifest["data"]["files"] == 1
    assert manifest["runtime"] == __version__
    assert {"code", "git", "packages", "created", "python", "version", "files"} < manifest.keys()
    assert importlib.import_module("model").load_model(output).predict(2.0) == 12


def test_the_readme_names_options_as_train_does(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    # more of them than a table is for
    assert "`python train.py --help` lists every option" in text


def test_a_version_keeps_what_its_modules_read_and_no_data(tmp_path: Path) -> None:
    files = ("tools/labels.json", "spread/part.py", "high.csv", "README.md", ".gitignore", "tests/test_training.py")
    for name in (*files, "rows.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    assert provenance.exported(tmp_path) == []
    written = {name: {"owned": True} for name in (*files, "gone.py")} | {"rows.csv": {"owned": False}}
    (tmp_path / "nbexport.lock").write_text(json.dumps({"files": written}))
    kept = [path.relative_to(tmp_path).as_posix() for path in provenance.exported(tmp_path)]
    assert kept == ["tools/labels.json", "spread/part.py", "high.csv"]


def test_the_code_digest_covers_packages_and_no_environment(tmp_path: Path) -> None:
    for place in ("model.py", "helpers/__init__.py", "helpers/deep/inner.py", ".venv/lib/other.py", "tests/test_it.py"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("a = 1")
    seen = []
    for place in ("tests/test_it.py", ".venv/lib/other.py", "helpers/deep/inner.py", "model.py"):
        before = provenance.code_digest(tmp_path)
        (tmp_path / place).write_text("a = 2")
        seen.append(provenance.code_digest(tmp_path) != before)
    assert seen == [False, False, True, True]


def test_a_run_works_in_a_folder_of_its_own(
    quick: Any, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs append to one relative file, change a file of the project's and make a folder: none sees another's."""
    seen: list[tuple[str, str, bool]] = []

    def load_data(data: Path) -> list[str]:
        with Path("log.txt").open("a") as file:
            file.write("run ")
        Path("rows.txt").write_text(data.read_text() + " c")
        Path("made").mkdir()
        seen.append((Path("log.txt").read_text(), Path("rows.txt").read_text(), Path("train.py").exists()))
        return data.read_text().split()

    monkeypatch.setattr(quick, "load_data", load_data)
    before = Path.cwd()
    for name in ("one", "other"):
        assert called(quick, "--output", str(tmp_path / name)) == 0
    assert seen == [("run ", "a b c", True)] * 2
    assert Path.cwd() == before
    assert (project / "rows.txt").read_text() == "a b"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "one-files", "other", "other-files"]
    assert sorted(path.name for path in (tmp_path / "one-files").iterdir()) == ["log.txt", "rows.txt"]


def test_every_failed_gate_is_shown_and_nothing_written(
    quick: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    assert called(quick, "--output", str(output), "--gate-min-w", "100", "--max-v=-1") == 1
    said = capsys.readouterr().err
    assert "gate min_w: w is 5 and must be > 100.0" in said
    assert "gate max_v: v is 1.0 and must be <= -1.0" in said
    assert not output.exists()


def raising(error: BaseException) -> Any:
    def train_model(*args: Any, **kwargs: Any) -> Any:
        secret = "hunter" + str(2)  # noqa: F841 - a value that no traceback may show
        raise error

    return train_model


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AssertionError("too few rows"), "an assert of the notebook failed: too few rows (train.py, line "),
        (AssertionError(), "an assert of the notebook failed: w = train_model("),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        (SystemExit(0), "a stage of the notebook failed"),
    ],
)
def test_a_failing_stage_is_1_and_leaves_the_old_bundle(
    quick: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    words: str,
) -> None:
    output = tmp_path / "out"
    assert called(quick, "--output", str(output)) == 0
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    capsys.readouterr()
    monkeypatch.setattr(quick, "train_model", raising(error))
    assert called(quick, "--output", str(output)) == 1
    said = capsys.readouterr().err
    assert words in said
    assert ("Traceback" in said) == (not isinstance(error, AssertionError))
    assert "hunter2" not in said
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_bundle_that_does_not_come_back_is_not_kept(
    quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Done:
        returncode, stdout, stderr = 1, "`w` does not come back as it was saved", ""

    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: Done())
    monkeypatch.setattr(provenance, "git_state", lambda project: None)
    assert called(quick, "--output", str(tmp_path / "out")) == 1
    assert "`w` does not come back" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_cannot_be_saved_is_1_with_its_name(
    quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def save_model(run: Run, **values: Any) -> None:
        run.save({"w": (part for part in ())}, metrics={"w": 1, "v": 1}, predict=max)

    monkeypatch.setattr(quick, "save_model", save_model)
    assert called(quick, "--output", str(tmp_path / "out")) == 1
    assert "the model cannot be saved: `w` is a builtins.generator" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file", "below a file"])
def test_an_output_that_is_no_bundle_is_refused_before_training(
    quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(quick, "load_data", raising(RuntimeError("it trained")))
    output = tmp_path / "out"
    if kind == "folder":
        output.mkdir()
        (output / "thesis.txt").write_text("mine")
    else:
        output.write_text("mine")
    given = output / "deep" if kind == "below a file" else output
    assert called(quick, "--output", str(given)) == 2
    assert (output / "thesis.txt").read_text() == "mine" if kind == "folder" else output.read_text() == "mine"


def test_missing_data_is_2(quick: Any, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aside = (project / "rows.txt").rename(project / "aside.txt")
    try:
        assert called(quick, "--output", str(tmp_path / "out")) == 2
    finally:
        aside.rename(project / "rows.txt")
    assert "`rows.txt` is not here; say where it lies with --data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (FileNotFoundError(2, "No such file or directory", "in/rows.csv"), 2, "the file `in/rows.csv` is not here"),
        (FileNotFoundError("rows.csv not found."), 2, "a file is not here: rows.csv not found."),
        (FileNotFoundError(2, "No such file or directory", "ffmpeg"), 1, "a stage of the notebook failed"),
    ],
)
def test_a_file_that_a_stage_misses_is_2(
    quick: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    words: str,
) -> None:
    monkeypatch.setattr(quick, "train_model", raising(error))
    assert called(quick, "--output", str(tmp_path / "out")) == status
    said = capsys.readouterr().err
    assert words in said
    assert ("Traceback" in said) == (status == 1)


def test_a_default_above_the_project_is_found_from_the_folder_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text("1")
    (tmp_path / "project").mkdir()
    default = Path("../rows.txt")
    found = places.data_of(default, default, tmp_path / "project")
    assert found is not None
    assert found.is_absolute()
    assert found.read_text() == "1"


@pytest.mark.parametrize("exchange", [True, False])
def test_a_kill_while_saving_leaves_one_whole_bundle(tmp_path: Path, exchange: bool) -> None:
    """Every system call that changes a name is a moment at which the process may end."""
    output = tmp_path / "out"
    seen: list[list[str]] = []

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if recording and event in ("os.rename", "shutil.rmtree"):
            seen.append(sorted(path.name for path in output.iterdir()) if output.exists() else [])

    recording = False
    sys.addaudithook(look)
    for folder, content in ((output, "old"), (tmp_path / "new", "new")):
        folder.mkdir()
        (folder / content).write_text(content)
    platform = sys.platform
    if not exchange:
        sys.platform = "other"
    try:
        recording = True
        put_in_place(tmp_path / "new", output)
    finally:
        recording = False
        sys.platform = platform
    assert (output / "new").exists()
    if exchange and platform.startswith("linux"):
        assert seen == []
        assert os.listdir(tmp_path / "new") == ["old"]
    else:
        assert seen[0] == ["old"]
        assert sorted(os.listdir(tmp_path)) == ["out"]


def test_a_loaded_model_computes_with_the_parameters_of_its_training(tmp_path: Path) -> None:
    source = tmp_path / "some.py"
    text = """# %% tags=["parameters"]
scale = 2
# %%
class Scaled:
    def __init__(self, seen):
        self.seen = seen
    def of(self, x):
        return x * scale + self.seen
# %% tags=["train"]
model = Scaled(1)
# %% tags=["evaluate"]
metrics = {"of": model.of(1)}
"""
    source.write_text(text, encoding="utf-8")
    plan = api.plan(ExportRequest(source, level=1, output=tmp_path / "project"))
    assert not isinstance(plan, api.Refused), plan.findings
    api.apply(plan)
    # neither the service nor `predict` reads the bundle here: it is what a script of the user's loads
    code = "import model; loaded = model.load_model('models/latest'); print(loaded['model'].of(1))"
    for command in (["train.py", "--scale", "5"], ["-c", code]):
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path / "project", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == "6\n"
