"""README and RUNBOOK of a project: short, and all that they tell people to run is there and runs."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import SOUND
from markdown_it import MarkdownIt
from projects.serving import served

from nbexport import api, disk, emit
from nbexport.api import Lifted, lift
from nbexport.emit.example_call import example_call
from nbexport.emit.readme import MOST_ASSUMPTIONS, settings
from nbexport.plan import ExportRequest
from nbexport.program import Argument, Expression, Predict

ROOT = Path(__file__).parents[2]
EXAMPLES = ["churn/churn", "digits/digits", "messages/messages"]
OF_OTHERS = {"FIGURE_TOLERANCE", "FIRST", "CPUS", "VERSION", "ID", "TORCH", "IMAGE", "ROLLBACK", "ROLLOUT_ACTION"}
OF_OTHERS |= {"FEATURES_ONLINE", "NAME", "TRAIN_SEED"}
"""Words in capitals that are not settings of the service."""


def texts(name: str, level: int, text: str | None = None) -> dict[str, str]:
    """The text files of an export that is not written."""
    made = api.project(ROOT / "examples" / name, level=level, text=text)
    assert not isinstance(made, api.Refused), made.findings
    return {file.path: file.content.decode() for file in made.artifacts if file.path.endswith((".md", ".yml", ".toml"))}


@pytest.fixture(scope="module", params=[1, 2, 4])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained project."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    plan = api.plan(ExportRequest(folder / "sound.py", level=request.param, output=folder / "project"))
    assert not isinstance(plan, api.Refused), plan.findings
    disk.apply(plan, force=False)
    python = folder / "project" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    # not a link: an environment that is made of a linked interpreter does not find its library
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    assert run("make train", folder / "project").returncode == 0
    return folder / "project"


def trained(project: Path) -> Path:
    """The bundle that `make train` wrote."""
    (manifest,) = project.glob("models/*/manifest.json")
    return manifest.parent


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command line as it is pasted, with the python of the tests."""
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["sh", "-ec", command], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def blocks(text: str, language: str) -> list[str]:
    """The code in fences of a language."""
    return [token.content for token in MarkdownIt().parse(text) if token.type == "fence" and token.info == language]


def spans(text: str) -> Iterator[str]:
    """The code in lines of text."""
    for token in MarkdownIt().enable("table").parse(text):
        yield from (child.content for child in token.children or () if child.type == "code_inline")


def commands(folder: Path) -> list[str]:
    """Every command line of a project's documents."""
    found = []
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for block in blocks(text, "sh"):
            found += [line.partition(" #")[0].strip() for line in block.splitlines() if line[:1] not in " {}"]
        found += [span for span in spans(text) if span.startswith(("python ", "make ", "torchrun "))]
    return found


# --------------------------------------------------------------------------- size


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_they_are_short(name: str, level: int) -> None:
    found = texts(f"{name}.ipynb", level)
    assert len(found["README.md"].splitlines()) < (100 if level < 4 else 150)
    assert ("RUNBOOK.md" in found) == (level > 1)
    assert len(found.get("RUNBOOK.md", "").splitlines()) < (170 if level < 4 else 230)
    # a row of a table is one line
    prose = [line for path in found if path.endswith(".md") for line in found[path].splitlines() if line[:1] != "|"]
    assert [line for line in prose if len(line) > 120] == []
    assert "\\" not in "".join(line for line in prose if not line.endswith(" \\"))


def test_many_options_are_left_to_the_help() -> None:
    lines = "\n".join(f"rate_{number} = {number}.5" for number in range(13))
    found = texts("x.py", 1, SOUND.replace("rate = 0.5  # step size", f"rate = 0.5\n{lines}"))
    assert "--rate-12" not in found["README.md"]
    assert "--rate" in texts("x.py", 1, SOUND)["README.md"]


def test_many_assumptions_are_left_to_the_lock() -> None:
    numbers = range(9)
    calls = "\n".join(f"    somelib.inspect_{number}(rows_{number})  # noqa: NBX130" for number in numbers)
    text = SOUND.replace("rows = ", "".join(f"rows_{number} = [1.0]\n" for number in numbers) + "rows = ")
    text = text.replace("sum(rows)", "sum(rows + " + " + ".join(f"rows_{number}" for number in numbers) + ")")
    text = text.replace(
        '# %% tags=["train"]', f'# %%\nimport somelib\nfor _ in range(2):\n{calls}\n# %% tags=["train"]'
    )
    found = texts("x.py", 1, text)["README.md"]
    listed = re.findall(r"^- cell 3, line", found, re.MULTILINE)
    assert len(listed) == MOST_ASSUMPTIONS
    assert "\n- 3 more are listed in `nbexport.lock`\n" in found


# --------------------------------------------------------------------------- what runs


def test_the_snippet_runs_as_it_is_pasted(project: Path) -> None:
    (snippet,) = blocks((project / "README.md").read_text(encoding="utf-8"), "python")
    done = subprocess.run([sys.executable, "-c", snippet], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "6.0\n"), done.stderr


def test_the_request_runs_as_it_is_pasted(project: Path, tmp_path: Path) -> None:
    asked = [block for block in blocks((project / "README.md").read_text(encoding="utf-8"), "sh") if "curl" in block]
    if not (project / "serve.py").exists():
        assert asked == []
        return
    (block,) = asked
    with served(project, trained(project), tmp_path) as service:
        done = run(block.replace("http://127.0.0.1:8000", service.url).replace("curl", "curl --silent"), project)
    assert '"result":6.0' in done.stdout, done.stdout + done.stderr


def test_every_command_is_one_that_exists(project: Path) -> None:
    makefile = (project / "Makefile").read_text(encoding="utf-8")
    for command in commands(project):
        word, *rest = command.split()
        if word == "make":
            assert re.search(rf"^{rest[0]}: ##", makefile, re.MULTILINE), command
        elif word == "python" and rest[0] != "-m":
            assert (project / rest[0]).exists(), command
    assert {"make install", "make train", "make test", "make lint", "make lock"} <= {*commands(project)}
    model = trained(project).relative_to(project)
    assert f"python -m nbexport_runtime.bundle {model}" in {*spans((project / "README.md").read_text(encoding="utf-8"))}
    assert run(f"python -m nbexport_runtime.bundle {model}", project).returncode == 0


def test_the_table_of_options_is_that_of_the_help(project: Path) -> None:
    rows = [
        span for span in spans((project / "README.md").read_text(encoding="utf-8")) if re.fullmatch("--[a-z-]+", span)
    ]
    said = run("python train.py --help", project).stdout
    assert rows == ["--show-config", "--rate", "--min-weight"]
    assert all(option in said for option in rows)


def test_make_lists_its_targets(project: Path) -> None:
    done = run("make", project)
    assert done.returncode == 0
    assert re.findall(r"make ([a-z-]+) ", done.stdout) == re.findall(
        r"^([a-z-]+): ##", (project / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )


# --------------------------------------------------------------------------- the runbook


@pytest.mark.parametrize("level", [2, 4])
def test_each_alert_has_its_heading(level: int) -> None:
    found = texts("churn/churn.ipynb", level)
    alerts = [
        (rule["alert"], rule["annotations"]["runbook_url"])
        for group in yaml.safe_load(found["monitoring/alerts.yml"])["groups"]
        for rule in group["rules"]
    ]
    assert len(alerts) > 5
    headings = re.findall(r"^### (\w+)$", found["RUNBOOK.md"], re.MULTILINE)
    assert headings == [name for name, _ in alerts]
    # as GitHub and GitLab make anchors of headings
    assert [url for _, url in alerts] == [f"RUNBOOK.md#{name.lower()}" for name in headings]


def test_settings_are_those_of_the_service() -> None:
    from nbexport_runtime.pipeline.store import ADDRESS, OF_CLOUDS
    from nbexport_runtime.service.settings import Settings

    rows = [*settings()]
    assert [name.lower() for name, _, _ in rows] == [*Settings.model_fields]
    assert all(text and "\n" not in text for _, _, text in rows)
    for name, default, _ in rows:
        assert Settings.model_validate({name.lower(): default} if default else {}) == Settings(), name
    named = {span.partition("=")[0] for level in (2, 3, 4) for span in settings_named(level)}
    # those of the store and of what reaches it
    named = {name for name in named if not name.startswith(OF_CLOUDS)} - {ADDRESS}
    assert named <= {name for name, _, _ in rows} | OF_OTHERS


def settings_named(level: int) -> Iterator[str]:
    """Words in capitals that the documents show as code."""
    found = texts("churn/churn.ipynb", level)
    for path in ("README.md", "RUNBOOK.md"):
        yield from (span for span in spans(found[path]) if re.fullmatch(r"[A-Z][A-Z_]{2,}(=\S+)?", span))


def test_the_ranges_hold_what_is_pinned() -> None:
    whole = tomllib.loads(texts("churn/churn.ipynb", 4)["pyproject.toml"])
    parts = [whole["project"]["dependencies"], *whole["project"]["optional-dependencies"].values()]
    lines = [line for part in [*parts, whole["dependency-groups"]["dev"]] for line in part]
    assert len(lines) > 15
    assert [line for line in lines if not re.fullmatch(r"[\w.\[\]-]+>=[\w.]+,<[\w.]+", line)] == []


# --------------------------------------------------------------------------- example calls


def predict(*examples: str) -> Predict:
    names = ("text", "top_k")
    return Predict(tuple(Argument(name, Expression("Any")) for name in names), (), {}, "", 1, examples)


@pytest.mark.parametrize(
    ("source", "arguments", "body"),
    [
        ("predict('a', 2)", '"a", 2', '\'{"text": "a", "top_k": 2}\''),
        ('predict("it\'s", top_k=-1)', '"it\'s", top_k=-1', '\'{"text": "it\'"\'"\'s", "top_k": -1}\''),
        ("predict('é', [1.5, None, True])", '"é", [1.5, None, True]', '\'{"text": "é", "top_k": [1.5, null, true]}\''),
    ],
)
def test_an_example_of_literals_is_shown(source: str, arguments: str, body: str) -> None:
    found = example_call(predict("predict(rows[0])", source))
    assert found is not None
    assert (found.arguments, found.body) == (arguments, body)


@pytest.mark.parametrize(
    "source",
    [
        "predict(rows[0])",
        "predict(*rows)",
        "predict(**rows)",
        "predict({1, 2})",
        "predict({1: 2})",
        "predict((1, 2))",
        "predict(b'x')",
        "predict(1e999)",
        "predict('a\\nb')",
        "predict('a', 1, 2)",
        f"predict({'x' * 700!r})",
    ],
)
def test_what_no_reader_can_paste_is_not_shown(source: str) -> None:
    assert example_call(predict(source)) is None


def test_a_long_call_stands_on_many_lines() -> None:
    found = example_call(predict(f"predict({'long ' * 20!r}, top_k=5)"))
    assert found is not None
    assert ast.unparse(ast.parse(f"predict({found.arguments})")) == f"predict({'long ' * 20!r}, top_k=5)"
    assert found.arguments.startswith("\n    ")
    words = ["sh", "-c", f"printf %s {found.body}"]
    body = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert json.loads(body) == {"text": "long " * 20, "top_k": 5}
    assert len(body.splitlines()) == 2


def test_secrets_are_named_by_their_variables(tmp_path: Path) -> None:
    notebook = tmp_path / "some.py"
    notebook.write_text(
        '# %% tags=["parameters"]\napi_key = "abc-123"  # key of the shop\nrate = 2\n'
        '# %% tags=["train"]\nw = rate + len(api_key)\n# %% tags=["evaluate"]\nmetrics = {"w": w}\n',
        encoding="utf-8",
    )
    found = lift(notebook, level=1)
    assert isinstance(found, Lifted)
    files = {file.path: file.content.decode() for file in emit.project(found.program, level=1, root=None).artifacts}
    said = " ".join(files["README.md"].split())
    assert "set `API_KEY`, or let `API_KEY_FILE` hold the absolute path of a file. CI takes them from" in said
    assert "| `--api-key` | `API_KEY` | key of the shop |" in files["README.md"]
    assert [path for path, text in files.items() if "abc-123" in text] == []
