"""The command `score.py`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from nbexport_runtime.scoring.ending import Ended
    from nbexport_runtime.scoring.order import Order
    from nbexport_runtime.service.app import Service

INPUT, OUTPUT = "SCORE_INPUT", "SCORE_OUTPUT"
TROUBLE, USAGE = 1, 2
EPILOG = """\
A table is a file (.csv, .tsv, .jsonl, .parquet; text also with .gz), a folder of such files, or URL#TABLE of a database
that SQLAlchemy knows. A URL with a password belongs into SCORE_INPUT or SCORE_OUTPUT, not into a command line. A run
that was interrupted goes on where it was when the same command runs again.

exit codes: 0 done, 10 too many rows have no answer, 1 trouble, 2 wrong usage"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    command = argparse.ArgumentParser(
        description="Score a table with the model in production, row by row as the service answers.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("--input", default=os.environ.get(INPUT, ""), metavar="TABLE", help=f"or the variable {INPUT}")
    command.add_argument(
        "--output", default=os.environ.get(OUTPUT, ""), metavar="TABLE", help=f"or the variable {OUTPUT}"
    )
    command.add_argument("--version", default="", help="another model than the one in production, or its folder")
    command.add_argument(
        "--columns", action="append", default=[], metavar="NAME=COLUMN", help="NAME of the model is COLUMN"
    )
    command.add_argument(
        "--keep",
        metavar="COLUMNS",
        help="columns to carry into the output, separated by commas; `*` for all"
        " (default: those that the model does not read)",
    )
    command.add_argument("--rejects", metavar="FILE", help="rows without an answer (default: OUTPUT.rejects.jsonl)")
    command.add_argument(
        "--limit-rejects",
        type=share,
        default=0.1,
        metavar="SHARE",
        help="no output where more have none (default: 0.1)",
    )
    command.add_argument(
        "--format", choices=("parquet", "csv", "jsonl"), default="parquet", help="where OUTPUT is a folder"
    )
    command.add_argument("--batch-size", type=positive, default=1000, metavar="ROWS", help="default: 1000")
    command.add_argument("--replace", action="store_true", help="take the place of an output that is there")
    command.add_argument("--restart", action="store_true", help="forget what an interrupted run has scored")
    command.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: on all machines of a cluster"
    )
    command.add_argument("--workers", type=positive, metavar="N", help="models that score at once on Ray")
    command.add_argument("--work", metavar="FOLDER", help="where an unfinished run is kept (default: beside OUTPUT)")
    command.add_argument("--json", action="store_true", help="print the outcome as JSON, and only that")
    return command


def main(service: Service[Any, Any], command: str, arguments: list[str] | None = None) -> NoReturn:
    """Run the command line.

    Args:
        service: The service of the project.
        command: The path of the project's `score.py`.
        arguments: The words after it; None takes those of the process.

    Raises:
        SystemExit: Always: 0 done, 10 refused, 1 trouble, 2 wrong usage.
    """
    from nbexport_runtime.masking import mask_uncaught
    from nbexport_runtime.scoring import running
    from nbexport_runtime.scoring.errors import ScoreError

    mask_uncaught()
    options = parser()
    chosen = options.parse_args(arguments)
    for name in ("input", "output"):
        if not getattr(chosen, name):
            options.error(f"name a table with --{name}")
    try:
        order = order_of(chosen, Path(command).resolve().parent)
        os.chdir(order.root)
        ended = running.run(service, order, tell)
    except ScoreError as trouble:
        if chosen.json:
            print(json.dumps({"outcome": "trouble", "error": str(trouble)}))
        print(f"error: {trouble}", file=sys.stderr)
        raise SystemExit(TROUBLE) from None
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from here", file=sys.stderr)
        raise SystemExit(128 + 2) from None
    show(ended, as_json=chosen.json)
    raise SystemExit(ended.code)


def order_of(chosen: argparse.Namespace, root: Path) -> Order:
    """What the options say.

    Raises:
        ScoreError: One is not understood.
    """
    from nbexport_runtime.scoring import ending
    from nbexport_runtime.scoring.columns import Chosen
    from nbexport_runtime.scoring.errors import ScoreError
    from nbexport_runtime.scoring.order import Order
    from nbexport_runtime.scoring.places import place_of

    source, target = place_of(chosen.input, "--input"), place_of(chosen.output, "--output")
    if source.path is not None and source.path == target.path:
        raise ScoreError(f"`{source.shown}` is input and output; name another output")
    renamed = {}
    for text in chosen.columns:
        name, mark, column = text.partition("=")
        if not (name and mark and column):
            raise ScoreError(f"`--columns {text}` is not understood; write `--columns fee=monthly_fee`")
        renamed[name] = column
    rejects = Path(chosen.rejects).absolute() if chosen.rejects else ending.beside(target, "rejects.jsonl")
    if rejects in (source.path, target.path):
        raise ScoreError(f"`--rejects {chosen.rejects}` is the input or the output; name another file")
    hidden = ending.beside(target, "scoring")
    return Order(
        root=root,
        input=source,
        output=target,
        rejects=rejects,
        work=Path(chosen.work).absolute() if chosen.work else hidden.with_name(f".{hidden.name}"),
        form=chosen.format,
        version=chosen.version,
        columns=Chosen(renamed, None if chosen.keep is None else tuple(filter(None, chosen.keep.split(",")))),
        batch_size=chosen.batch_size,
        limit_rejects=chosen.limit_rejects,
        engine=chosen.engine,
        workers=chosen.workers or 0,
        replace=chosen.replace,
        restart=chosen.restart,
    )


def tell(text: str) -> None:
    """Say on standard error how far a run is."""
    print(f"{text} …", file=sys.stderr, flush=True)


def show(ended: Ended, *, as_json: bool) -> None:
    """Print what a run came to."""
    if as_json:
        print(json.dumps({"outcome": "refused" if ended.code else "done", **ended.facts}, indent=2, ensure_ascii=False))
    else:
        print("\n".join(ended.lines))


def share(text: str) -> float:
    """A share of the rows.

    Raises:
        ArgumentTypeError: It is not one.
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a share; write a number from 0 to 1")
    return number


def positive(text: str) -> int:
    """A number of rows.

    Raises:
        ArgumentTypeError: It is not one.
    """
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return int(text)
