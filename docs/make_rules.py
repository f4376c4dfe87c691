"""Writes docs/rules/ and nbexport/rules/index.py from the rule files; `--check` only says whether they are fresh."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from nbexport import rules
from nbexport.report import rule_pages

FOLDER = Path(__file__).parent / "rules"
INDEX = Path(rules.__file__).parent / "index.py"
_HEAD = '''"""What is known of each rule before it is asked: module, title, severity, scope, traits, words.

Written by `make docs` from the rule files; see `nbexport/rules/__init__.py`.
"""

from __future__ import annotations

INDEX = (
'''
_WIDTH = 120


def pages() -> dict[str, str]:
    """File name of each page → its text."""
    made = {f"{rule.code.lower()}.md": rule_pages.explain(rule) for rule in rules.all_rules()}
    return {**made, "index.md": rule_pages.rule_index()}


def stale(folder: Path) -> list[str]:
    """The pages that are missing, out of date, or of a rule that is gone."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))


def index() -> str:
    """The text of the index, formatted as ruff would."""
    entries = []
    for module in rules.modules():
        fields = ["".join(f"        {line}\n" for line in _lines(field)) for field in rules.stated(module)]
        entries.append(f"    (\n{''.join(fields)}    ),\n")
    return f"{_HEAD}{''.join(entries)})\n"


def _lines(value: str | Iterable[str]) -> list[str]:
    if isinstance(value, str):
        return [f"{json.dumps(value, ensure_ascii=False)},"]
    texts = [json.dumps(text, ensure_ascii=False) for text in value]
    line = f"({texts[0]},)," if len(texts) == 1 else f"({', '.join(texts)}),"
    return [line] if len(line) + 8 <= _WIDTH else ["(", *(f"    {text}," for text in texts), "),"]


def main() -> int:
    """The exit code: 1 when `--check` finds something stale."""
    names = [f"docs/rules/{name}" for name in stale(FOLDER)]
    names += [] if INDEX.read_text(encoding="utf-8") == index() else ["nbexport/rules/index.py"]
    if "--check" in sys.argv[1:]:
        for name in names:
            sys.stderr.write(f"{name} is out of date: make docs\n")
        return 1 if names else 0
    INDEX.write_text(index(), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        path.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
