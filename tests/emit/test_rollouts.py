"""A gradual rollout by Argo Rollouts: valid for its schemas, and its queries say nothing where there is little traffic."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tools
import yaml
from emit.test_ci import tool, written
from nbexport_runtime.service import metrics
from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[2]
CUSTOM = "argoproj.io", "gateway.networking.k8s.io"
"""Groups of resources that Kubernetes itself does not know."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level 4 project."""
    return written(tmp_path_factory.mktemp("rollouts"), level=4)


@pytest.fixture(scope="module")
def resources(project: Path) -> list[dict[str, Any]]:
    """What `deploy/rollouts.yaml` applies."""
    return [*yaml.safe_load_all((project / "deploy" / "rollouts.yaml").read_text(encoding="utf-8"))]


def named(resources: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Name to resource, of a kind."""
    return {one["metadata"]["name"]: one for one in resources if one["kind"] == kind}


def wrong(*resources: dict[str, Any]) -> list[str | None]:
    """What the schemas of Argo Rollouts and the Gateway API say of resources."""
    words: list[str | Path] = ["node", ROOT / "tests" / "custom_resources.mjs"]
    done = subprocess.run(words, input=json.dumps(resources), capture_output=True, text=True, check=True, cwd=ROOT)
    found: list[str | None] = json.loads(done.stdout)
    return found


def test_they_fit_their_schemas(project: Path, resources: list[dict[str, Any]], tmp_path: Path) -> None:
    own = [one for one in resources if one["apiVersion"].partition("/")[0] in CUSTOM]
    route = yaml.safe_load((project / "deploy" / "gateway.yaml").read_text(encoding="utf-8"))
    assert [one["kind"] for one in own] == ["Rollout", "AnalysisTemplate", "AnalysisTemplate"]
    assert wrong(*own, route) == [None] * 4
    others = tmp_path / "others.yaml"
    others.write_text(yaml.safe_dump_all([one for one in resources if one not in own]), encoding="utf-8")
    done = tool("kubernetes-validate", "--strict", "-k", "1.33", others)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schemas_have_objections_to_faults(project: Path, resources: list[dict[str, Any]]) -> None:
    rollout, template = copy.deepcopy(resources[0]), copy.deepcopy(named(resources, "AnalysisTemplate")["sound-errors"])
    route = yaml.safe_load((project / "deploy" / "gateway.yaml").read_text(encoding="utf-8"))
    rollout["spec"]["strategy"]["canary"]["steps"][0]["setWeight"] = "much"
    del template["spec"]["metrics"][0]["provider"]
    route["spec"]["rules"][0]["backendRefs"][0]["weight"] = -1
    assert [text is not None for text in wrong(rollout, template, route)] == [True] * 3


def test_all_of_it_belongs_together(project: Path, resources: list[dict[str, Any]]) -> None:
    (rollout,) = named(resources, "Rollout").values()
    service = [*yaml.safe_load_all((project / "deploy" / "service.yaml").read_text(encoding="utf-8"))]
    route = yaml.safe_load((project / "deploy" / "gateway.yaml").read_text(encoding="utf-8"))
    spec, canary = rollout["spec"], rollout["spec"]["strategy"]["canary"]
    assert spec["workloadRef"]["name"] in named(service, "Deployment")
    services = {*named(service, "Service"), *named(resources, "Service")}
    arms = [canary["stableService"], canary["canaryService"]]
    assert set(arms) == services == {backend["name"] for backend in route["spec"]["rules"][0]["backendRefs"]}
    assert canary["trafficRouting"]["plugins"]["argoproj-labs/gatewayAPI"]["httpRoute"] == route["metadata"]["name"]
    (deployment,) = named(service, "Deployment").values()
    # Rollouts adds the hash of the pods to both selectors
    selectors = [one["spec"]["selector"] for one in (*service, *resources) if one["kind"] == "Service"]
    assert selectors == [deployment["spec"]["template"]["metadata"]["labels"]] * 2
    (scaler,) = named(resources, "HorizontalPodAutoscaler").values()
    assert scaler["spec"]["scaleTargetRef"]["name"] == rollout["metadata"]["name"]
    assert scaler["metadata"]["name"] in named(service, "HorizontalPodAutoscaler")
    analyses = [step["analysis"] for step in canary["steps"] if "analysis" in step]
    assert len(analyses) == 2
    for analysis in analyses:
        assert {one["templateName"] for one in analysis["templates"]} == {*named(resources, "AnalysisTemplate")}
        given = {one["name"] for one in analysis["args"]}
        for template in named(resources, "AnalysisTemplate").values():
            open_ones = {one["name"] for one in template["spec"]["args"] if "value" not in one}
            assert open_ones == given


def test_they_ask_for_metrics_that_there_are(resources: list[dict[str, Any]]) -> None:
    asked = {name for query in queries(resources).values() for name in re.findall(r"\bpredict_\w+", query)}
    exported = {sample.name for family in REGISTRY.collect() for sample in family.samples}
    metrics.predictions("/predict", "ok", "v").inc(0)
    metrics.latency("/predict", "v").observe(0.001)
    exported |= {sample.name for family in REGISTRY.collect() for sample in family.samples}
    assert asked
    assert asked <= exported


# --------------------------------------------------------------------------- what the queries say of traffic


def queries(resources: list[dict[str, Any]]) -> dict[str, str]:
    """The name of each metric, and its query with the arguments filled in."""
    values = {"candidate": "new", "production": "old"}
    found = {}
    for template in named(resources, "AnalysisTemplate").values():
        own = {one["name"]: one["value"] for one in template["spec"]["args"] if "value" in one}
        for metric in template["spec"]["metrics"]:
            text = metric["provider"]["prometheus"]["query"]
            for name, value in {**own, **values}.items():
                text = text.replace(f"{{{{args.{name}}}}}", value)
            assert "{{" not in text
            found[metric["name"]] = text
    return found


def judged(resources: list[dict[str, Any]], metric: str, result: list[float]) -> str:
    """What Argo makes of a result: both conditions false is inconclusive, an empty result is evaluated as any other."""
    (found,) = (
        one
        for template in named(resources, "AnalysisTemplate").values()
        for one in template["spec"]["metrics"]
        if one["name"] == metric
    )
    bad, good = (
        eval(found[name].replace("&&", "and"), {"len": len, "result": result})
        for name in ("failureCondition", "successCondition")
    )
    return "failed" if bad else "successful" if good else "inconclusive"


POD = 'pod="sound-production-{arm}-x"'
MINUTES = 20


def series(arm: str, *, ok: float, failed: float = 0, slow: float = 0) -> list[dict[str, str]]:
    """What a pod counts.

    Args:
        arm: `old` or `new`.
        ok: Requests a minute that are answered.
        failed: Requests a minute that are not.
        slow: The share of all that takes between 100 and 200 ms; the others take less than 20.
    """
    pod, total = POD.format(arm=arm), ok + failed
    counted = {f'predict_requests_total{{{pod},outcome="ok"}}': ok, f"predict_latency_seconds_count{{{pod}}}": total}
    if failed:
        counted[f'predict_requests_total{{{pod},outcome="error"}}'] = failed
    for bound in ("0.02", "0.1", "0.2", "+Inf"):
        share = 1 if bound in ("0.2", "+Inf") else 1 - slow
        counted[f'predict_latency_seconds_bucket{{{pod},le="{bound}"}}'] = total * share
    return [{"series": name, "values": f"0+{value:g}x{MINUTES}"} for name, value in counted.items()]


STORIES = {
    "no series at all": ([], {"failed-share": "inconclusive", "p99-against-production": "inconclusive"}),
    "no traffic": (
        [*series("old", ok=100), *series("new", ok=0)],
        {"failed-share": "inconclusive", "p99-against-production": "inconclusive"},
    ),
    "little traffic, all failing": (
        [*series("old", ok=100), *series("new", ok=0, failed=10)],
        {"failed-share": "inconclusive", "p99-against-production": "inconclusive"},
    ),
    "healthy": (
        [*series("old", ok=100), *series("new", ok=50)],
        {"failed-share": "successful", "p99-against-production": "successful"},
    ),
    "failing": (
        [*series("old", ok=100), *series("new", ok=45, failed=5)],
        {"failed-share": "failed", "p99-against-production": "successful"},
    ),
    "slow": (
        [*series("old", ok=100), *series("new", ok=50, slow=0.2)],
        {"failed-share": "successful", "p99-against-production": "failed"},
    ),
    "slow as production is": (
        [*series("old", ok=100, slow=0.2), *series("new", ok=50, slow=0.2)],
        {"failed-share": "successful", "p99-against-production": "successful"},
    ),
    "nothing of production to compare with": (
        series("new", ok=50),
        {"failed-share": "successful", "p99-against-production": "inconclusive"},
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_little_traffic_is_inconclusive_and_faults_are_failures(
    story: str, resources: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Prometheus itself computes the queries; what Argo makes of their results is in its conditions."""
    given, expected = STORIES[story]
    asked = queries(resources)
    results = computed([*asked.values()], given, tmp_path)
    found = {metric: judged(resources, metric, result) for metric, result in zip(asked, results, strict=True)}
    assert found == expected, results


def computed(asked: list[str], given: list[dict[str, str]], folder: Path) -> list[list[float]]:
    """What Prometheus answers to queries after twenty minutes of some series."""
    (folder / "rules.yml").write_text("groups: []\n", encoding="utf-8")
    # it says what it got where that is not what was expected
    test = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": given,
                "promql_expr_test": [
                    {"expr": query, "eval_time": f"{MINUTES}m", "exp_samples": [{"labels": "{}", "value": -1}]}
                    for query in asked
                ],
            }
        ],
    }
    (folder / "test.yml").write_text(json.dumps(test), encoding="utf-8")
    words = [tools.promtool(), "test", "rules", "test.yml"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    got = re.findall(r"got:\s*(.*)", done.stdout + done.stderr)
    return [[float(value) for value in re.findall(r"\{\} ([^\s,]+)", line)] for line in got]
