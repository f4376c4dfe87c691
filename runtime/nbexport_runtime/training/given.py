"""What a training run is given, and where.

    python train.py --config run.toml --epochs 20      epochs = 20        # the command line
    TRAIN_LR=0.01                                      lr = 0.01          # the environment variable TRAIN_LR
    run.toml: batch-size = 64                          batch-size = 64    # run.toml
                                                       depth = 3          # the notebook

The first of these that has a value decides: command line, environment, file, notebook. A file is TOML, JSON or YAML and
names options as the command line does, without the dashes in front. `--show-config` prints the table as TOML, which
`--config` reads.
"""

from __future__ import annotations

import argparse
import difflib
import json
import math
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbexport_runtime.masking import masked
from nbexport_runtime.secret import Secret
from nbexport_runtime.training.options import Parser
from nbexport_runtime.training.usage import UsageError

PREFIX = "TRAIN_"
"""How the environment variables of options begin: `TRAIN_BATCH_SIZE` is `--batch-size`."""
NOTEBOOK = "the notebook"
_ABSENT: Any = object()
_NOT_SET = frozenset({"help", "config", "show_config", "dry_run"})
"""Options that say how a run is called, and not what it is given."""
_YES_NO = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}


class Given:
    """The options of a run, and where each comes from."""

    def __init__(self, parser: Parser, arguments: Sequence[str] | None = None) -> None:
        """Read the command line, the environment and the file that is named.

        Args:
            parser: The options of the project.
            arguments: The words of the command line; None takes those of the process.

        Raises:
            UsageError: The file cannot be read, or it or the environment has a value that no option takes.
            SystemExit: The command line is wrong, or asks for help.
        """
        self.parser = parser
        words = sys.argv[1:] if arguments is None else list(arguments)
        line = _parsed(parser, words)
        self.notes: list[str] = []
        """What was passed over."""
        named = line.get("config", os.environ.get(f"{PREFIX}CONFIG"))
        layers = [(line, dict.fromkeys(line, "the command line")), self._environment()]
        if named:
            layers.append(self._file(Path(named)))
        self.args = parser.parse_args([])
        self.sources: dict[str, str] = {}
        for values, sources in reversed(layers):
            for name, value in values.items():
                setattr(self.args, name, value)
            self.sources |= sources

    def shown(self) -> str:
        """The options as TOML, each with its source; secrets by the variable that holds them alone."""
        rows: list[tuple[str, str]] = []
        for action in _actions(self.parser):
            value, key = getattr(self.args, action.dest), _key(action)
            source = self.sources.get(action.dest, NOTEBOOK if action.default is not None else "")
            if isinstance(value, Secret):
                rows.append((f"# {key} is secret", f"the environment variable {value.variable}"))
            elif value is None or (text := _toml(value)) is None:
                rows.append((f"# {key} is not set" if value is None else f"# {key} = {value!r}", source))
            else:
                rows.append((f"{key} = {masked(text)}", source))
        width = max(len(text) for text, _ in rows)
        return "\n".join(f"{text:<{width}}  # {source}".rstrip(" #") for text, source in rows)

    def _environment(self) -> tuple[dict[str, Any], dict[str, str]]:
        by_name = {f"{PREFIX}{_key(action).replace('-', '_').upper()}": action for action in _actions(self.parser)}
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for name in sorted(os.environ):
            if not name.startswith(PREFIX) or name == f"{PREFIX}CONFIG":
                continue
            if (action := by_name.get(name)) is None:
                self.notes.append(f"the environment variable {name} belongs to no option{_meant(name, by_name)}")
                continue
            where = f"the environment variable {name}"
            values[action.dest] = _value(self.parser, action, os.environ[name], where)
            sources[action.dest] = where
        return values, sources

    def _file(self, path: Path) -> tuple[dict[str, Any], dict[str, str]]:
        content = read(path)
        by_key = {_key(action): action for action in _actions(self.parser)}
        values: dict[str, Any] = {}
        for name, value in content.items():
            key = name.replace("_", "-")
            if (action := by_key.get(key)) is None:
                raise UsageError(f"`{path}` has `{name}`, which is not an option{_meant(key, by_key)}")
            if value is not None:
                values[action.dest] = _value(self.parser, action, value, f"`{name}` in `{path}`")
        return values, dict.fromkeys(values, str(path))


def read(path: Path) -> Mapping[str, Any]:
    """The values in a file: TOML, JSON or YAML, as its ending says.

    Raises:
        UsageError: It cannot be read, or is not a table of names and values.
    """
    kind = path.suffix.lower()
    try:
        text = path.read_text(encoding="utf-8-sig")
        if kind == ".toml":
            content = tomllib.loads(text)
        elif kind == ".json":
            content = json.loads(text)
        elif kind in (".yaml", ".yml"):
            content = _yaml(text, path)
        else:
            raise UsageError(f"`{path}` ends in neither .toml nor .json, .yaml or .yml")
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"`{path}` is not {kind[1:].upper()}: {error}") from None
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise UsageError(f"`{path}` is not a table of options and their values")
    return content


def _yaml(text: str, path: Path) -> Any:
    try:
        import yaml
    except ImportError:
        raise UsageError(f"`{path}` needs PyYAML: pip install pyyaml, or write it as TOML or JSON") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from None


def _actions(parser: Parser) -> Iterator[argparse.Action]:
    """The options that have a value."""
    yield from (action for action in parser._actions if action.option_strings and action.dest not in _NOT_SET)


def _key(action: argparse.Action) -> str:
    """The name of an option in a file."""
    return action.option_strings[0].lstrip("-")


def _parsed(parser: Parser, words: Sequence[str]) -> dict[str, Any]:
    """The values that some words give, without any default."""
    namespace = argparse.Namespace(**{action.dest: _ABSENT for action in parser._actions if action.option_strings})
    return {name: value for name, value in vars(parser.parse_args(words, namespace)).items() if value is not _ABSENT}


def _value(parser: Parser, action: argparse.Action, value: Any, where: str) -> Any:
    """A value of a file or of the environment, as the command line would take it.

    Raises:
        UsageError: The option does not take it.
    """
    key = _key(action)
    if action.nargs == 0 or isinstance(action, argparse.BooleanOptionalAction):
        flag = value if isinstance(value, bool) else _YES_NO.get(str(value).lower())
        if flag is None:
            raise UsageError(f"{where} is {_shown(value)}, and `--{key}` is true or false")
        return flag
    if action.nargs == "*":
        texts = value.split() if isinstance(value, str) else value
        if not isinstance(texts, list):
            raise UsageError(f"{where} is {_shown(value)}, and `--{key}` takes a list")
        return [_converted(parser, action, one, where) for one in texts]
    return _converted(parser, action, value, where)


def _converted(parser: Parser, action: argparse.Action, value: Any, where: str) -> Any:
    text = value if isinstance(value, str) else json.dumps(value) if isinstance(value, dict | list) else str(value)
    if isinstance(value, bool) and action.type is not None and getattr(action.type, "__name__", "") in ("int", "float"):
        raise UsageError(f"{where} is {_shown(value)}, which is not a number")
    try:
        return parser._get_value(action, text)  # the conversion of argparse, which has no public name
    except argparse.ArgumentError as error:
        raise UsageError(f"{where}: {error.message}") from None


def _meant(name: str, known: Mapping[str, argparse.Action]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; is `{close[0]}` meant?" if close else ""


def _shown(value: Any) -> str:
    return masked(repr(value))


def _toml(value: Any) -> str | None:
    """A value as TOML; None where TOML has no such value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        texts = [_toml(one) for one in value]
        return None if None in texts else f"[{', '.join(map(str, texts))}]"
    if isinstance(value, dict):
        pairs = [(name, _toml(one)) for name, one in value.items()]
        if any(text is None or not isinstance(name, str) for name, text in pairs):
            return None
        return "{" + ", ".join(f"{json.dumps(name)} = {text}" for name, text in pairs) + "}"
    return None
