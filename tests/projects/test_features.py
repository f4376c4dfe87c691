"""Features of the churn example: proposed, switched on, brought online, and asked for by a customer's id."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from projects.compiled import compiled
from projects.conftest import EXAMPLES, Done, run
from projects.serving import served


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The churn example at level 4, trained, with the features that it proposes."""
    folder = tmp_path_factory.mktemp("features")
    shutil.copytree(EXAMPLES / "churn", folder / "notebook")
    output = folder / "churn"
    done = run("-m", "nbexport", "churn.ipynb", "--level", "4", "--output", output, cwd=folder / "notebook")
    assert done.returncode == 0, done.stdout + done.stderr
    settings = output / "platform.toml"
    before, mark, after = settings.read_text().partition("# [[features]]\n")
    view, end, others = after.partition("\n\n")
    shown = "\n".join(line.removeprefix("# ") for line in (mark + view).splitlines())
    settings.write_text(before + shown + end + others)
    done = run("train.py", "--output", "models/demo", cwd=compiled(output))
    assert done.returncode == 0, done.stdout + done.stderr
    return output


def features(project: Path, *words: str, code: int = 0) -> Done:
    done = run("features.py", *words, cwd=project)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.mark.slow(minutes=2)
def test_a_customer_is_asked_for_by_id(project: Path, tmp_path: Path) -> None:
    assert "the definitions fit" in features(project, "apply").stdout
    with (project / "customers.csv").open() as file:
        customers = list(csv.DictReader(file))
    features(project, "check", code=10)
    found = json.loads(features(project, "materialize", "--json").stdout)
    assert found["views"][0]["changed"] == len(customers)
    assert json.loads(features(project, "materialize", "--json").stdout)["views"][0]["changed"] == 0
    features(project, "check")
    whole = next(row for row in customers if all(row.values()))
    id_ = whole["customer_id"]
    shown = json.loads(features(project, "get", "customer", id_, "--json").stdout)
    assert (shown["values"]["plan"], shown["event_time"]) == (whole["plan"], "2026-03-01T00:00:00+00:00")
    features(project, "get", "customer", "nobody", code=10)
    values = {
        "plan": whole["plan"],
        "monthly_fee": float(whole["monthly_fee"]),
        "tenure_months": int(whole["tenure_months"]),
        "signup_date": whole["signup_date"],
        "country": whole["country"],
        "support_tickets": int(whole["support_tickets"]),
    }
    with served(project, project / "models" / "demo", tmp_path) as service:
        by_id = service.post({"customer_id": id_})
        by_values = service.post(values)
        nobody = service.post({"customer_id": "nobody"})
        batch = service.post({"inputs": [{"customer_id": int(id_)}, values]}, "/predict/batch")
        lines = service.lines()
    assert by_id.status_code == 200, by_id.text
    assert by_id.json() == by_values.json()
    assert (nobody.status_code, nobody.json()["type"]) == (422, "urn:problem:no_features")
    assert [answer["probability"] for answer in batch.json()["predictions"]] == [by_id.json()["probability"]] * 2
    assert lines[0]["input"] == lines[1]["input"] == values
    assert lines[0]["features"]["plan"] == {"value": whole["plan"], "source": "online"}
    assert lines[0]["feature_time"] == "2026-03-01T00:00:00.000+00:00"
    assert "features" not in lines[1]


@pytest.mark.slow(minutes=2)
def test_a_file_for_training_is_joined(project: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text("customer_id,time,churned\n40001,2026-03-02,1\n40001,2026-02-28,0\nnobody,2026-03-02,0\n")
    joined = tmp_path / "joined.csv"
    features(project, "get", "--as-of", str(asked), "--output", str(joined))
    with joined.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["churned"] for row in rows] == ["1", "0", "0"]
    assert [bool(row["plan"]) for row in rows] == [True, False, False]


@pytest.mark.slow(minutes=2)
def test_what_does_not_fit_is_told(project: Path) -> None:
    settings = project / "platform.toml"
    text = settings.read_text()
    try:
        settings.write_text(text.replace('"support_tickets"]', '"support_tickets", "sum"]'))
        assert "the source has no column `sum`" in features(project, "apply", code=10).stdout
        settings.write_text(text + '\ntypes = { monthly_fee = "VARCHAR" }\n')
        assert (
            "`monthly_fee` is VARCHAR, and `predict` takes another type" in features(project, "apply", code=10).stdout
        )
        settings.write_text(text.replace('missing = "refuse"', 'missing = "drop"'))
        assert 'missing is "refuse" or "fill"' in features(project, "apply", code=1).stderr
        settings.write_text("")
        assert "has no [[features]]" in features(project, "check", code=1).stderr
    finally:
        settings.write_text(text)
    assert "is not a time" in features(project, "materialize", "--to", "soon", code=1).stderr
    features(project, "get", "customer", code=2)
    features(project, "get", "--as-of", "x.csv", code=2)
    later = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert "add --rebuild" in features(project, "materialize", "--to", later, code=1).stderr
