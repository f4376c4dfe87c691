"""Writes `src/wire.ts` from the types in `nbexport/lab/wire/types.py`; `--check` only says whether it is up to date.

python docs/make_wire.py
"""

from __future__ import annotations

import enum
import inspect
import sys
import types
import typing
from pathlib import Path

from nbexport.lab.wire import types as wire

TARGET = Path(__file__).resolve().parent.parent / "src" / "wire.ts"
HEAD = "// Made from nbexport/lab/wire/types.py by docs/make_wire.py; change it there and run `make docs`.\n"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def text() -> str:
    """The TypeScript interfaces."""
    parts = [HEAD]
    for name, kind in vars(wire).items():
        if typing.is_typeddict(kind):
            hints = typing.get_type_hints(kind)
            members = "".join(f"  {member}: {shown(hint)};\n" for member, hint in hints.items())
            lines = inspect.getdoc(kind) or ""
            doc = f"/** {lines} */" if "\n" not in lines else "/**\n" + commented(lines) + " */"
            parts.append(f"{doc}\nexport interface {name.removeprefix('Wire')} {{\n{members}}}\n")
    return "\n".join(parts)


def commented(text: str) -> str:
    """Lines of a JSDoc comment."""
    return "".join(f" * {line}".rstrip() + "\n" for line in text.splitlines())


def shown(hint: object) -> str:
    """A type as TypeScript writes it."""
    if isinstance(hint, type) and hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return " | ".join(f"'{member.value}'" for member in hint)
    if typing.is_typeddict(hint):
        return str(getattr(hint, "__name__", "")).removeprefix("Wire")
    if typing.get_origin(hint) is list:
        inner = shown(typing.get_args(hint)[0])
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    if isinstance(hint, types.UnionType):
        return " | ".join(shown(part) for part in typing.get_args(hint))
    raise TypeError(f"no TypeScript is known for {hint}")


def main() -> int:
    """Write the file, or compare it."""
    made = text()
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") != made:
            print(f"{TARGET} is stale: run `make docs`", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
