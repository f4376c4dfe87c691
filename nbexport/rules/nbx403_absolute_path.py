"""A path that exists on one machine only.

## What it does
Reports strings that are absolute paths below somebody's home, a mounted disk or a drive letter.

## Why is this bad
The script looks for a folder that the next machine does not have.

## How to fix
Write the path relative to the notebook; `train.py` takes another place with `--data`.

## Limits
Folders that every machine has (`/tmp`, `/dev`, `/usr`) are left alone, and so are paths below `/data`, `/opt`, `/srv`
and `/var` that name no file, which may as well be addresses of a web service.

## Source
PRODUCT rule: absolute and home paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbexport.analysis.notebook import Analysis
from nbexport.model import Problem, Severity

SEVERITY = Severity.WARNING
SCOPE = "notebook"
WORDS = ("/", "\\")

GOOD = """\
# %%
'Rows come from /home/ann/rows.csv.'
import re
rows = open("data/rows.csv").read()
scratch = "/tmp/rows.csv"
address = "https://example.org/home/ann/rows.csv"
pattern = re.compile("/Users?/")
device = "/dev/null"
route = "/data/items"
"""

BAD = """\
# %%
import os
rows = open("/home/ann/project/rows.csv").read()  # <- here
folder = os.path.join("/Users/ann/data", "a")  # <- here
disk = "/mnt/disk1/rows.parquet"  # <- here
drive = "C:\\\\Users\\\\ann\\\\rows.csv"  # <- here
served = f"/data/rows/{folder}.csv"
stored = "/data/rows/all.csv"  # <- here
"""

# compiled where it is first needed: few strings begin as a path
_PERSONAL = (
    r"/(?:home|Users|mnt|media|Volumes|scratch|gpfs|nfs)/[\w.~-]+|/root/[\w.-]|[A-Za-z]:(?:\\|/(?!/))[\w. ~-]+[\\/]"
    r"|/(?:data|datasets|opt|srv|var)/(?:[\w.~-]+/)*[\w~-][\w.~-]*\.[A-Za-z]\w{0,9}\Z"
)


def find(analysis: Analysis) -> Iterator[Problem]:
    """Strings that begin as a path of one machine."""
    for unit, node in analysis.texts:
        text = str(node.value)
        if not (text.startswith("/") or text[1:2] == ":") or len(text) >= 400 or "\n" in text:
            continue
        if re.match(_PERSONAL, text) and not _is_pattern(text):
            yield Problem(
                f"`{text[:60]}` is a path of one machine",
                "write it relative to the notebook",
                analysis.units[unit].cell,
                analysis.span(unit, node),
            )


def _is_pattern(text: str) -> bool:
    return any(mark in text for mark in ("(?", "[^", ".*", "\\d", "\\w", "<", "|"))
