"""New data against the schema that was learned from the notebook's own: what is wrong, and what a person decides."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nbexport_runtime.pipeline import project as projects
from nbexport_runtime.pipeline import validation
from nbexport_runtime.pipeline.files import digest_of, digests, write_json
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.pipeline.validation import Report

RUNTIME = Path(__file__).parents[3] / "runtime" / "nbexport_runtime"
OWN = ("definitions", "model", "stages", "train")
TRAIN = """
from pathlib import Path
from nbexport_runtime.training import Parser

def options():
    parser = Parser("")
    parser.add_argument("--data", type=Path, default={data})
    parser.add_argument("--seed", type=int, default=3)
    return parser
"""
STAGES = """
from nbexport_runtime.pipeline import Stage, Stages
STAGES = Stages("some.ipynb", ({stages},))
"""
READS = """
import pandas as pd

def load_data(data):
    df = pd.read_csv(data)
    return df.drop(columns="left"), df["left"]
"""
DATA = 'Stage("load_data", "data", gives=("X", "y"), path="data")'


def rows(count: int = 400, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.integers(18, 80, count),
            "plan": random.choice(["basic", "plus"], count),
            "fee": random.normal(20, 4, count).round(4),
            "left": (random.random(count) < 0.3).astype(int),
        }
    )


Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Writes a project by hand; the modules of the last one are forgotten."""

    def forget() -> None:
        for name in OWN:
            sys.modules.pop(name, None)

    def written(model: str = READS, data: str | None = "rows.csv", stages: str = DATA, **files: str) -> Project:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "nbexport_runtime").symlink_to(RUNTIME)
        default = "None" if data is None else f"Path({data!r})"
        texts = {"model": model, "train": TRAIN.format(data=default), "stages": STAGES.format(stages=stages), **files}
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        (folder / "pipeline.toml").write_text("", encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
        return projects.of(folder)

    forget()
    yield written
    forget()


def data_set(folder: Path, files: dict[str, bytes]) -> Path:
    """A data set with an id, as `fetch` leaves it."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    whole = digests(folder)
    write_json(folder / "dataset.json", {"id": f"d-{folder.name}", "sha256": digest_of(whole), "files": whole})
    return folder


def fresh(own: Project, frame: pd.DataFrame | bytes, name: str = "fresh") -> Path:
    content = frame if isinstance(frame, bytes) else frame.to_csv(index=False).encode()
    return data_set(own.root / name, {"rows.csv": content})


def kinds(report: Report) -> set[tuple[str, str]]:
    return {(severity, finding.kind) for severity, finding in report.findings}


def edit(own: Project, change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads(own.schema.read_text(encoding="utf-8"))
    change(content)
    own.schema.write_text(json.dumps(content), encoding="utf-8")


# ------------------------------------------------------------------ as the notebook's own reader reads it


def test_the_options_of_the_notebooks_reader_hold(make: Make) -> None:
    own = make(READS.replace("read_csv(data)", "read_csv(data, sep=';', decimal=',', encoding='latin-1')"))
    frame = rows().assign(plan=lambda f: f["plan"].replace("plus", "plüs"))
    content = frame.to_csv(index=False, sep=";", decimal=",").encode("latin-1")
    (own.root / "rows.csv").write_bytes(content)
    assert validation.check(own, fresh(own, content)).findings == []
    known = json.loads(own.schema.read_text(encoding="utf-8"))["tables"]["rows.csv"]
    assert known["columns"]["fee"]["type"] == "number"
    assert list(known["columns"]["plan"]["categories"]) == ["basic", "plüs"]
    assert known["label"] == "left"
    # what other readers take for the right form is wrong here
    usual = validation.check(own, fresh(own, frame, "usual"))
    assert {("error", "delimiter"), ("error", "header"), ("error", "encoding")} <= kinds(usual)


def test_a_reader_by_its_name_in_a_module_of_the_project_is_seen(make: Make) -> None:
    helper = "from pandas import read_csv\n\ndef read(path):\n    return read_csv(path, sep=';')\n"
    model = "from definitions import read\n\ndef load_data(data):\n    df = read(data)\n    return df, df['left']\n"
    own = make(model, definitions=helper)
    (own.root / "rows.csv").write_text(rows().to_csv(index=False, sep=";"), encoding="utf-8")
    validation.check(own, fresh(own, rows().to_csv(index=False, sep=";").encode()))
    known = json.loads(own.schema.read_text(encoding="utf-8"))["tables"]["rows.csv"]
    assert (list(known["columns"]), known["label"]) == (["age", "plan", "fee", "left"], "left")


def test_what_the_notebook_does_to_the_table_later_does_not_matter(make: Make) -> None:
    model = """
import pandas as pd

def load_data(data):
    head = pd.read_csv(data, nrows=5)
    df = pd.read_csv(data)
    df.loc[:, "age"] = -1
    df["fee"] = "gone"
    df.drop(columns="plan", inplace=True)
    return df, df["left"].to_numpy()
"""
    own = make(model)
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    report = validation.check(own, fresh(own, rows()))
    assert (report.findings, report.rows, report.checked) == ([], 400, 4)
    known = json.loads(own.schema.read_text(encoding="utf-8"))["tables"]["rows.csv"]
    assert known["columns"]["age"]["min"] >= 18
    # an array without a name is known by how often each class occurs
    assert known["label"] == "left"


def test_several_files_are_tables_of_their_own_and_one_may_be_missing(make: Make) -> None:
    model = """
import pandas as pd

def load_data(data):
    a = pd.read_csv(data / "a.csv")
    b = pd.read_csv(data / "deep" / "b.csv")
    return a, b["x"]
"""
    own = make(model, "in")
    text = rows().to_csv(index=False).encode()
    (own.root / "in" / "deep").mkdir(parents=True)
    (own.root / "in" / "a.csv").write_bytes(text)
    (own.root / "in" / "deep" / "b.csv").write_bytes(b"x\n" + b"1\n2\n3\n" * 30)
    report = validation.check(own, data_set(own.root / "now", {"a.csv": text}))
    assert kinds(report) == {("error", "missing_file"), ("error", "unreadable")}
    assert report.errors[0] == "`deep/b.csv` is missing"
    assert "FileNotFoundError" in report.errors[1]


def test_a_table_that_is_read_in_chunks_is_read_by_the_csv_module(make: Make) -> None:
    model = """
import pandas as pd

def load_data(data):
    return sum(len(part) for part in pd.read_csv(data, chunksize=50))
"""
    own = make(model, stages='Stage("load_data", "data", gives=("n",), path="data")')
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    report = validation.check(own, fresh(own, rows().drop(columns="plan")))
    assert kinds(report) == {("error", "missing_column")}
    assert any("returns no table but a TextFileReader" in text for text in report.not_checked)


def test_a_project_without_pandas_is_checked_too(make: Make) -> None:
    model = """
import csv

def load_data(data):
    with open(data, newline="") as file:
        records = list(csv.DictReader(file))
    return records, [record["left"] for record in records]
"""
    own = make(model, pandas="raise ImportError('not here')", polars="raise ImportError('not here')")
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    assert validation.check(own, fresh(own, rows())).findings == []
    known = json.loads(own.schema.read_text(encoding="utf-8"))["tables"]["rows.csv"]
    assert {name: facts["type"] for name, facts in known["columns"].items()} == {
        "age": "integer",
        "plan": "text",
        "fee": "number",
        "left": "integer",
    }
    assert known["label"] == "left"
    comma = rows().assign(fee=lambda f: [f"{fee:.2f}".replace(".", ",") for fee in f["fee"]])
    assert kinds(validation.check(own, fresh(own, comma, "comma"))) == {("error", "decimal_comma")}


def test_json_lines_are_tables_too(make: Make) -> None:
    model = """
import json

def load_data(data):
    return [json.loads(line) for line in open(data)], []
"""
    own = make(model, "rows.jsonl")
    lines = "".join(json.dumps(record) + "\n" for record in rows().to_dict("records"))
    (own.root / "rows.jsonl").write_text(lines, encoding="utf-8")
    same = data_set(own.root / "same", {"rows.jsonl": lines.encode()})
    assert validation.check(own, same).findings == []
    gone = lines.replace('"plan"', '"tariff"').encode()
    report = validation.check(own, data_set(own.root / "gone", {"rows.jsonl": gone}))
    assert kinds(report) == {("error", "renamed_column")}
    assert report.errors == ["`rows.jsonl` has no column `plan`; is it `tariff`?"]


ARRAYS = """
import numpy as np

def load_data(data):
    X = np.load(data / "X.npy") * 1.0
    y = np.load(data / "y.npy")
    return X, y
"""


def arrays(folder: Path, x: Any, y: Any) -> Path:
    folder.mkdir()
    np.save(folder / "X.npy", x)
    np.save(folder / "y.npy", y)
    return data_set(folder / "set", {name: (folder / name).read_bytes() for name in ("X.npy", "y.npy")})


def test_arrays_are_checked_by_shape_type_missing_values_and_balance(make: Make) -> None:
    own = make(ARRAYS, "in")
    random = np.random.default_rng(5)
    x, y = random.normal(size=(300, 8, 8)).astype("float32"), random.integers(0, 10, 300)
    arrays(own.root / "in", x, y)
    again = arrays(own.root / "again", random.normal(size=(280, 8, 8)).astype("float32"), random.integers(0, 10, 280))
    assert validation.check(own, again).findings == []
    broken = x.copy()
    broken[0, 0, 0] = np.inf
    report = validation.check(own, arrays(own.root / "broken", broken, np.zeros_like(y)))
    assert kinds(report) == {("error", "infinite"), ("error", "one_class")}
    other = validation.check(own, arrays(own.root / "other", x[:, :, :7], y))
    assert kinds(other) == {("error", "shape")}
    missing = np.where(random.random(x.shape) < 0.2, np.nan, x)
    assert kinds(validation.check(own, arrays(own.root / "missing", missing, y))) == {("error", "missing_values")}


def test_files_that_nobody_looks_into_are_counted_and_that_is_said(make: Make) -> None:
    model = (
        "def load_data(data):\n    paths = sorted(data.rglob('*.png'))\n    return [iter(()) for _ in paths], None\n"
    )
    own = make(model, "in")
    images = {f"cats/{number}.png": b"\x89PNG" for number in range(100)}
    data_set(own.root / "in", images)
    report = validation.check(own, data_set(own.root / "few", dict(list(images.items())[:30])))
    assert report.errors == ["`files` has 30 files, the known data had 100"]
    assert any("what the 30 files hold" in text for text in report.not_checked)


def test_the_label_may_only_appear_once_features_are_prepared(make: Make) -> None:
    model = """
import pandas as pd

def load_data(data):
    return pd.read_csv(data)

def prepare(df):
    return df[["age", "fee"]].to_numpy(), [{0: "stays", 1: "leaves"}[value] for value in df["left"]]
"""
    stages = (
        'Stage("load_data", "data", gives=("df",), path="data"), '
        'Stage("prepare", "features", takes=("df",), gives=("X", "y"))'
    )
    own = make(model, stages=stages)
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    report = validation.check(own, fresh(own, rows().assign(left=0)))
    assert kinds(report) == {("error", "one_class")}


# ------------------------------------------------------------------ the schema


def test_the_notebooks_own_data_is_the_reference_and_not_what_was_fetched(make: Make) -> None:
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    report = validation.check(own, fresh(own, rows().assign(plan=None)))
    assert kinds(report) == {("error", "all_missing")}
    assert "learned `data_schema.json` from `rows.csv`, the notebook's own data" in report.remarks[0]


def test_without_a_copy_the_first_data_set_is_the_reference(make: Make) -> None:
    own = make()
    report = validation.check(own, fresh(own, rows()))
    assert report.valid
    assert "from data set d-fresh: look at it" in report.remarks[0]
    assert not validation.check(own, fresh(own, rows().drop(columns="plan"), "next")).valid


def test_a_machine_that_forgot_learns_from_what_production_was_trained_on(make: Make) -> None:
    own = make()
    own.sets.mkdir(parents=True)
    data_set(own.sets / "d-first", {"rows.csv": rows().to_csv(index=False).encode()})
    write_json(own.production / "manifest.json", {"version": "v1", "data_set": {"id": "d-first"}})
    report = validation.check(own, fresh(own, rows().drop(columns="plan")))
    assert kinds(report) == {("error", "missing_column")}
    assert "from data set d-first, which production was trained on: look at it" in report.remarks[0]


def test_a_schema_of_format_1_is_read(make: Make) -> None:
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    columns = {
        "age": {"type": "integer", "missing": 0.0, "min": 18.0, "max": 79.0},
        "plan": {"type": "text", "missing": 0.0, "categories": ["basic", "plus"]},
        "fee": {"type": "number", "missing": 0.0, "min": 5.0, "max": 35.0},
        "left": {"type": "integer", "missing": 0.0, "min": 0.0, "max": 1.0},
    }
    old = {"format": 1, "tables": {"rows.csv": {"rows": 400, "duplicates": 0.0, "columns": columns}}}
    own.schema.write_text(json.dumps(old), encoding="utf-8")
    same = validation.check(own, fresh(own, rows()))
    assert same.findings == []
    assert "delete it to learn it again" in same.not_checked[0]
    wrong = rows().assign(plan="student", fee=lambda f: f["fee"] * 100)
    assert kinds(validation.check(own, fresh(own, wrong, "wrong"))) == {
        ("error", "new_category"),
        ("error", "outliers"),
    }
    report = validation.accept(own, fresh(own, wrong, "meant"), "a new tariff")
    assert report.valid
    assert json.loads(own.schema.read_text(encoding="utf-8"))["format"] == 2


def test_a_severity_holds_for_all_tables_for_one_and_for_one_column(make: Make) -> None:
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    constant = rows().assign(plan="basic", age=30)
    data = fresh(own, constant)
    assert validation.check(own, data).errors[0].startswith("`rows.csv`: `age` is `30` in every row")
    edit(own, lambda known: known["severity"].update(constant="warning"))
    assert kinds(validation.check(own, data)) == {("warning", "constant")}
    edit(own, lambda known: known["tables"]["rows.csv"].update(severity={"constant": "error"}))
    assert kinds(validation.check(own, data)) == {("error", "constant")}
    edit(own, lambda known: known["tables"]["rows.csv"]["columns"]["plan"].update(severity={"constant": "off"}))
    report = validation.check(own, data)
    assert [severity for severity, _ in report.findings] == ["error", "off"]
    assert report.errors[0].startswith("`rows.csv`: `age`")
    assert report.ignored[0].startswith("`rows.csv`: `plan`")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda known: known["severity"].update(constnat="off"), "`constnat` is not a kind of problem; known are "),
        (
            lambda known: known["severity"].update(constant="maybe"),
            "`constant` is one of error, warning, off, not `maybe`",
        ),
        (lambda known: known.update(tables=[]), "`tables` must be an object"),
        (lambda known: known.update(format=3), "has format 3, this version reads 2"),
    ],
)
def test_a_mistake_in_the_schema_is_named(make: Make, change: Any, message: str) -> None:
    own = make()
    data = fresh(own, rows())
    validation.check(own, data)
    edit(own, change)
    with pytest.raises(PipelineError, match=r"data_schema\.json") as caught:
        validation.check(own, data)
    assert message in str(caught.value)


def test_code_that_cannot_read_the_notebooks_own_data_is_named(make: Make) -> None:
    own = make()
    (own.root / "rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=r"`load_data` fails: KeyError"):
        validation.check(own, fresh(own, rows()))


def test_code_that_ends_the_process_is_named(make: Make) -> None:
    own = make("import os\n\ndef load_data(data):\n    os._exit(3)\n")
    with pytest.raises(PipelineError, match="cannot be looked at with the project's own code: it ended with 3"):
        validation.check(own, fresh(own, rows()))


def test_a_secret_that_is_not_set_is_trouble_and_one_that_is_set_is_not_shown(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = """
import pandas as pd

def load_data(data, *, token):
    df = pd.read_csv(data)
    if "plan" not in df:
        raise ValueError(f"{token} finds no plan")
    return df, df["left"]
"""
    train = TRAIN.format(data="Path('rows.csv')") + "    parser.set_defaults(token=Secret('SHOP_TOKEN'))\n"
    train = train.replace("    return parser\n", "").replace(
        "from pathlib", "from nbexport_runtime.secret import Secret\nfrom pathlib"
    )
    stages = 'Stage("load_data", "data", gives=("X", "y"), parameters=("token",), secrets=("token",), path="data")'
    own = make(model, stages=stages, train=f"{train}    return parser\n")
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    data = fresh(own, rows())
    with pytest.raises(PipelineError, match="SHOP_TOKEN"):
        validation.check(own, data)
    assert not own.schema.exists()
    monkeypatch.setenv("SHOP_TOKEN", "hush-hush-hush")
    assert validation.check(own, data).valid
    report = validation.check(own, fresh(own, rows().drop(columns="plan"), "gone"))
    assert "ValueError: *** finds no plan" in report.errors[-1]


# ------------------------------------------------------------------ accepting


def test_a_change_is_accepted_with_a_record_of_who_and_why(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COUNT", "1"), ("KEY_0", "user.name"), ("VALUE_0", "Ann")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    new = rows(1500, 3).rename(columns={"fee": "monthly_fee"}).assign(plan="student", region="north")
    data = fresh(own, new)
    refused = validation.check(own, data)
    expected = {("error", "renamed_column"), ("error", "constant"), ("warning", "new_column"), ("warning", "more_rows")}
    assert kinds(refused) == expected
    (advice,) = refused.what_to_do
    assert '`python scripts/fetch_data.py --version d-fresh --accept "REASON"`, and commit' in advice
    edit(own, lambda known: known["tables"]["rows.csv"]["columns"]["plan"].update(severity={"constant": "warning"}))
    report = validation.accept(own, data, "one tariff for students")
    assert report.findings == []
    assert report.remarks == ["accepted by Ann: one tariff for students; commit `data_schema.json`"]
    assert validation.check(own, fresh(own, new, "later")).findings == []
    known = json.loads(own.schema.read_text(encoding="utf-8"))
    (record,) = known["accepted"]
    assert (record["who"], record["reason"], record["data_set"]) == ("Ann", "one tariff for students", "d-fresh")
    assert any("`monthly_fee`" not in text and "`fee`" in text for text in record["what"])
    table = known["tables"]["rows.csv"]
    assert sorted(table["columns"]) == ["age", "left", "monthly_fee", "plan", "region"]
    assert (table["rows"], table["columns"]["plan"]["severity"]) == (1500, {"constant": "warning"})
    # what did not change is still checked
    assert kinds(validation.check(own, fresh(own, new.assign(age=new["age"] * 100), "cents"))) == {("error", "scale")}
    # and the old form is refused by now
    assert not validation.check(own, fresh(own, rows(), "old")).valid


def test_what_cannot_be_learned_is_not_accepted(make: Make) -> None:
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    data = fresh(own, rows().assign(plan="student").to_csv(index=False).encode().replace(b"student", b"stu\0dent", 9))
    before = validation.check(own, data)
    known = own.schema.read_bytes()
    report = validation.accept(own, data, "looks fine to me")
    assert not report.valid
    assert report.errors == before.errors
    assert report.what_to_do[-1] == "fix the data: `nul_bytes` cannot be learned"
    assert own.schema.read_bytes() == known


@pytest.mark.parametrize(
    ("frame", "reason", "message"), [(rows(), "why", "nothing to accept"), (rows(20), " ", "a reason")]
)
def test_accepting_needs_a_change_and_a_reason(make: Make, frame: pd.DataFrame, reason: str, message: str) -> None:
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    with pytest.raises(PipelineError, match=message):
        validation.accept(own, fresh(own, frame), reason)


# ------------------------------------------------------------------ the report


def test_the_report_is_kept_for_programs_and_for_people(make: Make) -> None:
    own = make()
    (own.root / "rows.csv").write_text(rows().to_csv(index=False), encoding="utf-8")
    frame = rows().assign(plan="a|b `c`", region=1)
    report = validation.check(own, fresh(own, frame))
    kept = json.loads((own.reports / "d-fresh.json").read_text(encoding="utf-8"))
    assert (kept["valid"], kept["rows"], kept["columns"], kept["data_set"]) == (False, 400, 5, "d-fresh")
    assert kept["errors"] == report.errors
    assert [entry["kind"] for entry in kept["findings"]] == ["new_column", "constant"]
    page = (own.reports / "d-fresh.md").read_text(encoding="utf-8")
    assert page.startswith("# Data set `d-fresh`\n\n**Refused.** 400 rows, 5 columns.\n")
    lines = page.splitlines()
    table = lines[lines.index("| severity | kind | what |") :]
    assert table[2].startswith("| error | `constant` | ")
    assert table[3].startswith("| warning | `new_column` | ")
    assert "`python scripts/fetch_data.py --version d-fresh --accept" in page
    # what a cell holds cannot break out of it
    assert "a\\|b" in table[2]
