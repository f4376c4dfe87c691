"""The pages: links lead somewhere, generated parts are fresh, and the site's list names files that exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from docs.commands import DOCS, ROOT

README_LINES = 100


def script(name: str) -> ModuleType:
    """A script of `docs/` as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_no_link_is_broken() -> None:
    links = script("check_links")
    assert [line for path in links.files() for line in links.broken(path)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a](other.md)", ""),
        ("[a](other.md#two-words-here)", ""),
        ("[a](#top)\n\n# Top", ""),
        ("`[a](none.md)`\n```\n[a](none.md)\n```", ""),
        ("[a](https://example.org/none.md)", ""),
        ("\n[a](none.md)", ":2: there is no `none.md`"),
        ("![a](none.png)", ":1: there is no `none.png`"),
        ("[a](other.md#three)", ":1: no heading of `other.md` is `#three`"),
        ("[a](#none)", ":1: no heading of `page.md` is `#none`"),
    ],
)
def test_broken_links_are_found(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = script("check_links")
    monkeypatch.setattr(links, "ROOT", tmp_path)
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    (tmp_path / "other.md").write_text("## Two words: `here`\n", encoding="utf-8")
    assert list(links.broken(tmp_path / "page.md")) == ([f"page.md{said}"] if said else [])


def test_the_reference_is_fresh_and_staleness_is_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = script("make_reference")
    monkeypatch.setattr(sys, "argv", ["make_reference.py", "--check"])
    assert made.main() == 0, capsys.readouterr().err
    monkeypatch.setitem(made.OF_CODES, made.ExitCode.BUG, "something new")
    assert made.main() == 1
    assert "docs/reference/exit-codes.md is out of date: make docs" in capsys.readouterr().err


def pages_in(entry: Any) -> list[str]:
    """The pages that a part of the site's list names."""
    if isinstance(entry, str):
        return [entry]
    return [page for part in (entry.values() if isinstance(entry, dict) else entry) for page in pages_in(part)]


def test_the_site_lists_every_page_but_rules_and_decisions() -> None:
    listed = pages_in(tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"])
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    left_out = {page for page in there if page.startswith(("rules/nbx", "decisions/0"))}
    assert sorted(listed) == sorted(there - left_out)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < README_LINES


def command_lines(text: str) -> list[list[str]]:
    """The words of each command of a project that a page names, in a block or in a sentence."""
    text = text.replace("\\\n", " ").replace("\\|", "|")
    lines = re.findall(r"(?:^|^\$ )python ([\w/]+\.py .+)$|`python ([\w/]+\.py [^`\n]+)`", text, flags=re.MULTILINE)
    return [shlex.split((block or span).partition("  #")[0]) for block, span in lines]


def test_every_command_line_on_a_page_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    made = script("make_reference")
    parsers = {
        f"{path.stem}.py": made.parser_of(f"nbexport_runtime.{part}.commands.{path.stem}")
        for part in made.PACKAGES
        for path in (made.COMMANDS / part / "commands").glob("[!_]*.py")
        if path.stem != "actions"
    }
    seen: set[str] = set()
    # the list of options is made from these parsers
    for page in {ROOT / "README.md", *DOCS.rglob("*.md")} - {DOCS / "reference" / "options.md"}:
        for script_name, *words in command_lines(page.read_text("utf-8")):
            parser = parsers.get(Path(script_name).name)
            if parser is None or words == ["--help"]:
                continue
            own = words[: words.index("--")] if "--" in words else words
            try:
                parser.parse_args([word for word in own if word not in ("…", "...")])
            except SystemExit:
                pytest.fail(
                    f"{page.relative_to(ROOT)}: python {script_name} {shlex.join(words)}\n{capsys.readouterr().err}"
                )
            seen.add(Path(script_name).name)
    assert seen >= parsers.keys() - {"reproduce.py", "evaluate.py", "simulate.py"}
