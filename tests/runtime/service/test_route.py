"""The route class: what it reads itself, what it leaves to FastAPI, and that each request leaves one line."""

from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi import Request as HttpRequest
from fastapi import Response as HttpResponse
from nbexport_runtime.bundle import Loaded
from nbexport_runtime.service.app import Service
from nbexport_runtime.service.settings import Settings
from pydantic import BaseModel, ConfigDict

BATCH = "/predict/batch"


def test_a_request_is_answered_and_logged(bench: Any) -> None:
    ours = bench().routes()
    answer = ours.post({"n": 1.5, "day": "2026-02-03", "copy": True}, headers={"X-Request-ID": "a-1"})
    assert answer.json() == {"result": 3.0, "day": "2026-02-03", "copy": True, "model_version": "v1"}
    (line,) = ours.lines()
    assert (line["request_id"], line["route"], line["outcome"]) == ("a-1", "/predict", "ok")
    assert line["input"] == {"n": 1.5, "day": "2026-02-03", "copy": True}
    assert line["output"] == {"result": 3.0, "day": "2026-02-03", "copy": True}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"n": NaN}', b'{"n": "1"}', b'{"n": 1, "more": 2}', b'{"n": 1, "field_copy": true}']
)
def test_what_is_not_an_input_is_a_problem_and_one_line(bench: Any, body: bytes) -> None:
    ours = bench().routes()
    answer = ours.post(body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem:invalid"
    assert [line["outcome"] for line in ours.lines()] == ["invalid"]


def test_a_body_is_read_no_further_than_the_limit(bench: Any) -> None:
    ours = bench(max_body_bytes=100).routes()
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        for _ in range(50):
            sent += 40
            yield b" " * 40

    async def story(client: httpx.AsyncClient) -> list[int]:
        announced = await client.post("/predict", content=b" " * 101)
        streamed = await client.post("/predict", content=chunks())
        return [announced.status_code, streamed.status_code]

    assert ours.run(story) == [413, 413]
    assert sent <= 160
    assert [line["outcome"] for line in ours.lines()] == ["too_large"] * 2


def test_an_input_that_the_model_cannot_use(bench: Any) -> None:
    ours = bench().routes()
    answer = ours.post({"n": -1})
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:problem:error"
    assert "secret" not in answer.text
    (line,) = ours.lines()
    assert "a secret of the model" in line["error"]


def test_a_bad_row_does_not_fail_its_batch(bench: Any) -> None:
    ours = bench().routes()
    answer = ours.post({"inputs": [{"n": 1, "day": "2026-02-03"}, {"n": "x"}, {"n": -1}, {"n": 2}]}, BATCH)
    predictions = answer.json()["predictions"]
    assert answer.json()["model_version"] == "v1"
    assert [row.get("result") for row in predictions] == [2.0, None, None, 4.0]
    assert [row["error"]["type"] for row in predictions if "error" in row] == [
        "urn:problem:invalid",
        "urn:problem:error",
    ]
    assert predictions[1]["error"]["errors"][0]["loc"] == ["n"]
    assert predictions[1]["error"]["request_id"] == answer.headers["x-request-id"]
    lines = sorted(ours.lines(), key=lambda line: line["row"])
    assert [line["outcome"] for line in lines] == ["ok", "invalid", "error", "ok"]
    assert {line["request_id"] for line in lines} == {answer.headers["x-request-id"]}
    assert lines[1]["reasons"] == [{"field": "n", "kind": "float_type"}]


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"[]", b'{"inputs": []}', b'{"inputs": [{}, {}, {}]}', b'{"inputs": [{}], "more": 1}']
)
def test_what_is_not_a_batch(bench: Any, body: bytes) -> None:
    ours = bench(max_batch=2).routes()
    answer = ours.post(body, BATCH)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["inputs"]
    assert len(ours.lines()) == 1


def test_fastapi_documents_the_routes(bench: Any) -> None:
    document = bench().routes().app.openapi()
    one, many = document["paths"]["/predict"]["post"], document["paths"][BATCH]["post"]
    schemas = document["components"]["schemas"]
    assert (one["operationId"], one["description"]) == ("predict_one", "One answer.")
    assert reference(one["requestBody"]) == "Request"
    assert reference(one["responses"]["200"]) == "Response"
    assert "application/problem+json" in one["responses"]["422"]["content"]
    assert set(many["responses"]) == {"200", "408", "413", "422", "500", "503"}
    rows = schemas[reference(many["requestBody"])]
    assert rows["properties"]["inputs"]["items"] == {"$ref": "#/components/schemas/Request"}
    assert rows["required"] == ["inputs"]
    assert reference(many["responses"]["200"]) == "Answers_Response_"


def reference(part: dict[str, Any]) -> str:
    schema: str = part["content"]["application/json"]["schema"]["$ref"]
    return schema.rpartition("/")[2]


# --------------------------------------------------------------------------- what people add


def key(x_key: Annotated[str, Header()]) -> str:
    if x_key != "right":
        raise HTTPException(401, "the key is wrong", {"WWW-Authenticate": "Key"})
    return x_key


def stamp(response: HttpResponse) -> None:
    response.headers["X-Stamp"] = "seen"
    response.status_code = 203


def test_dependencies_work_as_fastapi_documents_them(bench: Any) -> None:
    ours = bench()

    @ours.app.post("/keyed", dependencies=[Depends(stamp)])
    async def keyed(
        request: ours.service.request,
        user: Annotated[str, Depends(key)],
        http: HttpRequest,
        scale: float = 1.0,
    ) -> ours.service.response:
        answer = await ours.service.predict(request)
        answer.result = answer.result * scale
        answer.user = f"{user} {http.method}"
        return answer

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        right = {"X-Key": "right"}
        return [
            await client.post("/keyed", json={"n": 1}, params={"scale": 10}, headers=right),
            await client.post("/keyed", json={"n": 1}, headers={"X-Key": "wrong"}),
            await client.post("/keyed", json={"n": 1}),
            await client.post("/keyed", json={"n": "x"}, headers=right),
        ]

    good, wrong, missing, bad = ours.run(story)
    assert good.status_code == 203
    assert good.headers["x-stamp"] == "seen"
    assert good.json()["result"] == 20.0
    assert good.json()["user"] == "right POST"
    assert (wrong.status_code, wrong.json()["detail"]) == (401, "the key is wrong")
    assert wrong.headers["www-authenticate"] == "Key"
    assert (missing.status_code, missing.json()["errors"][0]["loc"]) == (422, ["header", "x-key"])
    assert bad.status_code == 422
    assert [line["outcome"] for line in ours.lines()] == ["ok", "refused", "invalid", "invalid"]
    parameters = ours.app.openapi()["paths"]["/keyed"]["post"]["parameters"]
    assert {parameter["name"] for parameter in parameters} == {"x-key", "scale"}
    ours.app.dependency_overrides[key] = lambda: "test"
    assert ours.post({"n": 1}, "/keyed").json()["user"] == "test POST"


def test_dependencies_of_the_whole_application(bench: Any) -> None:
    ours = bench()
    ours.app = ours.service.app(dependencies=[Depends(key)])
    ours.routes()
    assert ours.post({"n": 1}).status_code == 422
    assert ours.post({"n": 1}, headers={"X-Key": "right"}).status_code == 200


def test_a_route_of_the_project_s_own_asks_the_model(bench: Any) -> None:
    ours = bench()

    @ours.app.get("/score/{n}")
    async def score(n: float) -> dict[str, float]:
        answer = await ours.service.predict(ours.service.request(n=n))
        return {"score": answer.result}

    async def story(client: httpx.AsyncClient) -> list[Any]:
        good = await client.get("/score/2")
        bad = await client.get("/score/-2")
        wrong = await client.get("/score/x")
        return [good.json(), bad.json()["type"], wrong.status_code]

    assert ours.run(story) == [{"score": 4.0}, "urn:problem:error", 422]
    lines = ours.lines()
    assert [(line["route"], line["outcome"]) for line in lines] == [
        ("/score/{n}", "ok"),
        ("/score/{n}", "error"),
    ]


def test_a_fault_of_an_endpoint_is_logged_and_not_told(bench: Any) -> None:
    ours = bench()

    @ours.app.post("/faulty")
    def faulty(request: ours.service.request) -> ours.service.response:
        raise KeyError("a secret")

    answer = ours.post({"n": 1}, "/faulty")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:problem:error"
    assert "secret" not in answer.text
    (line,) = ours.lines()
    assert line["outcome"] == "error"
    assert "a secret" in line["error"]


def test_the_model_is_asked_outside_of_a_request(bench: Any) -> None:
    ours = bench()

    async def story(client: httpx.AsyncClient) -> float | None:
        answer = await ours.service.predict(ours.service.request(n=3))
        return float(answer.result)

    assert ours.run(story) == 6.0
    assert [line["route"] for line in ours.lines()] == [""]
    with pytest.raises(RuntimeError, match="when the application starts"):
        _ = ours.service.versions


def test_a_lifespan_of_the_project_s_own_runs_within_the_service_s(bench: Any) -> None:
    ours = bench()
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        seen.append(ours.service.versions.production.version)
        yield
        seen.append("ended")

    ours.app = ours.service.app(lifespan=lifespan)
    ours.routes()
    assert ours.post({"n": 1}).status_code == 200
    assert seen == ["v1", "ended"]


def test_a_route_of_the_project_replaces_one_that_comes_with_the_service(bench: Any) -> None:
    ours = bench().routes()

    @ours.app.get("/health")
    async def health() -> str:
        return "mine"

    async def story(client: httpx.AsyncClient) -> list[int | str]:
        found = [await client.get(path) for path in ("/health", "/ready", "/docs", "/openapi.json")]
        return [found[0].json(), *(answer.status_code for answer in found[1:])]

    assert ours.run(story) == ["mine", 200, 200, 200]


class Columns(BaseModel):
    """One row as a dict, whose order a model may mind."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"row": {"weight": 2.0, "age": 1}}]})

    row: dict[str, float]


class Answer(BaseModel):
    result: float


def test_examples_of_the_documentation_keep_the_order_of_their_members(tmp_path: Path) -> None:
    def load(folder: Path) -> Loaded:
        raise AssertionError("nothing is loaded")

    app = Service(load, Columns, Answer, Settings(log_dir=str(tmp_path))).app()

    @app.post("/predict")
    async def predict(request: Columns) -> Answer:
        return Answer(result=request.row["age"])

    schema = app.openapi()["components"]["schemas"]["Columns"]
    assert [list(example["row"]) for example in schema["examples"]] == [["weight", "age"]]
    # pydantic alone sorts them
    assert list(Columns.model_json_schema()["examples"][0]["row"]) == ["age", "weight"]
