"""A program that changes a project again and again and is killed at each system call that changes the disk in turn.

Run as `python killed_writer.py FOLDER KIND`; prints one JSON line per kill: what stood in the folder right after it and
what stood there once the next nbexport had looked at the folder: `old`, `new` or the mixture's contents.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from nbexport import disk
from nbexport.disk import swap
from nbexport.plan import Artifact

CALLS = ("link", "mkdir", "open", "remove", "rename", "replace", "rmdir", "symlink", "unlink")
FACTS: dict[str, Any] = {"notebook": "a.ipynb", "level": 1}

OLD = [
    Artifact("model.py", b"x = 1\n"),
    Artifact("train.py", b"import model\n"),
    Artifact("gone/test_old.py", b"def test(): ...\n"),
    Artifact("data/rows.csv", b"a,b\n1,2\n", owned=False),
]
NEW = [
    Artifact("model.py", b"x = 2\n"),
    Artifact("train.py", b"import model as m\n"),
    Artifact("tests/test_new.py", b"def test(): ...\n", executable=True),
    Artifact("data/rows.csv", b"a,b\n1,2\n", owned=False),
]


def export(artifacts: list[Artifact], folder: Path) -> None:
    """Plan and write."""
    version = "old" if artifacts is OLD else "new"
    disk.apply(disk.plan(artifacts, folder, digest=version, **FACTS))


def change(folder: Path, kind: str) -> None:
    """What is killed: another export, or a few files replaced."""
    if kind.startswith("undo"):
        disk.apply(disk.undo(folder))
    elif kind == "amended":
        added = Artifact("runtime/part.py", b"x = 1\n", vendored=True)
        disk.apply(disk.amend(folder, [NEW[0], added], removed=["gone/test_old.py"], options={"runtime": "vendored"}))
    else:
        export(NEW, folder)


def prepare(folder: Path, kind: str) -> None:
    """The folder before the export that is killed."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.parent.mkdir(parents=True)
    if kind == "fresh":
        return
    export(OLD, folder)
    if kind == "undo-first":
        return
    (folder / "notes.txt").write_text("mine\n")
    if kind in ("lived-in", "amended", "undo-lived-in"):
        (folder / "models").mkdir()
        (folder / "models" / "weights.bin").write_bytes(b"\0" * 10)
    if kind.startswith("undo"):
        export(NEW, folder)


def contents(folder: Path) -> dict[str, str]:
    """Every file under the folder but what undo keeps, which has the time in it."""
    files = [path for path in folder.rglob("*") if path.is_file() and not {"staging", "history"} & {*path.parts}]
    return {path.relative_to(folder).as_posix(): path.read_bytes().hex() for path in files}


def count_down(calls: int) -> None:
    """Make this process kill itself instead of making its call number `calls` that changes the disk."""
    left = calls

    def counted(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return original(*args, **kwargs)

        return call

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    exchange = swap.renameat2()
    if exchange is not None:
        wrapped = counted(exchange)
        swap.renameat2 = lambda: wrapped  # type: ignore[assignment]


def main(folder: Path, kind: str) -> None:
    """Kill the export at its first call, its second, and so on until it gets through."""
    prepare(folder, kind)
    old, steps_of_old = contents(folder), len(disk.exports(folder))
    change(folder, kind)
    new, steps_of_new = contents(folder), len(disk.exports(folder))
    assert old != new

    def named() -> str:
        there = contents(folder)
        return "old" if there == old else "new" if there == new else json.dumps(there)

    for calls in range(1000):
        prepare(folder, kind)
        child = os.fork()
        if child == 0:
            count_down(calls)
            change(folder, kind)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        at_once = named()
        disk.recover(folder)
        left_over = sorted(path.name for path in folder.parent.iterdir() if path != folder)
        kill = {"killed": killed, "at_once": at_once, "recovered": named(), "left_over": left_over}
        steps = {"steps": len(disk.exports(folder)), "steps_of": {"old": steps_of_old, "new": steps_of_new}}
        print(json.dumps(kill | steps))
        if not killed:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
