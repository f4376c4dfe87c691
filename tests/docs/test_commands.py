"""Every command of tutorial and how-to pages runs, in order, and prints what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs.commands import DOCS, Reader, blocks, missing, steps

NOTEBOOK_PAGES = [
    *("how-to/tag.md", "how-to/quality-gates.md", "how-to/re-export.md", "how-to/undo-and-pull.md"),
    *("how-to/check-many.md", "how-to/agents.md", "how-to/configure.md", "how-to/score-a-table.md"),
]
PROVING_PAGES = ["how-to/several-notebooks.md", "how-to/prove-other-code.md"]
"""They run notebooks and what became of them again and again."""
SETTINGS_PAGE = "how-to/editors.md"
"""It is about settings of editors; `tests/editors` asks the server that they start."""
PIPELINE_PAGES = [f"how-to/{name}.md" for name in "retrain roll-out monitor experiment last-night switch-off".split()]
"""Pages that go on from each other, in the order of `how-to/index.md`."""
PANEL_PAGE = "how-to/jupyterlab.md"
"""It has buttons instead of commands; the browser tests press them."""
REFERENCE = {"how-to/monitor.md": ["reference/drift.md", "reference/guard.md"]}
"""Reference pages whose commands run in the project as a page leaves it."""


def test_every_page_is_run_by_a_test() -> None:
    listed = {path.relative_to(DOCS).as_posix() for path in (DOCS / "how-to").glob("*.md")}
    assert listed == {"how-to/index.md", PANEL_PAGE, SETTINGS_PAGE, *NOTEBOOK_PAGES, *PROVING_PAGES, *PIPELINE_PAGES}
    for page in ["tutorial.md", *NOTEBOOK_PAGES, *PROVING_PAGES, *PIPELINE_PAGES]:
        assert steps(page), page


def test_the_buttons_of_the_panel_are_called_as_its_page_says() -> None:
    text = " ".join((DOCS / PANEL_PAGE).read_text(encoding="utf-8").split())
    names = re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text)
    source = "".join(path.read_text(encoding="utf-8") for path in (DOCS.parent / "src").rglob("*.ts*"))
    assert len(names) >= 8
    assert [name for name in names if f"__('{name}')" not in source] == []


@pytest.mark.parametrize(
    "page", [*NOTEBOOK_PAGES, *(pytest.param(page, marks=pytest.mark.slow(minutes=1)) for page in PROVING_PAGES)]
)
def test_how_to(page: str, tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        reader.follow("how-to/index.md")
        assert reader.follow(page) > 0


@pytest.mark.slow(minutes=1)
def test_the_tutorial(tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        assert reader.follow("tutorial.md") > 15


@pytest.mark.slow(minutes=2)
def test_how_to_with_a_pipeline(tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        reader.follow("how-to/index.md")
        for page in PIPELINE_PAGES:
            for one in (page, *REFERENCE.get(page, [])):
                assert reader.follow(one) > 0


@pytest.mark.parametrize(
    ("shown", "printed", "lost"),
    [
        (["a", "b"], "a\nb\n", ""),
        (["a", "…"], "a\nb\n", ""),
        (["…", "b"], "a\n\nb\n", ""),
        (["a … c"], "a b c\n", ""),
        (["a"], "a\nb\n", "nothing about: b"),
        (["b"], "a\nb\n", "b"),
        (["…", "c"], "a\nb\n", "c"),
        (["a … d"], "a b c\n", "a … d"),
    ],
)
def test_what_a_page_shows_is_compared(shown: list[str], printed: str, lost: str) -> None:
    assert missing(shown, printed) == lost


def test_a_block_is_left_out_with_a_reason_and_rarely() -> None:
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    left_out = [(page, block["reason"]) for page in pages for block in blocks(page) if block["reason"]]
    assert len(left_out) <= 3
    assert all(len(reason.split()) > 3 for _, reason in left_out)


def test_a_command_that_fails_fails_its_page(tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        assert reader.run("false")[0] == 1
        assert reader.run("echo said; exit_code_of_nothing")[0] == 127
        assert reader.run("cd examples && pwd")[0] == 0
        assert reader.run("pwd")[1].strip().endswith("/examples")
