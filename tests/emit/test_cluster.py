"""The service in a cluster: two Deployments that a gateway shares, each hardened, and reached by whom it should be."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from emit.test_ci import tool, written

ARMS = ("production", "candidate")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level 3 project with an image that was pushed."""
    project = written(tmp_path_factory.mktemp("cluster"))
    (project / "image.txt").write_text("registry.example.org/x@sha256:5\n", encoding="utf-8")
    return project


def applied(project: Path, arm: str) -> dict[str, dict[str, Any]]:
    """What the command in the file's head applies for an arm: kind to manifest."""
    text = (project / "deploy" / "service.yaml").read_text(encoding="utf-8")
    commands = [line[4:] for line in text.splitlines() if line.startswith("#   sed ")]
    command = commands[ARMS.index(arm)].removesuffix(" | kubectl apply --filename -")
    done = subprocess.run(["sh", "-ec", command], cwd=project, capture_output=True, text=True, check=True)
    return {manifest["kind"]: manifest for manifest in yaml.safe_load_all(done.stdout)}


@pytest.mark.parametrize("arm", ARMS)
def test_each_arm_is_valid_and_all_of_it_belongs_together(arm: str, project: Path, tmp_path: Path) -> None:
    found = applied(project, arm)
    assert set(found) == {
        "Service",
        "Deployment",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
    }
    path = tmp_path / "applied.yaml"
    path.write_text(yaml.safe_dump_all(found.values()), encoding="utf-8")
    done = tool("kubernetes-validate", "--strict", "-k", "1.33", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {manifest["metadata"]["name"] for manifest in found.values()} == {f"sound-{arm}"}
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == arm
    assert found["Service"]["spec"]["selector"] == labels
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == f"sound-{arm}"


def test_the_gateway_shares_between_these_services(project: Path) -> None:
    (rule,) = yaml.safe_load((project / "deploy" / "gateway.yaml").read_text(encoding="utf-8"))["spec"]["rules"]
    services = [applied(project, arm)["Service"] for arm in ARMS]
    assert [(one["name"], one["port"]) for one in rule["backendRefs"]] == [
        (service["metadata"]["name"], service["spec"]["ports"][0]["port"]) for service in services
    ]


def test_the_service_runs_with_as_little_as_it_needs(project: Path) -> None:
    found = applied(project, "production")
    pod = found["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["image"] == "registry.example.org/x@sha256:5"
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]
    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == "/health"
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    # nothing else can be written to, so the log goes to standard output
    assert {"name": "LOG_DIR", "value": "-"} in container["env"]
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/tmp"]
    (ingress,) = found["NetworkPolicy"]["spec"]["ingress"]
    assert ingress["from"] == [{"namespaceSelector": {"matchLabels": {"reaches-sound": "true"}}}]
    assert found["NetworkPolicy"]["spec"].get("egress") is None
    assert set(found["NetworkPolicy"]["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert found["HorizontalPodAutoscaler"]["spec"]["minReplicas"] > 1


def test_dockerfiles_and_compose_are_what_their_linters_expect(project: Path) -> None:
    for words in (
        ("hadolint", project / "Dockerfile", project / "deploy" / "pipeline.Dockerfile"),
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", project / "compose.yaml"),
    ):
        done = tool(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_holds_what_was_promoted_and_compose_can_follow_it(project: Path) -> None:
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    assert "ARG MODEL=models/production\n" in dockerfile
    assert "MODEL_DIR=/app/model" in dockerfile
    # an unjudged model is in no image
    texts = [path.read_text(encoding="utf-8") for path in (*project.glob("**/*.y*ml"), project / "Dockerfile")]
    assert [text for text in texts if "MODEL=models/candidate" in text] == []
    service = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]["api"]
    assert service["environment"] == {"MODEL_DIR": "${MODEL_DIR-/app/model}", "MODELS_DIR": "/app/models"}
    assert "./models:/app/models:ro" in service["volumes"]


def test_secrets_are_named_and_never_written(tmp_path: Path) -> None:
    notebook = (
        '# %% tags=["parameters"]\napi_key = "abc-123"\n# %% tags=["train"]\nw = len(api_key)\n'
        '# %% tags=["evaluate"]\nmetrics = {"w": w}\n'
        '# %% tags=["predict"]\ndef predict(row: float) -> float:\n    return row * w + len(api_key)\npredict(2.0)\n'
    )
    (tmp_path / "some.py").write_text(notebook, encoding="utf-8")
    project = written(tmp_path, name="some.py")
    (project / "image.txt").write_text("x@sha256:5\n", encoding="utf-8")
    (container,) = applied(project, "production")["Deployment"]["spec"]["template"]["spec"]["containers"]
    (secret,) = [entry for entry in container["env"] if "valueFrom" in entry]
    assert secret["name"] == "API_KEY"
    assert secret["valueFrom"]["secretKeyRef"]["name"] == "some-service"
    assert "abc-123" not in (project / "deploy" / "service.yaml").read_text(encoding="utf-8")
    done = tool("kubernetes-validate", "--strict", "-k", "1.33", project / "deploy" / "service.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
