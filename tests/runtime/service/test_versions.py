"""Which model answers: at the start, after a switch, during a rollout; and that what fails its gates never does."""

import asyncio
import json
import logging
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from nbexport_runtime.bundle import BundleError, Loaded

IDS = [f"user-{number}" for number in range(200)]


async def look(ours: Any) -> None:
    """What the service does by itself a few times a second."""
    await ours.service.versions.look()


async def answers(client: httpx.AsyncClient, ids: list[str]) -> list[float]:
    """What each id is answered to 1."""
    return [
        (await client.post("/predict", json={"n": 1}, headers={"X-Rollout-Key": name})).json()["result"] for name in ids
    ]


def rollout(folder: Path, **changes: Any) -> None:
    state = {
        "candidate": "candidate",
        "version": "v2",
        "percent": 50,
        "salt": "s",
        "started": "now",
        "key_header": "X-Rollout-Key",
        **changes,
    }
    (folder / "fresh.json").write_text(json.dumps(state), encoding="utf-8")
    (folder / "fresh.json").replace(folder / "rollout.json")


def test_production_is_exchanged_without_a_restart(bench: Any, model_folder: Any) -> None:
    model_folder("model", version="v1", factor=2.0)
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        before = (await client.post("/predict", json={"n": 1})).json()
        model_folder("model", version="v2", factor=3.0)
        await look(ours)
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


def test_a_switch_to_a_model_that_failed_a_gate_is_refused(
    bench: Any, model_folder: Any, caplog: pytest.LogCaptureFixture
) -> None:
    model_folder("model", version="v1", factor=2.0)
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> list[Any]:
        model_folder("model", version="v2", factor=3.0, failed_gates=["auc"])
        await look(ours)
        answer = (await client.post("/predict", json={"n": 1})).json()
        ready = await client.get("/ready")
        counted = (await client.get("/metrics")).text
        return [
            answer["result"],
            answer["model_version"],
            ready.status_code,
            "model_load_failures_total 0.0" in counted,
        ]

    with caplog.at_level(logging.ERROR):
        assert ours.run(story) == [2.0, "v1", 200, False]
    assert "did not pass its gates (auc)" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_share_of_the_ids_reaches_the_candidate(bench: Any, model_folder: Any, tmp_path: Path) -> None:
    model_folder("model", version="v1", factor=2.0)
    model_folder("candidate", version="v2", factor=3.0)
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> None:
        rollout(tmp_path)
        await look(ours)
        health = (await client.get("/health")).json()
        assert health["rollout"] == {"model_version": "v2", "percent": 50.0}
        first = await answers(client, IDS)
        assert 60 < first.count(3.0) < 140
        assert await answers(client, IDS) == first
        assert await answers(client, [""]) == [2.0]
        rollout(tmp_path, percent=0)
        await look(ours)
        assert set(await answers(client, IDS)) == {2.0}
        rollout(tmp_path, percent=100)
        await look(ours)
        assert set(await answers(client, IDS)) == {3.0}
        (tmp_path / "rollout.json").unlink()
        await look(ours)
        assert set(await answers(client, IDS)) == {2.0}

    ours.run(story)
    assert {(line["arm"], line["model_version"]) for line in ours.lines()} == {
        ("production", "v1"),
        ("candidate", "v2"),
    }


@pytest.mark.parametrize(
    ("facts", "changes", "reason"),
    [
        ({"failed_gates": ["auc"]}, {}, "did not pass its gates (auc)"),
        ({}, {"percent": 101}, "percent is not a number from 0 to 100"),
        ({}, {"percent": "10"}, "percent is not a number"),
        ({}, {"candidate": "../elsewhere"}, "not inside the folder"),
        ({}, {"salt": ""}, "not text, or empty"),
        ({}, {"more": 1}, "it must be an object with"),
    ],
)
def test_a_candidate_that_cannot_be_used_leaves_production_alone(
    bench: Any,
    model_folder: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    facts: dict[str, Any],
    changes: dict[str, Any],
    reason: str,
) -> None:
    model_folder("model", version="v1", factor=2.0)
    model_folder("candidate", version="v2", factor=3.0, **facts)
    ours = bench().routes()

    async def story(client: httpx.AsyncClient) -> list[float]:
        rollout(tmp_path, **changes)
        await look(ours)
        return await answers(client, IDS[:20])

    assert set(ours.run(story)) == {2.0}
    assert reason in caplog.text


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


def test_an_expensive_model_answers_in_its_thread_and_sheds_load(bench: Any) -> None:
    entered: list[threading.Event] = []

    def load(folder: Path) -> Loaded:
        gate = threading.Event()
        entered.append(gate)

        def predict(state: Any, /, n: float, day: Any = None, copy: bool = False) -> float:
            gate.wait(timeout=30)
            return 2 * n

        return Loaded({}, {"version": "v1", "predict_ms": 50.0}, [], [], predict)

    ours = bench(max_queue=2).routes()
    ours.service.load_model = load

    async def story(client: httpx.AsyncClient) -> list[int]:
        asked = [asyncio.create_task(client.post("/predict", json={"n": 1})) for _ in range(5)]
        while sum(task.done() for task in asked) < 3:
            await asyncio.wait([task for task in asked if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        # it answers others while the model works
        assert (await client.get("/health")).status_code == 200
        entered[0].set()
        found = await asyncio.gather(*asked)
        assert {answer.headers.get("retry-after") for answer in found if answer.status_code == 503} == {"1"}
        return sorted(answer.status_code for answer in found)

    assert ours.run(story) == [200, 200, 503, 503, 503]
    assert sorted(line["outcome"] for line in ours.lines()) == ["ok", "ok", "overloaded", "overloaded", "overloaded"]


def test_an_answer_that_takes_too_long(bench: Any) -> None:
    gate = threading.Event()

    def predict(state: Any, /, n: float, day: Any = None, copy: bool = False) -> float:
        gate.wait(timeout=30)
        return n

    ours = bench(deadline_s=0.01).routes()
    ours.service.load_model = lambda folder: Loaded({}, {"version": "v1", "predict_ms": 50.0}, [], [], predict)

    async def story(client: httpx.AsyncClient) -> httpx.Response:
        answer = await client.post("/predict", json={"n": 1})
        gate.set()
        return answer

    answer = ours.run(story)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem:timeout")
    assert [line["outcome"] for line in ours.lines()] == ["timeout"]
