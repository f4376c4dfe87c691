"""Templates as files: read, rendered, turned into artifacts.

Holes are `[[ x ]]` and line statements `#: for …`, so that a template parses in its own language before it is rendered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from nbexport.plan import Artifact

FOLDER = Path(__file__).parent.parent / "templates"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        line_statement_prefix="#:",
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    environment.filters |= {
        "toml": toml,
        "md": markdown,
        "code": code,
        "cell": cell,
        "message": message,
    }
    return environment


def static(folder: str, name: str, *, path: str | None = None) -> Artifact:
    """A template without holes, as it is."""
    return Artifact(path or name, (FOLDER / folder / name).read_bytes())


def rendered(folder: str, name: str, values: Mapping[str, Any], *, path: str | None = None) -> Artifact:
    """A template with its holes filled."""
    text = _environment().get_template(f"{folder}/{name}").render(**values)
    # a part that is left out at the end leaves its empty line; half of a surrogate pair has no UTF-8
    return Artifact(path or name, (text.rstrip("\n") + "\n").encode("utf-8", "replace"))


def toml(value: str | list[str]) -> str:
    """Text as a TOML basic string, quotes included, or a list of such."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def markdown(text: str) -> str:
    """Text that Markdown shows as it is, in one line; only what would be read as a mark is escaped."""
    plain = " ".join(text.split())
    shown = re.sub(r"[\\`*\[\]<|~]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|(?<!\S)#", r"\\\g<0>", plain)
    # a list or a quotation begins so
    shown = re.sub(r"^[>+=-]", r"\\\g<0>", shown)
    return re.sub(r"^([0-9]+)([.)])", r"\1\\\2", shown)


def code(text: str) -> str:
    """Text as a Markdown code span, fenced by more backticks than it holds."""
    # without a character it would be no span
    plain = " ".join(text.split()) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    room = " " if "`" in plain else ""
    return f"{fence}{room}{plain}{room}{fence}"


def cell(text: str) -> str:
    """Text as a code span in a table, where a bar would end the cell."""
    return code(text).replace("|", "\\|")


def message(text: str, span: Callable[[str], str] = code) -> str:
    """A message, whose backticks are around code, as Markdown that shows it so."""
    parts = " ".join(text.split()).split("`")
    return "".join(span(part) if index % 2 else _inline(part) for index, part in enumerate(parts) if part)


def _inline(part: str) -> str:
    """A part of a line, with a space where it has some at its ends."""
    before, behind = (" " if end.isspace() else "" for end in (part[0], part[-1]))
    return f"{before}{markdown(part)}{behind}" if part.strip() else " "
