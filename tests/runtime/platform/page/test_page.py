"""The page: what it says of two weeks, of nothing, and of hostile names; and that it is one quiet file."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import platform_logs
import platform_story
import pytest
import small_project
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.features.settings import View
from nbexport_runtime.platform.page import attention, exposition, gathering, html, plots, words
from nbexport_runtime.platform.page.state import Arm, Drifted, Event, Production, State
from nbexport_runtime.platform.settings import Settings
from platform_story import BROKEN, NEW, NOW, OLD, SETTINGS
from prometheus_client.parser import text_string_to_metric_families

VOID = frozenset(("meta", "br", "img", "link", "hr"))


class Elements(HTMLParser):
    """The elements of a page, and whether each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.addresses += [known[name] or "" for name in ("src", "href", "xlink:href", "action") if name in known]
        assert not any(name.startswith("on") for name in known)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, duckdb.DuckDBPyConnection]:
    """Two weeks of a project."""
    folder = tmp_path_factory.mktemp("story")
    platform_story.written(folder / "models")
    (folder / "pyproject.toml").write_text('[project]\nname = "churn"\n', encoding="utf-8")
    return Project(folder, folder), platform_story.logged()


@pytest.fixture(scope="module")
def state(story: tuple[Project, duckdb.DuckDBPyConnection]) -> State:
    """What is known of them."""
    return gathering.gather(*story, SETTINGS, now=NOW, days=14)


@pytest.fixture(scope="module")
def page(state: State) -> str:
    """The page of them."""
    return html.page(state, min_psi=0.1)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[State]:
    """A project that has nothing yet."""
    with platform_logs.tables() as tables:
        yield gathering.gather(Project(tmp_path, tmp_path), tables, Settings(), now=NOW, days=14, name="new")


def test_every_part_is_told(state: State, page: str) -> None:
    assert state.trouble == {}
    text = Elements(page).text
    for said in (
        "churn: platform report",
        "monthly_fee (median 19.9 → 24.9)",
        "took 20260314T231500-0badc0ffee00 back: 96 of 187 requests failed; the budget is 2 %",
        "Production answers all requests.",
        "16,427 requests in 14 days",
        "winback: shipped; answer: ship",
        "1 of 7 columns have drifted from training",
        "outcomes are known",
        "What happened",
        "became production, instead of",
        "Age of the values that predictions have used.",
    ):
        assert said in text, said


def test_the_figures_are_those_of_the_log(story: tuple[Project, duckdb.DuckDBPyConnection], state: State) -> None:
    _, tables = story
    ((whole, failed, labels),) = tables.execute(
        "SELECT count(*), count(*) FILTER (outcome = 'error'), (SELECT count(*) FROM outcomes) FROM predictions"
    ).fetchall()
    assert (state.requests, sum(hour.failed for hour in state.hours)) == (whole, failed)
    assert sum(share.requests for share in state.shares) == sum(one.requests for one in state.served) == whole
    assert state.quality is not None
    assert 0.95 * labels < state.quality.labels <= state.quality.predictions < whole
    begins = [hour.begin for hour in state.hours]
    assert all(after - before == timedelta(hours=1) for before, after in itertools.pairwise(begins))
    assert state.production is not None
    assert (state.production.version, state.production.before) == (NEW, OLD)
    (experiment,) = state.experiments
    assert experiment.answer == "ship"
    assert experiment.effect is not None
    assert experiment.effect[0] < experiment.effect[1] < experiment.effect[2] < 0
    assert sum(units for *_, units in experiment.arms) > 2_000


def test_the_page_is_one_file_without_scripts_and_network(page: str) -> None:
    elements = Elements(page)
    assert "script" not in elements.names
    assert not {"img", "link", "iframe", "object", "form"} & set(elements.names)
    assert all(address.startswith("#") for address in elements.addresses)
    assert re.findall(r"url\((?!#)", page) == []
    assert "@import" not in page
    assert len(elements.ids) == len(set(elements.ids))
    assert elements.names.count("svg") == 7
    assert page.count('role="img" aria-label="') == 7
    assert len(page.encode()) < 600_000
    assert "default-src 'none'" in page


def test_the_same_state_is_the_same_page(state: State, page: str) -> None:
    assert html.page(state, min_psi=0.1) == page


def test_what_needs_attention_stands_first(state: State, page: str) -> None:
    assert [entry.urgency for entry in state.attention] == ["act", "look", "look"]
    assert page.index("What needs attention first") < page.index("Requests, errors and latency")
    failing = state.attention[1]
    assert BROKEN in failing.text
    # the candidate that failed is gone: nothing is to be rolled back
    assert "promote" not in failing.action


def test_a_project_without_anything_says_how_to_get_each_part(empty: State) -> None:
    text = Elements(html.page(empty, min_psi=0.1)).text
    assert empty.trouble == {}
    for said in (
        "No model is in production.",
        "uvicorn serve:app",
        "python retrain.py",
        "python outcomes.py add FILE",
        "python drift.py check --window 1d",
        "python experiment.py plan NAME",
        "python features.py apply",
        "python guard.py run",
    ):
        assert said in text, said
    assert "No model is in production yet." in words.lines(empty)[0]
    json.dumps(empty.facts(), default=str)


def test_text_of_a_project_is_escaped_in_html_and_in_plots(empty: State) -> None:
    bad = '<script>alert("x")</script> & $\\frac{1}{0}$ 漢字'
    hostile = replace(
        empty,
        project=bad,
        production=Production(bad, NOW, bad, bad, (Arm(bad, 100.0, bad),), (bad,)),
        events=(Event(NOW, "guard", bad),),
        drift=(Drifted(bad, "drift", 0.3, 0.2, (bad,)),),
        drift_checked=NOW,
        trouble={bad: bad},
    )
    hostile = replace(hostile, attention=tuple(attention.needed(hostile, SETTINGS)))
    text = html.page(hostile, min_psi=0.1)
    elements = Elements(text)
    assert "script" not in elements.names
    assert elements.text.count('<script>alert("x")</script>') >= 8


@pytest.mark.parametrize("arms", [["production"], ["production", "candidate", "candidate of an experiment"]])
def test_the_legend_of_long_names_stays_inside_of_its_plot(arms: list[str]) -> None:
    with plots.drawn() as (figure, axes):
        for version in ("00dd680d333a", "00dd680d333a-broken", "00dd680d333a-better"):
            for arm in arms:
                axes.bar([1, 2], [3, 4], label=f"{version} {arm}")
        plots.legend(axes, 2)
        figure.canvas.draw()
        assert axes.get_legend().get_window_extent().x1 <= figure.bbox.x1


def test_a_part_that_fails_is_named_and_the_others_are_told(
    story: tuple[Project, duckdb.DuckDBPyConnection], tmp_path: Path
) -> None:
    project, _ = story
    models = tmp_path / "models"
    platform_story.written(models)
    for name in ("guard.jsonl", "experiments.jsonl", "drift.jsonl"):
        with (models / name).open("ab") as file:
            file.write(b'{"torn": \n\xff\xfe\n[1, 2]\n{"time": "never", "columns": [3], "windows": "x"}\n{"time')
    (models / "experiments" / "broken.json").write_text("{", encoding="utf-8")
    (models / "traffic.json").write_text("[]", encoding="utf-8")
    with platform_logs.tables() as tables:
        tables.execute("DROP VIEW outcome_lines")
        tables.execute(
            "INSERT INTO predictions (time, date, arm, outcome) VALUES (?, ?, 'production', 'ok')", [NOW, NOW]
        )
        known = gathering.gather(Project(tmp_path, tmp_path), tables, SETTINGS, now=NOW + timedelta(hours=1), days=1)
    assert set(known.trouble) == {"quality", "project"}
    assert [experiment.status for experiment in known.experiments] == ["shipped", "cannot be told"]
    assert known.production is not None
    assert any(event.part == "guard" for event in known.events)
    text = Elements(html.page(known, min_psi=0.1)).text
    assert "The part “quality” cannot be told" in text
    assert project.root != tmp_path


@pytest.mark.parametrize(
    ("change", "said", "action"),
    [
        ({"hours": ()}, "There are no requests yet.", "See whether the service runs: curl"),
        ({"drift_checked": None}, "Drift was never checked.", "python drift.py check"),
        ({"drift_checked": NOW - timedelta(days=5)}, "Drift was last checked 5 days ago.", "python drift.py check"),
        ({"production": None}, "No model is in production.", "python retrain.py"),
    ],
)
def test_rules_of_attention(state: State, change: dict[str, object], said: str, action: str) -> None:
    found = attention.needed(replace(state, **change), SETTINGS)  # type: ignore[arg-type]
    assert said in [entry.text for entry in found]
    assert all(entry.action.startswith(action) for entry in found if entry.text == said)


def test_failures_of_production_ask_for_a_rollback_and_those_of_a_candidate_for_an_abort(state: State) -> None:
    production = state.production
    assert production is not None
    answering = replace(production, arms=(*production.arms, Arm(BROKEN, 10.0, "rollout")), mode="rollout")
    found = attention.needed(replace(state, production=answering), SETTINGS)
    assert [entry.action for entry in found if "failed; 2.0 % may" in entry.text] == ["python rollout.py abort"]
    failing = replace(state.served[0], failed=5_000, last=NOW)
    found = attention.needed(replace(state, served=(failing, *state.served[1:])), SETTINGS)
    assert [entry.action for entry in found if "failed; 2.0 % may" in entry.text] == ["python promote.py --rollback"]


def test_features_that_are_too_old_are_named(story: tuple[Project, duckdb.DuckDBPyConnection]) -> None:
    view = View("usage", "customer_id", "usage.csv", "day", columns=("fee",), max_age_days=0.25)
    known = gathering.gather(*story, replace(SETTINGS, features=(view,)), now=NOW, days=14)
    assert known.features[0].median_age_h == pytest.approx(7)
    assert "Features of usage were 7 h old; 6 h are allowed." in [entry.text for entry in known.attention]


def test_the_figures_are_exported_for_prometheus(state: State, empty: State, tmp_path: Path) -> None:
    exposition.write(tmp_path, state)
    families = list(text_string_to_metric_families((tmp_path / exposition.METRICS).read_text(encoding="utf-8")))
    assert {family.name for family in families} == set(exposition.GAUGES)
    samples = {(one.name, one.labels.get("urgency", "")): one.value for family in families for one in family.samples}
    assert samples["platform_attention", "act"] == 1
    assert samples["platform_reported_timestamp_seconds", ""] == NOW.replace(tzinfo=UTC).timestamp()
    exposition.write(tmp_path, empty)
    assert "platform_attention" in (tmp_path / exposition.METRICS).read_text(encoding="utf-8")


COMMAND = "from nbexport_runtime.platform.commands import platform_report\n\nplatform_report.main(__file__)\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--output", "out/report.html"], 0),
        (["--format", "text"], 0),
        (["--format", "json"], 0),
        (["--format", "text", "--output", "x"], 2),
        (["--days", "0"], 2),
        (["--output", "stages.py/report.html"], 1),
    ],
)
def test_the_command(tmp_path: Path, words: list[str], code: int) -> None:
    project = small_project.written(tmp_path)
    (project.code / "platform_report.py").write_text(COMMAND, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "platform_report.py", *words],
        cwd=project.code,
        env={**os.environ, "PYTHONPATH": small_project.RUNTIME},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if code:
        return
    assert (project.models / exposition.METRICS).is_file()
    if words[0] == "--output":
        text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
        assert "small: platform report" in Elements(text).text
        assert (tmp_path / "out" / "report.html").as_uri() in done.stdout
    elif words[1] == "json":
        assert json.loads(done.stdout)["attention"][0]["text"] == "No model is in production."
    else:
        assert "ACT   No model is in production." in done.stdout
