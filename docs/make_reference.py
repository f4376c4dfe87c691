"""Fills the generated parts of the reference and of the list of decisions; `--check` says whether they are up to date.

    python docs/make_reference.py

A part stands between `<!-- made: NAME -->` and `<!-- end -->`. `PARTS` says which function writes it.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NoReturn
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "runtime"))

from nbexport import api, emit  # noqa: E402
from nbexport.command.codes import ExitCode  # noqa: E402
from nbexport.emit import readme, requirements  # noqa: E402
from nbexport.lab.wire.answers import catalogue  # noqa: E402
from nbexport.levels import CI_SYSTEMS, LEVELS  # noqa: E402
from nbexport.options import Option, options_of  # noqa: E402
from nbexport.program import Program  # noqa: E402
from nbexport.read.roles import ALIASES, DIRECTIVES  # noqa: E402
from nbexport.shell.cli import DOORS  # noqa: E402

DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PART = re.compile(r"(<!-- made: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
NOTEBOOK = ROOT / "examples" / "churn" / "churn.ipynb"
COMMANDS = ROOT / "runtime" / "nbexport_runtime"
PACKAGES = {"pipeline": 3, "platform": 4}
"""Parts of the runtime that hold commands → the level that has them."""
OF_FILES = {
    ".dockerignore": "what the image does not get",
    ".gitattributes": "how git treats generated files",
    ".github/dependabot.yml": "asks for new versions of packages, images and actions",
    ".github/workflows/ci.yml": "each push: lint, types, tests, locks, export up to date",
    ".github/workflows/freshness.yml": "each day: fails when the last retraining is too old",
    ".github/workflows/retrain.yml": "each week, or by hand: retrain, roll out, roll back",
    ".github/workflows/score.yml": "scores a table each day",
    ".gitignore": "what git does not keep",
    "Dockerfile": "the image of the service",
    "Makefile": "the commands of everyday work; `make help` lists them",
    "README.md": "what this project is and how to run it",
    "RUNBOOK.md": "what to do when an alert fires",
    "compose.yaml": "service, Prometheus and Grafana on one machine",
    "customers.csv": "the data that the notebook reads",
    "data_schema.json": "what the data looks like; see [checks of data](data-checks.md)",
    "definitions.py": "the notebook's functions, classes and constants",
    "deploy/cronjob.yaml": "retraining and scoring a table on a schedule, in Kubernetes",
    "deploy/gateway.yaml": "traffic shares by the Gateway API",
    "deploy/pipeline.Dockerfile": "the image that retrains",
    "deploy/pipeline.Dockerfile.dockerignore": "what that image does not get",
    "deploy/ray_serve.py": "the service on Ray Serve",
    "deploy/rollouts.yaml": "a rollout by Argo Rollouts",
    "deploy/service.yaml": "the service on Kubernetes",
    "deploy/workflow.yaml": "retraining as an Argo Workflow",
    "feature_repo/feature_store.yaml": "where Feast keeps its features",
    "feature_repo/views.py": "the features of `platform.toml`, for Feast",
    "model.py": "the notebook's stages as functions, and `predict`",
    "monitoring/alerts.yml": "the alerts of Prometheus",
    "monitoring/alerts_test.yml": "tests of these alerts",
    "monitoring/dashboard.json": "the dashboard of the service, for Grafana",
    "monitoring/platform.json": "the dashboard of the platform, for Grafana",
    "monitoring/prometheus.yml": "what Prometheus collects",
    "nbexport_runtime/": "what is the same in every project; each export replaces it",
    "pipeline.toml": "what decides about a new model; see [settings](settings.md)",
    "platform.toml": "what the platform does; see [settings](settings.md)",
    "pyproject.toml": "name, allowed versions, settings of the tools",
    "requirements-pipeline.txt": "what retraining needs besides",
    "requirements-platform.txt": "what the platform needs besides",
    "requirements-score.txt": "what scoring Parquet and databases needs besides",
    "requirements-serve.txt": "what the service needs besides",
    "requirements.txt": "what training needs, in the versions of the export",
    "schemas.py": "request and response of `POST /predict`",
    "scripts/push_image.sh": "builds the image and pushes it",
    "serve.py": "the routes of the service",
    "stages.py": "what the stages take and give",
    "tests/figures.json": "the notebook's own figures",
    "tests/test_service.py": "the service answers as the notebook does",
    "tests/test_training.py": "the training computes what the notebook computed",
}
"""Files whose purpose does not stand in them → what each is for; a script says it in its docstring."""
OF_CODES = {
    ExitCode.OK: "done. Warnings and advice alone do not fail, unless `--strict` is given",
    ExitCode.FOUND: "errors were found, an export was refused, or verified values differ",
    ExitCode.TROUBLE: "wrong usage, or trouble with files",
    ExitCode.CONFLICT: "nothing was written: files you edited are in the way, or a lower level would remove files",
    ExitCode.BUG: "internal error; please report it",
    ExitCode.INTERRUPTED: "stopped by Ctrl+C",
}
"""When a command of nbexport ends in which code."""


def roles() -> str:
    """What a cell of each role does, and from which level on a project needs it."""
    lines = ["| tag | the cell | needed from level |", "|---|---|---|"]
    for role in catalogue()["roles"]:
        first = next((str(level.number) for level in LEVELS if role["name"] in level.roles), "")
        lines.append(f"| `{role['name']}` | {role['summary']} | {first} |")
    return "\n".join(lines)


def aliases() -> str:
    """Tags and directives of other tools that say the same."""
    lines = ["| tag or directive | read as |", "|---|---|"]
    lines += [f"| tag `{word}` | `{role.value}` |" for word, role in ALIASES.items()]
    lines += [f"| line `#\\| {word}` | `{role.value}` |" for word, role in DIRECTIVES.items()]
    return "\n".join(lines)


def options() -> str:
    """Each command of nbexport with its options."""
    parts = []
    for name, door in DOORS.items():
        shown = "nbexport" if name == "export" else f"nbexport {name}"
        usage = door.usage
        parts += [f"### `{' '.join(filter(None, (shown, usage.positional)))}`", usage.help]
        if usage.positional:
            parts.append(f"`{usage.positional}` is {usage.what}.")
        listed = options_of(name)
        if listed:
            parts.append("\n".join(["| option | meaning |", "|---|---|", *map(option_row, listed)]))
    return "\n\n".join(parts)


def option_row(option: Option) -> str:
    """The row of an option, with all that its help says."""
    flags = f"--{option.name}" + (f" {option.metavar}" if option.metavar else "")
    short = f"`-{option.short}`, " if option.short else ""
    rest = ""
    if len(option.choices) > 1:
        rest += f"; one of {', '.join(f'`{choice}`' for choice in option.choices)}"
    if option.default not in (None, False, 0.0):
        rest += f"; default `{option.default}`"
    if option.config:
        rest += "; also a key of the configuration file"
    return f"| {short}`{flags}` | {cell(option.help)}{rest} |"


class _CapturedError(Exception):
    """Carries the parser of a command line that would be parsed now."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def commands() -> str:
    """Each command of an exported project with its options."""
    parts = []
    for package, level in PACKAGES.items():
        parts.append(f"### Level {level}")
        for path in sorted((COMMANDS / package / "commands").glob("[!_]*.py")):
            if "def main(" not in path.read_text(encoding="utf-8"):
                continue
            parser = parser_of(f"nbexport_runtime.{package}.commands.{path.stem}")
            script = "scripts/fetch_data.py" if path.stem == "fetch_data" else f"{path.stem}.py"
            parts += [f"#### `{script}`", str(parser.description), *tables(parser, f"python {script}")]
    return "\n\n".join(parts)


def parser_of(module: str) -> argparse.ArgumentParser:
    """The parser that a command makes, taken when it would read its command line."""

    def taken(self: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        raise _CapturedError(self)

    before = argparse.ArgumentParser.parse_args, argparse.ArgumentParser.parse_known_args
    argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_known_args = taken  # type: ignore[method-assign,assignment]
    try:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "stages.py").touch()
            importlib.import_module(module).main(f"{folder}/command.py", [])
    except _CapturedError as captured:
        return captured.parser
    finally:
        argparse.ArgumentParser.parse_args, argparse.ArgumentParser.parse_known_args = before  # type: ignore[method-assign]
    raise AssertionError(f"{module} reads no command line")


def tables(parser: argparse.ArgumentParser, called: str) -> list[str]:
    """The actions and options of a parser, and those of its subcommands."""
    parts, lines = [], []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                parts += [f"`{called} {name}`: {cell(sub.description or '')}", *tables(sub, f"{called} {name}")]
        elif action.dest != "help":
            lines.append(f"| `{flags_of(action)}` | {cell(expanded(action))} |")
    return [*(["\n".join(["| option | meaning |", "|---|---|", *lines])] if lines else []), *parts]


def expanded(action: argparse.Action) -> str:
    """The help of an option as `--help` prints it."""
    return argparse.HelpFormatter("")._expand_help(action) if action.help else ""


def flags_of(action: argparse.Action) -> str:
    """How an option is written."""
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    word = action.metavar or ("\\|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    return f"{names} {word}".strip()


owners = cache(requirements._owners)


@cache
def program() -> Program:
    """The churn example as a program, the same for each level."""
    lifted = api.lift(NOTEBOOK, level=LEVELS[-1].number)
    if isinstance(lifted, api.Refused):
        raise TypeError(lifted.findings)
    return lifted.program


@cache
def project(level: int) -> dict[str, bytes]:
    """Path → content of each file that the churn example becomes."""
    # who installs a module is asked for each level again, and takes most of the time
    with patch.object(requirements, "_owners", owners):
        made = emit.project(program(), level=level, root=NOTEBOOK.parent, ci=CI_SYSTEMS[0])
    return {file.path: file.content for file in made.artifacts}


def files() -> str:
    """Which files each level adds, and what they are for."""
    known: set[str] = set()
    parts = []
    for level in (level for level in LEVELS if level.number):
        content = project(level.number)
        own = {path for path in content if not path.startswith("nbexport_runtime/")} | {"nbexport_runtime/"}
        parts.append(f"## Level {level.number}: {level.name}")
        rows = [f"| `{path}` | {cell(purpose(path, content))} |" for path in sorted(own - known)]
        parts.append("\n".join(["| file | what it is for |", "|---|---|", *rows]))
        known |= own
    return "\n\n".join(parts)


def purpose(path: str, content: dict[str, bytes]) -> str:
    """What a file is for."""
    if path in OF_FILES:
        return OF_FILES[path]
    if PurePosixPath(path).suffix == ".py":
        text = ast.get_docstring(ast.parse(content[path])) or ""
        return text.split("\n\n")[0].replace("\n", " ").rstrip(".")
    raise KeyError(f"say in OF_FILES of docs/make_reference.py what `{path}` is for")


def service() -> str:
    """The settings of the service."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for variable, default, meaning in readme.settings():
        lines.append(f"| `{variable}` | {f'`{default}`' if default else ''} | {cell(meaning)} |")
    return "\n".join(lines)


def toml(name: str) -> str:
    """A settings file as an export writes it."""
    return f"```toml\n{project(4)[name].decode().rstrip()}\n```"


def exit_codes() -> str:
    """The exit codes of `nbexport`."""
    return "\n".join(["| code | when |", "|---|---|", *(f"| {code.value} | {OF_CODES[code]} |" for code in ExitCode)])


def decisions() -> str:
    """The decisions by number, each with its title."""
    titles = {path.name: path.read_text("utf-8").split("\n", 1)[0] for path in sorted(DECISIONS.glob("0*.md"))}
    return "\n".join(f"- [{title.removeprefix('# ').replace('. ', ': ', 1)}]({name})" for name, title in titles.items())


def cell(text: str) -> str:
    """A text as a cell of a table."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


PARTS: dict[str, Callable[[], str]] = {
    "roles": roles,
    "aliases": aliases,
    "options": options,
    "commands": commands,
    "files": files,
    "service": service,
    "pipeline-toml": lambda: toml("pipeline.toml"),
    "platform-toml": lambda: toml("platform.toml"),
    "exit-codes": exit_codes,
    "decisions": decisions,
}


def page(text: str) -> str:
    """A page with its parts as they should be."""
    return PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n\n{found[3]}", text)


def main() -> int:
    """Write the pages, or compare them; 1 where `--check` finds a stale one."""
    stale = 0
    for path in sorted([*DOCS.glob("reference/*.md"), DECISIONS / "index.md"]):
        text = path.read_text(encoding="utf-8")
        if page(text) == text:
            continue
        if "--check" in sys.argv[1:]:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: make docs\n")
            stale = 1
        else:
            path.write_text(page(text), encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
