"""Train the model: run the notebook's stages, judge the metrics, write a bundle.

Exit codes: 0 trained and saved, 1 a gate or a stage failed (nothing usable is written), 2 wrong options or missing data.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import math
import operator
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loguru import logger

# plots that the notebook's code still makes are drawn without a screen
os.environ.setdefault("MPLBACKEND", "Agg")

import bundle
import model

HERE = Path(__file__).resolve().parent
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}


class UsageError(Exception):
    """Something that the caller can mend; shown without a traceback."""


def build_parser() -> argparse.ArgumentParser:
    """The options: the notebook's parameters and gates, and what every project has."""
    parser = argparse.ArgumentParser(
        description=f"Train the model of {model.NOTEBOOK}.",
        epilog="exit codes: 0 trained, 1 a gate or stage failed and nothing usable was written, 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = (
        f"default: {model.DATA}"
        if model.DATA
        else "default: the notebook's own code provides the data"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help=f"where the training data lies ({where})",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("models/candidate"),
        help="folder of the bundle (default: %(default)s)",
    )
    parser.add_argument(
        "--log-level",
        default="INFO",
        help="DEBUG, INFO, WARNING or ERROR (default: %(default)s)",
    )
    parameters = parser.add_argument_group("parameters of the notebook")
    own_seed = False
    for parameter in fields(model.Parameters):
        add_parameter(parameters, parameter)
        own_seed |= parameter.metadata["option"] == "--seed"
    if not own_seed:
        parser.add_argument(
            "--seed",
            type=int,
            metavar="INT",
            help="seed of every random generator (default: the notebook's own seeding)",
        )
    gates = parser.add_argument_group("quality gates")
    for name, (metric, symbol, threshold) in model.GATES.items():
        gates.add_argument(
            f"--{name.replace('_', '-')}",
            dest=f"gate:{name}",
            type=float,
            default=threshold,
            metavar="NUMBER",
            help=f"{metric} must be {symbol} this (float, default: %(default)s)",
        )
    return parser


def add_parameter(parser: Any, parameter: Field[Any]) -> None:
    """Add the option of one notebook parameter."""
    default = parameter.default if parameter.default is not MISSING else None
    if parameter.default_factory is not MISSING:
        default = parameter.default_factory()
    text = parameter.metadata["help"].replace("%", "%%")
    annotation = str(parameter.type)
    kind = re.sub(r"\s*\|\s*None", "", annotation)
    settings: dict[str, Any] = {
        "dest": f"parameter:{parameter.name}",
        "default": default,
    }
    shown = f"{text} ({kind}, default: {default!r})".replace("%", "%%").replace(
        "%%%%", "%%"
    )
    option = parameter.metadata["option"]
    listed = re.fullmatch(r"(list|tuple)\[(\w+)(, \.\.\.)?\]", kind)
    if parameter.metadata.get("choices"):
        choices = parameter.metadata["choices"]
        by_text = {str(choice): choice for choice in choices}
        parser.add_argument(
            option,
            type=lambda text: by_text.get(text, text),
            choices=choices,
            help=shown,
            **settings,
        )
    elif kind == "bool":
        parser.add_argument(
            option, action=argparse.BooleanOptionalAction, help=shown, **settings
        )
    elif listed:
        inner = {"int": int, "float": float}.get(listed.group(2), str)
        action = ListAction if listed.group(1) == "list" else TupleAction
        parser.add_argument(
            option,
            nargs="*",
            type=inner,
            action=action,
            metavar=listed.group(2),
            help=shown,
            **settings,
        )
    else:
        convert: Callable[[str], Any] = {
            "int": int,
            "float": float,
            "str": str,
            "Path": Path,
        }.get(kind, from_json)
        parser.add_argument(
            option,
            type=convert,
            metavar=kind.partition("[")[0].upper(),
            help=shown,
            **settings,
        )


class ListAction(argparse.Action):
    """Keeps the given values as a list."""

    def __call__(
        self, parser: Any, namespace: Any, values: Any, option_string: str | None = None
    ) -> None:
        setattr(namespace, self.dest, list(values))


class TupleAction(argparse.Action):
    """Keeps the given values as a tuple."""

    def __call__(
        self, parser: Any, namespace: Any, values: Any, option_string: str | None = None
    ) -> None:
        setattr(namespace, self.dest, tuple(values))


def from_json(text: str) -> Any:
    """A dict or other structured value, given as JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None


def find_data(given: Path | None) -> Path | None:
    """The data to train on.

    Raises:
        UsageError: It is not there, or this project takes none.
    """
    if model.DATA is None:
        if given is not None:
            raise UsageError(
                "--data: this notebook makes or bundles its data in code, so there is no path to replace"
            )
        return None
    if given is not None:
        if not given.exists():
            raise UsageError(f"--data: `{given}` does not exist")
        return given
    for path in (Path(model.DATA), HERE / model.DATA):
        if path.exists():
            return path
    raise UsageError(
        f"the data `{model.DATA}` is not here; say where it lies with --data"
    )


def failed_gates(metrics: dict[str, Any], thresholds: dict[str, float]) -> list[str]:
    """A sentence for each gate that the metrics do not pass."""
    found: list[str] = []
    for name, (metric, symbol, _) in model.GATES.items():
        threshold = thresholds[name]
        value = bundle.plain(metrics.get(metric))
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or math.isnan(value)
        ):
            found.append(
                f"gate {name}: metrics has no number `{metric}` (it is {value!r})"
            )
        elif not OPERATORS[symbol](value, threshold):
            found.append(
                f"gate {name}: {metric} is {value!r} and must be {symbol} {threshold!r}"
            )
    return found


def train(options: argparse.Namespace) -> int:
    """One training run; the exit code."""
    given = vars(options)
    parameters = model.Parameters(
        **{f.name: given[f"parameter:{f.name}"] for f in fields(model.Parameters)}
    )
    thresholds = {name: given[f"gate:{name}"] for name in model.GATES}
    data = find_data(options.data)
    seed = given.get("seed")
    started = time.monotonic()
    logger.info(
        "training {} with {}, data {}, seed {}", model.NOTEBOOK, parameters, data, seed
    )
    try:
        trained = model.run(parameters, data=data, seed=seed)
    except AssertionError as error:
        logger.opt(exception=True).debug("the assert that failed")
        logger.error("an assert of the notebook failed: {}", error or "no message")
        return 1
    except Exception:  # noqa: BLE001 - the notebook's code may raise anything; the log keeps all of it
        logger.exception("a stage of the notebook failed")
        return 1
    duration_s = round(time.monotonic() - started, 3)
    metrics = bundle.plain(trained.metrics)
    for name, value in metrics.items():
        logger.info("metric {} = {!r}", name, value)
    problems = failed_gates(trained.metrics, thresholds)
    for problem in problems:
        logger.error(problem)
    if problems:
        return 1
    facts = {
        "notebook": model.NOTEBOOK,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "metrics": metrics,
        "parameters": {f.name: getattr(parameters, f.name) for f in fields(parameters)},
        "gates": {
            name: {"metric": m, "operator": o, "threshold": thresholds[name]}
            for name, (m, o, _) in model.GATES.items()
        },
        "data": describe_data(data),
        "seed": seed,
        "code": code_digest(),
        "git": git_state(),
        "python": platform.python_version(),
        "packages": packages(),
        "duration_s": duration_s,
    }
    return save(trained, options.output, facts)


def save(trained: model.Trained, output: Path, facts: dict[str, Any]) -> int:
    """Write the bundle beside its place, check it in a fresh process, then move it there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        model.save_model(
            trained,
            staging,
            predict=getattr(model, "predict", None),
            warn=logger.warning,
            **facts,
        )
        done = subprocess.run(
            [sys.executable, str(HERE / "bundle.py"), str(staging.resolve())],
            cwd=HERE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            logger.error(
                "the bundle does not come back equal in a fresh process, so it is not kept:"
            )
            for line in (done.stdout.strip() or done.stderr.strip()).splitlines():
                logger.error(line)
            return 1
        replace_folder(staging, output)
    except bundle.BundleError as error:
        logger.error("the model cannot be saved: {}", error)
        return 1
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    logger.info("saved {} ({} s of training)", output, facts["duration_s"])
    return 0


def replace_folder(staging: Path, output: Path) -> None:
    """Put the new bundle in place of the old one."""
    staging.chmod(0o755)
    if not output.exists():
        staging.rename(output)
        return
    if not (output / "manifest.json").exists() and any(output.iterdir()):
        raise bundle.BundleError(
            f"`{output}` exists and holds no bundle; choose another --output"
        )
    old = Path(tempfile.mkdtemp(prefix=f".{output.name}-old-", dir=output.parent))
    output.rename(old / "bundle")
    staging.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def describe_data(data: Path | None) -> dict[str, Any] | None:
    """Path and sha256 of the data; None when the notebook's code provides it."""
    if data is None:
        return None
    files = (
        [data]
        if data.is_file()
        else sorted(path for path in data.rglob("*") if path.is_file())
    )
    digest = hashlib.sha256()
    for path in files:
        digest.update(
            path.relative_to(data.parent).as_posix().encode()
            + bundle.sha256(path).encode()
        )
    return {"path": str(data), "sha256": digest.hexdigest(), "files": len(files)}


def code_digest() -> str:
    """sha256 over the project's Python files."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def git_state() -> dict[str, Any] | None:
    """Commit and whether the tree has changes; None outside a repository."""
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=HERE,
            capture_output=True,
            text=True,
            check=True,
        )
        status = subprocess.run(
            ["git", "status", "--porcelain"],
            cwd=HERE,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit.stdout.strip(), "dirty": bool(status.stdout.strip())}


def packages() -> dict[str, str]:
    """Installed versions of the project's requirements."""
    found: dict[str, str] = {}
    for name in ("requirements.txt", "requirements-serve.txt"):
        path = HERE / name
        for line in (
            path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
        ):
            wanted = re.match(r"[A-Za-z0-9][\w.-]*", line)
            if wanted:
                try:
                    found[wanted.group()] = importlib.metadata.version(wanted.group())
                except importlib.metadata.PackageNotFoundError:
                    found[wanted.group()] = "not installed"
    return found


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    options = build_parser().parse_args(arguments)
    logger.remove()
    try:
        logger.add(
            sys.stderr,
            level=options.log_level.upper(),
            format="{time:HH:mm:ss} {level: <7} {message}",
        )
    except ValueError:
        print(
            f"error: --log-level {options.log_level} is not DEBUG, INFO, WARNING or ERROR",
            file=sys.stderr,
        )
        return 2
    try:
        return train(options)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
