"""A message of nbexport → the same for the panel, where there is no command line.

    >>> plain("move it to the `parameters` cell, or run `nbexport NOTEBOOK --fix`")
    'move it to the `parameters` cell'
    >>> plain("nothing is scored or fitted here: name a result with `--target NAME`")
    'nothing is scored or fitted here'
    >>> plain("there is no dict `metrics`: nothing is scored; write `metrics = {'a, b': 1}`")
    "there is no dict `metrics`: nothing is scored; write `metrics = {'a, b': 1}`"

    >>> plain("`made` is a file; give another folder with --output"), plain("export it with `--level 4` first")
    ('`made` is a file; give another folder', 'export it at level 4 first')

Names of the notebook's code stay between backticks: the panel sets them as code.
"""

from __future__ import annotations

import re

from nbexport.options import all_options

_OPTIONS = "|".join(sorted({re.escape(option.name) for option in all_options()}))
_BREAK = re.compile(r"(; |: |, or |, and |, )(?=(?:[^`]*`[^`]*`)*[^`]*$)")
"""What parts two clauses, outside of code."""
_AT_LEVEL = re.compile(r"\bwith `?--level (\d)`?")
_WITH_OUTPUT = re.compile(r" with `?--output\b`?")
_CODE = re.compile(rf"nbexport |--(?:{_OPTIONS})\b")
_BARE = re.compile(rf"(?<![\w-])--(?:{_OPTIONS})\b")


def plain(text: str) -> str:
    """The text without what names a command or an option of the command line: a clause, or how to do what it says."""
    if not _names_command(text):
        return text
    text = _WITH_OUTPUT.sub("", _AT_LEVEL.sub(r"at level \1", text))
    parts = _BREAK.split(text)
    kept = ""
    for separator, clause in zip(["", *parts[1::2]], parts[::2], strict=True):
        if not _names_command(clause):
            kept += (separator if kept else "") + clause
    return kept


def _names_command(text: str) -> bool:
    parts = text.split("`")
    return any(map(_BARE.search, parts[::2])) or any(map(_CODE.match, parts[1::2]))
