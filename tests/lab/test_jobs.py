"""Jobs live on the server: they are seen from everywhere, can be cancelled, end with it, and are remembered."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from conftest import SOUND
from lab.jupyter import TOKEN, Jupyter, running
from lab.test_server import ESCAPES, as_content, kernels, prepare_outside
from projects.serving import until

from nbexport import api
from nbexport.lab.jobs.history import SERVER_GONE, History
from nbexport.lab.jobs.routes import JOB_ROUTES
from nbexport.lab.routes.planning import digest_of
from nbexport.plan import ExportRequest, Plan

SLOW = SOUND.replace("rows = [1.0, 2.0, 3.0]", "import time\ntime.sleep(600)\nrows = [1.0, 2.0, 3.0]")
KINDS = ("export", "verify", "test", "serve")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("server")) as found:
        write(found, "some.ipynb", SOUND)
        yield found


def write(server: Jupyter, name: str, text: str) -> dict[str, Any]:
    """A notebook in the server's root; its content as the browser has it."""
    content = as_content(text)
    (server.root / name).write_text(json.dumps(content), encoding="utf-8")
    return content


def request(**changes: Any) -> dict[str, Any]:
    return {"path": "some.ipynb", "content": as_content(SOUND), "level": 2, "output": "made", **changes}


def begin(server: Jupyter, kind: str, **changes: Any) -> dict[str, Any]:
    """A job as it begins."""
    answer = server.api("jobs", request(kind=kind, **changes))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def export(server: Jupyter, **changes: Any) -> dict[str, Any]:
    """What an export of what is previewed comes to."""
    plan = server.api("plan", request(**changes)).json()
    return follow(server, begin(server, "export", **{"digest": plan["digest"], **changes}))


def is_over(job: dict[str, Any]) -> bool:
    return job["state"] not in ("waiting", "running")


def follow(
    server: Jupyter, job: dict[str, Any], happened: Callable[[dict[str, Any]], bool] = is_over
) -> dict[str, Any]:
    """A job as soon as something has happened."""
    found = [job]

    def look() -> bool:
        found.append(server.api(f"jobs/{job['id']}").json())
        return happened(found[-1]) or is_over(found[-1])

    until(look)
    assert happened(found[-1]), found[-1]
    return found[-1]


def delete(server: Jupyter, job: dict[str, Any], *, token: str = TOKEN) -> httpx.Response:
    """The answer to a wish to cancel."""
    headers = {"Authorization": f"token {token}"}
    return httpx.delete(f"{server.url}/nbexport/api/jobs/{job['id']}", headers=headers, timeout=60)


def cancelled(server: Jupyter, job: dict[str, Any]) -> bool:
    """Whether a job has ended as cancelled, once somebody wished it to."""
    assert delete(server, job).status_code == 200
    return bool(follow(server, job)["state"] == "cancelled")


def jobs(server: Jupyter, notebook: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.api(f"jobs?notebook={notebook}").json()["jobs"]
    return found


def without_service_tests(server: Jupyter, output: str) -> None:
    """Leave a project the quick ones of its tests."""
    (server.root / output / "tests" / "test_service.py").unlink()


def test_export_verify_test_serve_ask(server: Jupyter) -> None:
    done = export(server, output="story")
    assert (done["state"], done["applied"]["open"], done["folder"]) == ("done", "story/train.py", "story")
    assert done["applied"]["written"] > 20
    assert (server.root / "story" / "serve.py").is_file()

    verified = follow(server, begin(server, "verify", output="story"))
    assert verified["state"] == "done", verified
    # every step was foreseen
    assert (verified["step"], verified["steps"]) == (10, 10)
    verdict = verified["verdict"]
    assert (verdict["equal"], verdict["verified"], verdict["cause"]) == (True, True, "")
    figures = {(row["kind"], row["name"]): (row["notebook"], row["project"]) for row in verdict["figures"]}
    assert figures["metric", "weight"] == ("3.0", "3.0")
    assert figures["prediction", "predict(2.0)"] == ("6.0", "6.0")

    without_service_tests(server, "story")
    tested = follow(server, begin(server, "test", output="story"))
    assert tested["state"] == "done", tested
    assert (tested["step"], tested["steps"], tested["doing"]) == (5, 5, "5 passed")
    assert any("test_training_succeeds PASSED" in line for line in tested["lines"])
    assert not list((server.root / "story").glob(".*cache"))

    served = follow(server, begin(server, "serve", output="story"), lambda job: bool(job["ready"]))
    assert (served["state"], served["steps"], served["examples"]) == ("running", 2, ['{"row": 2.0}'])
    asked = {"method": "POST", "path": "/predict", "body": served["examples"][0]}
    answer = server.api(f"jobs/{served['id']}/ask", asked).json()
    assert (answer["status"], json.loads(answer["body"])["result"]) == (200, 6.0)
    assert answer["milliseconds"] > 0
    refused = server.api(f"jobs/{served['id']}/ask", {**asked, "body": "{}"}).json()
    assert refused["status"] == 422
    for odd in ({"path": "predict"}, {"path": "//elsewhere/"}, {"path": "/a b"}, {"path": "/a\r\nX: y"}, {"path": 3}):
        assert server.api(f"jobs/{served['id']}/ask", {**asked, **odd}).status_code == 400
    for odd, status in (({"method": "DELETE"}, 400), ({"body": 3}, 400), ({"body": "x" * 1_000_001}, 413)):
        assert server.api(f"jobs/{served['id']}/ask", {**asked, **odd}).status_code == status
    # a request that somebody tries is not traffic
    assert not (server.root / "story" / "logs").exists()

    # one service of a notebook at a time; this one has its model
    again = follow(server, begin(server, "serve", output="story"), lambda job: bool(job["ready"]))
    assert again["steps"] == 1
    assert follow(server, served)["state"] == "cancelled"
    assert server.api(f"jobs/{served['id']}/ask", asked).status_code == 409
    (service,) = [process for process in below(server) if "serve:app" in process.cmdline()]
    assert cancelled(server, again)
    until(lambda: not service.is_running())

    # another browser, or the same after a reload, sees all of it
    seen = [(job["kind"], job["state"]) for job in jobs(server, "some.ipynb") if job["folder"] == "story"]
    states = ["cancelled", "cancelled", "done", "done", "done"]
    assert seen == list(zip(["serve", "serve", "test", "verify", "export"], states, strict=True))
    assert jobs(server, "other.ipynb") == []


def below(server: Jupyter) -> list[psutil.Process]:
    """What a server has started that still runs."""
    return psutil.Process(server.process.pid).children(recursive=True)


def test_verifications_wait_for_each_other_and_are_cancelled_with_their_processes(server: Jupyter) -> None:
    slow = {"path": "slow.ipynb", "content": write(server, "slow.ipynb", SLOW), "level": 1}
    export(server, **slow, output="slow")
    export(server, **slow, output="slow2")
    first = follow(server, begin(server, "verify", **slow, output="slow"), lambda job: job["step"] == 2)
    assert (first["doing"], first["steps"]) == ("notebook: cell 2", 9)
    second = begin(server, "verify", **slow, output="slow2")
    assert second["state"] == "waiting"
    assert kernels(server.root)
    # what is compared is not written to meanwhile, nor compared twice
    plan = server.api("plan", request(**slow, output="slow")).json()
    for kind in ("export", "verify"):
        busy = server.api("jobs", request(**slow, kind=kind, output="slow", digest=plan["digest"]))
        assert (busy.status_code, busy.json()["message"]) == (409, "This project is being verified.")
    assert cancelled(server, second)
    assert cancelled(server, first)
    until(lambda: not kernels(server.root))
    # one that has ended stays as it is
    assert delete(server, first).json()["state"] == "cancelled"


def test_what_differs_comes_with_its_likely_cause(server: Jupyter) -> None:
    export(server, output="behind", level=1)
    changed = as_content(SOUND.replace("sum(rows) * rate", "sum(rows) * rate + 1"))
    job = follow(server, begin(server, "verify", output="behind", level=1, content=changed))
    verdict = job["verdict"]
    assert (job["state"], verdict["equal"], verdict["verified"]) == ("done", False, False)
    assert (verdict["cause"], verdict["fix"]) == (
        "The notebook was changed after the export.",
        "Export it again, then verify.",
    )
    first = verdict["figures"][0]
    assert (first["name"], first["notebook"], first["project"]) == ("weight", "4.0", "3.0")
    assert (first["difference"], first["equal"]) == ("-1 (-25.00%)", False)


def test_tests_that_fail_say_which(server: Jupyter) -> None:
    export(server, output="failing", level=1)
    tests = server.root / "failing" / "tests"
    (tests / "test_training.py").write_text("def test_planted():\n    assert 1 == 2\n", encoding="utf-8")
    job = follow(server, begin(server, "test", output="failing", level=1))
    assert (job["state"], job["problem"]["message"]) == ("failed", "Some of the project's tests fail.")
    assert "test_planted" in job["problem"]["why"]
    (tests / "test_training.py").unlink()
    job = follow(server, begin(server, "test", output="failing", level=1))
    assert job["problem"]["message"] == "The project has no tests."
    job = follow(server, begin(server, "serve", output="failing", level=1))
    assert job["problem"]["message"] == "This project has no service."


def test_a_pipeline_without_a_model_in_production_serves_its_candidate(server: Jupyter) -> None:
    export(server, output="piped", level=3)
    job = follow(server, begin(server, "serve", output="piped", level=3), lambda job: bool(job["ready"]))
    asked = {"method": "POST", "path": "/predict", "body": job["examples"][0]}
    assert json.loads(server.api(f"jobs/{job['id']}/ask", asked).json()["body"])["result"] == 6.0
    assert not (server.root / "piped" / "models" / "placements.jsonl").exists()
    assert cancelled(server, job)


def test_an_example_that_only_a_run_can_tell_is_offered_as_a_request(server: Jupyter) -> None:
    content = as_content(SOUND.replace("predict(2.0)", "predict(rows[1])"))
    export(server, output="told", content=content)
    job = follow(server, begin(server, "serve", output="told", content=content), lambda job: bool(job["ready"]))
    assert [json.loads(example) for example in job["examples"]] == [{"row": 2.0}]
    asked = {"method": "POST", "path": "/predict", "body": job["examples"][0]}
    assert json.loads(server.api(f"jobs/{job['id']}/ask", asked).json()["body"])["result"] == 6.0
    assert cancelled(server, job)


def test_a_service_that_cannot_start_says_why(server: Jupyter) -> None:
    export(server, output="lame")
    (server.root / "lame" / "serve.py").write_text("raise SystemExit('no service today')\n", encoding="utf-8")
    job = follow(server, begin(server, "serve", output="lame"))
    assert (job["state"], job["problem"]["message"]) == ("failed", "The service does not become ready.")
    assert "no service today" in job["problem"]["why"]
    (server.root / "lame" / "train.py").write_text("raise SystemExit('no training today')\n", encoding="utf-8")
    job = follow(server, begin(server, "serve", output="lame"))
    assert job["problem"]["message"] == "The training fails, so there is no model to serve."
    assert "no training today" in job["problem"]["why"]


def test_conflicts_are_kept_taken_or_merged_by_hand(server: Jupyter) -> None:
    export(server, output="merged")
    model = server.root / "merged" / "model.py"
    yours = model.read_text(encoding="utf-8").replace("sum(rows)", "sum(rows) + 1")
    model.write_text(yours, encoding="utf-8")
    changed = request(output="merged", content=as_content(SOUND.replace("sum(rows)", "sum(rows) + 2")))
    plan = server.api("plan", changed).json()
    (conflict,) = [file for file in plan["files"] if file["action"] == "conflict"]
    assert (conflict["path"], conflict["purpose"], conflict["before"]) == ("model.py", "code", yours)
    assert conflict["base"] == yours.replace(" + 1", "")
    assert "sum(rows) + 2" in conflict["text"]
    wanted = {**changed, "kind": "export", "digest": plan["digest"]}
    refused = server.api("jobs", wanted)
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "model.py would lose what was written by hand.",
    )
    assert server.api("jobs", {**wanted, "texts": {"train.py": ""}}).status_code == 409
    half = json.dumps({**wanted, "texts": {"model.py": "\ud800"}})  # of a character
    headers = {"Authorization": f"token {TOKEN}"}
    assert httpx.post(f"{server.url}/nbexport/api/jobs", content=half, headers=headers, timeout=60).status_code == 400
    merged = yours.replace("+ 1", "+ 1 + 2")
    done = follow(server, server.api("jobs", {**wanted, "texts": {"model.py": merged}}).json())
    assert done["state"] == "done", done
    assert model.read_text(encoding="utf-8") == merged
    assert not model.with_name("model.py.orig").exists()
    # it is settled: the next export leaves it
    again = server.api("plan", changed).json()
    assert {file["path"]: file["action"] for file in again["files"]}["model.py"] == "same"
    stale = server.api("jobs", wanted)
    assert (stale.status_code, "since the preview" in stale.json()["message"]) == (409, True)


def test_ci_and_strictness_are_chosen(server: Jupyter) -> None:
    done = export(server, output="lab", level=1, ci="gitlab")
    assert done["state"] == "done"
    assert (server.root / "lab" / ".gitlab-ci.yml").is_file()
    assert not (server.root / "lab" / ".github").exists()
    warned = as_content(
        SOUND.replace('# %% tags=["train"]', '# %%\nimport somelib\nsomelib.inspect(rows)\n# %% tags=["train"]')
    )
    plan = server.api("plan", request(output="strict", content=warned)).json()
    body = request(kind="export", output="strict", content=warned, digest=plan["digest"], strict=True)
    refused = server.api("jobs", body)
    assert (refused.status_code, refused.json()["message"]) == (409, "The notebook cannot be exported.")
    assert "cell 3: " in refused.json()["why"]
    assert follow(server, server.api("jobs", {**body, "strict": False}).json())["state"] == "done"


def test_a_renamed_notebook_keeps_its_jobs_and_a_copy_or_a_new_one_has_none(server: Jupyter) -> None:
    def change(method: str, where: str, **body: Any) -> None:
        headers = {"Authorization": f"token {TOKEN}"}
        address = f"{server.url}/api/contents/{where}"
        answer = httpx.request(method, address, json=body or None, headers=headers, timeout=60)
        assert answer.status_code < 300, answer.text

    (server.root / "moving").mkdir()
    write(server, "moving/first.ipynb", SOUND)
    done = export(server, path="moving/first.ipynb", output="moved", level=1)
    change("POST", "moving", copy_from="moving/first.ipynb")
    assert jobs(server, "moving/first-Copy1.ipynb") == []
    change("PATCH", "moving/first.ipynb", path="moving/second.ipynb")
    assert [(job["id"], job["notebook"]) for job in jobs(server, "moving/second.ipynb")] == [
        (done["id"], "moving/second.ipynb")
    ]
    # another one of the old name, and a folder that is renamed
    write(server, "moving/first.ipynb", SOUND)
    assert jobs(server, "moving/first.ipynb") == []
    change("PATCH", "moving", path="elsewhere")
    assert [job["id"] for job in jobs(server, "elsewhere/second.ipynb")] == [done["id"]]
    change("DELETE", "elsewhere/second.ipynb")
    write(server, "elsewhere/second.ipynb", SOUND)
    assert jobs(server, "elsewhere/second.ipynb") == []
    assert server.api(f"jobs/{done['id']}").json()["state"] == "done"


@pytest.mark.parametrize(("name", "content"), [("unsaved.ipynb", as_content(SOUND)), ("unsaved.py", SOUND)])
def test_a_notebook_that_is_not_saved_is_exported_from_what_the_browser_has(
    server: Jupyter, name: str, content: Any
) -> None:
    place, text = server.root / name, content if isinstance(content, str) else json.dumps(content)
    plan = api.plan(ExportRequest(place, server.root / "elsewhere", 1, text=text))
    assert isinstance(plan, Plan)
    unsaved = {"path": name, "content": content, "output": "elsewhere", "level": 1, "digest": digest_of(plan)}
    done = follow(server, begin(server, "export", **unsaved))
    assert done["state"] == "done"
    assert not place.exists()
    assert jobs(server, name)[0]["id"] == done["id"]


def test_folders_that_cannot_be_used_are_named_as_the_browser_knows_them(server: Jupyter) -> None:
    plan = server.api("plan", request(output="used")).json()
    answer = server.api("jobs", request(kind="export", output="some.ipynb", digest=plan["digest"]))
    assert (answer.status_code, answer.json()["message"]) == (422, "some.ipynb is a file")
    assert answer.json()["fix"] == ""  # the command line's is an option
    (server.root / "empty").mkdir(exist_ok=True)
    for kind in KINDS[1:]:
        answer = server.api("jobs", request(kind=kind, output="empty"))
        assert (answer.status_code, answer.json()["message"]) == (422, "empty holds no exported project.")


# --------------------------------------------------------------------------- the end of the server


def test_everything_ends_with_the_server_and_is_remembered(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        write(server, "some.ipynb", SOUND)
        slow = {"path": "slow.ipynb", "content": write(server, "slow.ipynb", SLOW), "level": 1, "output": "slow"}
        export(server)
        export(server, **slow)
        served = follow(server, begin(server, "serve"), lambda job: bool(job["ready"]))
        verifying = follow(server, begin(server, "verify", **slow), lambda job: job["step"] == 2)
        started = below(server)
        assert any("serve:app" in process.cmdline() for process in started)
        assert any("ipykernel_launcher" in process.cmdline() for process in started)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=60) == 0
        until(lambda: not any(process.is_running() for process in started))
    with running(tmp_path) as server:
        (old,) = jobs(server, "slow.ipynb")[:1]
        assert (old["id"], old["state"], old["problem"]) == (verifying["id"], "failed", SERVER_GONE)
        assert [(job["kind"], job["state"]) for job in jobs(server, "some.ipynb")] == [
            ("serve", "failed"),
            ("export", "done"),
        ]
        assert server.api(f"jobs/{served['id']}").json()["problem"] == SERVER_GONE
        assert delete(server, served).json()["state"] == "failed"
        assert server.api(f"jobs/{served['id']}/ask", {"method": "GET", "path": "/ready"}).status_code == 404
        killed = follow(server, begin(server, "serve"), lambda job: bool(job["ready"]))
        started = [process for process in below(server) if "serve:app" in process.cmdline()]
        # a process that is killed has no time for anything
        server.process.kill()
        until(lambda: not any(process.is_running() for process in started))
    # and no other server takes the job for one that still runs
    (last,) = History(tmp_path / "home" / "jupyter_data_dir" / "nbexport").of(server.root / "some.ipynb")[-1:]
    assert (last["id"], last["state"], last["problem"]) == (killed["id"], "failed", SERVER_GONE)


# --------------------------------------------------------------------------- who may ask, and for what


ADDRESSES = [name.replace("([0-9a-f]{16})", "0123456789abcdef") for name in JOB_ROUTES]


@pytest.mark.parametrize("route", ADDRESSES)
@pytest.mark.parametrize("token", [None, "wrong"])
def test_nobody_without_the_token_is_answered(server: Jupyter, route: str, token: str | None) -> None:
    body = None if route.count("/") == 1 else request(kind="export")
    assert server.api(route, body, token=token).status_code in (302, 403)
    assert delete(server, {"id": "0123456789abcdef"}, token="wrong").status_code in (302, 403)


@pytest.mark.parametrize("route", ADDRESSES)
def test_a_browser_without_the_xsrf_token_is_not_answered(server: Jupyter, route: str) -> None:
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
        browser.get("/tree", params={"token": TOKEN})
        assert browser.get("/nbexport/api/jobs", params={"notebook": "some.ipynb"}).status_code == 200
        method = "DELETE" if route.count("/") == 1 else "POST"
        assert browser.request(method, f"/nbexport/api/{route}", json=request()).status_code == 403


@pytest.mark.parametrize("path", [*ESCAPES, ".hidden/a.ipynb", "link/a.ipynb"])
def test_nothing_elsewhere_is_read_or_written(server: Jupyter, path: str) -> None:
    outside = prepare_outside(server)
    before = sorted(outside.rglob("*"))
    for kind in KINDS:
        for where in ({"path": path}, {"output": path}):
            answer = server.api("jobs", request(kind=kind, **where))
            assert answer.status_code in (403, 404), answer.text
    # the server takes a blank for a zero byte of an address
    query = httpx.QueryParams({"notebook": path.replace("\x00", "/../")})
    assert server.api(f"jobs?{query}").status_code in (400, 403, 404)
    assert server.api("archive", request(path=path)).status_code in (400, 403, 404)
    assert sorted(outside.rglob("*")) == before


ODD: list[dict[str, Any]] = [
    *({"kind": kind} for kind in (None, 3, [], {}, "shell")),
    *({"level": level} for level in (None, "2", True, 0, 5, 2.0)),
    *({name: value} for name in ("keep", "take") for value in (3, "model.py", [3], {})),
    *({"texts": texts} for texts in (3, [], {"model.py": 3})),
    *({name: 3} for name in ("path", "output", "content", "digest", "ci", "strict")),
    {"ci": "jenkins"},
    {"content": None, "kind": "export"},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_members_of_other_types_are_told_so(server: Jupyter, odd: dict[str, Any]) -> None:
    answer = server.api("jobs", request(**{"kind": "export", "digest": "", **odd}))
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"]


def test_unknown_jobs_are_not_found(server: Jupyter) -> None:
    assert server.api("jobs/0123456789abcdef").status_code == 404
    assert server.api("jobs/../../etc").status_code == 404
    assert delete(server, {"id": "0123456789abcdef"}).status_code == 404
    assert server.api("jobs/0123456789abcdef/ask", {"method": "GET", "path": "/"}).status_code == 404
    assert server.api("jobs").status_code == 400


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_who_may_only_read_runs_and_writes_nothing(tmp_path: Path) -> None:
    with running(tmp_path, options=("--ServerApp.authorizer_class=lab.odd_servers.ReadOnly",)) as server:
        write(server, "some.ipynb", SOUND)
        for kind in KINDS:
            assert server.api("jobs", request(kind=kind)).status_code == 403
        assert server.api("jobs/0123456789abcdef/ask", {"method": "GET", "path": "/"}).status_code == 403
        assert jobs(server, "some.ipynb") == []
        assert "some/train.py" in unpacked(server.api("archive", request()).content)


def test_contents_that_are_not_files_are_exported_as_a_zip(tmp_path: Path) -> None:
    options = ("--ServerApp.contents_manager_class=lab.odd_servers.MemoryContents",)
    with running(tmp_path, options=options) as server:
        answer = server.api("archive", request(path="drive:one/two.ipynb", ci="gitlab"))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        assert answer.headers["content-disposition"] == 'attachment; filename="two.zip"'
        found = unpacked(answer.content)
        assert {"two/train.py", "two/serve.py", "two/nbexport.lock", "two/.gitlab-ci.yml"} <= found.keys()
        assert json.loads(found["two/nbexport.lock"])["notebook"] == "two.ipynb"
        refused = server.api("archive", request(content=as_content(SOUND.replace("sum(rows)", "sum(lost)"))))
        assert (refused.status_code, refused.json()["message"]) == (409, "The notebook cannot be exported.")
        assert server.api("jobs", request(kind="export")).status_code == 501
        assert list(server.root.iterdir()) == []
