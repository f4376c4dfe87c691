"""Writes docs/rules/ from the rule files; with `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from nbexport import rules
from nbexport.report import rule_pages

FOLDER = Path(__file__).parent / "rules"


def pages() -> dict[str, str]:
    """File name of each page → its text."""
    made = {f"{rule.code.lower()}.md": rule_pages.explain(rule) for rule in rules.all_rules()}
    return {**made, "index.md": rule_pages.rule_index()}


def stale(folder: Path) -> list[str]:
    """The pages that are missing, out of date, or of a rule that is gone."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))


def main() -> int:
    """The exit code: 1 when `--check` finds a stale page."""
    names = stale(FOLDER)
    if "--check" in sys.argv[1:]:
        for name in names:
            sys.stderr.write(f"docs/rules/{name} is out of date: make docs\n")
        return 1 if names else 0
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        path.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
