"""Writes the table in `docs/reference/data-checks.md` from the kinds of problems; `--check` only compares it.

python docs/make_checks.py
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KINDS = ROOT / "runtime" / "nbexport_runtime" / "pipeline" / "checks" / "kinds.py"
TARGET = ROOT / "docs" / "reference" / "data-checks.md"
BEGIN, END = "<!-- kinds: made by docs/make_checks.py -->", "<!-- end -->"


def kinds() -> Any:
    """The module that lists them; nothing else of the runtime is imported."""
    spec = importlib.util.spec_from_file_location("kinds", KINDS)
    if spec is None or spec.loader is None:
        raise ImportError(KINDS)
    module = importlib.util.module_from_spec(spec)
    sys.modules["kinds"] = module
    spec.loader.exec_module(module)
    return module


def table() -> str:
    """The table of kinds."""
    lines = ["| kind | severity | what is reported |", "|---|---|---|"]
    for kind in kinds().KINDS:
        marks = ("" if not kind.few else " ¹") + ("" if kind.learned else " ²")
        lines.append(f"| `{kind.name}` | {kind.severity}{marks} | {kind.meaning} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with the table as it should be."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n{table()}{END}{rest.partition(END)[2]}"


def main() -> int:
    """Write the page, or compare it."""
    text = TARGET.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        if page(text) != text:
            print(f"{TARGET} is stale: run `make docs`", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(page(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
