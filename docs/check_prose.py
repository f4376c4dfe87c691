"""Finds words that `docs/style.md` asks not to use, in all files that people read or that speak to them.

    python docs/check_prose.py

Each row of the table in `docs/style.md` has a pattern. What it matches is printed as `path:line: say …, not …`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STYLE = "docs/style.md"
ROW = re.compile(r"^\| (?P<better>[^|]+) \| (?P<worse>[^|]+) \| `(?P<pattern>.+)` \|$")
READ = (
    ".css",
    ".ini",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".py",
    ".toml",
    ".ts",
    ".tsx",
    ".txt",
    ".yaml",
    ".yml",
    "Makefile",
)
LEFT_OUT = (
    # what it is about, and what was said before
    STYLE,
    "CHANGELOG.md",
    "package-lock.json",
    # notebooks and answers as other people would write them
    "tests/soundness/sound/",
    "tests/soundness/traps/",
    "examples/",
)


@dataclass(frozen=True)
class Word:
    """One row of the table."""

    better: str
    worse: str
    pattern: re.Pattern[str]


def words(style: str) -> list[Word]:
    """The rows of the table that have a pattern."""
    rows = (ROW.match(line) for line in style.splitlines())
    return [Word(row["better"], row["worse"], re.compile(row["pattern"], re.IGNORECASE)) for row in rows if row]


def found(path: str, text: str, known: list[Word]) -> Iterator[str]:
    """A line for each match in a file."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in known:
            if word.pattern.search(line):
                yield f"{path}:{number}: say `{word.better}`, not `{word.worse}`"


def files() -> list[str]:
    """The paths of the files that are looked at."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in listed.splitlines() if path.endswith(READ) and not path.startswith(LEFT_OUT)]


def main() -> int:
    """Print all matches; 1 where there are some."""
    known = words((ROOT / STYLE).read_text(encoding="utf-8"))
    lines = [line for path in files() for line in found(path, (ROOT / path).read_text(encoding="utf-8"), known)]
    print("\n".join(lines), end="\n" if lines else "")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
