"""Which model answers: at the start, after a switch, during a rollout; and that what fails its gates never does."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.bundle import BundleError, Loaded
from nbexport_runtime.service import candidate, supervised
from nbexport_runtime.traffic import placements, split, traffic
from nbexport_runtime.traffic.comparing import Comparison
from runtime.service.conftest import until

IDS = [f"user-{number}" for number in range(200)]


async def answers(client: httpx.AsyncClient, ids: list[str], n: float = 1) -> list[Any]:
    """What each id is answered to a number; None is not an answer."""
    return [
        (await client.post("/predict", json={"n": n}, headers={"X-Rollout-Key": name})).json().get("result")
        for name in ids
    ]


async def version(client: httpx.AsyncClient) -> str:
    """The version in production."""
    return str((await client.get("/health")).json()["model_version"])


async def state(client: httpx.AsyncClient) -> str:
    """What the candidate does."""
    return str((await client.get("/health")).json().get("rollout", {}).get("state"))


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have candidates waited for longer than usual: they give way to all that a busy machine does."""
    monkeypatch.setattr(supervised, "STALL_S", 60.0)


@pytest.fixture
def pipeline(bench: Any, model_folder: Any) -> Any:
    """A service that follows the journal; v1 doubles and is production, v2 is three times the number."""
    model_folder("versions/v1", version="v1", factor=2.0)
    model_folder("versions/v2", version="v2", factor=3.0)
    ours = bench(model_dir=None).routes()
    ours.place("v1")
    return ours


# --------------------------------------------------------------------------- one folder


def test_production_is_exchanged_without_a_restart(bench: Any, model_folder: Any) -> None:
    model_folder("model", version="v1", factor=2.0)
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        before = (await client.post("/predict", json={"n": 1})).json()
        model_folder("model", version="v2", factor=3.0)

        async def exchanged() -> bool:
            return await version(client) == "v2"

        await until(exchanged)
        after = (await client.post("/predict", json={"n": 1})).json()
        health = (await client.get("/health")).json()
        metadata = (await client.get("/metadata")).json()
        return [before["model_version"], after["result"], after["model_version"], health, metadata["version"]]

    health = {"status": "ok", "model_loaded": True, "model_version": "v2"}
    assert ours.run(story) == ["v1", 3.0, "v2", health, "v2"]


def test_a_model_that_failed_a_gate_is_not_served(bench: Any, model_folder: Any) -> None:
    model_folder("model", failed_gates=["auc must be above 0.7 and is 0.61"])
    ours = bench().routes()
    with pytest.raises(BundleError, match=r"did not pass its gates \(auc must be above 0\.7 and is 0\.61\)"):
        ours.post({"n": 1})
    model_folder("model", failed_gates=[{"name": "recall", "value": 0.1}])
    with pytest.raises(BundleError, match=r"its gates \(recall\), so it is not served; train"):
        ours.post({"n": 1})


def test_a_switch_to_a_model_that_cannot_be_used_is_tried_again(
    bench: Any, model_folder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    model_folder("model", version="v1", factor=2.0)
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        model_folder("model", version="v2", factor=3.0, failed_gates=["auc"])
        await until(lambda: caplog.text.count("did not pass its gates (auc)") > 1)
        answer = (await client.post("/predict", json={"n": 1})).json()
        counted = (await client.get("/metrics")).text
        return [answer["result"], (await client.get("/ready")).status_code, "load_failures_total 0.0" in counted]

    with caplog.at_level(logging.ERROR):
        assert ours.run(story) == [2.0, 200, False]
    assert "it is tried again in 2 s" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_model_that_forgot_its_answers_is_not_ready(bench: Any) -> None:
    ours = bench().routes()
    ours.service.load_model = remembering(answer=4.0)

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get("/ready")

    assert ours.run(story).status_code == 200
    ours.service.load_model = remembering(answer=5.0)
    answer = ours.run(story)
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["example 1 is not answered as after training"]


def remembering(*, answer: float) -> Any:
    """Loads a model that answered the example 2 so after training."""

    def predict(state: Any, /, n: float, day: Any = None, copy: bool = False) -> float:
        return 2 * n

    return lambda folder: Loaded({}, {"version": "v1", "predict_ms": 0.1}, [((2.0,), {})], [answer], predict)


def test_a_model_with_other_arguments_is_refused(bench: Any) -> None:
    def predict(state: Any, /, n: float, more: int) -> float:
        return n

    ours = bench().routes()
    ours.service.load_model = lambda folder: Loaded({}, {"version": "v1"}, [], [], predict)
    with pytest.raises(BundleError, match="other arguments than this service"):
        ours.post({"n": 1})


def test_an_unjudged_candidate_is_served_on_demand_and_says_so(
    bench: Any, model_folder: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model_folder("candidate", version="v2", data={"path": "/home/ann/secret/rows.csv", "page": "https://a.org/b/c"})
    ours = bench(model_dir=tmp_path / "candidate").routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        await client.post("/predict", json={"n": 1})
        ready, metadata = (await client.get("/ready")).json(), (await client.get("/metadata")).json()
        return [ready["serving"], metadata["serving"], metadata["data"]]

    shown = {"path": "rows.csv", "page": "https://a.org/b/c"}
    assert ours.run(story) == ["unjudged candidate", "unjudged candidate", shown]
    assert [line["arm"] for line in ours.lines()] == ["unjudged candidate"]
    assert "v2 is an unjudged candidate" in caplog.text


# --------------------------------------------------------------------------- the journal


def test_production_is_what_the_journal_says(pipeline: Any, model_folder: Any) -> None:
    # what nothing has placed is not served, wherever it lies
    for name in ("candidate", "latest", "production"):
        model_folder(name, version=name, factor=100.0)

    async def story(client: httpx.AsyncClient) -> list[str]:
        seen = []
        for placed, reason in (("v2", placements.PROMOTED), ("v1", placements.ROLLED_BACK)):
            seen.append(await version(client))
            pipeline.place(placed, reason)

            async def follows(placed: str = placed) -> bool:
                return await version(client) == placed

            await until(follows)
        return [*seen, await version(client)]

    assert pipeline.run(story) == ["v1", "v2", "v1"]


def test_what_was_placed_and_changed_since_is_not_served(
    pipeline: Any, model_folder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    judged = placements.digest(pipeline.folder / "versions" / "v2")
    model_folder("versions/v2", version="v2", factor=100.0)

    async def story(client: httpx.AsyncClient) -> str:
        path = pipeline.folder / placements.NAME
        placements.append(path, version="v2", manifest_sha256=judged, reason=placements.PROMOTED)
        await until(lambda: "is not the one that was promoted" in caplog.text)
        return await version(client)

    assert pipeline.run(story) == "v1"


def test_without_a_placing_nothing_is_served(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.toml").touch()
    with pytest.raises(BundleError, match=r"no model was placed yet; run `python retrain\.py`"):
        bench(model_dir=None).routes().post({"n": 1})


# --------------------------------------------------------------------------- rollouts


def test_a_share_of_the_ids_reaches_the_candidate(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    be_patient(monkeypatch)

    async def story(client: httpx.AsyncClient) -> None:
        async def share() -> float:
            return float((await client.get("/health")).json().get("rollout", {"percent": -1})["percent"])

        async def is_share(percent: float) -> None:
            async def reached() -> bool:
                return await share() == percent

            await until(reached)

        pipeline.roll_out("v2", 50)
        await is_share(50)
        first = await answers(client, IDS)
        assert 60 < first.count(3.0) < 140
        assert await answers(client, IDS) == first
        assert await answers(client, [""]) == [2.0]
        pipeline.roll_out("v2", 0)
        await is_share(0)
        assert set(await answers(client, IDS)) == {2.0}
        pipeline.roll_out("v2", 100)
        await is_share(100)
        assert set(await answers(client, IDS)) == {3.0}
        (pipeline.folder / traffic.NAME).unlink()
        await is_share(-1)
        assert set(await answers(client, IDS)) == {2.0}

    pipeline.run(story)
    arms = {(line["arm"], line["model_version"]) for line in pipeline.lines()}
    assert arms == {("production", "v1"), ("candidate", "v2")}


def test_a_placing_ends_a_rollout_at_once(pipeline: Any, model_folder: Any) -> None:
    model_folder("versions/v3", version="v3", factor=5.0)

    async def story(client: httpx.AsyncClient) -> list[Any]:
        pipeline.roll_out("v2", 100)

        async def serves(wanted: str) -> bool:
            return await state(client) == wanted

        await until(lambda: serves("serving"))
        pipeline.place("v3")
        await until(lambda: serves("None"))

        async def follows() -> bool:
            return await version(client) == "v3"

        await until(follows)
        return await answers(client, IDS[:20])

    # traffic.json is still there: it was written for another production
    assert set(pipeline.run(story)) == {5.0}
    assert (pipeline.folder / traffic.NAME).exists()


def test_a_damaged_traffic_file_sends_all_to_production(pipeline: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def story(client: httpx.AsyncClient) -> list[Any]:
        pipeline.roll_out("v2", 100)

        async def serves(wanted: str) -> bool:
            return await state(client) == wanted

        await until(lambda: serves("serving"))
        (pipeline.folder / traffic.NAME).write_text("{", encoding="utf-8")
        await until(lambda: serves("None"))
        return await answers(client, IDS[:20])

    assert set(pipeline.run(story)) == {2.0}
    assert "is damaged, so production answers all" in caplog.text


def test_a_shadow_is_asked_and_answers_nobody(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidate, "COPIES", 1000)
    be_patient(monkeypatch)

    async def story(client: httpx.AsyncClient) -> list[Any]:
        pipeline.roll_out("v2", 100, "shadow")

        async def serves() -> bool:
            return await state(client) == "serving"

        await until(serves)
        found = await answers(client, IDS[:20])
        await until(lambda: sum(line["arm"] == "shadow" for line in pipeline.lines()) == 20)
        return found

    assert set(pipeline.run(story)) == {2.0}
    assert {line["output"]["result"] for line in pipeline.lines() if line["arm"] == "shadow"} == {3.0}


def test_a_shadow_is_sampled_by_the_id_of_the_request_where_there_is_no_key(
    pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate, "COPIES", 1000)
    be_patient(monkeypatch)

    async def story(client: httpx.AsyncClient) -> None:
        pipeline.roll_out("v2", 30, "shadow")

        async def serves() -> bool:
            return await state(client) == "serving"

        await until(serves)
        for number in range(200):
            await client.post("/predict", json={"n": 1}, headers={"X-Request-ID": f"r{number}"})
        await client.post("/predict/batch", json={"inputs": [{"n": 1}, {"n": 2}]}, headers={"X-Request-ID": chosen})
        await until(lambda: sum(line["arm"] == "shadow" for line in pipeline.lines()) == len(wanted) + 2)

    shares = {"v2": 30}
    placement = placements.read(pipeline.folder / placements.NAME).production
    assert placement is not None
    expected = traffic.split_of(placement, shares, salt="s", key_header="X", started="now", mode="shadow")
    wanted = {f"r{number}" for number in range(200) if split.chosen(expected, "", f"r{number}") == "v2"}
    chosen = next(name for name in (f"b{n}" for n in range(99)) if split.chosen(expected, "", name) == "v2")
    assert 40 < len(wanted) < 80
    pipeline.run(story)
    copies = [line for line in pipeline.lines() if line["arm"] == "shadow"]
    assert {line["request_id"] for line in copies} == wanted | {chosen}
    assert sorted(line["row"] for line in copies if "row" in line) == [0, 1]
    compared = Comparison("v2")
    for line in pipeline.lines():
        compared.add(line)
    assert (compared.count, compared.differed) == (len(copies), len(copies))


def copies_counted(said: str) -> dict[str, float]:
    """Copies by what became of them."""
    found = re.findall(r'shadow_copies_total\{model_version="v2",outcome="(\w+)"\} (\S+)', said)
    return {name: float(value) for name, value in found if float(value)}


def test_copies_that_would_pile_up_are_dropped_and_counted(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidate, "COPIES", 3)
    be_patient(monkeypatch)

    async def story(client: httpx.AsyncClient) -> None:
        pipeline.roll_out("v2", 100, "shadow")

        async def serves() -> bool:
            return await state(client) == "serving"

        await until(serves)
        before = copies_counted((await client.get("/metrics")).text)
        held = asyncio.Event()
        (shadow,) = pipeline.service.versions._candidates.values()
        whole = shadow.results

        async def slow(rows: Any) -> Any:
            await held.wait()
            return await whole(rows)

        monkeypatch.setattr(shadow, "results", slow)
        # nobody waits for the shadow
        assert await answers(client, IDS[:10]) == [2.0] * 10
        held.set()
        await until(lambda: sum(line["arm"] == "shadow" for line in pipeline.lines()) == 3)
        after = copies_counted((await client.get("/metrics")).text)
        assert {name: after[name] - before.get(name, 0) for name in after} == {"dropped": 7, "ok": 3}

    pipeline.run(story)
    assert {line["model_version"] for line in pipeline.lines() if line["arm"] != "shadow"} == {"v1"}


def test_a_candidate_that_failed_its_gates_answers_nobody(
    pipeline: Any, model_folder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    model_folder("versions/v2", version="v2", factor=3.0, failed_gates=["auc"])

    async def story(client: httpx.AsyncClient) -> list[Any]:
        pipeline.roll_out("v2", 50)
        await until(lambda: "did not pass its gates (auc)" in caplog.text)
        return await answers(client, IDS[:20])

    assert set(pipeline.run(story)) == {2.0}
    meant = [line["meant"] for line in pipeline.lines() if "meant" in line]
    assert meant[0] == {"arm": "candidate", "model_version": "v2", "reason": "starting"}
