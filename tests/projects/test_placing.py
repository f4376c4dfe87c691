"""What is in production, by real commands of a real project: rollouts, promotions, emergencies with all taken away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import SOUND
from nbexport_runtime.traffic import placements, traffic
from nbexport_runtime.traffic.placements import Placement
from nbexport_runtime.traffic.traffic import Traffic

from .compiled import compiled
from .conftest import QUIET, Done, export, judged_by_figures, run
from .forked import run_forked
from .serving import until

pytestmark = pytest.mark.slow(minutes=4)
DONE, TROUBLE, REFUSED = 0, 1, 10
UNREACHABLE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@dataclass
class Own:
    """A project of level 3 and what its commands do."""

    root: Path

    def do(self, *words: str, code: int = DONE, env: dict[str, str] | None = None) -> dict[str, Any]:
        """The outcome of a command, which ends as it must."""
        done = self.ended(*words, env=env)
        assert done.returncode == code, done.stdout + done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome

    def ended(self, *words: str, env: dict[str, str] | None = None) -> Done:
        """A command that ended without a traceback."""
        done = run_forked(words[0], "--json", *words[1:], cwd=self.root, env=env)
        assert "Traceback" not in done.stderr
        return done

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def placed(self) -> list[str]:
        """Every version that was placed, the last one last."""
        return [placement.version for placement in placements.read(self.models / placements.NAME).placements]

    @property
    def production(self) -> Placement:
        found = placements.read(self.models / placements.NAME).production
        assert found is not None
        return found

    @property
    def shares(self) -> Traffic | None:
        """The traffic as the service follows it."""
        state = traffic.read(self.models / traffic.NAME)
        return None if state is None or state.stale(self.production) else state

    def percent(self, version: str) -> float:
        """Which share of the traffic a version gets."""
        return self.shares.percent(version) if self.shares else float(version == self.production.version) * 100

    def agree(self) -> None:
        """Journal, folder, versions, decisions and the registry say the same after the next command."""
        versions = self.do("registry.py", "list")["versions"]
        placement = self.production
        version = placements.located(self.models, placement)
        folder = self.models / "production"
        assert (folder / "manifest.json").read_bytes() == (version / "manifest.json").read_bytes()
        aliases = {alias: known["version"] for known in versions for alias in known["aliases"]}
        assert aliases["production"] == placement.version
        decisions = [json.loads(path.read_text("utf-8")) for path in (self.models / "decisions").glob("*.json")]
        if placement.reason != placements.ADOPTED:
            assert [d["candidate"] for d in decisions if d["placed"] == placement.time] == [placement.version]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Own:
    """Two models were placed; a third one has a rollout of 10 %. Nobody changes it."""
    folder = tmp_path_factory.mktemp("placing")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    done = export(folder / "sound.py", folder / "project", "--level", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    judged_by_figures(folder / "project")
    own = Own(compiled(folder / "project"))
    own.do("retrain.py", "--", "--rate", "0.5")
    own.do("retrain.py", "--", "--rate", "0.6")
    own.do("retrain.py", "--rollout", "--", "--rate", "0.9")
    return own


@pytest.fixture
def own(story: Own, tmp_path: Path) -> Own:
    """A copy of it."""
    shutil.copytree(story.root, tmp_path / "project", symlinks=True)
    return Own(tmp_path / "project")


def candidate(own: Own) -> str:
    """The version that has a rollout."""
    assert own.shares is not None
    return own.shares.candidates[0].version


# ---------------------------------------------------------------------- promotion and rollout know each other


def test_an_accepted_candidate_gets_a_share_instead_of_production(story: Own) -> None:
    assert len(story.placed) == 2
    assert story.percent(candidate(story)) == 10
    assert story.percent(story.production.version) == 90
    newest = max((story.models / "decisions").glob("*-rollout.json"))
    decision = json.loads(newest.read_text("utf-8"))
    assert (decision["candidate"], decision["placed"]) == (candidate(story), "")
    assert newest.with_suffix(".md").read_text("utf-8").startswith("## Accepted for a rollout")


def test_a_plain_retraining_during_a_rollout_is_refused_before_any_work(own: Own) -> None:
    runs = set((own.models / "runs").iterdir())
    failed = own.do("retrain.py", code=TROUBLE)
    assert "is under way with 10 %" in failed["error"]
    assert "python retrain.py --rollout" in failed["error"]
    assert set((own.models / "runs").iterdir()) == runs
    assert own.percent(candidate(own)) == 10


def test_a_promotion_during_a_rollout_of_another_version_is_refused(own: Own) -> None:
    run("train.py", "--rate", "0.95", "--output", "models/candidate", cwd=own.root)
    before = own.placed
    failed = own.do("promote.py", code=TROUBLE)
    assert "`python rollout.py abort`" in failed["error"]
    assert (own.placed, own.percent(candidate(own))) == (before, 10)
    own.do("rollout.py", "abort")
    assert own.do("promote.py")["promoted"]


def test_a_promotion_of_the_candidate_finishes_its_rollout(own: Own) -> None:
    version = candidate(own)
    assert own.do("promote.py", "--candidate", f"models/versions/{version}")["promoted"]
    assert (own.production.version, own.production.reason) == (version, placements.ROLLOUT_FINISHED)
    assert own.percent(version) == 100
    own.agree()


def test_the_next_retrainings_step_it_up_and_train_nothing(own: Own) -> None:
    version = candidate(own)
    runs = set((own.models / "runs").iterdir())
    salt = own.shares.salt if own.shares else ""
    step = own.do("retrain.py", "--rollout")
    assert (step["candidate"], step["promoted"]) == (version, False)
    assert own.percent(version) == 50
    # whoever had it has it
    assert own.shares is not None
    assert own.shares.salt == salt
    last = own.do("retrain.py", "--rollout", "20")
    assert (last["candidate"], last["promoted"]) == (version, True)
    assert (own.production.version, own.production.reason) == (version, placements.ROLLOUT_FINISHED)
    assert set((own.models / "runs").iterdir()) == runs
    own.agree()


def test_what_a_person_has_set_to_nothing_stays_so(own: Own) -> None:
    version = candidate(own)
    own.do("rollout.py", "set", "0")
    failed = own.do("retrain.py", "--rollout", code=TROUBLE)
    assert "as somebody has set it" in failed["error"]
    assert own.percent(version) == 0
    assert own.shares is not None
    assert own.shares.candidates[0].version == version


def test_lines_that_were_lost_here_come_back_from_the_store(own: Own) -> None:
    journal = own.models / placements.NAME
    content = journal.read_bytes()
    for damage in (content[:-20], content.replace(b'"version"', b'"vers\0on"'), b""):
        journal.write_bytes(damage)
        own.do("registry.py", "sync")
        assert journal.read_bytes() == content
    journal.unlink()
    own.do("registry.py", "sync")
    assert journal.read_bytes() == content


def test_a_candidate_that_is_judged_worse_loses_its_share(own: Own, tmp_path: Path) -> None:
    version, production = candidate(own), own.production
    report = tmp_path / "report.md"
    refused = own.do("retrain.py", "--rollout", "--min-improvement", "100", "--report", str(report), code=REFUSED)
    assert refused["candidate"] == version
    assert "its rollout ended at 10 %" in report.read_text("utf-8")
    assert own.percent(version) == 0
    assert own.production == production
    own.agree()


def test_the_finish_and_every_way_back(own: Own) -> None:
    first, second = own.placed
    third = candidate(own)
    own.do("rollout.py", "finish")
    assert own.placed == [first, second, third]
    own.agree()
    assert own.do("promote.py", "--rollback")["candidate"] == second
    assert own.do("promote.py", "--rollback")["candidate"] == first
    assert "there was no other production before this one" in own.do("promote.py", "--rollback", code=TROUBLE)["error"]
    assert own.do("promote.py", "--rollback", third[:-2])["candidate"] == third
    # it says so, and is not a second step
    before = own.placed
    own.do("promote.py", "--rollback", third)
    assert own.placed == before
    own.agree()


def test_a_rollback_never_goes_to_what_was_only_tried(own: Own) -> None:
    first, second = own.placed
    tried = candidate(own)
    own.do("rollout.py", "abort")
    own.do("retrain.py", "--", "--rate", "0.95")
    assert own.do("promote.py", "--rollback")["candidate"] == second
    assert own.do("promote.py", "--rollback")["candidate"] == first
    never = own.do("promote.py", "--rollback", tried, code=TROUBLE)
    assert f"`{tried}` has never been production" in never["error"]
    assert own.production.version == first


def test_what_is_judged_is_what_is_placed(own: Own, tmp_path: Path) -> None:
    """A stray training replaces the candidate while it is judged."""
    own.do("rollout.py", "abort")
    run("train.py", "--rate", "0.95", "--output", "models/candidate", cwd=own.root)
    version = json.loads((own.models / "candidate" / "manifest.json").read_text("utf-8"))["version"]
    run("train.py", "--rate", "0.1", "--output", str(tmp_path / "other"), cwd=own.root)
    code = (
        "import shutil, sys\n"
        "from pathlib import Path\n"
        "from nbexport_runtime.pipeline import judgement\n"
        "from nbexport_runtime.pipeline.commands import promote\n"
        "judge = judgement.judge\n"
        "def exchanged(*words):\n"
        "    shutil.rmtree('models/candidate')\n"
        "    shutil.copytree(sys.argv[1], 'models/candidate')\n"
        "    return judge(*words)\n"
        "judgement.judge = exchanged\n"
        "promote.main(str(Path('promote.py').absolute()), ['--json'])\n"
    )
    done = run("-c", code, tmp_path / "other", cwd=own.root)
    assert done.returncode == DONE, done.stdout + done.stderr
    assert own.production.version == version
    own.agree()


def test_a_rollback_while_a_candidate_is_judged_stands(own: Own) -> None:
    first, second = own.placed
    own.do("rollout.py", "abort")
    run("train.py", "--rate", "0.95", "--output", "models/candidate", cwd=own.root)
    code = (
        "import subprocess, sys\n"
        "from pathlib import Path\n"
        "from nbexport_runtime.pipeline import judgement\n"
        "from nbexport_runtime.pipeline.commands import promote\n"
        "judge = judgement.judge\n"
        "def meanwhile(*words):\n"
        "    subprocess.run([sys.executable, 'promote.py', '--rollback'], check=True, stdout=subprocess.DEVNULL)\n"
        "    return judge(*words)\n"
        "judgement.judge = meanwhile\n"
        "promote.main(str(Path('promote.py').absolute()), ['--json'])\n"
    )
    done = run("-c", code, cwd=own.root)
    assert done.returncode == REFUSED, done.stdout + done.stderr
    assert f"production became {first}" in done.stdout
    assert own.placed == [first, second, first]
    own.agree()


# ---------------------------------------------------------------------- emergencies


def hold_the_lock(own: Own, stack: ExitStack) -> dict[str, str]:
    """A training that is under way, in a process of its own."""
    code = "from filelock import FileLock\nwith FileLock('models/.lock'):\n    print('held', flush=True)\n    input()\n"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", code], cwd=own.root, **pipes))
    stack.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return {}


def take_the_server(own: Own, stack: ExitStack) -> dict[str, str]:
    return {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}


def empty_a_decision(own: Own, stack: ExitStack) -> dict[str, str]:
    for path in (own.models / "decisions").glob("*.json"):
        path.write_text("", encoding="utf-8")
    return {}


def take_the_decisions(own: Own, stack: ExitStack) -> dict[str, str]:
    """Nothing can be written there; permissions would not keep root from it."""
    shutil.rmtree(own.models / "decisions")
    (own.models / "decisions").write_text("", encoding="utf-8")
    return {}


def tear_the_journal(own: Own, stack: ExitStack) -> dict[str, str]:
    with (own.models / placements.NAME).open("ab") as file:
        file.write(b'{"n": 3, "time": "20')
    return {}


def take_the_store(own: Own, stack: ExitStack) -> dict[str, str]:
    return {"PIPELINE_STORE": "s3://bucket/gone", **UNREACHABLE}


def block_the_store(own: Own, stack: ExitStack) -> dict[str, str]:
    return {"PIPELINE_STORE": "/proc/none/store"}


def damage_the_registry(own: Own, stack: ExitStack) -> dict[str, str]:
    (own.models / "registry.db").write_bytes(b"\0" * 4096)
    return {}


def damage_the_settings(own: Own, stack: ExitStack) -> dict[str, str]:
    (own.root / "pipeline.toml").write_text("[", encoding="utf-8")
    return {}


def take_the_production_folder(own: Own, stack: ExitStack) -> dict[str, str]:
    shutil.rmtree(own.models / "production")
    return {}


def take_the_base(own: Own, stack: ExitStack) -> dict[str, str]:
    (own.models / ".store.json").write_text("{", encoding="utf-8")
    return {}


TAKEN: list[Callable[[Own, ExitStack], dict[str, str]]] = [
    *(hold_the_lock, take_the_server, empty_a_decision, take_the_decisions, tear_the_journal, take_the_store),
    *(block_the_store, damage_the_registry, damage_the_settings, take_the_production_folder, take_the_base),
]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize("take", TAKEN, ids=lambda take: take.__name__)
def test_emergencies_need_nothing_else(
    own: Own, take: Callable[[Own, ExitStack], dict[str, str]], stack: ExitStack
) -> None:
    first, second = own.placed
    tried = candidate(own)
    env = take(own, stack)
    own.do("rollout.py", "set", "0", env=env)
    assert own.percent(tried) == 0
    own.do("rollout.py", "set", "20", env=env)
    assert own.percent(tried) == 20
    own.do("rollout.py", "abort", env=env)
    assert (own.percent(tried), own.percent(second)) == (0, 100)
    own.do("promote.py", "--rollback", env=env)
    assert own.placed == [first, second, first]
    folder = json.loads((own.models / "production" / "manifest.json").read_text("utf-8"))
    assert folder["version"] == first
    assert own.do("rollout.py", "status", env=env)["production"] == first


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\0", b"[]"], ids=["empty", "cut", "bytes", "a list"])
@pytest.mark.parametrize("words", [("abort",), ("set", "0")], ids=" ".join)
def test_a_damaged_traffic_is_no_obstacle(own: Own, damage: bytes, words: tuple[str, ...]) -> None:
    tried = candidate(own)
    (own.models / traffic.NAME).write_bytes(damage)
    assert "is damaged, so production answers all" in own.do("rollout.py", "status")["damaged"]
    own.do("rollout.py", *words)
    assert own.percent(tried) == 0
    assert own.do("rollout.py", "status")["rollout"] is None


def test_a_rollback_ends_a_rollout_also_where_its_file_cannot_be_written(own: Own) -> None:
    tried = candidate(own)
    (own.models / traffic.NAME).unlink()
    (own.models / traffic.NAME).mkdir()
    first, second = own.placed
    done = own.ended("promote.py", "--rollback")
    assert done.returncode == DONE, done.stderr
    assert own.placed == [first, second, first]
    assert "the next command repairs it" in done.stderr
    assert tried not in own.placed


def test_emergencies_import_neither_mlflow_nor_anything_installed(own: Own) -> None:
    for words in (("rollout.py", "set", "0"), ("rollout.py", "abort"), ("promote.py", "--rollback")):
        done = run("-S", "-X", "importtime", *words, cwd=own.root)
        assert done.returncode == DONE, done.stderr
        modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
        assert "nbexport_runtime" in modules
        assert modules & {"mlflow", "pandas", "numpy", "filelock", "fsspec", "sqlalchemy", "torch"} == set()


def test_an_emergency_reaches_the_store_and_a_promotion_there_comes_first(own: Own, tmp_path: Path) -> None:
    first, second = own.placed
    third = candidate(own)
    store = str(tmp_path / "project" / ".store")
    other = Own(tmp_path / "other")
    shutil.copytree(own.root, other.root, symlinks=True)
    # the other machine finishes the rollout; this one rolls back, and does not reach the store
    other.do("rollout.py", "finish", env={"PIPELINE_STORE": store})
    done = own.ended("promote.py", "--rollback", env={"PIPELINE_STORE": "/proc/none/store"})
    assert done.returncode == DONE, done.stderr
    assert "the next command brings it to the store" in done.stderr
    own.do("registry.py", "sync", env={"PIPELINE_STORE": store})
    assert own.placed == [first, second, third, first]
    other.do("registry.py", "sync", env={"PIPELINE_STORE": store})
    assert other.placed == own.placed
    assert [p.n for p in placements.read(other.models / placements.NAME).placements] == [1, 2, 3, 4]
    assert own.percent(third) == 0
    own.agree()


# ---------------------------------------------------------------------- what earlier exports left


def test_a_project_without_a_journal_is_adopted_with_its_rollout(own: Own) -> None:
    first, second = own.placed
    tried, state = candidate(own), own.shares
    assert state is not None
    (own.models / placements.NAME).unlink()
    (own.models / traffic.NAME).unlink()
    old = {
        "candidate": f"versions/{tried}",
        "version": tried,
        "percent": 25.0,
        "salt": state.salt,
        "started": state.started,
        "key_header": state.key_header,
    }
    (own.models / "rollout.json").write_text(json.dumps(old), encoding="utf-8")
    shutil.rmtree(own.root / ".store")
    (own.models / ".store.json").unlink()
    own.do("registry.py", "sync")
    assert (own.production.version, own.production.reason) == (second, placements.ADOPTED)
    assert own.percent(tried) == 25
    assert own.shares is not None
    assert own.shares.salt == state.salt
    assert not (own.models / "rollout.json").exists()
    own.agree()
    # there is no journal of what was before; who knows it names it
    assert "name a version" in own.do("promote.py", "--rollback", code=TROUBLE)["error"]
    assert own.do("promote.py", "--rollback", first)["candidate"] == first


def test_the_first_command_may_be_an_emergency(own: Own) -> None:
    first, second = own.placed
    (own.models / placements.NAME).unlink()
    own.do("promote.py", "--rollback", first)
    assert [p.reason for p in placements.read(own.models / placements.NAME).placements] == [
        placements.ADOPTED,
        placements.ROLLED_BACK,
    ]
    assert own.placed == [second, first]


# ---------------------------------------------------------------------- what a kill leaves


def test_a_cut_between_the_line_and_what_follows_is_repaired_by_the_next_command(own: Own) -> None:
    first, second = own.placed
    sha256 = placements.digest(own.models / "versions" / first)
    journal = own.models / placements.NAME
    placements.append(journal, version=first, manifest_sha256=sha256, reason=placements.ROLLED_BACK)
    # the file of the traffic is there, and stale
    assert own.shares is None
    own.agree()
    assert traffic.read(own.models / traffic.NAME).candidates == ()  # type: ignore[union-attr]
    own.do("promote.py", "--rollback", second)
    assert own.shares is not None
    assert own.shares.candidates == ()


def test_a_version_that_is_gone_or_changed_comes_back_from_the_store(own: Own) -> None:
    version = own.models / "versions" / own.production.version
    manifest = version / "manifest.json"
    content = manifest.read_bytes()
    manifest.chmod(0o644)
    manifest.write_bytes(content + b" ")
    own.do("registry.py", "sync")
    assert manifest.read_bytes() == content
    shutil.rmtree(version)
    own.do("registry.py", "sync")
    own.agree()


def children(pid: int) -> set[int]:
    """The processes that a process started, and those that they started."""
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            child = int(path.parent.name)
            found |= {child} | children(child)
    return found


def test_a_killed_retraining_takes_its_training_along(own: Own) -> None:
    own.do("rollout.py", "abort")
    model = own.root / "model.py"
    text = model.read_text("utf-8")
    assert text.count("    weight = sum(rows) * rate\n") == 1
    waits = "    import time\n\n    time.sleep(600)\n"
    model.write_text(
        text.replace("    weight = sum(rows) * rate\n", waits + "    weight = sum(rows) * rate\n"), "utf-8"
    )
    words = [sys.executable, "retrain.py"]
    with subprocess.Popen(
        words, cwd=own.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **QUIET}
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "INFO" in line and "training sound.py" in line:
                break
        else:
            pytest.fail("the training did not begin")
        started = children(process.pid)
        assert started
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))


# ---------------------------------------------------------------------- housekeeping


def test_what_may_go_is_named_first_and_removed_on_request(own: Own) -> None:
    first, second = own.placed
    tried = candidate(own)
    own.do("rollout.py", "finish")
    own.do("retrain.py", "--", "--rate", "0.2", code=REFUSED)
    (refused,) = {path.name for path in (own.models / "versions").iterdir()} - {first, second, tried}
    own.do("registry.py", "sync")
    half = own.models / "versions" / ".20260101-abcd1234"
    fresh = own.models / ".production-abcd1235"
    for folder in (half, fresh):
        folder.mkdir()
        (folder / "weights").write_bytes(b"w" * 1000)
    old = 1_000_000_000
    for name in (first, second, tried, refused, half.name):
        for path in (own.models / "versions" / name).rglob("*"):
            os.utime(path, (old, old))
        os.utime(own.models / "versions" / name, (old, old))
    # `candidate` names the refused one until there is another
    outcome = own.do("registry.py", "prune", "--placings", "2")
    paths = {entry["path"] for entry in outcome["leftovers"]}
    assert paths == {f"models/versions/{half.name}", f"models/versions/{first}"}
    assert outcome["size_bytes"] >= 1000
    assert half.exists()
    own.do("registry.py", "prune", "--placings", "2", "--yes")
    assert not half.exists()
    assert not (own.models / "versions" / first).exists()
    assert fresh.exists()
    own.agree()
    # it comes back from the store where it is needed
    assert own.do("promote.py", "--rollback", first)["candidate"] == first
    own.agree()
