"""The command `python train.py`: from the options to the bundle, and the exit code."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loguru import logger

from nbexport_runtime import bundle
from nbexport_runtime.masking import masked
from nbexport_runtime.secret import Secret, SecretError, missing
from nbexport_runtime.training import provenance, record
from nbexport_runtime.training.folders import keep_written, put_in_place, working_folder
from nbexport_runtime.training.places import data_of, from_anywhere, output_of
from nbexport_runtime.training.seen import seen
from nbexport_runtime.training.usage import UsageError

if TYPE_CHECKING:
    from nbexport_runtime.training.options import Parser
    from nbexport_runtime.training.run import Run, Train


class Command:
    """One call of the command line."""

    def __init__(self, kind: type[Run], parser: Parser, train: Train, notebook: str) -> None:
        self._kind, self._parser, self._train, self._notebook = kind, parser, train, notebook
        self._project = Path(train.__code__.co_filename).resolve().parent

    def run(self, arguments: list[str] | None = None) -> int:
        """Do it; the exit code."""
        return self.train(self._parser.parse_args(arguments))

    def train(self, args: argparse.Namespace) -> int:
        """Do it with options that are parsed already; the exit code."""
        run = self._kind()
        log_to_terminal(args.log_level if run.first else "ERROR")
        if run.first:
            record.begin(self._parser.parameters_of(args))
        draw_without_screen()
        try:
            return self._trained(args, run)
        except (UsageError, SecretError) as error:
            run.refuse(error if isinstance(error, UsageError) else UsageError(str(error)))
            return 2

    def _trained(self, args: argparse.Namespace, run: Run) -> int:
        needed = [value for value in vars(args).values() if isinstance(value, Secret) and value.is_missing]
        if needed:
            raise UsageError(missing(needed))
        default = self._parser.get_default("data")
        seed_given = self._parser.get_default("seed") is None and args.seed is not None
        named, shown = args.data, args.output
        output = output_of(args.output)
        data = data_of(args.data, default, self._project)
        args.output = output
        for name in self._parser.parameters(args):
            value = from_anywhere(getattr(args, name), self._parser.get_default(name), self._project)
            setattr(args, name, value)
        # before the run, which may change the data
        facts: dict[str, Any] = {"data": provenance.data(data, named, self._project)}
        args.data = run.begin(data, seeded=seed_given, project=self._project, default=default)
        with working_folder(self._project, output) as folder:
            logger.info("training {} with {}", self._notebook, self._parser.parameters_of(args))
            began = time.monotonic()
            if not self._stages(args, run):
                return 1
            if not run.first:
                # rank 0 has learned the same, and saves it
                return 0
            facts["duration_s"] = round(time.monotonic() - began, 3)
            for name, value in bundle.plain(run.metrics).items():
                logger.info("metric {} = {!r}", name, value)
            failed = [gate.problem for gate in run.gates.values() if not gate.passed]
            for problem in failed:
                logger.error(problem)
            if failed and not args.keep_failing:
                return 1
            facts["inputs"] = seen(args.data and self._project / args.data, run.predict, run.examples)
            facts |= {"seed": args.seed, "seed_given": seed_given, "failed_gates": failed}
            try:
                self._save(args, run, facts, output)
            except (bundle.BundleError, OSError) as error:
                logger.opt(exception=True).debug("what failed")
                logger.error("the model cannot be saved: {}", error)
                return 1
            logger.info("saved {} ({} s of training)", shown, facts["duration_s"])
            if keep_written(folder, self._project, output):
                logger.info("kept what the notebook wrote in {}-files", shown)
        return 0

    def _stages(self, args: argparse.Namespace, run: Run) -> bool:
        """Whether the stages came to their end."""
        try:
            with run.together():
                self._train(args, run)
        except (UsageError, SecretError):
            raise
        except AssertionError as error:
            logger.opt(exception=True).debug("the assert that failed")
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if Path(frame.filename).resolve().parent == self._project]
            place = (own or list(frames))[-1]
            where = f"{Path(place.filename).name}, line {place.lineno}, in {place.name}"
            logger.error("an assert of the notebook failed: {} ({})", str(error) or place.line, where)
            return False
        except (Exception, SystemExit):  # noqa: BLE001 - the notebook's code may raise anything; the log keeps it
            logger.exception("a stage of the notebook failed")
            return False
        return True

    def _save(self, args: argparse.Namespace, run: Run, facts: dict[str, Any], output: Path) -> None:
        """Write the bundle beside its place, check it in a fresh process, then move it there.

        Raises:
            BundleError: A value cannot be saved or does not come back equal.
            OSError: The disk is full, say.
        """
        staging = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        try:
            run.add_files(staging)
            bundle.save(
                run.state,
                staging,
                strict=run.predict is not None,
                examples=run.examples,
                predict=run.predict,
                warn=logger.warning,
                own=bundle.modules_beside(self._project / "model.py"),
                notebook=self._notebook,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                metrics=bundle.plain(run.metrics),
                parameters=self._parser.parameters_of(args),
                gates={
                    gate.name: {"metric": gate.metric, "operator": gate.operator, "threshold": gate.threshold}
                    for gate in run.gates.values()
                },
                **provenance.of_code(self._project),
                **facts,
                **run.facts(),
            )
            check = [sys.executable, "-m", "nbexport_runtime.bundle", str(staging)]
            done = subprocess.run(check, cwd=self._project, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                reasons = done.stdout.strip() or done.stderr.strip()
                raise bundle.BundleError(f"it does not come back equal in a fresh process:\n{reasons}")
            staging.chmod(0o755)
            put_in_place(staging, output)
        finally:
            # what was moved away, or what could not be used
            shutil.rmtree(staging, ignore_errors=True)


def log_to_terminal(level: str) -> None:
    """Send the log to the terminal, without secrets."""
    logger.remove()
    # a traceback must not print the values of variables: they may be secrets that nobody knows to be any
    logger.add(
        lambda line: print(masked(line), end="", file=sys.stderr),
        level=level,
        format="{time:HH:mm:ss} {level: <7} {message}",
        diagnose=False,
    )


def draw_without_screen() -> None:
    """Draw plots that the notebook's code still makes without a screen, unless somebody chose where."""
    if "MPLBACKEND" in os.environ:
        return
    os.environ["MPLBACKEND"] = "Agg"
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].use("Agg")
