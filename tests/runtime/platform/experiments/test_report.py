"""The result for people: a terminal, Markdown, a page; and for Prometheus."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import analysis, gauges, page, report
from nbexport_runtime.platform.experiments.analysis import Analysis
from nbexport_runtime.platform.experiments.plan import Metric
from runtime.platform.experiments.made import later, planned, running, traffic

NASTY = '<script>alert("x")</script> | `a` *b*'


@pytest.fixture(scope="module")
def shipped() -> Analysis:
    """An experiment whose treatment is better."""
    guards = (Metric("latency", "", "down", tolerance=1.0), Metric("error", "", "down"))
    plan = planned(horizon_units=6000, guard_rails=guards, hypothesis=NASTY)
    return analysis.analyze(traffic(plan, 6000, (0.05, 0.1)), plan, running(plan), later(6000))


@pytest.fixture(scope="module")
def mismatched() -> Analysis:
    """An experiment that must not be concluded from."""
    plan = planned(horizon_units=6000)
    return analysis.analyze(traffic(plan, 6000, (0.05, 0.1), shares=(60, 40)), plan, running(plan), later(6000))


class Tags(HTMLParser):
    """What a page consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_terminal_gets_the_answer_first_and_the_next_command(shipped: Analysis) -> None:
    lines = report.text(shipped)
    assert lines[0] == "buttons: ship treatment (v2)"
    assert lines[-1].endswith("`python experiment.py stop buttons --ship`")
    assert any("primary, outcome:bought, treatment: +0.0" in line and line.endswith("better") for line in lines)


def test_markdown_has_figures_and_rule_and_no_code_of_others(shipped: Analysis) -> None:
    text = report.markdown(shipped)
    assert text.startswith("## buttons: ship `treatment` (`v2`)")
    assert "<script>" not in text
    table = [line for line in text.splitlines() if line.startswith("| outcome:bought")]
    assert len(table) == 1
    assert table[0].count(" | ") == len(report.HEADS) - 1
    assert "1. No answer yet" in text


def test_the_page_is_static_and_loads_nothing(shipped: Analysis) -> None:
    html = page.html(shipped)
    tags = Tags()
    tags.feed(html)
    assert not [tag for tag, _ in tags.found if tag in ("script", "link", "img", "iframe", "object")]
    addresses = [
        value for _, facts in tags.found for name, value in facts.items() if name in ("src", "href", "xlink:href")
    ]
    assert all(str(address).startswith("#") for address in addresses)
    assert "url(http" not in html
    assert "&lt;script&gt;" in html


def test_the_page_shows_effects_guard_rails_and_exposures_as_plots(shipped: Analysis) -> None:
    html = page.html(shipped)
    plots = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(plots) == 4
    for plot in plots:
        ET.fromstring(plot)
    assert "minimum effect" in plots[0]
    assert "confidence sequence, 95 %" in plots[0]
    assert "tolerance" in plots[1]
    assert "exposed units" in plots[3]
    assert page.html(shipped) == html


def test_a_mismatch_is_the_only_thing_that_is_said(mismatched: Analysis) -> None:
    html = page.html(mismatched)
    assert html.count("<svg") == 1
    assert "sample-ratio mismatch" in html
    assert "sample\\-ratio mismatch" in report.markdown(mismatched)
    assert "outcome:bought" not in report.markdown(mismatched)
    assert dict_of(mismatched)['experiment_mismatch{experiment="buttons"}'] == 1


def dict_of(found: Analysis) -> dict[str, float]:
    return {f"{name}{{{labels}}}": value for name, labels, value in gauges.of(found)}


def test_prometheus_gets_the_figures_in_one_file(shipped: Analysis, tmp_path: Path) -> None:
    path = gauges.write(Project(tmp_path, tmp_path), [shipped])
    assert path == tmp_path / "models" / "metrics" / "experiments.prom"
    lines = path.read_text("utf-8").splitlines()
    samples = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    own = 'experiment="buttons",arm="treatment",metric="outcome:bought",role="primary"'
    low, high = (float(samples[f'experiment_difference{{{own},bound="{bound}"}}']) for bound in ("low", "high"))
    assert 0 < low < high
    assert samples['experiment_verdict{experiment="buttons"}'] == "1"
    assert samples['experiment_mismatch{experiment="buttons"}'] == "0"
    assert float(samples['experiment_exposed_units{experiment="buttons",arm="control"}']) > 2500
    other = replace(shipped, plan=replace(shipped.plan, name="other"))
    for _ in range(2):
        gauges.write(Project(tmp_path, tmp_path), [other])
    both = path.read_text("utf-8").splitlines()
    assert set(lines) < set(both)
    assert len(both) == len(set(both)) == len(lines) + len(samples)
    assert gauges.labeled(arm='a"\\') == r'arm="a\"\\"'
