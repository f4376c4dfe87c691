"""Finds links between Markdown files of this repository that lead nowhere: a missing file, or a missing heading.

    python docs/check_links.py

It reads README, CHANGELOG and all of `docs/`, and needs nothing installed.
`zensical build --strict` checks the site besides.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")


def files() -> list[Path]:
    """The files whose links are followed."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def prose(text: str) -> str:
    """A text without its code, line by line."""
    without = FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    return CODE.sub(lambda span: "x" * len(span[0]), without)


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of the headings of a file."""
    found: set[str] = set()
    for line in FENCE.sub("", path.read_text(encoding="utf-8")).splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\s-]", "", line.lstrip("#").lower()).strip()
            found.add(re.sub(r"[-\s]+", "-", words))
    return frozenset(found)


def broken(path: Path) -> Iterator[str]:
    """A line for each link of a file that leads nowhere."""
    for number, line in enumerate(prose(path.read_text(encoding="utf-8")).splitlines(), 1):
        for link in LINK.finditer(line):
            name, _, anchor = link["target"].partition("#")
            if ":" in name:
                continue
            target = (path.parent / name).resolve() if name else path
            if not target.exists():
                yield f"{path.relative_to(ROOT)}:{number}: there is no `{link['target']}`"
            elif anchor and target.suffix == ".md" and anchor not in anchors(target):
                yield f"{path.relative_to(ROOT)}:{number}: no heading of `{name or path.name}` is `#{anchor}`"


def main() -> int:
    """Print all broken links; 1 where there are some."""
    lines = [line for path in files() for line in broken(path)]
    print("\n".join(lines), end="\n" if lines else "")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
