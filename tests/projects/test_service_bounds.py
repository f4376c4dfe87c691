"""Requests without bounds, to a real server of a real project: each is refused or named, none fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Example
from .serving import CUSTOMER, Service, served

SECRET = "sesame-4711"


@dataclass(frozen=True)
class Sent:
    """A body, and what must become of it."""

    body: bytes
    status: int
    kinds: frozenset[tuple[str, str]]
    """Field and kind of what the log line names: `reasons` where it is refused, `unusual` where it is answered."""
    strictly: int
    """The status where unusual inputs are refused."""


def sent(status: int, *kinds: tuple[str, str], strictly: int = 422, **changed: Any) -> Sent:
    """The usual request with some values changed; a text that begins with `=` is JSON as it is."""
    parts = [
        f"{json.dumps(name)}: {value[1:] if isinstance(value, str) and value.startswith('=') else json.dumps(value)}"
        for name, value in {**CUSTOMER, **changed}.items()
    ]
    return Sent(("{" + ", ".join(parts) + "}").encode(), status, frozenset(kinds), strictly)


def raw(body: bytes, kind: str) -> Sent:
    """A body that is not an object of the right fields."""
    return Sent(body, 422, frozenset({("", kind)}), 422)


UNBOUNDED = {
    "usual": sent(200, strictly=200),
    "10^30 as a whole number": sent(422, ("tenure_months", "number_too_large"), tenure_months=10**30),
    "-10^30 as a whole number": sent(422, ("tenure_months", "number_too_large"), tenure_months=-(10**30)),
    "10^30 where none may be": sent(422, ("support_tickets", "number_too_large"), support_tickets=10**30),
    "one more than 64 bits": sent(422, ("tenure_months", "number_too_large"), tenure_months=2**63),
    "the last of 64 bits": sent(200, ("tenure_months", "above"), tenure_months=2**63 - 1),
    "5,000 digits": raw(b'{"tenure_months": ' + b"9" * 5000 + b"}", "json_invalid"),
    "10^30 as a float": sent(200, ("monthly_fee", "above"), monthly_fee=1e30),
    "the largest float": sent(200, ("monthly_fee", "above"), monthly_fee=1.7e308),
    "beyond the largest float": sent(422, ("monthly_fee", "finite_number"), monthly_fee="=1e999"),
    "400 digits as a float": sent(422, ("monthly_fee", "finite_number"), monthly_fee="=" + "9" * 400),
    "below the smallest float": sent(200, strictly=200, monthly_fee="=1e-999"),
    "NaN": sent(422, ("monthly_fee", "finite_number"), monthly_fee="=NaN"),
    "Infinity": sent(422, ("monthly_fee", "finite_number"), monthly_fee="=Infinity"),
    "-Infinity": sent(422, ("monthly_fee", "finite_number"), monthly_fee="=-Infinity"),
    "NaN as a whole number": sent(422, ("tenure_months", "int_type"), tenure_months="=NaN"),
    "units times 100": sent(200, ("monthly_fee", "above"), monthly_fee=990.0),
    "a negative fee": sent(200, ("monthly_fee", "below"), monthly_fee=-1.0),
    "a little more than was seen": sent(200, strictly=200, tenure_months=110),
    "the year 9999": sent(422, ("signup_date", "date_out_of_range"), signup_date="9999-12-31"),
    "the year 1": sent(422, ("signup_date", "date_out_of_range"), signup_date="0001-01-01"),
    "a date in 40 years": sent(200, ("signup_date", "above"), signup_date="2066-01-01"),
    "the 30th of February": sent(422, ("signup_date", "no_date"), signup_date="2025-02-30"),
    "not a date": sent(422, ("signup_date", "no_date"), signup_date=SECRET),
    "an empty date": sent(200, strictly=200, signup_date=""),
    "a category never seen": sent(200, ("country", "unseen"), country=SECRET),
    "an empty category": sent(200, strictly=200, plan=""),
    "a NUL in a text": sent(200, ("plan", "unseen"), plan="basic\0"),
    "900 kB of text": sent(422, ("plan", "text_too_long"), plan=SECRET * 80_000),
    "900 kB in two texts": sent(
        422, ("plan", "text_too_long"), ("country", "text_too_long"), plan="a" * 450_000, country=SECRET * 40_000
    ),
    "a text of the longest length": sent(200, ("plan", "unseen"), plan="a" * 100_000),
    "escaped text": sent(200, ("plan", "unseen"), plan='="' + "\\u0061" * 90_000 + '"'),
    "a list of 400,000": sent(422, ("plan", "string_type"), plan="=[" + "1," * 399_999 + "1]"),
    "a truth as a number": sent(422, ("tenure_months", "int_type"), tenure_months=True),
    "a number as text": sent(422, ("monthly_fee", "float_type"), monthly_fee="9.9"),
    "half a surrogate pair": raw(b'{"plan": "\\ud800"}', "json_invalid"),
    "deep lists": raw(b"[" * 200_000, "json_invalid"),
    "deep objects": raw(b'{"plan":' * 100_000, "json_invalid"),
    "deep in a field": raw(b'{"plan": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json_invalid"),
    "a name that is secret": sent(422, ("*", "extra_forbidden"), **{SECRET: 1}),
    "50,000 names": Sent(
        json.dumps({**CUSTOMER, **dict.fromkeys(map(str, range(50_000)), 1)}).encode(),
        422,
        frozenset({("*", "extra_forbidden")}),
        422,
    ),
    "the same name twice": Sent(json.dumps(CUSTOMER).encode()[:-1] + b', "plan": "plus"}', 200, frozenset(), 200),
    "not UTF-8": raw(b'{"plan": "\xff\xfe"}', "json_invalid"),
}


@pytest.fixture(scope="module")
def churn(example: Callable[[str], Example]) -> Example:
    return example("churn")


@pytest.fixture(scope="module")
def lenient(churn: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the default settings."""
    with served(churn.project, churn.bundle, tmp_path_factory.mktemp("lenient")) as found:
        yield found
        assert "Traceback" not in found.said.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def strict(churn: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that refuses what is unusual."""
    with served(churn.project, churn.bundle, tmp_path_factory.mktemp("strict"), INPUT_RANGES="error") as found:
        yield found


def asked(
    service: Service, body: bytes, identity: str, route: str = "/predict"
) -> tuple[httpx.Response, dict[str, Any]]:
    """An answer and its line in the log."""
    answer = service.post(body, route, headers={"X-Request-ID": identity})
    (line,) = [line for line in service.lines() if line["request_id"] == identity]
    return answer, line


def named(line: dict[str, Any]) -> set[tuple[str, str]]:
    """Field and kind of everything that a line names."""
    return {(one["field"], one["kind"]) for one in [*line.get("reasons", []), *line.get("unusual", [])]}


@pytest.mark.parametrize("kind", UNBOUNDED)
def test_requests_without_bounds(lenient: Service, kind: str) -> None:
    case = UNBOUNDED[kind]
    answer, line = asked(lenient, case.body, f"lenient-{list(UNBOUNDED).index(kind)}")
    assert answer.status_code == case.status, answer.text[:500]
    assert named(line) == case.kinds
    assert line["outcome"] == ("ok" if case.status == 200 else "invalid")
    assert ("reasons" in line) == (case.status == 422)
    if case.status == 422:
        # what was sent stands neither in the answer nor in the log
        assert line["input"] is None
        assert SECRET not in json.dumps(line)
        # the client is told its own names
        assert SECRET not in answer.text or kind == "a name that is secret"


@pytest.mark.parametrize("kind", UNBOUNDED)
def test_unusual_inputs_are_refused_where_that_is_set(strict: Service, kind: str) -> None:
    case = UNBOUNDED[kind]
    answer, line = asked(strict, case.body, f"strict-{list(UNBOUNDED).index(kind)}")
    assert answer.status_code == case.strictly, answer.text[:500]
    assert named(line) == case.kinds
    assert "unusual" not in line
    assert {error["type"] for error in answer.json().get("errors", [])} >= {kind for _, kind in case.kinds}


def test_a_batch_names_the_rows(lenient: Service) -> None:
    rows = [CUSTOMER, {**CUSTOMER, "monthly_fee": 1e30}, {**CUSTOMER, "tenure_months": 10**30}, {"plan": 1}, CUSTOMER]
    body = json.dumps({"inputs": rows}).encode()
    answer = lenient.post(body, "/predict/batch", headers={"X-Request-ID": "rows-1"})
    assert ["error" in row for row in answer.json()["predictions"]] == [False, False, True, True, False]
    lines = {line["row"]: line for line in lenient.lines() if line["request_id"] == "rows-1"}
    assert sorted(lines) == [0, 1, 2, 3, 4]
    assert [lines[row]["outcome"] for row in range(5)] == ["ok", "ok", "invalid", "invalid", "ok"]
    assert lines[1]["unusual"] == [{"field": "monthly_fee", "kind": "above"}]
    assert lines[2]["reasons"] == [{"field": "tenure_months", "kind": "number_too_large"}]
    assert {"field": "plan", "kind": "string_type"} in lines[3]["reasons"]
    assert "unusual" not in lines[0]
    long = json.dumps({"inputs": [CUSTOMER, {**CUSTOMER, "plan": "a" * 100_001}]}).encode()
    refused = lenient.post(long, "/predict/batch").json()["predictions"]
    assert ["error" in row for row in refused] == [False, True]
    assert refused[1]["error"]["errors"][0]["type"] == "text_too_long"


def test_unusual_inputs_are_counted(lenient: Service) -> None:
    def counted() -> float:
        start = 'predict_unusual_inputs_total{field="country",kind="unseen"} '
        lines = httpx.get(lenient.url + "/metrics", timeout=60).text.splitlines()
        return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))

    before = counted()
    assert lenient.post({**CUSTOMER, "country": "XX"}).status_code == 200
    assert counted() == before + 1


def test_nothing_is_said_where_it_is_switched_off(churn: Example, tmp_path: Path) -> None:
    with served(churn.project, churn.bundle, tmp_path, INPUT_RANGES="off", MAX_TEXT="10") as fresh:
        _, line = asked(fresh, UNBOUNDED["units times 100"].body, "off-1")
        assert "unusual" not in line
        _, line = asked(fresh, json.dumps({**CUSTOMER, "country": "x" * 11}).encode(), "off-2")
        assert named(line) == {("country", "text_too_long")}
