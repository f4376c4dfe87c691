"""Secrets: values that a run reads from its environment, and that nothing it writes may hold.

parser.add_argument("--api-key", type=Secret, default=Secret("API_KEY"), help="key of the weather service")
rows = load_data(args.data, api_key=args.api_key.reveal())

The value stands in the environment variable `API_KEY`, or in the file whose absolute path `API_KEY_FILE` holds, as
containers and schedulers mount secrets. An option of the command line names another variable, never the value: that
would stand in the list of processes and in the history of the shell.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HIDDEN = "***"
"""What is shown in the place of a secret."""

_NEEDED: Any = object()
_READ: dict[str, str] = {}
"""Value → variable of each secret that this process has read: what to mask, and never to save."""


class SecretError(Exception):
    """A secret that is not there; the text names its variable."""


class Secret:
    """The name of a secret; its value is read when `reveal` is called, and shown by nothing else."""

    def __init__(self, variable: str, *, default: str | None = _NEEDED) -> None:
        """Nothing is read.

        Args:
            variable: The environment variable that holds it.
            default: What it is where nobody sets it; by default it must be set.

        Raises:
            argparse.ArgumentTypeError: It is not the name of a variable; it is not repeated, as it may be the value.
        """
        if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", variable):
            raise argparse.ArgumentTypeError("give the name of an environment variable in capitals, not the value")
        self.variable = variable
        self.default = default

    def __repr__(self) -> str:
        return HIDDEN

    @property
    def is_needed(self) -> bool:
        """Whether it must be set."""
        return self.default is _NEEDED

    @property
    def is_missing(self) -> bool:
        """Whether it must be set and is not.

        Raises:
            SecretError: The file that should hold it cannot be read.
        """
        return self.is_needed and not self._value()

    def reveal(self) -> str | None:
        """The value.

        Raises:
            SecretError: It is not set, or its file cannot be read.
        """
        value = self._value()
        if value:
            _READ[value] = self.variable
            return value
        if self.is_needed:
            raise SecretError(missing([self]))
        return self.default

    def _value(self) -> str:
        """What is set; empty where nothing is."""
        value = os.environ.get(self.variable, "")
        named = os.environ.get(f"{self.variable}_FILE", "")
        if value or not named:
            return value
        if not Path(named).is_absolute():
            raise SecretError(f"`{self.variable}_FILE` must be an absolute path")
        try:
            return Path(named).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise SecretError(f"the file that `{self.variable}_FILE` names cannot be read: {why}") from None


def missing(secrets: Iterable[Secret]) -> str:
    """How to set what is not set."""
    names = [secret.variable for secret in secrets]
    variables = " and ".join(f"`{name}`" for name in names)
    files = " and ".join(f"`{name}_FILE`" for name in names)
    many = len(names) > 1
    return (
        f"the secret{'s' if many else ''} {variables} {'are' if many else 'is'} not set: "
        f"set the environment variable{'s' if many else ''}, or let {files} name a file"
    )


def revealed(value: Any) -> Any:
    """What the notebook's code gets for a value: text for a secret, anything else as it is.

    Raises:
        SecretError: It is not set.
    """
    return value.reveal() if isinstance(value, Secret) else value


def known() -> dict[str, str]:
    """Value → variable of each secret that this process has read."""
    return dict(_READ)
