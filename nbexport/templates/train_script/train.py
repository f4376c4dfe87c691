"""Train the model: run the notebook's stages, judge the metrics, write a bundle.

Exit codes: 0 trained and saved, 1 a gate or a stage failed (nothing usable is written), 2 wrong options or missing data.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import itertools
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
import traceback
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loguru import logger

# plots that the notebook's code still makes are drawn without a screen
os.environ.setdefault("MPLBACKEND", "Agg")

from nbexport_runtime import bundle
import model
from nbexport_runtime.training.folders import keep_written, put_in_place, working_folder

HERE = Path(__file__).resolve().parent
PROCESSES = int(os.environ.get("WORLD_SIZE", "1"))
"""How many processes train together; `torchrun` says so."""
FIRST = os.environ.get("RANK", "0") == "0"
"""Whether this is the one that tells and saves what all of them do."""
WITH_HASHES = (":!data", ":!models", ":!.dvc", ":!.dvcignore", ":!data_schema.json")
"""What a pipeline writes beside the code."""
FIRST_SPEAKS_S = 20
"""How long another one waits with what the first one should have said."""
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}


class UsageError(Exception):
    """Something that the caller can fix; shown without a traceback."""


def build_parser() -> argparse.ArgumentParser:
    """The options: the notebook's parameters and gates, and what every project has."""
    parser = argparse.ArgumentParser(
        description=f"Train the model of {model.NOTEBOOK}.",
        epilog="exit codes: 0 trained, 1 a gate or stage failed and nothing usable was written, 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # `--lr` must never be taken for `--lr-decay`
        allow_abbrev=False,
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
        help=escaped(f"where the training data lies ({where})"),
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
    for parameter in fields(model.Parameters):
        add_parameter(parameters, parameter)
    if seed_parameter() is None:
        parser.add_argument(
            "--seed",
            type=int,
            metavar="INT",
            help="seed of every random generator (default: the notebook's own seeding)",
        )
    gates = parser.add_argument_group("quality gates")
    gates.add_argument(
        "--keep-failing",
        action="store_true",
        help="save the model also when a gate fails; its manifest says which",
    )
    for name, (metric, symbol, threshold) in model.GATES.items():
        gates.add_argument(
            gate_option(name),
            dest=f"gate:{name}",
            type=float,
            default=threshold,
            metavar="NUMBER",
            help=escaped(
                f"{metric} must be {symbol} this (float, default: {threshold})"
            ),
        )
    return parser


def escaped(text: str) -> str:
    """Text that argparse shows as it is."""
    return text.replace("%", "%%")


def seed_parameter() -> str | None:
    """The notebook's own parameter behind `--seed`, where it has one."""
    for parameter in fields(model.Parameters):
        if parameter.metadata["option"] == "--seed":
            return parameter.name
    return None


def gate_option(name: str) -> str:
    """The option of a gate; a parameter of the same name keeps its own."""
    option = f"--{name.replace('_', '-')}"
    taken = {parameter.metadata["option"] for parameter in fields(model.Parameters)}
    return option.replace("--", "--gate-", 1) if option in taken else option


def add_parameter(parser: Any, parameter: Field[Any]) -> None:
    """Add the option of one notebook parameter."""
    default = parameter.default if parameter.default is not MISSING else None
    if parameter.default_factory is not MISSING:
        default = parameter.default_factory()
    text = parameter.metadata["help"]
    annotation = type_name(parameter.type)
    kind = re.sub(r"\s*\|\s*None", "", annotation)
    optional = default is None or kind != annotation
    option = parameter.metadata["option"]
    settings: dict[str, Any] = {
        "dest": f"parameter:{parameter.name}",
        "default": default,
    }
    listed = re.fullmatch(r"(list|tuple)\[(\w+)(, \.\.\.)?\]", kind)
    choices = parameter.metadata.get("choices")
    if choices:
        shown = " or ".join(repr(choice) for choice in choices)
        settings["type"] = one_of(choices, optional=optional)
        settings["metavar"] = "CHOICE"
    elif kind == "bool":
        shown = "bool"
        settings["action"] = argparse.BooleanOptionalAction
    elif listed:
        shown = kind
        settings["type"] = {"int": int, "float": float}.get(listed[2], str)
        settings["action"] = ListAction if listed[1] == "list" else TupleAction
        settings["nargs"] = "*"
        settings["metavar"] = listed[2].upper()
    else:
        known: dict[str, Callable[[str], Any]] = {
            "int": int,
            "float": float,
            "str": str,
            "Path": Path,
        }
        convert = known.get(kind, json_object if kind.startswith("dict") else from_json)
        shown = kind if kind in known else f"{kind} as JSON"
        settings["type"] = or_none(convert) if optional else convert
        settings["metavar"] = kind.partition("[")[0].upper()
    if optional:
        shown += " or None"
    help_text = escaped(f"{text} ({shown}, default: {default!r})")
    parser.add_argument(option, help=help_text, **settings)


def type_name(annotation: Any) -> str:
    """The type of a parameter as one reads it: `int`, `list[float]`, `Path | None`."""
    plain = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    text = annotation.__name__ if plain else str(annotation)
    return re.sub(r"\b(pathlib|_local|typing)\.", "", text)


def one_of(choices: tuple[Any, ...], *, optional: bool) -> Callable[[str], Any]:
    """A converter from the text of a choice to the choice."""
    by_text = {str(choice): choice for choice in choices}

    def convert(text: str) -> Any:
        if optional and text == "None":
            return None
        if text not in by_text:
            raise argparse.ArgumentTypeError(
                f"{text!r} is none of {', '.join(by_text)}"
            )
        return by_text[text]

    return convert


def or_none(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A converter that also knows the word None."""

    def convert_or_none(text: str) -> Any:
        return None if text == "None" else convert(text)

    # argparse names the converter when a text does not fit
    convert_or_none.__name__ = convert.__name__
    return convert_or_none


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
    """A structured value, given as JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None


def json_object(text: str) -> dict[str, Any]:
    """A dict, given as JSON."""
    value = from_json(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"no JSON object: {text}")
    return value


def from_anywhere(parameter: Field[Any], given: dict[str, Any]) -> Any:
    """The value of a parameter; a file or folder that somebody names where they stand is found from everywhere.

    The run works in a folder of its own, in which relative names are those of the project.
    """
    value = given[f"parameter:{parameter.name}"]
    if not isinstance(value, str | Path) or value == parameter.default or not value:
        return value
    path = Path(value)
    if path.is_absolute() or (HERE / path).exists() or not path.exists():
        return value
    return type(value)(path.absolute())


def find_data(given: Path | None) -> Path | None:
    """The data to train on.

    Raises:
        UsageError: It is not there, or this project takes none.
    """
    if model.DATA is None:
        if given is not None and (given / "dataset.json").is_file():
            return given.absolute()
        if given is not None:
            raise UsageError(
                "--data: this notebook makes or bundles its data in code, so there is no path to replace"
            )
        return None
    if given is not None:
        if not given.exists():
            raise UsageError(f"--data: `{given}` does not exist")
        # what the notebook names by itself keeps its name, in whatever folder a run works
        same = given == Path(model.DATA) and (HERE / given).exists()
        return given if same and Path.cwd() == HERE else given.absolute()
    if Path.cwd() != HERE and Path(model.DATA).exists():
        return Path(model.DATA).absolute()
    if (HERE / model.DATA).exists():
        return Path(model.DATA)
    raise UsageError(
        f"the data `{model.DATA}` is not here; say where it lies with --data"
    )


def find_output(given: Path) -> Path:
    """The absolute folder of the bundle.

    Raises:
        UsageError: Something else is there, or nothing can be written there.
    """
    output = given.absolute()
    if output.exists():
        if not output.is_dir():
            raise UsageError(f"--output: `{given}` is a file; choose a folder")
        if not (output / "manifest.json").exists() and any(output.iterdir()):
            raise UsageError(
                f"--output: `{given}` exists and holds no bundle; choose another folder"
            )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"--output: `{given.parent}` cannot be made: {error.strerror}"
        ) from None
    if not os.access(output.parent, os.W_OK):
        raise UsageError(f"--output: `{given.parent}` cannot be written to")
    return output


def failed_gates(metrics: dict[str, Any], thresholds: dict[str, float]) -> list[str]:
    """A sentence for each gate that the metrics do not pass."""
    found: list[str] = []
    for name, (metric, symbol, _) in model.GATES.items():
        threshold = thresholds[name]
        value = bundle.plain(metrics.get(metric))
        while isinstance(value, list) and len(value) == 1:
            # an array of one number, which an assert accepts too
            value = value[0]
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
    """One training run, in a folder of its own; the exit code."""
    given = vars(options)
    if PROCESSES > 1 and find_pipeline() is None:
        raise UsageError("this project trains in one process: run `python train.py`")
    parameters = model.Parameters(
        **{f.name: from_anywhere(f, given) for f in fields(model.Parameters)}
    )
    data = find_data(options.data)
    output = find_output(options.output)
    # before the run, which may change the data
    described = describe_data(data, options.data or data)
    with working_folder(HERE, output) as folder:
        code = train_here(options, parameters, data, described, output)
        if code == 0 and FIRST and keep_written(folder, HERE, output):
            logger.info("kept what the notebook wrote in {}-files", options.output)
    return code


def train_here(
    options: argparse.Namespace,
    parameters: model.Parameters,
    data: Path | None,
    described: dict[str, Any] | None,
    output: Path,
) -> int:
    """One training run in the folder that the process works in; the exit code.

    Args:
        options: The command line.
        parameters: The notebook's parameters.
        data: The data, as it was named.
        described: What the manifest says of it.
        output: The absolute folder of the bundle.
    """
    given = vars(options)
    pipeline = find_pipeline()
    thresholds = {name: given[f"gate:{name}"] for name in model.GATES}
    seed = given.get("seed")
    started = time.monotonic()
    added: dict[str, Any] = {}
    run = model.run if pipeline is None else pipeline.stages(data, added, UsageError)
    logger.info(
        "training {} with {}, data {}, seed {}", model.NOTEBOOK, parameters, data, seed
    )
    try:
        trained = run(parameters, data=data, seed=seed)
    except UsageError:
        raise
    except AssertionError as error:
        logger.opt(exception=True).debug("the assert that failed")
        place = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).resolve().parent == HERE
        ][-1]
        logger.error(
            "an assert of the notebook failed: {} ({}, line {}, in {})",
            str(error) or place.line,
            Path(place.filename).name,
            place.lineno,
            place.name,
        )
        return 1
    except (Exception, SystemExit):  # noqa: BLE001 - the notebook's code may raise anything; the log keeps it
        logger.exception("a stage of the notebook failed")
        return 1
    if not FIRST:
        # the first process has learnt the same, and saves it
        return 0
    duration_s = round(time.monotonic() - started, 3)
    metrics = bundle.plain(trained.metrics)
    for name, value in metrics.items():
        logger.info("metric {} = {!r}", name, value)
    problems = failed_gates(trained.metrics, thresholds)
    for problem in problems:
        logger.error(problem)
    if problems and not options.keep_failing:
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
        "data": described,
        "seed": getattr(parameters, seed_parameter() or "", seed),
        "seed_given": seed is not None,
        "code": code_digest(),
        "git": git_state(),
        "python": platform.python_version(),
        "packages": packages(),
        "duration_s": duration_s,
        "failed_gates": problems,
        **added,
    }
    try:
        save(trained, output, facts)
    except (bundle.BundleError, OSError) as error:
        logger.opt(exception=True).debug("what failed")
        logger.error("the model cannot be saved: {}", error)
        return 1
    logger.info("saved {} ({} s of training)", options.output, duration_s)
    return 0


def save(trained: model.Trained, output: Path, facts: dict[str, Any]) -> None:
    """Write the bundle beside its place, check it in a fresh process, then move it there.

    Raises:
        BundleError: A value cannot be saved or does not come back equal.
        OSError: The disk is full, say.
    """
    staging = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    pipeline = find_pipeline()
    try:
        if pipeline is not None:
            pipeline.put_code(staging)
        model.save_model(
            trained,
            staging,
            predict=getattr(model, "predict", None),
            warn=logger.warning,
            **facts,
        )
        done = subprocess.run(
            [sys.executable, "-m", "nbexport_runtime.bundle", str(staging)],
            cwd=HERE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            reasons = done.stdout.strip() or done.stderr.strip()
            raise bundle.BundleError(
                f"it does not come back equal in a fresh process:\n{reasons}"
            )
        staging.chmod(0o755)
        put_in_place(staging, output)
    finally:
        # what was moved away, or what could not be used
        shutil.rmtree(staging, ignore_errors=True)


def find_pipeline() -> Any:
    """What versions the data and holds rows back; None in a project below level 3."""
    if not (HERE / "stages.py").is_file():
        return None
    return importlib.import_module("nbexport_runtime.pipeline.training")


def describe_data(data: Path | None, named: Path | None) -> dict[str, Any] | None:
    """Path and sha256 of the data; None when the notebook's code provides it.

    Args:
        data: Where it lies, relative to the project.
        named: What somebody called it.
    """
    if data is None:
        return None
    data = HERE / data
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
    return {"path": str(named), "sha256": digest.hexdigest(), "files": len(files)}


def code_digest() -> str:
    """sha256 over the project's Python files, packages in it included."""
    digest = hashlib.sha256()
    inside = [found.parent.rglob("*.py") for found in HERE.glob("*/__init__.py")]
    for path in sorted([*HERE.glob("*.py"), *itertools.chain(*inside)]):
        digest.update(path.relative_to(HERE).as_posix().encode() + path.read_bytes())
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
            # data and models have hashes of their own
            ["git", "status", "--porcelain", "--", ".", *WITH_HASHES],
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
    if PROCESSES > 1 and "PYTHONHASHSEED" not in os.environ:
        # all must go through sets of text in the same order
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    logger.remove()
    try:
        logger.add(
            sys.stderr,
            level=options.log_level.upper() if FIRST else "ERROR",
            format="{time:HH:mm:ss} {level: <7} {message}",
            # a traceback must not print the values of variables: they may be secrets
            diagnose=False,
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
        if not FIRST:
            # the first process says the same, after which torchrun ends this one
            time.sleep(FIRST_SPEAKS_S)
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
