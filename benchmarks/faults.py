"""What the clients of production notice while a candidate breaks: a live service with two arms, under a steady load.

    python benchmarks/faults.py [--rounds 5] [--seconds 5] [--rate 100] [--only hang,exit]
    python benchmarks/faults.py --guard

A cheap network is exported at level 3 and trained twice with equal code (a production to roll back to, and production),
and once with code of its own that breaks on demand: the candidate, which gets half of the ids. Requests are sent at
fixed times, whatever became of those before, and their latency counts from those times. In each round each fault is
measured between two equal runs without it; what the equal runs differ in is the spread of the machine.

Printed for each fault: p50 and p99 of production's requests before and while it lasts (medians of the rounds), requests
that failed, how many the candidate answered itself, and how long a rollback takes meanwhile.

With `--guard` the project has level 4, and each round measures production alone twice, beside a rollout at 10 %, beside
the same with `guard.py run`, and while that guard takes a candidate back that fails every request. The requests are the
same ones each time: those of the ids that belong to production.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from nbexport_runtime.traffic import placements, split, traffic
from serving import MODELS, Server, asked, exported, request, started, train, uvicorn

FAULTS = ("none", "hang", "raise", "exit", "leak", "spin", "slow", "unreadable")
HEADER = "X-Rollout-Key"
IDS = [f"user-{number}" for number in range(1000)]

FAULTY = '''\
"""Breaks on demand: the file that FAULT names says how."""

import os
import time
from pathlib import Path

HELD = []


def happen() -> None:
    """Do what the file says."""
    path = Path(os.environ.get("FAULT", ""))
    kind = path.read_text(encoding="utf-8") if path.is_file() else ""
    if kind == "raise":
        raise RuntimeError("no such kind")
    if kind == "exit":
        os._exit(3)
    if kind == "leak" and len(HELD) < 40:
        HELD.append(b"x" * 50_000_000)
    if kind == "slow":
        until = time.perf_counter() + 0.0005
        while time.perf_counter() < until:
            pass
    while kind == "hang":
        time.sleep(1)
    while kind == "spin":
        pass
'''


@dataclass
class Arms:
    """A project with two productions and a candidate, and the service of it."""

    project: Path
    before: str
    production: str
    candidate: str

    @property
    def models(self) -> Path:
        """The folder of the models."""
        return self.project / "models"

    @property
    def fault(self) -> Path:
        """What the candidate reads."""
        return self.project / "fault.txt"

    def place(self, version: str, reason: str = placements.PROMOTED) -> None:
        """Make a version production, as `promote.py` does."""
        digest = placements.digest(self.models / "versions" / version)
        placements.append(self.models / placements.NAME, version=version, manifest_sha256=digest, reason=reason)

    def roll_out(self, percent: float) -> traffic.Traffic:
        """Give the candidate a share, as `rollout.py` does."""
        placement = placements.read(self.models / placements.NAME).production
        if placement is None:
            raise SystemExit("nothing is placed")
        shares = {self.candidate: percent}
        found = traffic.split_of(placement, shares, salt="bench", key_header=HEADER, started=placement.time)
        return traffic.write(self.models / traffic.NAME, found)

    def abort(self) -> None:
        """All to production, as `rollout.py abort` does."""
        (self.models / traffic.NAME).unlink(missing_ok=True)


def arms_in(folder: Path, level: int) -> Arms:
    """A project whose candidate has code of its own, which breaks on demand."""
    project = exported("cheap", folder, level)
    versions = [kept(project) for _ in range(2)]
    model = project / "model.py"
    own = model.read_text(encoding="utf-8")
    if own.count("    return definitions.predict(") != 1:
        raise SystemExit("`model.py` has another form than this benchmark expects")
    text = own.replace("    return definitions.predict(", "    faulty.happen()\n    return definitions.predict(")
    model.write_text(text.replace("import definitions\n", "import definitions\nimport faulty\n"), encoding="utf-8")
    (project / "faulty.py").write_text(FAULTY, encoding="utf-8")
    versions.append(kept(project))
    model.write_text(own, encoding="utf-8")
    (project / "faulty.py").unlink()
    arms = Arms(project, *versions)
    arms.place(arms.before)
    arms.place(arms.production)
    return arms


def kept(project: Path) -> str:
    """The version of a model that was trained now."""
    shutil.rmtree(project / "models" / "candidate", ignore_errors=True)
    train(project, "models/candidate")
    facts = json.loads((project / "models/candidate/manifest.json").read_text(encoding="utf-8"))
    version = str(facts["version"])
    (project / "models/versions").mkdir(exist_ok=True)
    (project / "models/candidate").rename(project / "models/versions" / version)
    return version


# --------------------------------------------------------------------------- load


@dataclass
class Load:
    """What became of the requests of some seconds."""

    taken_ms: list[float] = field(default_factory=list)
    """Of those that production should answer."""
    failed: int = 0
    """Of these, how many got no answer."""
    others_failed: int = 0
    """Of those that the candidate should answer, how many got no answer from anyone."""
    others: int = 0

    def quantile(self, percent: int) -> float:
        """A percentile of the latency of production's requests, in milliseconds."""
        return statistics.quantiles(self.taken_ms, n=100)[percent - 1]


async def load(port: int, values: list[float], shares: traffic.Traffic, rate: float, seconds: float) -> Load:
    """Send requests at fixed times, half of them for each arm."""
    body = json.dumps({"values": values}).encode()
    found = Load()
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(key: str, due: float) -> None:
        meant = split.chosen(shares, key) != shares.production
        status = 0
        reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(request("POST", "/predict", body, key))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
            status = int(head.split()[1])
            free.append((reader, writer))
        if meant:
            found.others += 1
            found.others_failed += status != 200
        else:
            found.taken_ms.append((time.perf_counter() - due) * 1000)
            found.failed += status != 200

    began = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(send(IDS[number % len(IDS)], due)))
    await asyncio.gather(*tasks)
    for _, writer in free:
        writer.close()
    return found


def health(port: int) -> dict[str, object]:
    """What `/health` says."""
    found: dict[str, object] = json.loads(asyncio.run(asked(port, [request("GET", "/health", b"")], 1, 1))[0][2])
    return found


def rollout_state(port: int) -> str:
    """What the candidate does; empty where there is none."""
    rollout = health(port).get("rollout")
    return str(rollout["state"]) if isinstance(rollout, dict) else ""


def until(port: int, name: str, value: str, limit_s: float = 120) -> float:
    """Wait until the service says something; the seconds that it took."""
    began = time.perf_counter()
    while (rollout_state(port) if name == "state" else health(port)["model_version"]) != value:
        if time.perf_counter() - began > limit_s:
            raise SystemExit(f"{name} does not become {value}")
        time.sleep(0.02)
    return time.perf_counter() - began


# --------------------------------------------------------------------------- rounds


@dataclass
class Row:
    """The measurements of one fault."""

    before: list[Load] = field(default_factory=list)
    during: list[Load] = field(default_factory=list)
    after: list[Load] = field(default_factory=list)
    rollback_s: list[float] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)


@contextlib.contextmanager
def service(arms: Arms) -> Iterator[Server]:
    """The service of the project, which follows the journal."""
    fault, settings = str(arms.fault), {"DEADLINE_S": "5", "DRAIN_S": "0"}
    server = started(uvicorn("two arms", "serve"), arms.project, MODEL_DIR=None, FAULT=fault, **settings)
    try:
        yield server
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            server.stop()


def one_round(arms: Arms, server: Server, fault: str, row: Row, rate: float, seconds: float) -> None:
    """Measure one fault once, between two runs without it, and a rollback meanwhile."""
    values = [0.5] * int(str(MODELS["cheap"]["width"]))
    arms.fault.write_text("", encoding="utf-8")
    shares = arms.roll_out(50)
    until(server.port, "state", "serving")
    bundle = arms.models / "versions" / arms.candidate / "manifest.json"
    whole = bundle.read_bytes()
    row.before.append(asyncio.run(load(server.port, values, shares, rate, seconds)))
    row.after.append(asyncio.run(load(server.port, values, shares, rate, seconds)))
    if fault == "unreadable":
        arms.abort()
        until(server.port, "state", "")
        bundle.write_bytes(b"{")
        shares = arms.roll_out(50)
    elif fault != "none":
        arms.fault.write_text(fault, encoding="utf-8")
    logged = lines(arms)
    row.during.append(asyncio.run(load(server.port, values, shares, rate, seconds)))
    row.answered.append(lines(arms) - logged)
    arms.place(arms.before, placements.ROLLED_BACK)
    row.rollback_s.append(until(server.port, "version", arms.before))
    bundle.write_bytes(whole)
    arms.place(arms.production)
    until(server.port, "version", arms.production)


def lines(arms: Arms) -> int:
    """How many requests the candidate has answered itself."""
    text = (arms.project / "logs" / "predictions.jsonl").read_text(encoding="utf-8")
    return text.count('"arm":"candidate"') - text.count('"meant":{"arm":"candidate"')


# --------------------------------------------------------------------------- beside a guard

BESIDE = ("alone", "alone again", "rollout", "guard", "going back")
"""What production is measured beside."""
GUARDED_PERCENT = 10.0
GUARD = "[guard]\nlatency_budget = 0.0  # the load of the machine must not take a candidate back\n"


@contextlib.contextmanager
def guarding(arms: Arms) -> Iterator[None]:
    """`guard.py run`, once it has looked."""
    seen = arms.models / "metrics" / "guard.prom"
    seen.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(arms.project), "LOG_DIR": str(arms.project / "logs")}
    words = [sys.executable, "guard.py", "run"]
    with (arms.project / "said.txt").open("ab") as said:
        process = subprocess.Popen(words, cwd=arms.project, env=environment, stdout=said, stderr=said)
    try:
        while not seen.exists():
            if process.poll() is not None:
                raise SystemExit(f"the guard ended with {process.returncode}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(60)


def beside(arms: Arms, server: Server, situation: str, rate: float, seconds: float) -> Load:
    """Production's requests in one situation.

    Raises:
        SystemExit: The guard did not take a failing candidate back, or took a sound one back.
    """
    values = [0.5] * int(str(MODELS["cheap"]["width"]))
    arms.fault.write_text("", encoding="utf-8")
    # each time another placing, so that the guard begins again
    arms.place(arms.production)
    shares = arms.roll_out(GUARDED_PERCENT)
    with contextlib.ExitStack() as stack:
        if situation.startswith("alone"):
            arms.abort()
            until(server.port, "state", "")
        else:
            until(server.port, "state", "serving")
        if situation in ("guard", "going back"):
            stack.enter_context(guarding(arms))
        arms.fault.write_text("raise" if situation == "going back" else "", encoding="utf-8")
        measured = asyncio.run(load(server.port, values, shares, rate, seconds))
        state = traffic.read(arms.models / traffic.NAME)
        back = state is None or not state.candidates
        if back != (situation == "going back" or situation.startswith("alone")):
            raise SystemExit(f"{situation}: the candidate {'is back' if back else 'still has its share'}")
    return measured


def measure_guard(rounds: int, rate: float, seconds: float) -> None:
    """Print p50 and p99 of production alone and beside a guard."""
    loads: dict[str, list[Load]] = {situation: [] for situation in BESIDE}
    with tempfile.TemporaryDirectory() as folder:
        arms = arms_in(Path(folder), level=4)
        (arms.project / "platform.toml").write_text(GUARD, encoding="utf-8")
        with service(arms) as server:
            for turn in range(rounds + 1):
                for situation in BESIDE[:: -1 if turn % 2 else 1]:
                    measured = beside(arms, server, situation, rate, seconds)
                    # the first round warms up
                    if turn:
                        loads[situation].append(measured)
    print(
        f"{rounds} rounds of {seconds:g} s at {rate:g} requests/s; medians of the rounds, and against production alone"
    )
    print("beside           p50 ms              p99 ms           failed")
    for situation, measured in loads.items():
        figures = []
        for percent in (50, 99):
            each, alone = ([load.quantile(percent) for load in loads[name]] for name in (situation, "alone"))
            ratio = statistics.median(one / other for one, other in zip(each, alone, strict=True))
            figures.append(f"{statistics.median(each):8.2f} x {ratio:4.2f}")
        failed = sum(load.failed + load.others_failed for load in measured)
        print(f"{situation:12} {figures[0]:>18} {figures[1]:>18} {failed:8}", flush=True)


def shown(fault: str, row: Row) -> str:
    """A line of the table."""

    def median(loads: list[Load], percent: int) -> float:
        return statistics.median(one.quantile(percent) for one in loads)

    failed = sum(one.failed for one in [*row.before, *row.during, *row.after])
    others = sum(one.others_failed for one in row.during)
    meant = sum(one.others for one in row.during)
    return (
        f"{fault:10} {median(row.before, 50):7.2f} {median(row.after, 50):7.2f} {median(row.during, 50):7.2f}"
        f" {median(row.before, 99):8.2f} {median(row.after, 99):8.2f} {median(row.during, 99):8.2f}"
        f" {failed:7} {others:7} {sum(row.answered):6}/{meant:<6} {max(row.rollback_s):8.2f}"
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=100.0, help="requests in a second (default: %(default)s)")
    parser.add_argument("--only", default=",".join(FAULTS), help="faults, separated by commas")
    parser.add_argument("--guard", action="store_true", help="measure production beside a guard, and nothing else")
    options = parser.parse_args()
    if options.guard:
        measure_guard(options.rounds, options.rate, options.seconds)
        return 0
    faults = options.only.split(",")
    rows = {fault: Row() for fault in faults}
    with tempfile.TemporaryDirectory() as folder:
        arms = arms_in(Path(folder), level=3)
        with service(arms) as server:
            began, spent = time.perf_counter(), psutil.Process(server.process.pid).cpu_times()
            for turn in range(options.rounds):
                for fault in faults[:: -1 if turn % 2 else 1]:
                    one_round(arms, server, fault, rows[fault], options.rate, options.seconds)
            now = psutil.Process(server.process.pid).cpu_times()
            share = (now.user + now.system - spent.user - spent.system) / (time.perf_counter() - began)
            server.process.send_signal(signal.SIGTERM)
            end = server.process.wait(60)
    print(f"{options.rounds} rounds of {options.seconds:g} s at {options.rate:g} requests/s; ", end="")
    print(f"the service used {share:.0%} of a core; it ended with {end}")
    print("fault      p50 ms: two equal runs, during   p99 ms: the same      failed  others candidate's  rollback s")
    for fault, row in rows.items():
        print(shown(fault, row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
