"""What is read of a table that a notebook names: its beginning, of regular files, and in a server below its root only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbexport.propose.first_rows import MOST_BYTES, ROWS_READ, first_rows

TABLE = "age,town\n31,a\n45,b\n"
ROWS = [["age", "town"], ["31", "a"], ["45", "b"]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A server's root, with tables inside and outside."""
    folder = tmp_path / "root"
    for path in ("work/rows.csv", "data/rows.csv", ".hidden/rows.csv", "work/.rows.csv", "../outside/rows.csv"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(TABLE, encoding="utf-8")
    (folder / "work" / "link.csv").symlink_to(tmp_path / "outside" / "rows.csv")
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / "work" / "inside.csv").symlink_to(folder / "data" / "rows.csv")
    # its name begins as the root's does
    (tmp_path / "root-2").symlink_to(tmp_path / "outside")
    return folder


@pytest.mark.parametrize("path", ["rows.csv", "../data/rows.csv", "inside.csv", "../work/./rows.csv"])
def test_tables_below_the_root_are_read(root: Path, path: str) -> None:
    assert first_rows(root / "work" / path, ",", within=root) == ROWS
    assert first_rows(root / "data" / "rows.csv", ",", within=root) == ROWS


@pytest.mark.parametrize(
    "path",
    [
        "../../outside/rows.csv",
        "link.csv",
        "../linked/rows.csv",
        "../.hidden/rows.csv",
        ".rows.csv",
        "../../root-2/rows.csv",
    ],
)
def test_a_server_reads_no_other_and_the_command_line_what_the_notebook_reads(root: Path, path: str) -> None:
    assert first_rows(root / "work" / path, ",", within=root) == []
    assert first_rows(root / "work" / path, ",", within=None) == ROWS


def test_an_absolute_path_is_read_where_it_lies_below_the_root(root: Path, tmp_path: Path) -> None:
    assert first_rows(root / "work" / (root / "data" / "rows.csv"), ",", within=root) == ROWS
    assert first_rows(root / "work" / (tmp_path / "outside" / "rows.csv"), ",", within=root) == []
    linked = tmp_path / "elsewhere"
    linked.symlink_to(root)
    assert first_rows(root / "data" / "rows.csv", ",", within=linked) == ROWS


def test_devices_pipes_and_folders_are_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe.csv")
    os.mkfifo(root / "filled.csv")
    filled = os.open(root / "filled.csv", os.O_RDWR)
    os.write(filled, TABLE.encode())
    paths = [root / name for name in ("pipe.csv", "filled.csv", "absent.csv", "a\0b", ".")]
    for path in (*paths, Path("/dev/zero"), Path("/dev/stdin")):
        for within in (None, root):
            assert first_rows(path, ",", within=within) == []
    # whoever waits for what is in the pipe gets it
    assert os.read(filled, 1000) == TABLE.encode()
    os.close(filled)


def test_only_the_beginning_of_a_file_is_read(root: Path) -> None:
    path = root / "long.csv"
    path.write_text("a,b\n" + "1,2\n" * 10_000, encoding="utf-8")
    assert len(first_rows(path, ",", within=root)) == ROWS_READ
    # a row that is longer than all that is read, after whole ones, and alone
    path.write_text("a,b\n1,2\n" + "é" * MOST_BYTES, encoding="utf-8")
    assert first_rows(path, ",", within=root)[:1] == [["a", "b"]]
    assert all(len("".join(row)) < 10 for row in first_rows(path, ",", within=root))
    with path.open("wb") as file:
        file.truncate(50_000_000_000)
    assert first_rows(path, ",", within=root) == []
    # a quoted value that ends beyond what is read
    path.write_text('a,b\n1,2\n3,"' + "x\n" * MOST_BYTES, encoding="utf-8")
    assert first_rows(path, ",", within=root) in ([["a", "b"], ["1", "2"]], [])


def test_what_is_not_text_is_not_a_table(root: Path) -> None:
    path = root / "some.csv"
    for content in (b"\xff\xfe\x00", b""):
        path.write_bytes(content)
        assert first_rows(path, ",", within=root) == []


def test_a_byte_order_mark_is_no_part_of_the_first_name(root: Path) -> None:
    (root / "work" / "marked.csv").write_text(TABLE, encoding="utf-8-sig")
    assert first_rows(root / "work" / "marked.csv", ",", within=None) == ROWS
