"""What jobs are made of: their runner, their history, what they are told, and what the panel is told of files."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from pathlib import Path

import psutil
import pytest
from conftest import SOUND

from nbexport import api, disk
from nbexport.disk import durable
from nbexport.errors import NbexportError
from nbexport.lab.jobs import exporting, runner, serving, verifying
from nbexport.lab.jobs.asked import Asked
from nbexport.lab.jobs.history import SERVER_GONE, History
from nbexport.lab.jobs.job import MOST_LINES, FailedError, Job
from nbexport.lab.jobs.runner import Runner
from nbexport.lab.routes.planning import digest_of
from nbexport.lab.wire import files
from nbexport.lab.wire.types import JobKind, JobState, Purpose
from nbexport.lab.wire.verdicts import verdict
from nbexport.plan import Action, ExportRequest, Plan
from nbexport.report.causes import EXPLANATIONS
from nbexport.verify.verification import (
    Cause,
    Difference,
    DifferenceKind,
    PassedOver,
    Rehearsed,
    StepOutcome,
    Unrepeated,
    Verification,
)


def job_of(folder: Path, kind: JobKind = JobKind.TEST) -> Job:
    return Job(kind, notebook="a.ipynb", place=folder / "a.ipynb", folder="a", project=folder / "a", level=1)


@pytest.fixture
def made(tmp_path: Path) -> Runner:
    return Runner(History(tmp_path / "history"), root=tmp_path, log=logging.getLogger("jobs"))


def finished(made: Runner, job: Job, work: runner.Work) -> Job:
    made.begin(job, work)
    assert job.over.wait(60)
    return job


# --------------------------------------------------------------------------- the runner


def test_each_way_in_which_a_job_ends_is_said(made: Runner, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def raises(error: Exception) -> runner.Work:
        def work(_: Job) -> None:
            raise error

        return work

    assert finished(made, job_of(tmp_path), lambda job: None).state is JobState.DONE
    failed = finished(made, job_of(tmp_path), raises(FailedError("No.", why="so", fix="do"))).wire()
    assert (failed["state"], failed["problem"]) == ("failed", {"message": "No.", "why": "so", "fix": "do"})
    error = NbexportError(f"`{tmp_path}/a/b.py` is odd", why="`x`", fix="run `nbexport check`")
    told = finished(made, job_of(tmp_path), raises(error)).wire()
    assert told["problem"] == {"message": "a/b.py is odd", "why": "x", "fix": ""}
    bug = finished(made, job_of(tmp_path), raises(ValueError("secret inner matter"))).wire()
    assert bug["problem"] == {"message": "This failed.", "why": "", "fix": "The server's log says more."}
    assert "secret inner matter" in caplog.text
    assert [job["state"] for job in made.of(tmp_path / "a.ipynb")] == ["failed", "failed", "failed", "done"]


def test_a_server_that_ends_waits_for_its_jobs_and_begins_no_more(made: Runner, tmp_path: Path) -> None:
    gone = threading.Event()

    def work(job: Job) -> None:
        with job.stop.holding(gone.set):
            gone.wait()

    first, waiting = job_of(tmp_path, JobKind.VERIFY), job_of(tmp_path, JobKind.VERIFY)
    made.begin(first, work)
    made.begin(waiting, work)
    assert waiting.state is JobState.WAITING
    made.end()
    for job in (first, waiting):
        assert job.over.is_set()
        assert (job.state, job.problem) == (JobState.FAILED, SERVER_GONE)
    with pytest.raises(FailedError, match="stopping"):
        made.begin(job_of(tmp_path), work)


def test_a_server_runs_so_many_jobs_and_no_more(made: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MOST_AT_ONCE", 1)
    go_on = threading.Event()
    first = job_of(tmp_path)
    made.begin(first, lambda job: go_on.wait() and None)
    with pytest.raises(FailedError, match="Too many jobs"):
        made.begin(job_of(tmp_path), lambda job: None)
    go_on.set()
    assert first.over.wait(60)
    assert finished(made, job_of(tmp_path), lambda job: None).state is JobState.DONE


def test_lines_are_bounded_and_steps_never_pass_their_number(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    for number in range(MOST_LINES + 5):
        job.say(f"{number} \x1b[31m" + "x" * 1000)
    lines = job.wire()["lines"]
    assert (len(lines), lines[0][:2], max(map(len, lines))) == (MOST_LINES, "5 ", 500)
    assert "\x1b" not in "".join(lines)
    job.next("a")
    assert (job.wire()["step"], job.wire()["steps"]) == (0, 0)
    job.expect(1)
    job.next("b")
    assert (job.wire()["step"], job.wire()["steps"], job.wire()["doing"]) == (2, 2, "b")


# --------------------------------------------------------------------------- the history


def test_a_damaged_history_loses_only_what_is_damaged(tmp_path: Path) -> None:
    history, kept = History(tmp_path), job_of(tmp_path)
    kept.end(JobState.DONE)
    path = tmp_path / "jobs.jsonl"
    path.write_bytes(b'\xff\xfe\n[]\n{"server": 1}\n{"server": 1, "place": "", "job": {"kind": "x"}}\n{"half')
    history.add(kept)
    assert [job["id"] for job in history.of(tmp_path / "a.ipynb")] == [kept.id]
    assert history.find("absent") is None


def test_a_job_that_ends_after_its_notebook_was_renamed_is_that_of_the_new_name(tmp_path: Path) -> None:
    history, job = History(tmp_path), job_of(tmp_path)
    before, after = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    job.state = JobState.RUNNING
    history.add(job)
    history.move(before, after)
    history.move(tmp_path / "unknown.ipynb", tmp_path / "other.ipynb")
    job.end(JobState.DONE)
    history.add(job)  # of a server that was not told
    assert history.of(before) == []
    assert [(found["id"], found["state"]) for found in history.of(after)] == [(job.id, "done")]
    # what is not known is not noted
    assert len((tmp_path / "jobs.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_the_jobs_of_this_session_follow_their_notebook(made: Runner, tmp_path: Path) -> None:
    job = finished(made, job_of(tmp_path), lambda job: None)
    made.move(tmp_path / "a.ipynb", tmp_path / "b.ipynb")
    assert [found["id"] for found in made.of(tmp_path / "b.ipynb")] == [job.id]
    assert made.of(tmp_path / "a.ipynb") == []
    made.move(tmp_path, None)
    assert made.of(tmp_path / "b.ipynb") == []


def test_a_job_without_an_end_has_failed_unless_its_server_lives(tmp_path: Path) -> None:
    history, job = History(tmp_path), job_of(tmp_path)
    job.state = JobState.RUNNING
    history.add(job)
    assert [found["state"] for found in history.of(tmp_path / "a.ipynb")] == ["running"]
    path = tmp_path / "jobs.jsonl"
    # verdicts may hold what is nobody else's business
    assert path.stat().st_mode & 0o077 == 0
    entry = json.loads(path.read_text(encoding="utf-8"))
    # another process has got the number of one that is gone
    entry["server"] = [os.getpid(), psutil.Process().create_time() - 100]
    path.write_text(json.dumps(entry), encoding="utf-8")
    (found,) = history.of(tmp_path / "a.ipynb")
    assert (found["state"], found["problem"], found["ended"]) == ("failed", SERVER_GONE, found["begun"])


def test_a_file_of_lines_is_bounded_and_loses_nothing_of_two_writers(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lines"

    def write(name: str) -> None:
        for number in range(100):
            disk.append_line(path, f"{name}{number}", most_bytes=100_000)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = disk.read_lines(path)
    assert sorted(lines) == sorted(f"{name}{number}" for name in "ab" for number in range(100))
    disk.append_line(path, "last", most_bytes=200)
    kept = disk.read_lines(path)
    assert kept == [*lines, "last"][-len(kept) :]
    assert 10 < len(kept) < 40
    with pytest.raises(NbexportError):
        disk.append_line(path / "below", "x", most_bytes=1)


# --------------------------------------------------------------------------- exports


def asked_for(notebook: Path, *, level: int = 2) -> Asked:
    none: frozenset[str] = frozenset()
    project = notebook.parent / "made"
    plan = api.plan(ExportRequest(notebook, project, level))
    assert isinstance(plan, Plan)
    digest = digest_of(plan)
    return Asked(
        JobKind.EXPORT,
        "work/sound.py",
        "work/made",
        notebook,
        (notebook,),
        project,
        None,
        level,
        None,
        None,
        False,
        digest,
        none,
        none,
        {},
    )


def test_a_full_disk_leaves_nothing_half_written(
    made: Runner, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_for(sound)
    plan = exporting.chosen(asked)
    store, count = durable.store, list[Path]()

    def full(path: Path, content: bytes, mode: int) -> None:
        count.append(path)
        if len(count) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        store(path, content, mode)

    monkeypatch.setattr(durable, "store", full)
    job = finished(made, job_of(tmp_path, JobKind.EXPORT), lambda job: exporting.export(job, asked, plan) and None)
    assert (job.state, job.applied) == (JobState.FAILED, None)
    assert job.problem is not None
    assert job.problem["message"] == "The project cannot be written there; everything is as it was before."
    assert job.problem["why"] == "No space left on device"
    assert not asked.project.exists()
    assert [path.name for path in sound.parent.iterdir()] == [sound.name]


# --------------------------------------------------------------------------- files


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_each_file_of_the_largest_project_has_a_purpose(sound: Path, ci: str) -> None:
    plan = api.plan(ExportRequest(sound, sound.parent / "made", 4, ci=ci))
    assert isinstance(plan, Plan)
    found = {change.path: files.purpose(change) for change in plan.changes}
    # what nothing names would be taken for the notebook's data, of which this one has none
    assert [path for path, purpose in found.items() if purpose is Purpose.DATA] == []
    assert set(found.values()) == set(Purpose) - {Purpose.DATA}
    assert {path for path, purpose in found.items() if purpose is Purpose.CODE} == {
        "definitions.py",
        "model.py",
        "train.py",
    }
    assert found["nbexport_runtime/__init__.py"] is Purpose.RUNTIME
    assert (found["serve.py"], found["retrain.py"], found["guard.py"]) == (
        Purpose.SERVICE,
        Purpose.PIPELINE,
        Purpose.PLATFORM,
    )


def test_texts_to_compare_come_with_files_that_would_change(sound: Path) -> None:
    folder = sound.parent / "made"
    request = ExportRequest(sound, folder, 2)
    first = api.plan(request)
    assert isinstance(first, Plan)
    api.apply(first)
    train = folder / "train.py"
    was = train.read_text(encoding="utf-8")
    train.write_text(f"{was}# mine\n", encoding="utf-8")
    sound.write_text(SOUND.replace("step size", "size of a step"), encoding="utf-8")
    plan = api.plan(ExportRequest(sound, folder, 1))
    last = disk.written(folder)
    assert isinstance(plan, Plan)
    assert last is not None
    found = {change.path: files.file(change, last.base) for change in plan.changes}
    merged = found["train.py"]
    assert (merged["action"], merged["before"], merged["base"]) == (Action.MERGE, f"{was}# mine\n", was)
    assert "size of a step" in str(merged["text"])
    gone = found["serve.py"]
    assert (gone["action"], gone["text"], gone["base"]) == (Action.ORPHAN, None, gone["before"])
    same = found["definitions.py"]
    assert (same["action"], same["before"], same["base"]) == (Action.SAME, None, None)


# --------------------------------------------------------------------------- verdicts


def verification(**changes: object) -> Verification:
    usual: dict[str, object] = {
        "notebook": "a.ipynb",
        "digest": "d",
        "equal": True,
        "tolerance": 0.0,
        "metrics": ("loss", "accuracy"),
        "values": ("model", "scale"),
        "predictions": 1,
        "differences": (),
        "edited": (),
        "figures": {"loss": 0.25, "accuracy": 0.8431231231},
        "shown": {"model": "Model", "scale": "2"},
        "answers": (("predict(1)", "3.0"),),
    }
    return Verification(**{**usual, **changes})  # type: ignore[arg-type]


def test_differing_figures_come_first_and_equal_ones_have_their_values() -> None:
    differences = (
        Difference(DifferenceKind.METRIC, "accuracy", "0.5", "0.75"),
        Difference(DifferenceKind.VALUE, "model.weights[0]", "float64 array", "float32 array"),
    )
    told = verdict(verification(equal=False, differences=differences), notebook_changed=False)
    rows = [(row["kind"], row["name"], row["project"], row["difference"]) for row in told["figures"]]
    assert rows == [
        ("metric", "accuracy", "0.75", "+0.25 (+50.00%)"),
        ("value", "model.weights[0]", "float32 array", "differs"),
        ("metric", "loss", "0.25", ""),
        ("value", "scale", "2", ""),
        ("prediction", "predict(1)", "3.0", ""),
    ]
    assert [row["equal"] for row in told["figures"]] == [False, False, True, True, True]
    assert told["summary"].startswith("Notebook and project differ in 2 figures.")


@pytest.mark.parametrize("cause", Cause)
def test_a_known_cause_is_explained_without_command_lines(cause: Cause) -> None:
    different = (Difference(DifferenceKind.METRIC, "loss", "1", "2"),)
    told = verdict(verification(equal=False, differences=different, cause=cause, explained=True), notebook_changed=True)
    assert told["cause"] == EXPLANATIONS[cause].why.replace("`", "")
    assert told["fix"]
    assert not any(mark in told["fix"] for mark in ("`", "--", "nbexport", "python "))


def test_the_likely_cause_is_what_is_known_of_the_project() -> None:
    different = {"equal": False, "differences": (Difference(DifferenceKind.METRIC, "loss", "1", "2"),)}
    edited = verification(**different, edited=("model.py",))
    assert verdict(edited, notebook_changed=True)["cause"] == "The notebook was changed after the export."
    assert "edited by hand since the export: model.py" in verdict(edited, notebook_changed=False)["cause"]
    assert "Both repeat" in verdict(verification(**different), notebook_changed=False)["cause"]
    load = (Difference(DifferenceKind.LOAD, "{}", "1", "2"),)
    assert "many ask" in verdict(verification(equal=False, differences=load), notebook_changed=False)["cause"]
    failed = (Rehearsed("ci.yml", "test", "make test", StepOutcome.FAILED, "no"),)
    told = verdict(verification(rehearsed=failed), notebook_changed=False)
    assert (told["equal"], told["cause"]) == (True, "A step of the workflows fails: ci.yml, test, make test.")
    assert "not everything else works" in told["summary"]


def test_remarks_say_what_was_not_compared_and_what_does_not_repeat() -> None:
    found = verification(
        equal=False,
        passed_over=(PassedOver(3, "NameError: x"),),
        missing=("tree",),
        unrepeated=(Unrepeated(DifferenceKind.METRIC, "loss", "1", "2"),),
    )
    told = verdict(found, notebook_changed=False)
    assert told["remarks"] == [
        "metric loss: first run 1, second run 2",
        "cell 3 failed (NameError: x); nothing exported depends on it",
        "not compared: tree",
    ]
    assert told["summary"] == "Two runs of the project differ, so it cannot be compared with the notebook."


def test_a_rehearsal_goes_as_far_as_the_project_has_levels() -> None:
    assert [verifying.rehearsed(level, of=4) for level in (1, 2, 3, 4)] == [0, 0, 3, 4]
    assert [verifying.rehearsed(4, of=level) for level in (1, 2, 3, 4)] == [0, 0, 3, 4]


# --------------------------------------------------------------------------- services


def test_what_is_served_is_what_the_project_would_serve(tmp_path: Path) -> None:
    latest = tmp_path / "models" / "latest"
    assert serving.served(tmp_path) == latest
    (tmp_path / "pipeline.toml").touch()
    assert serving.served(tmp_path) == tmp_path / "models" / "candidate"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "placements.jsonl").touch()
    assert serving.served(tmp_path) is None


def test_a_model_that_is_older_than_its_code_is_trained_again(tmp_path: Path) -> None:
    bundle = tmp_path / "models" / "latest"
    assert serving.is_stale(bundle, tmp_path)
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").touch()
    (tmp_path / "model.py").touch()
    os.utime(tmp_path / "model.py", (1, 1))
    assert not serving.is_stale(bundle, tmp_path)
    os.utime(bundle / "manifest.json", (0, 0))
    assert serving.is_stale(bundle, tmp_path)
