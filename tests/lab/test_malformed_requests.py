"""A request that is not what a route takes is refused in one sentence, whatever it is: never an error of the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import SOUND
from lab.jupyter import TOKEN, Jupyter, running
from lab.test_server import as_content

from nbexport.lab.jobs.routes import JOB_ROUTES
from nbexport.lab.jobs.undo_routes import UNDO_ROUTES
from nbexport.lab.routes.base import MAX_BODY_BYTES
from nbexport.lab.server import ROUTES

JOB = "0123456789abcdef"
COMMON = {"path": "some.ipynb", "content": as_content(SOUND)}
EXPORT = {**COMMON, "level": 2, "output": "made", "notebooks": ["some.ipynb"]}
BODIES: dict[str, dict[str, Any]] = {
    "check": {**COMMON, "ignore": [], "notebooks": ["some.ipynb"], "page": "0.5"},
    "together": {"path": "some.ipynb", "notebooks": ["some.ipynb"]},
    "tag": COMMON,
    "fix": {**COMMON, "key": "NBX207 3 1 1 epochs"},
    "insert": {**COMMON, "what": "metrics"},
    "options": COMMON,
    "parameter": {**COMMON, "name": "rate", "help": "", "type": ""},
    "plan": {**EXPORT, "ci": None},
    "jobs": {
        **EXPORT,
        "ci": None,
        "kind": "export",
        "digest": "",
        "strict": False,
        "keep": [],
        "take": [],
        "texts": {},
    },
    "archive": {**COMMON, "level": 2, "ci": None},
    "undo": {"output": "made", "step": "", "force": False},
    f"jobs/{JOB}/ask": {"method": "GET", "path": "/", "body": ""},
}
"""What each route takes."""
QUERIES = {"jobs": "notebook", "undo": "project", "together": "notebook"}
"""What each route takes in its address."""


def nested(depth: int) -> Any:
    return json.loads("[" * depth + "]" * depth)


DEEP = "as deep as Python's own reader goes"
"""Stands for lists in lists: how deep a test can write them depends on what has called it."""


def as_text(request: Any) -> str:
    """A request as JSON, with the lists that `DEEP` stands for."""
    return json.dumps(request).replace(json.dumps(DEEP), "[" * 950 + "]" * 950)


HALF = "\ud800"
"""Half a character, which no file can hold."""
NOT_TEXT: list[Any] = [None, True, 3, float("nan"), [], ["a"], {}, nested(400)]
NOT_TEXTS: list[Any] = [True, 3, "a", [3], [None], {"a": "b"}, nested(400), float("nan")]
NO_LEVEL: list[Any] = [None, True, "2", 0, 9, 2.0, -1, float("nan"), [], {}]
NO_PATH: list[Any] = [*NOT_TEXT, "", "..", "a\0b", "a" * 5000 + "/..", f"../{HALF}", f"{HALF}.ipynb", "/etc/passwd"]
NO_FILE = ["a" * 5000 + ".ipynb", f"work/{HALF}/a.ipynb", "a/" * 2000 + "a"]
"""Paths of which there is no file."""
WRONG: dict[str, list[Any]] = {
    "path": NO_PATH,
    "output": NO_PATH,
    "content": [True, 3, [], ["a"], float("nan"), nested(400)],
    "delta": [True, 3, "a", [], {}, {"cells": 3}],
    "ignore": NOT_TEXTS,
    "codes": [*NOT_TEXTS, []],
    "notebooks": [*NOT_TEXTS, ["other.ipynb"], [f"{HALF}.ipynb"], ["some.ipynb", "../a.ipynb"]],
    "keep": NOT_TEXTS,
    "take": NOT_TEXTS,
    "texts": [True, 3, "a", [], {"a": 3}, {"a": None}, nested(400)],
    "level": NO_LEVEL,
    "ci": [True, 3, "jenkins", [], {}, ["github"], nested(400)],
    "kind": [*NOT_TEXT, "shell", HALF],
    "what": [*NOT_TEXT, "shell", HALF],
    "digest": NOT_TEXT,
    "strict": ["yes", 3, [], {}],
    "force": ["yes", 3, [], {}],
    "key": NOT_TEXT,
    "name": NOT_TEXT,
    "help": NOT_TEXT,
    "type": NOT_TEXT,
    "step": NOT_TEXT,
    "method": [*NOT_TEXT, "SHELL"],
    "body": [True, 3, [], {}, nested(400)],
    "page": NOT_TEXT,
}
"""Member → what it cannot be, in any route that has it."""
NOT_JSON = [b"", b"\xff\xfe", b"no json", b"{", b"[" * 100_000, b'{"a":' * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
NO_OBJECT = [b"[]", b"3", b"null", b'"a"', b"NaN", b"-Infinity", b'[{"path": "some.ipynb"}]']
CELLS: list[Any] = [
    None,
    3,
    "a",
    HALF,
    float("nan"),
    float("inf"),
    [],
    {},
    [None],
    nested(400),
    DEEP,
    "\0",
    10**300,
]
PLACES: list[tuple[str | int, ...]] = [
    *((name,) for name in ("cells", "metadata", "nbformat", "nbformat_minor")),
    *(("cells", 2, name) for name in ("source", "metadata", "id", "cell_type", "outputs", "execution_count")),
    *(("cells", 2), ("cells", 2, "metadata", "tags"), ("metadata", "kernelspec"), ("metadata", "language_info")),
]
"""Places in a notebook."""
SLOW = {"plan", "jobs", "archive"}
"""They make a whole project of a notebook that is one after all."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with running(tmp_path_factory.mktemp("server")) as found:
        (found.root / "some.ipynb").write_text(json.dumps(COMMON["content"]), encoding="utf-8")
        yield found


@pytest.fixture(scope="module")
def client(server: Jupyter) -> Iterator[httpx.Client]:
    address, headers = f"{server.url}/nbexport/api/", {"Authorization": f"token {TOKEN}"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as found:
        yield found


def is_refused(answer: httpx.Response) -> bool:
    """Whether an answer is a problem in one sentence."""
    if not 400 <= answer.status_code < 500 or "Traceback" in answer.text:
        return False
    problem = answer.json()
    return bool(problem["message"]) and "\n" not in problem["message"] and {"why", "fix"} <= problem.keys()


def test_every_route_is_here() -> None:
    takes = {name.replace("([0-9a-f]{16})", JOB) for name in {**ROUTES, **JOB_ROUTES, **UNDO_ROUTES}}
    assert takes - {"catalogue", f"jobs/{JOB}"} == BODIES.keys()


@pytest.mark.parametrize("route", BODIES)
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, route: str) -> None:
    for body in (*NOT_JSON, *NO_OBJECT):
        assert is_refused(client.post(route, content=body)), body[:40]


@pytest.mark.parametrize("route", sorted(BODIES))
def test_a_body_that_is_too_large_is_not_read(client: httpx.Client, route: str) -> None:
    answer = client.post(route, content=b" " * (MAX_BODY_BYTES + 1))
    if route == "check":
        assert "is too large to check while you type" in answer.json()["unread"]
    else:
        assert is_refused(answer)
        assert answer.status_code == (404 if route.endswith("ask") else 413)


@pytest.mark.parametrize("route", BODIES)
def test_a_member_of_another_kind_is_refused(client: httpx.Client, route: str) -> None:
    sound = BODIES[route]
    if route == "jobs":
        # what is refused is not refused for want of a preview
        sound = {**sound, "digest": client.post("plan", json=BODIES["plan"]).json()["digest"]}
    names = [*sound, *{"check": ["delta"], "fix": ["codes"]}.get(route, ())]
    for name in names:
        # a job and an archive take what the browser has, saved or not
        absent = NO_FILE if name == "path" and route not in ("jobs", "archive") else []
        for value in (*WRONG[name], *absent):
            assert is_refused(client.post(route, content=json.dumps({**sound, name: value}))), (name, value)
    for name in BODIES[route].keys() & {"path", "content", "output", "level", "kind", "key", "what", "step"}:
        left = {key: value for key, value in BODIES[route].items() if key != name}
        assert is_refused(client.post(route, content=json.dumps(left))), name


@pytest.mark.parametrize("route", [route for route, body in BODIES.items() if "content" in body])
def test_a_notebook_that_is_none_ends_in_an_answer(client: httpx.Client, server: Jupyter, route: str) -> None:
    for place in PLACES:
        for value in CELLS if route not in SLOW else (None, HALF, DEEP):
            content = json.loads(json.dumps({**BODIES[route]["content"], "metadata": {"kernelspec": {}}}))
            node: Any = content
            for part in place[:-1]:
                node = node[part]
            node[place[-1]] = value
            answer = client.post(route, content=as_text({**BODIES[route], "content": content}))
            assert answer.status_code == 200 or is_refused(answer), (place, value, answer.text)
    assert "Traceback" not in server.said.read_text(encoding="utf-8")


@pytest.mark.parametrize("route", QUERIES)
def test_an_address_that_is_none_is_refused(client: httpx.Client, route: str) -> None:
    assert is_refused(client.get(route))
    for value in ("", "%ff", "%ed%a0%80", "..", "%2e%2e/a", "a" * 5000 + "/..", "//", "C:/a", ".a"):
        assert is_refused(client.get(f"{route}?{QUERIES[route]}={value}")), value[:40]
    for address in (f"jobs/{JOB}", "jobs/x", "jobs/%00", f"jobs/{JOB}/ask/x"):
        for method in ("GET", "DELETE", "POST"):
            assert 400 <= client.request(method, address).status_code < 500, address


@pytest.mark.parametrize("route", [route for route, body in BODIES.items() if "content" in body])
def test_a_notebook_of_any_depth_is_refused(client: httpx.Client, server: Jupyter, route: str) -> None:
    # what can be read and not be written again is a matter of a few calls within one another
    sound = json.dumps({**BODIES[route], "content": {"cells": "HERE"}})
    for depth in (*range(310, 350), *range(950, 1010), 3000):
        answer = client.post(route, content=sound.replace('"HERE"', "[" * depth + "]" * depth))
        assert is_refused(answer), (depth, answer.text)
    assert "Traceback" not in server.said.read_text(encoding="utf-8")
