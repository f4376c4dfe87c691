"""The Grafana dashboard of a platform asks for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbexport_runtime
import pytest
from nbexport_runtime.platform.drift.journal import GAUGES as OF_DRIFT
from nbexport_runtime.platform.experiments.gauges import HELP as OF_EXPERIMENTS
from nbexport_runtime.platform.page.exposition import GAUGES as OF_REPORT

RUNTIME = Path(nbexport_runtime.__file__).parent
DASHBOARD = RUNTIME.parents[1] / "nbexport" / "templates" / "monitoring" / "platform.json"
OF_PROMETHEUS = frozenset(("process_cpu_seconds_total", "process_resident_memory_bytes"))
"""What its client exports of every process."""
NAME = re.compile(r"\b(?:predict|rollout|shadow|guard|experiment|drift|outcomes|feature|platform|process)_[a-z_]+")
ELSEWHERE = frozenset(("guard", "feature", "shadow"))
"""Rooms whose metrics have names that are put together."""


@pytest.fixture(scope="module")
def panels() -> list[dict[str, Any]]:
    """Its panels."""
    content = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert content["uid"] == "platform"
    found: list[dict[str, Any]] = content["panels"]
    return found


def test_every_panel_has_its_place_its_source_and_its_words(panels: list[dict[str, Any]]) -> None:
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        fields = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not fields & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= fields
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "prometheus"
            assert panel["description"].endswith(".")
            assert panel["targets"]
    rows = [panel["title"] for panel in panels if panel["type"] == "row"]
    assert rows == ["Rollout and guard", "Experiments", "Drift", "Quality and features", "Cost"]


def test_every_metric_is_one_that_something_exports(panels: list[dict[str, Any]]) -> None:
    asked = {name for panel in panels for target in panel.get("targets", ()) for name in NAME.findall(target["expr"])}
    own = {*OF_DRIFT, *OF_EXPERIMENTS, *OF_REPORT, *OF_PROMETHEUS}
    text = "\n".join(path.read_text(encoding="utf-8") for path in RUNTIME.rglob("*.py"))
    counted = set(re.findall(r'"((?:predict|rollout|shadow|outcomes)_[a-z_]+)"', text))
    known = own | {name + suffix for name in counted for suffix in ("", "_total", "_bucket", "_sum", "_count")}
    unknown = {name for name in asked - known if name.partition("_")[0] not in ELSEWHERE}
    assert unknown == set()
    assert len(asked) > 25
