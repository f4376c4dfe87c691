"""The command line of a training run: what every project has, and types of options that argparse lacks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked_values
from nbexport_runtime.secret import HIDDEN, Secret

COMMON = frozenset({"data", "output", "seed", "log_level", "keep_failing", "config", "show_config", "dry_run"})
"""Options of every project; all others are the notebook's parameters and gates."""
EPILOG = "exit codes: 0 trained, 1 a gate or stage failed and nothing usable was written, 2 wrong usage"


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.MetavarTypeHelpFormatter):
    """Shows type and default of every option; of a secret, where its value comes from."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if isinstance(action.default, Secret):
            name = action.default.variable
            return f"{action.help} (from the environment variable {name}, or the file that {name}_FILE names)"
        return super()._get_help_string(action)

    def _get_default_metavar_for_optional(self, action: argparse.Action) -> str:
        return "VARIABLE" if action.type is Secret else super()._get_default_metavar_for_optional(action)


class Parser(argparse.ArgumentParser):
    """A parser with the options of every project beside those that are added."""

    def __init__(self, description: str) -> None:
        super().__init__(
            description=description.replace("%", "%%"),
            epilog=EPILOG,
            formatter_class=HelpFormatter,
            # `--lr` must never be taken for `--lr-decay`
            allow_abbrev=False,
        )
        self.gates = self.add_argument_group("quality gates")
        """Takes the thresholds that a metric must reach."""
        self.gates.add_argument(
            "--keep-failing",
            action="store_true",
            help="save the model also when a gate fails; its manifest says which",
        )
        self.add_argument(
            "--log-level", type=log_level, default="INFO", metavar="LEVEL", help="DEBUG, INFO, WARNING or ERROR"
        )
        calling = self.add_argument_group(
            "configuration",
            "The command line decides, then environment variables such as TRAIN_SEED, the file, the notebook.",
        )
        calling.add_argument(
            "--config",
            type=Path,
            default=None,
            metavar="FILE",
            help="values of options, in TOML, JSON or YAML: `seed = 3`",
        )
        calling.add_argument(
            "--show-config", action="store_true", help="print every option with its value and source, and stop"
        )
        calling.add_argument(
            "--dry-run", action="store_true", help="check options, data and secrets, and stop before the training"
        )

    @property
    def thresholds(self) -> list[str]:
        """The options of the gates, in their order."""
        actions = self.gates._group_actions
        return [action.option_strings[0] for action in actions if action.dest not in COMMON]

    def parameters_of(self, args: argparse.Namespace) -> dict[str, Any]:
        """Name → value of the notebook's parameters, as logs and manifests may have them: without secrets."""
        values = {name: getattr(args, name) for name in self.parameters(args)}
        return {name: HIDDEN if isinstance(value, Secret) else masked_values(value) for name, value in values.items()}

    def parameters(self, args: argparse.Namespace) -> list[str]:
        """Names of the notebook's parameters."""
        thresholds = {action.dest for action in self.gates._group_actions}
        own = vars(args).keys() - COMMON - thresholds
        if self.get_default("seed") is not None:
            own.add("seed")
        return [name for name in vars(args) if name in own]


def log_level(text: str) -> str:
    """The name of a level of the log, in capitals."""
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise argparse.ArgumentTypeError(f"{text} is not DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def optional(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A type of option that also takes the word None."""

    def convert_or_none(text: str) -> Any:
        return None if text == "None" else convert(text)

    # argparse shows the name, also when a text does not fit
    convert_or_none.__name__ = f"{convert.__name__}|None"
    return convert_or_none


def one_of(*choices: Any) -> Callable[[str], Any]:
    """A type of option that takes one of some values, which may be of several types."""
    by_text: Mapping[str, Any] = {str(choice): choice for choice in choices}

    def choice(text: str) -> Any:
        if text not in by_text:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(by_text)}")
        return by_text[text]

    choice.__name__ = "|".join(by_text)
    return choice


def within(
    convert: Callable[[str], float],
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> Callable[[str], float]:
    """A type of option that takes the numbers of a range.

    Args:
        convert: `int` or `float`.
        above: Smaller than every number that it takes.
        at_least: The smallest number.
        below: Larger than every number that it takes.
        at_most: The largest number.
    """
    words = [("above", above), ("from", at_least), ("below", below), ("to", at_most)]
    told = " ".join(f"{word} {end:g}" for word, end in words if end is not None)

    def number(text: str) -> float:
        value = convert(text)
        kept = [
            above is None or value > above,
            at_least is None or value >= at_least,
            below is None or value < below,
            at_most is None or value <= at_most,
        ]
        # what is not a number fails every comparison
        if not all(kept):
            raise argparse.ArgumentTypeError(f"{text} is not {told}")
        return value

    number.__name__ = f"{convert.__name__} {told}"
    return number


def json_value(text: str) -> Any:
    """A structured value, given as JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None


def json_object(text: str) -> dict[str, Any]:
    """A dict, given as a JSON object."""
    value = json_value(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"not a JSON object: {text}")
    return value


json_value.__name__ = "JSON"
json_object.__name__ = "JSON object"
