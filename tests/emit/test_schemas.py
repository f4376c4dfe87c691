"""`schemas.py`: what an annotation of `predict` becomes, and what such a request takes and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nbexport import api, disk
from nbexport.plan import ExportRequest

NOTEBOOK = """\
# %%
from dataclasses import dataclass
from typing import Any, Literal, Optional, TypedDict
import datetime as dt
import numpy as np
from pydantic import BaseModel as Base
# %% tags=["define"]
@dataclass
class Customer:
    name: str
    age: float
class Answer(TypedDict):
    label: str
    scores: list[float]
class Item(Base):
    price: float
LIMIT = 3
# %% tags=["train"]
weight = np.array([1.0, 2.0])
# %% tags=["evaluate"]
metrics = {{"w": float(weight.sum())}}
# %% tags=["predict"]
{predict}
"""

ASK = """
import json, sys
import schemas
from pydantic import ValidationError
from nbexport_runtime.service.answers import members_of
from nbexport_runtime.service.calls import asker
from nbexport_runtime.service.wire import json_bytes
class Loaded:
    examples = []
    @property
    def function(self):
        import model
        return model.predict
    def predict(self, /, *args, **kwargs):
        import numpy
        return self.function({"weight": numpy.array([1.0, 2.0])}, *args, **kwargs)
ask = asker(Loaded(), schemas.PredictRequest)
for body in json.loads(sys.argv[1]):
    try:
        request = schemas.PredictRequest.model_validate_json(body)
    except ValidationError as error:
        print(json.dumps({"refused": [list(e["loc"]) for e in error.errors(include_url=False)]}))
    else:
        print(json_bytes(members_of(ask(request))).decode())
print(json.dumps([schemas.PredictRequest.model_json_schema(), schemas.PredictResponse.model_json_schema()]))
"""


def asked(folder: Path, predict: str, bodies: list[str]) -> tuple[list[Any], list[dict[str, Any]], str]:
    """What some bodies are answered, the schemas of request and response, and the text of `schemas.py`."""
    notebook, project = folder / "some.py", folder / "project"
    notebook.write_text(NOTEBOOK.format(predict=predict), encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, level=2, output=project))
    assert not isinstance(plan, api.Refused), plan.findings
    disk.apply(plan, force=False)
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(bodies)], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *answers, schemas = [json.loads(line) for line in done.stdout.splitlines()]
    return answers, schemas, (project / "schemas.py").read_text(encoding="utf-8")


CASES: dict[str, tuple[str, list[tuple[str, Any]]]] = {
    "scalars": (
        "def predict(a: int, b: float = 2.0, *, c: bool = False) -> float:\n    return float(a + b + c)",
        [
            ('{"a": 1}', {"result": 3.0}),
            ('{"a": 1, "b": 3, "c": true}', {"result": 5.0}),
            ('{"a": "1"}', {"refused": [["a"]]}),
            ('{"a": 1.5}', {"refused": [["a"]]}),
            ('{"a": 1, "b": 1e999}', {"refused": [["b"]]}),
            ('{"a": true, "d": 0}', {"refused": [["a"], ["d"]]}),
        ],
    ),
    "literal, optional, constant default": (
        """\
def predict(kind: Literal["x", "y"], n: Optional[int] = None, top: int = LIMIT) -> dict:
    return {"kind": kind, "n": n, "top": top}
""",
        [
            ('{"kind": "x"}', {"kind": "x", "n": None, "top": 3}),
            ('{"kind": "z"}', {"refused": [["kind"]]}),
        ],
    ),
    "dataclass in, TypedDict out": (
        'def predict(customer: Customer) -> Answer:\n    return {"label": customer.name, "scores": [customer.age]}',
        [
            ('{"customer": {"name": "a", "age": 3}}', {"label": "a", "scores": [3.0]}),
            ('{"customer": {"name": "a"}}', {"refused": [["customer", "age"]]}),
            ('{"customer": {"name": "a", "age": "3"}}', {"refused": [["customer", "age"]]}),
        ],
    ),
    "dataclass out": (
        "def predict(name: str) -> Customer:\n    return Customer(name, float('nan'))",
        [('{"name": "a"}', {"name": "a", "age": None})],
    ),
    "model in, model out": (
        "def predict(items: list[Item]) -> Item:\n    return Item(price=sum(i.price for i in items))",
        [
            ('{"items": [{"price": 1}, {"price": 2}]}', {"price": 3.0}),
            ('{"items": [{}]}', {"refused": [["items", 0, "price"]]}),
        ],
    ),
    "array in, array out": (
        "def predict(rows: np.ndarray) -> np.ndarray:\n    return rows @ weight",
        [
            ('{"rows": [[1, 2], [3.5, 0]]}', {"result": [5.0, 3.5]}),
            ('{"rows": {"base64": "AACAPwAAAEA=", "shape": [1, 2]}}', {"result": [5.0]}),
            ('{"rows": {"base64": "AACAPwAAAEA=", "shape": [3]}}', {"refused": [["rows"]]}),
            ('{"rows": [[1, 2], [3]]}', {"refused": [["rows"]]}),
            ('{"rows": [["1", 2]]}', {"refused": [["rows"]]}),
            ('{"rows": [[1, NaN]]}', {"refused": [["rows"]]}),
        ],
    ),
    "names that a model cannot have": (
        """\
def predict(copy: str, model_config: int, _x: int, int: "int" = 1) -> dict[str, Any]:
    return {"copy": copy, "sum": model_config + _x + int}
""",
        [('{"copy": "a", "model_config": 1, "_x": 2}', {"copy": "a", "sum": 4}), ('{"field_copy": "a"}', None)],
    ),
    "names that ours must not meet": (
        """\
def predict(state: str, definitions: int, self: int = 1) -> dict:
    return {"class": state, "model_version": definitions + self, "bundle_version": 0}
""",
        [('{"state": "a", "definitions": 1}', {"class": "a", "model_version": 2, "bundle_version": 0})],
    ),
    "nan is null": (
        """\
def predict(x: float = float("nan"), rows: list[float] = (1.0,)) -> dict:
    return {"missing": [x != x, *(r != r for r in rows)]}
predict(1.0, [2.0, np.nan])
""",
        [
            ("{}", {"missing": [True, False]}),
            ('{"x": null, "rows": [1, null]}', {"missing": [True, False, True]}),
            ('{"x": 1, "rows": [1e999]}', {"refused": [["rows", 0]]}),
            ('{"x": "1"}', {"refused": [["x"]]}),
        ],
    ),
    "by place only, text annotations, dates": (
        'def predict(day: "dt.date", /, note: "str | None" = None) -> str:\n    return f"{day.year}{note}"',
        [('{"day": "2026-01-02"}', {"result": "2026None"}), ('{"day": 3}', {"refused": [["day"]]})],
    ),
    "numpy scalars and odd keys": (
        "def predict(n: int) -> dict:\n    return {1: np.float32(0.5), 'a': {(1, 2): np.arange(n)}, 'b': '\\ud800'}",
        [('{"n": 2}', {"1": 0.5, "a": {"(1, 2)": [0, 1]}, "b": "?"})],
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_requests_and_answers(kind: str, tmp_path: Path) -> None:
    predict, cases = CASES[kind]
    answers, _, text = asked(tmp_path, predict, [body for body, _ in cases])
    for answer, (body, expected) in zip(answers, cases, strict=True):
        if expected is None:
            assert "refused" in answer, body
        else:
            assert answer == expected, (body, text)


def test_the_response_tells_what_can_be_seen(tmp_path: Path) -> None:
    predict = (
        "def predict(n: int) -> dict:\n    if n:\n        return {'a': f'{n}', 'b': len('x'), 'c': 1, 'd': n}\n"
        "    return {'a': 'x', 'b': int(n), 'c': 'one'}"
    )
    _, (_, schema), _ = asked(tmp_path, predict, [])
    known = {name: about.get("type") for name, about in schema["properties"].items()}
    assert known == {"a": "string", "b": "integer", "c": None, "model_version": "string"}
    assert schema["required"] == ["a", "b", "c", "model_version"]


def test_literal_examples_of_the_notebook_are_shown(tmp_path: Path) -> None:
    predict = f"""\
def predict(n: int, copy: list[float] = (1.0,), text: str = "") -> int:
    return n
predict(1, [2.0, 3.0])
predict(n=2, text='a "quoted" \\\\ text')
predict(np.int64(3))
predict(4, text="{"long" * 200}")
"""
    _, (schema, _), text = asked(tmp_path, predict, [])
    assert schema["examples"] == [{"n": 1, "copy": [2.0, 3.0]}, {"n": 2, "text": 'a "quoted" \\ text'}]
    assert "long" not in text


def test_the_version_gets_another_name_where_predict_answers_one(tmp_path: Path) -> None:
    _, (_, schema), _ = asked(
        tmp_path, "def predict(n: int) -> dict:\n    return {'model_version': 'mine', 'if': n}", []
    )
    assert schema["required"] == ["bundle_version"]
    (tmp_path / "both").mkdir()
    _, (_, schema), _ = asked(tmp_path / "both", "def predict(n: int) -> dict:\n    return {'bundle_version': n}", [])
    assert schema["required"] == ["bundle_version", "bundle_version_"]


@pytest.mark.parametrize(
    ("predict", "needed"),
    [
        ("def predict(n: int, w: float = float(weight[0])) -> float:\n    return n * w", "`weight` as a default"),
        ("@keep\ndef predict(n: int) -> float:\n    return n * weight[0]", "`keep` as a decorator"),
    ],
)
@pytest.mark.parametrize("level", [1, 2])
def test_a_predict_that_a_stage_holds_is_refused(predict: str, needed: str, level: int, tmp_path: Path) -> None:
    # changed after it was made, the weight is a value of its stage and no constant
    text = NOTEBOOK.replace("LIMIT = 3", "def keep(f):\n    return f").replace("2.0])\n", "2.0])\nweight += 1\n")
    text = text.format(predict=predict)
    notebook = tmp_path / "some.py"
    notebook.write_text(text, encoding="utf-8")
    plan = api.plan(ExportRequest(notebook, level=level, output=tmp_path / "project"))
    assert isinstance(plan, api.Refused)
    assert any(f"`predict` needs {needed}" in finding.problem.message for finding in plan.against)
