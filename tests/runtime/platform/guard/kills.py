"""Kills of `guard.py once`, at each of its file operations and at seeded moments; the next one must finish it.

    PYTHONPATH=tests:runtime python tests/runtime/platform/guard/kills.py rollback --kills 30 --seed 1

This process has imported everything and forks a child for each command, so that a kill costs no import; the child is
the command itself, and ends by SIGKILL.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from nbexport_runtime.pipeline import shares
from nbexport_runtime.platform.commands import guard
from nbexport_runtime.traffic import placements, traffic
from runtime.platform.guard.projects import Site

WATCHED = ("open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "os.rmdir", "shutil.rmtree")
"""Events of the interpreter before which a child may end."""


def child(folder: Path, at: int) -> int:
    """Fork the command; its process id. It kills itself before an event of this number; 0 never."""
    process = os.fork()
    if process:
        return process
    count = itertools.count(1)

    def hook(event: str, _: object) -> None:
        if event in WATCHED and next(count) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(folder)
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    sys.addaudithook(hook)
    try:
        guard.main(str(folder / "guard.py"), ["once"])
    except SystemExit as end:
        os._exit(int(end.code or 0))
    finally:
        os._exit(99)


def scene(folder: Path, kind: str) -> Site:
    """A project whose candidate, or whose new production, fails everything."""
    site = Site(folder)
    site.now = time.time() + 1
    if kind == "rollback":
        site.place("v3")
        site.write("v3", "production", "error", count=20)
    else:
        site.roll_out()
        site.fail("v2", 20)
    return site


def check(site: Site, kind: str) -> None:
    """Everything is done, and nothing twice."""
    journal = placements.read(site.project.placements)
    assert not journal.damaged
    versions = [placement.version for placement in journal.placements]
    assert versions == (["v0", "v1", "v3", "v1"] if kind == "rollback" else ["v0", "v1"]), versions
    assert shares.under_way(site.project) is None
    if kind != "rollback":
        state = traffic.read(site.project.traffic)
        assert state is not None
        assert not state.candidates
    entries = [(entry["action"], entry["state"]) for entry in site.journal()]
    assert entries == [(kind, "planned"), (kind, "done")], entries
    json.loads((site.models / "guard" / "state.json").read_bytes())
    if kind == "rollback":
        folder = json.loads((site.models / "production" / "manifest.json").read_bytes())
        assert folder["version"] == "v1"
        assert len(list((site.models / "decisions").glob("*-v1-rollback*.json"))) == 1


def once(kind: str, at: int, after_s: float | None) -> tuple[bool, float]:
    """Kill one command and run the next; whether it was killed, and how long it ran."""
    folder = Path(tempfile.mkdtemp(prefix="guard-kill-"))
    try:
        site = scene(folder, kind)
        began = time.monotonic()
        process = child(folder, at)
        if after_s is not None:
            time.sleep(after_s)
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        took_s = time.monotonic() - began
        killed = os.WIFSIGNALED(status)
        assert killed or os.waitstatus_to_exitcode(status) == 10, status
        # two more looks: the first finishes, the second finds nothing to do
        for _ in range(2):
            _, status = os.waitpid(child(folder, 0), 0)
            assert os.waitstatus_to_exitcode(status) in (0, 10), status
        check(site, kind)
        return killed, took_s
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Kill, and say how often."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("back", "rollback"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    drawn = random.Random(options.seed)
    _, usual_s = once(options.kind, 0, None)
    number = 0
    for number in itertools.count(1):
        killed, _ = once(options.kind, number, None)
        if not killed:
            break
    at_moments = sum(once(options.kind, 0, drawn.uniform(0, usual_s))[0] for _ in range(options.kills))
    print(f"{options.kind}: killed before each of {number - 1} file operations, and {at_moments} times at a moment")


if __name__ == "__main__":
    main()
