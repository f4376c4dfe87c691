"""A storm of kills over everything that changes what is in production; after each, all that is said must agree.

    PYTHONPATH=runtime python tests/faults/kill_storm.py --kills 300 --seed 1

A process that has imported MLflow forks a child for each command, so that a kill costs no import; the child is the
command itself and is killed with SIGKILL at a random moment of its usual time. Then the next command runs, and

- every line of the journal is whole, and the version that it places is there, with the sha256 of the line;
- the folder `models/production`, the registry's alias and the decisions say the same as the journal;
- the file of the traffic is whole and written for this placing, and the registry's database is whole;
- no process that the command started is left.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbexport_runtime.pipeline import files
from nbexport_runtime.traffic import placements, traffic

NOTEBOOK = """
# %% tags=["parameters"]
rate = 0.5
# %% tags=["data"]
rows = [1.0, 2.0, 3.0]
# %% tags=["train"]
weight = sum(rows) * rate
# %% tags=["evaluate"]
metrics = {"weight": weight}
assert metrics["weight"] > 0
# %% tags=["predict"]
def predict(row: float) -> float:
    return row * weight
predict(2.0)
"""
WAIT_S = 120.0
ENDED_WITHIN_S = 60.0


@dataclass(frozen=True)
class Verb:
    """A command that is killed."""

    name: str
    begins_as: str
    """The project that it begins with: `rollout` (10 % under way), `calm` (a better candidate waits), `new` (nothing)."""
    words: tuple[str, ...]


VERBS = (
    Verb("first retrain, registry made", "new", ("retrain.py", "--first")),
    Verb("retrain", "calm", ("retrain.py", "--", "--rate", "0.95")),
    Verb("retrain --rollout: start", "calm", ("retrain.py", "--rollout", "--", "--rate", "0.95")),
    Verb("retrain --rollout: step", "rollout", ("retrain.py", "--rollout")),
    Verb("promote", "calm", ("promote.py",)),
    Verb("rollout start", "calm", ("rollout.py", "start")),
    Verb("rollout set", "rollout", ("rollout.py", "set", "40")),
    Verb("rollout finish", "rollout", ("rollout.py", "finish")),
    Verb("rollout abort", "rollout", ("rollout.py", "abort")),
    Verb("rollback", "rollout", ("promote.py", "--rollback")),
    Verb("prune", "rollout", ("registry.py", "prune", "--yes", "--placings", "2")),
)


@dataclass
class Row:
    """What became of the kills of one verb."""

    usual_s: float = 0.0
    kills: int = 0
    finished: int = 0
    """It had ended before the kill."""
    moved: int = 0
    """Production was another one afterwards."""
    troubles: list[str] = field(default_factory=list)


# ---------------------------------------------------------------------- commands


def forked(root: Path, words: tuple[str, ...], output: Path) -> int:
    """Start a command of a project in a child of this process; its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setpgid(0, 0)
        os.chdir(root)
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        sys.argv = list(words)
        name = words[0].removesuffix(".py")
        module = __import__(f"nbexport_runtime.pipeline.commands.{name}", fromlist=["main"])
        sys.path.insert(0, str(root))
        module.main(str(root / words[0]), list(words[1:]))
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def ended(pid: int, limit_s: float) -> int | None:
    """The exit code of a child; None where it does not end in time."""
    end = time.monotonic() + limit_s
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.002)


def whole(root: Path, words: tuple[str, ...], output: Path) -> tuple[int, str]:
    """Run a command to its end; its exit code and all that it printed."""
    pid = forked(root, words, output)
    code = ended(pid, WAIT_S)
    if code is None:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        code = -1
    return code, output.read_text("utf-8", "replace")


def left(root: Path) -> list[str]:
    """The processes that work in a project, after some time to end."""
    end = time.monotonic() + ENDED_WITHIN_S
    while True:
        names = []
        for link in Path("/proc").glob("[0-9]*/cwd"):
            try:
                inside = link.readlink().is_relative_to(root)
                words = (link.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if inside and int(link.parent.name) != os.getpid():
                names.append(f"{link.parent.name} {words}")
        if not names or time.monotonic() > end:
            return names
        time.sleep(0.02)


# ---------------------------------------------------------------------- what must agree


def disagreements(root: Path, listed: dict[str, Any]) -> Iterator[str]:
    """What does not agree in a project after a command."""
    models = root / "models"
    journal = placements.read(models / placements.NAME)
    if journal.damaged:
        yield f"lines {journal.damaged} of the journal are damaged"
    with closing(sqlite3.connect(models / "registry.db")) as database:
        state = database.execute("PRAGMA integrity_check").fetchone()[0]
        if state != "ok":
            yield f"registry.db: {state}"
    placement = journal.production
    if placement is None:
        if (models / "production").exists():
            yield "models/production is there without a placing"
        return
    try:
        version = placements.located(models, placement)
        files.intact(version)
        files.intact(models / "production")
    except (ValueError, files.PipelineError) as error:
        yield str(error)
        return
    if placements.digest(models / "production") != placement.manifest_sha256:
        yield "models/production is not what the journal says"
    named = {alias: entry["version"] for entry in listed["versions"] for alias in entry["aliases"]}
    if named.get("production") != placement.version:
        yield f"the alias production names {named.get('production')}, the journal {placement.version}"
    decisions = [json.loads(path.read_text("utf-8")) for path in (models / "decisions").glob("*.json")]
    if [entry["candidate"] for entry in decisions if entry["placed"] == placement.time] != [placement.version]:
        yield "no decision, or several, for the last placing"
    try:
        shares = traffic.read(models / traffic.NAME)
    except ValueError as error:
        yield f"traffic.json: {error}"
        return
    if shares is not None and shares.stale(placement):
        yield "traffic.json is stale"
    for arm in shares.arms if shares else ():
        if not (models / "versions" / arm.version / "manifest.json").is_file():
            yield f"{arm.version} has traffic and is not here"


# ---------------------------------------------------------------------- the projects


def run(root: Path, *words: str) -> None:
    """A command in a process of its own, which ends well."""
    subprocess.run([sys.executable, *words], cwd=root, check=True, capture_output=True, text=True)


def well(root: Path, *words: str) -> None:
    """A command of the pipeline, which ends well."""
    code, text = whole(root, words, root.parent / "built.txt")
    if code:
        raise RuntimeError(f"{' '.join(words)} ends with {code}: {text}")


def built(folder: Path) -> dict[str, Path]:
    """The projects that verbs begin with."""
    (folder / "storm.py").write_text(NOTEBOOK, encoding="utf-8")
    new, calm, rollout = folder / "new", folder / "calm", folder / "rollout"
    run(folder, "-m", "nbexport", "storm.py", "--level", "3", "--output", str(new))
    # once for all copies and commands
    run(new, "-m", "compileall", "-q", "nbexport_runtime")
    settings = new / "pipeline.toml"
    # a model of one number has no rows that could be drawn
    text = settings.read_text("utf-8").replace('interval = "required"', 'interval = "optional"')
    settings.write_text(text, encoding="utf-8")
    shutil.copytree(new, calm)
    well(calm, "retrain.py", "--first")
    well(calm, "retrain.py", "--", "--rate", "0.55")
    well(calm, "retrain.py", "--", "--rate", "0.6")
    run(calm, "train.py", "--rate", "0.9", "--output", "models/candidate")
    shutil.copytree(calm, rollout)
    well(rollout, "rollout.py", "start")
    # what `prune` finds
    for folder_ in (rollout / "models" / ".candidate-run-abcdefgh", rollout / "models" / "versions" / ".v-abcdefgh"):
        folder_.mkdir()
        (folder_ / "file").write_text("half", encoding="utf-8")
    past = time.time() - 200_000
    for path in [*(rollout / "models").rglob("*")]:
        os.utime(path, (past, past))
    return {"new": new, "calm": calm, "rollout": rollout}


@contextmanager
def copied(project: Path) -> Iterator[Path]:
    """A copy of a project, for one kill."""
    with tempfile.TemporaryDirectory(prefix="storm-", dir=project.parent) as folder:
        yield Path(shutil.copytree(project, Path(folder, "project"), symlinks=True))


def production(root: Path) -> str:
    """The version in production; empty where there is none."""
    placement = placements.read(root / "models" / placements.NAME).production
    return placement.version if placement else ""


# ---------------------------------------------------------------------- the storm


def one(verb: Verb, project: Path, row: Row, drawn: random.Random, output: Path) -> None:
    """One kill of a verb, and what it left."""
    with copied(project) as root:
        before = production(root)
        pid = forked(root, verb.words, output)
        moment = drawn.uniform(0, row.usual_s * 1.05)
        code = ended(pid, moment)
        row.kills += 1
        if code is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        else:
            row.finished += 1
        where = f"{verb.name}, killed after {moment:.3f} s"
        row.troubles += [f"{where}: still there: {name}" for name in left(root)]
        damaged = placements.read(root / "models" / placements.NAME).damaged
        if damaged:
            row.troubles.append(f"{where}: lines {damaged} of the journal are damaged")
        placed = production(root)
        code, text = whole(root, ("registry.py", "list", "--json"), output)
        if code != 0 or "Traceback" in text or '{\n  "outcome"' not in text:
            row.troubles.append(f"{where}: the next command ends with {code}: {text[-800:]}")
            return
        listed = json.JSONDecoder().raw_decode(text[text.index('{\n  "outcome"') :])[0]
        row.troubles += [f"{where}: {trouble}" for trouble in disagreements(root, listed)]
        if production(root) != placed:
            row.troubles.append(f"{where}: the next command changed production")
        row.moved += placed != before
        if drawn.random() < 0.2:
            # and a person tries it again
            code, text = whole(root, verb.words, output)
            if code not in (0, 1, 10) or "Traceback" in text:
                row.troubles.append(f"{where}: again, it ends with {code}: {text[-800:]}")


def storm(kills: int, seed: int, folder: Path, deadline_s: float) -> dict[str, Row]:
    """Kill commands; what became of it, by verb."""
    begun = time.monotonic()
    # what forks need not import
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    from mlflow import MlflowClient  # noqa: F401
    from nbexport_runtime.pipeline.commands import promote, registry, retrain, rollout  # noqa: F401

    projects = built(folder)
    drawn, output = random.Random(seed), folder / "output.txt"
    rows = {verb.name: Row() for verb in VERBS}
    for verb in VERBS:
        with copied(projects[verb.begins_as]) as root:
            start = time.monotonic()
            code, text = whole(root, verb.words, output)
            rows[verb.name].usual_s = time.monotonic() - start
        if code != 0:
            rows[verb.name].troubles.append(f"{verb.name}, not killed, ends with {code}: {text[-800:]}")
    order = [VERBS[number % len(VERBS)] for number in range(kills)]
    drawn.shuffle(order)
    for verb in order:
        if time.monotonic() - begun > deadline_s:
            break
        one(verb, projects[verb.begins_as], rows[verb.name], drawn, output)
    return rows


def table(rows: dict[str, Row]) -> str:
    """The rows for people."""
    lines = ["| command | usual s | kills | ended before | production moved | disagreements, orphans, failed |"]
    lines.append("|---|---|---|---|---|---|")
    for name, row in rows.items():
        cells = (name, f"{row.usual_s:.2f}", row.kills, row.finished, row.moved, len(row.troubles))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    total = Counter[str]()
    for row in rows.values():
        total.update(kills=row.kills, finished=row.finished, moved=row.moved, troubles=len(row.troubles))
    lines.append(f"| all | | {total['kills']} | {total['finished']} | {total['moved']} | {total['troubles']} |")
    return "\n".join(lines)


def main() -> int:
    """Run the storm; 1 where something did not agree."""
    parser = argparse.ArgumentParser(description="Kill commands at random moments, and look whether all agrees.")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=3600.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-storm-") as folder:
        rows = storm(options.kills, options.seed, Path(folder).resolve(), options.limit_s)
    print(table(rows))
    troubles = [trouble for row in rows.values() for trouble in row.troubles]
    for trouble in troubles:
        print(f"\n{trouble}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
