"""How an experiment begins and ends, with real files; what a kill leaves behind is finished by the next command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nbexport_runtime.pipeline import emergency, shares
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import beginning, journal, plan, running
from nbexport_runtime.traffic import placements, traffic
from runtime.platform.experiments.made import planned

ENDS = (journal.STOPPED, journal.SHIPPED, journal.ABORTED)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose production is `v1`, with a plan."""
    own = Project(tmp_path, tmp_path)
    placements.append(own.placements, version="v1", manifest_sha256="0" * 64, reason="promoted")
    plan.write(own, planned())
    return own


@pytest.fixture
def begun(project: Project) -> Project:
    """The same with the experiment under way."""
    beginning.write(project, planned())
    return project


def events(project: Project) -> list[str]:
    return [event.event for event in journal.read(project, "buttons")]


def place(project: Project, version: str, reason: str = "promoted") -> None:
    placements.append(project.placements, version=version, manifest_sha256="0" * 64, reason=reason)


def test_a_start_gives_the_arms_their_shares_and_names(begun: Project) -> None:
    state = traffic.read(begun.traffic)
    assert state is not None
    assert not state.stale(begun.journal.production)
    assert (state.experiment, state.salt) == ("buttons", "salt")
    assert [(arm.name, arm.version, arm.weight_percent) for arm in state.arms] == [
        ("control", "v1", 50.0),
        ("treatment", "v2", 50.0),
    ]
    stand = running.standing(begun, "buttons")
    assert (stand.state, stand.plan_sha256) == ("running", planned().sha256)
    assert events(begun) == ["frozen", "started"]


def test_nothing_else_may_be_under_way(begun: Project) -> None:
    plan.write(begun, planned(name="other"))
    with pytest.raises(PipelineError, match="the experiment `buttons` is under way"):
        beginning.start(begun, "other")
    with pytest.raises(PipelineError, match="buttons` is running since"):
        beginning.start(begun, "buttons")


def test_a_rollout_keeps_an_experiment_from_starting(project: Project) -> None:
    shares.begin(project, "v9", 10.0)
    with pytest.raises(PipelineError, match="a rollout is under way"):
        beginning.start(project, "buttons")
    assert events(project) == []


def test_another_production_than_the_control_is_named(project: Project) -> None:
    place(project, "v5")
    with pytest.raises(PipelineError, match="production is `v5` now, and the control of the plan is `v1`"):
        beginning.start(project, "buttons")


def test_a_stop_sends_all_to_production_and_is_done_once(begun: Project) -> None:
    stopped = running.stop(begun, "buttons", "enough seen")
    assert shares.under_way(begun) is None
    assert stopped.facts["state"] == "stopped"
    again = running.stop(begun, "buttons", "another reason")
    assert again.facts == stopped.facts
    assert events(begun) == ["frozen", "started", "stopping", "stopped"]


def test_a_stop_needs_no_plan(begun: Project) -> None:
    plan.path_of(begun, "buttons").write_text("{", encoding="utf-8")
    running.stop(begun, "buttons", "x")
    assert shares.under_way(begun) is None


FULL = """
import resource, sys
from pathlib import Path
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import running

resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
root = Path(sys.argv[1])
print("\\n".join(running.stop(Project(root, root), "buttons", "enough").lines))
"""


def test_a_journal_that_cannot_be_written_keeps_nobody_from_stopping(begun: Project) -> None:
    for number in range(400):
        journal.append(begun, journal.FROZEN, None, experiment=f"other-{number}", plan_sha256="0" * 64)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(begun.root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "production answers all" in done.stdout
    assert "experiments.jsonl` cannot be written" in done.stdout
    assert shares.under_way(begun) is None
    assert running.standing(begun, "buttons").state == "aborted"


def test_what_never_began_cannot_be_stopped(project: Project) -> None:
    with pytest.raises(PipelineError, match="has not begun"):
        running.stop(project, "buttons", "x")


def test_an_emergency_ends_it_too_and_then_it_is_aborted(begun: Project) -> None:
    emergency.abort(begun)
    stand = running.standing(begun, "buttons")
    assert (stand.state, "rollout.py abort" in stand.reason) == ("aborted", True)
    assert running.standing(begun, "buttons") == stand
    assert events(begun) == ["frozen", "started", "aborted"]


def test_a_share_of_nothing_ends_it_and_no_other_share_may_be_set(begun: Project) -> None:
    with pytest.raises(PipelineError, match="its shares stay as they were planned"):
        emergency.change(begun, 20.0)
    assert running.standing(begun, "buttons").state == "running"
    emergency.change(begun, 0.0)
    assert shares.under_way(begun) is None
    assert running.standing(begun, "buttons").state == "aborted"


def test_a_promotion_ends_it_with_the_reason(begun: Project) -> None:
    place(begun, "v7")
    stand = running.standing(begun, "buttons")
    assert (stand.state, stand.reason) == ("aborted", "v7 became production (promoted)")
    shares.end(begun)
    assert running.standing(begun, "buttons") == stand


def test_shares_that_somebody_wrote_by_hand_end_it(begun: Project) -> None:
    content = json.loads(begun.traffic.read_text("utf-8"))
    content["arms"][0]["weight_percent"], content["arms"][1]["weight_percent"] = 90, 10
    begun.traffic.write_text(json.dumps(content), encoding="utf-8")
    assert running.standing(begun, "buttons").reason == "its arms or shares were changed"


def test_a_damaged_file_of_the_traffic_ends_it(begun: Project) -> None:
    begun.traffic.write_text("{", encoding="utf-8")
    stand = running.standing(begun, "buttons")
    assert (stand.state, "was damaged" in stand.reason) == ("aborted", True)


def test_torn_lines_of_the_journal_are_passed_over(begun: Project) -> None:
    path = begun.models / journal.NAME
    path.write_bytes(path.read_bytes() + b'{"time": "2026')
    running.stop(begun, "buttons", "x")
    assert events(begun) == ["frozen", "started", "stopping", "stopped"]


def test_status_shows_all_and_names_what_is_changed(begun: Project) -> None:
    plan.write(begun, planned(name="later"))
    shown = running.status(begun)
    assert [one["state"] for one in shown.facts["experiments"]] == ["running", "planned"]
    plan.write(begun, planned(minimum_effect=0.5))
    assert any("was changed after the start" in line for line in running.status(begun, "buttons").lines)


# ---------------------------------------------------------------------- a winner that is being placed


def deciding(project: Project) -> None:
    """The command has decided to ship `v2`, and was killed then."""
    last = journal.read(project, "buttons")[-1]
    journal.append(project, journal.STOPPING, last, version="v2", reason="better")


def test_a_winner_that_was_placed_is_shipped_once(begun: Project) -> None:
    deciding(begun)
    place(begun, "v2", "rollout finished")
    stand = running.standing(begun, "buttons")
    assert (stand.state, stand.version, stand.reason) == ("shipped", "v2", "better")
    assert running.standing(begun, "buttons") == stand
    assert running.stop(begun, "buttons", "x").facts == stand.facts()
    assert events(begun).count(journal.SHIPPED) == 1


def test_a_winner_that_was_not_placed_is_named_and_may_still_be_stopped(begun: Project) -> None:
    deciding(begun)
    assert running.standing(begun, "buttons").state == "stopping"
    assert any("--ship` again, or stop it" in line for line in running.status(begun, "buttons").lines)
    assert running.stop(begun, "buttons", "no").facts["state"] == "stopped"
    assert shares.under_way(begun) is None


def test_a_winner_whose_traffic_somebody_ended_is_not_placed_later(begun: Project) -> None:
    deciding(begun)
    emergency.abort(begun)
    assert running.standing(begun, "buttons").state == "stopped"


# ---------------------------------------------------------------------- kill -9

KILLED = """
import os, signal, sys
from pathlib import Path
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import beginning, journal, plan, running
from nbexport_runtime.traffic import placements

def count(function):
    def counted(*args, **kwargs):
        state["left"] -= 1
        if state["left"] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return counted

# whatever reaches the disk: a kill comes before each of them, one after the other
os.write, os.fsync, os.open = count(os.write), count(os.fsync), count(os.open)
Path.replace = count(Path.replace)
root = Path(sys.argv[1])
project = Project(root, root)
action = {
    "start": lambda: beginning.write(project, plan.read(project, "buttons")),
    "stop": lambda: running.stop(project, "buttons", "enough"),
}[sys.argv[2]]
for number in range(100):
    state = {"left": 10**9}
    child = os.fork()
    if not child:
        state["left"] = number
        try:
            action()
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    state["left"] = 10**9
    print(number, os.waitstatus_to_exitcode(status), running.standing(project, "buttons").state, flush=True)
    if not status or sys.argv[2] == "start" and running.standing(project, "buttons").state == "running":
        break
"""


def killed(project: Project, action: str) -> list[list[str]]:
    """An action that is killed before its first step on the disk, done again and killed before its second, …"""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(project.root), action],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_a_stop_that_is_killed_anywhere_is_finished_by_the_next_command(begun: Project) -> None:
    steps = killed(begun, "stop")
    assert len(steps) > 3
    assert steps[-1][1:] == ["0", "stopped"]
    assert {code for _, code, _ in steps[:-1]} == {str(-signal.SIGKILL)}
    assert shares.under_way(begun) is None
    # nothing was lost, nothing happened twice
    assert [event for event in events(begun) if event in ENDS] == [journal.STOPPED]
    assert events(begun).count(journal.STARTED) == 1


def test_a_start_that_is_killed_anywhere_has_begun_or_not(project: Project) -> None:
    steps = killed(project, "start")
    assert [state for _, _, state in steps] == ["planned"] * (len(steps) - 1) + ["running"]
    assert events(project).count(journal.STARTED) == 1
    state = shares.under_way(project)
    assert state is not None
    assert state.experiment == "buttons"
