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
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loguru import logger

from nbexport_runtime import bundle, where
from nbexport_runtime.masking import masked
from nbexport_runtime.secret import Secret, SecretError, missing
from nbexport_runtime.training import provenance, record, reference, seen
from nbexport_runtime.training.folders import keep_written, put_in_place, working_folder
from nbexport_runtime.training.given import Given
from nbexport_runtime.training.places import data_of, from_anywhere, output_of
from nbexport_runtime.training.usage import UsageError, missing_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbexport_runtime.training.options import Parser
    from nbexport_runtime.training.run import Run, Train
    from nbexport_runtime.training.seen import Column


class Command:
    """One call of the command line."""

    def __init__(self, kind: type[Run], parser: Parser, train: Train, notebook: str) -> None:
        self._kind, self._parser, self._train, self._notebook = kind, parser, train, notebook
        self._project = Path(train.__code__.co_filename).resolve().parent

    def run(self, arguments: list[str] | None = None) -> int:
        """Do it; the exit code."""
        try:
            given = Given(self._parser, arguments)
        except UsageError as error:
            self._kind().refuse(error)
            return 2
        if given.args.show_config:
            with suppress(BrokenPipeError):  # `| head` has seen enough
                print(given.shown(), flush=True)
            return 0
        for note in given.notes:
            print(f"warning: {note}", file=sys.stderr)
        return self._checked(given.args) if given.args.dry_run else self.train(given.args)

    def _checked(self, args: argparse.Namespace) -> int:
        """Check what a run needs, without running any of the notebook's code; the exit code."""
        try:
            _check_secrets(args)
            output = output_of(args.output, make=False)
            data = data_of(args.data, self._parser.get_default("data"), self._project)
        except (UsageError, SecretError) as error:
            self._kind().refuse(error if isinstance(error, UsageError) else UsageError(str(error)))
            return 2
        print(f"would train {self._notebook} with {self._parser.parameters_of(args)}")
        print(f"data: {'the code of the notebook' if data is None else data}")
        print(f"bundle: {output}")
        return 0

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
        _check_secrets(args)
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
            columns = seen.columns_of(args.data and self._project / args.data, run.predict)
            facts["inputs"] = seen.known(columns, run.predict, run.examples)
            facts |= {"seed": args.seed, "seed_given": seed_given, "failed_gates": failed}
            try:
                self._save(args, run, facts, columns, output)
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
            line = f"{Path(place.filename).name}, line {place.lineno}, in {place.name}"
            logger.error("an assert of the notebook failed: {} ({})", str(error) or place.line, line)
            _name_cells(error)
            return False
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the notebook's code may raise anything; the log keeps it
            if (usage := missing_data(error)) is not None:
                logger.opt(exception=True).debug("where it is read")
                raise usage from None
            logger.exception("a stage of the notebook failed")
            _name_cells(error)
            return False
        return True

    def _save(
        self, args: argparse.Namespace, run: Run, facts: dict[str, Any], columns: Mapping[str, Column], output: Path
    ) -> None:
        """Write the bundle beside its place, check it in a fresh process, then move it there.

        Raises:
            BundleError: A value cannot be saved or does not come back equal.
            OSError: The disk is full, say.
        """
        staging = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        try:
            run.add_files(staging)
            if run.keeps_reference and columns:
                reference.write(staging, columns)
            bundle.save(
                run.state,
                staging,
                strict=run.predict is not None,
                examples=run.examples,
                predict=run.predict,
                prepare=run.prepare,
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


def _check_secrets(args: argparse.Namespace) -> None:
    """Check that every secret is there.

    Raises:
        UsageError: Some are not.
        SecretError: The file that should hold one cannot be read.
    """
    needed = [value for value in vars(args).values() if isinstance(value, Secret) and value.is_missing]
    if needed:
        raise UsageError(missing(needed))


def _name_cells(error: BaseException) -> None:
    """Log the way that an exception took through the notebook."""
    if cells := where.told(error):
        logger.error("in the notebook: {}", cells)


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
