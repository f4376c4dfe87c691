"""Text without secrets: those that this process has read, and credentials and signatures in addresses.

>>> masked("https://ann:pw@example.org/rows.csv?day=3&X-Amz-Signature=0af3")
'https://***@example.org/rows.csv?day=3&X-Amz-Signature=***'
>>> masked("oracle+cx_oracle://ann:pw@db/shop")
'oracle+cx_oracle://***@db/shop'
>>> masked("Server=db;Password=pw;Database=rows")
'Server=db;Password=***;Database=rows'
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

from nbexport_runtime.secret import HIDDEN, known
from nbexport_runtime.where import told

SHORTEST = 4
"""Characters from which a secret is masked in a text: a shorter one would be masked in words that only contain it."""
SAVED = 8
"""Characters from which a file is searched for a secret: a shorter one may well stand there by chance."""

_CREDENTIALS = re.compile(r"(?i)\b([a-z][a-z0-9+._-]*://)[^\s/?#\"<>]*@")
_PARAMETERS = re.compile(
    r"(?i)([?&;#](?:[\w.-]*[-_.])?(?:sig|signature|token|key|api_?key|secret|password|passwd|pwd|credentials?|auth|jwt"
    r"|accesstoken|authtoken|awsaccesskeyid|googleaccessid|sharedaccesssignature)=)[^&;#\s\"'`<>]+"
)
_FIELDS = re.compile(r"(?i)\b((?:password|passwd|pwd|account_?key|shared_?access_?key)=)[^;&\s\"'`<>]+")


def masked(text: str) -> str:
    """A text in which every secret is hidden."""
    for value in sorted(known(), key=len, reverse=True):
        if len(value) >= SHORTEST:
            for spelled in _spellings(value):
                text = text.replace(spelled, HIDDEN)
    text = _CREDENTIALS.sub(rf"\g<1>{HIDDEN}@", text)
    text = _PARAMETERS.sub(rf"\g<1>{HIDDEN}", text)
    return _FIELDS.sub(rf"\g<1>{HIDDEN}", text)


def masked_values(value: Any) -> Any:
    """Plain data in which every secret is hidden."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: masked_values(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = [masked_values(entry) for entry in value]
        return tuple(entries) if isinstance(value, tuple) else entries
    return value


def held_in(text: str) -> str:
    """The variable of a secret that a text holds; empty where it holds none."""
    for value, variable in known().items():
        if len(value) >= SAVED and any(spelled in text for spelled in _spellings(value)):
            return variable
    return ""


def masked_traceback(error: BaseException) -> str:
    """The traceback of an exception, with the cells of the notebook that it came through."""
    cells = told(error)
    lines = [*traceback.format_exception(error), *([f"in the notebook: {cells}\n"] if cells else [])]
    return masked("".join(lines))


def mask_uncaught() -> None:
    """Have this process print the traceback that ends it without secrets."""

    def print_masked(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
        sys.stderr.write(masked_traceback(error.with_traceback(place)))

    sys.excepthook = print_masked


def _spellings(value: str) -> Iterator[str]:
    """A secret as it stands in texts: itself, in JSON, in `repr`, in an address."""
    forms = (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1])
    yield from dict.fromkeys((*forms, quote(value, safe=""), quote(value), quote_plus(value)))
