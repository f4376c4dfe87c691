"""What a release pushes: an image under a tag of its own, by digest, with the model that was promoted and no other."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SOUND
from emit.wheels import locked

from nbexport import api
from nbexport.plan import ExportRequest

VERSION = "20260301T120000-0123456789ab"
COMMIT = "abcdef0123456789abcdef0123456789abcdef01"
DOCKER = """\
#!/bin/sh
# stands in for docker and a registry: a file for each image that was pushed
printf '%s\\n' "$*" >> "$FOLDER/calls.txt"
case "$1 $2" in
"login "*) cat > "$FOLDER/password.txt" ;;
"buildx inspect" | "context inspect") exit 1 ;;
"buildx build")
    while [ "$1" != --tag ]; do shift; done
    echo "$2" >> "$FOLDER/registry.txt" ;;
"buildx imagetools")
    for image in "$@"; do :; done
    grep -qx -- "$image" "$FOLDER/registry.txt" 2>/dev/null || exit 1
    case "$*" in *--format*) echo "$DIGEST" ;; esac ;;
esac
"""
DIGEST = f"sha256:{'5' * 64}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A level 3 project with something that looks like a promoted model."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "sound.py").write_text(SOUND, encoding="utf-8")
    plan = api.plan(ExportRequest(folder / "sound.py", level=3, output=folder / "project"))
    assert not isinstance(plan, api.Refused)
    api.apply(plan)
    manifest = folder / "project" / "models" / "production" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"format": 2, "version": VERSION}, indent=1), encoding="utf-8")
    return folder / "project"


def model_digest(project: Path) -> str:
    return hashlib.sha256((project / "models" / "production" / "manifest.json").read_bytes()).hexdigest()


class Registry:
    """A stand-in for docker in a folder, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "docker").write_text(DOCKER, encoding="utf-8")
        (folder / "bin" / "docker").chmod(0o755)

    def push(self, project: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the script as a workflow does."""
        (project / "image.txt").unlink(missing_ok=True)
        path = f"{self.folder / 'bin'}{os.pathsep}{os.defpath}"
        given = {"REGISTRY_USER": "ann", "REGISTRY_PASSWORD": "hunter2", "GITHUB_SHA": COMMIT, "DIGEST": DIGEST}
        return subprocess.run(
            ["sh", "scripts/push_image.sh", "ghcr.io/some/project", *words],
            cwd=project,
            env={"PATH": path, "FOLDER": str(self.folder), **given, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def built(self) -> list[list[str]]:
        """The words of each build."""
        calls = (self.folder / "calls.txt").read_text(encoding="utf-8").splitlines()
        return [call.split() for call in calls if call.startswith("buildx build ")]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


def test_the_image_is_pushed_under_a_tag_of_its_own_and_named_by_digest(project: Path, registry: Registry) -> None:
    done = registry.push(project)
    assert done.returncode == 0, done.stderr
    assert (project / "image.txt").read_text(encoding="utf-8") == f"ghcr.io/some/project@{DIGEST}\n"
    (words,) = registry.built()
    assert words[words.index("--tag") + 1] == f"ghcr.io/some/project:{VERSION}-{COMMIT[:12]}"
    assert words.count("--tag") == 1
    assert words[words.index("--provenance") + 1] == "mode=max"
    arguments = [words[at + 1] for at, word in enumerate(words) if word == "--build-arg"]
    assert arguments == ["MODEL=models/production", f"MODEL_DIGEST={model_digest(project)}"]
    assert f"org.opencontainers.image.revision={COMMIT}" in words
    calls = (registry.folder / "calls.txt").read_text(encoding="utf-8")
    # the password is read, and stands on no command line
    assert (registry.folder / "password.txt").read_text(encoding="utf-8") == "hunter2"
    assert "hunter2" not in calls + done.stdout + done.stderr
    assert re.search(r"buildx create .*--driver-opt image=moby/buildkit:v[\d.]+ ", calls)


def test_what_was_pushed_is_never_replaced(project: Path, registry: Registry) -> None:
    assert registry.push(project).returncode == 0
    assert registry.push(project).returncode == 0
    assert len(registry.built()) == 1
    assert (project / "image.txt").exists()
    # the same model with other code is another image
    assert registry.push(project, GITHUB_SHA="", CI_COMMIT_SHA="1" * 40).returncode == 0
    assert len(registry.built()) == 2


def test_another_model_than_the_promoted_one_is_not_pushed(project: Path, registry: Registry) -> None:
    done = registry.push(project, MODEL_DIGEST="0" * 64)
    assert done.returncode == 1
    assert "models/production is not the model that was judged" in done.stderr
    assert not (registry.folder / "calls.txt").exists()
    assert registry.push(project, MODEL_DIGEST=model_digest(project)).returncode == 0


def test_the_candidate_of_a_rollout_is_pushed_under_its_own_version(project: Path, registry: Registry) -> None:
    manifest = project / "models" / "versions" / "v9" / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"format": 2, "version": "v9"}, indent=1), encoding="utf-8")
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    done = registry.push(project, MODEL="models/versions/v9", MODEL_DIGEST=digest)
    assert done.returncode == 0, done.stderr
    (words,) = registry.built()
    assert words[words.index("--tag") + 1] == f"ghcr.io/some/project:v9-{COMMIT[:12]}"
    assert {"MODEL=models/versions/v9", f"MODEL_DIGEST={digest}"} <= set(words)


@pytest.mark.parametrize("digest", ["", "latest"])
def test_a_registry_that_gives_no_digest_is_a_failure(project: Path, registry: Registry, digest: str) -> None:
    done = registry.push(project, DIGEST=digest)
    assert done.returncode == 1
    assert "the registry gives no digest of ghcr.io/some/project:" in done.stderr
    assert not (project / "image.txt").exists()


def test_manifests_of_a_cluster_name_what_was_pushed(project: Path, registry: Registry) -> None:
    """The command line in `cronjob.yaml`, as it is pasted."""
    assert registry.push(project, "pipeline").returncode == 0
    (words,) = registry.built()
    assert words[words.index("--file") + 1] == "deploy/pipeline.Dockerfile"
    # an image has no repository: this is how a training knows its commit
    assert f"COMMIT={COMMIT}" in words
    assert words[words.index("--tag") + 1].endswith(f":{COMMIT[:12]}")
    apply = " | kubectl apply --filename -"
    for name, end in (("cronjob.yaml", apply), ("service.yaml", apply), ("workflow.yaml", " | argo submit -")):
        text = (project / "deploy" / name).read_text(encoding="utf-8")
        line, *_ = [line[4:] for line in text.splitlines() if line.startswith("#   sed ")]
        assert line.endswith(end)
        done = subprocess.run(
            ["sh", "-ec", line.removesuffix(end)], cwd=project, capture_output=True, text=True, check=True
        )
        images = set(re.findall(r"image: (\S+)", done.stdout))
        assert images == {f"ghcr.io/some/project@{DIGEST}"}
        assert len([*yaml.safe_load_all(done.stdout)]) == len([*yaml.safe_load_all(text)])


def test_nothing_that_is_deployed_floats(project: Path) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in project.glob("deploy/*")}
    texts |= {path: path.read_text(encoding="utf-8") for path in project.glob("scripts/*.sh")}
    assert [path.name for path, text in texts.items() if re.search(r":(latest|production)\b", text)] == []


def steps(project: Path, job: str) -> list[dict[str, Any]]:
    """The steps of a job of the retraining."""
    whole = yaml.safe_load((project / ".github" / "workflows" / "retrain.yml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = whole["jobs"][job]["steps"]
    return found


def test_a_release_attests_what_it_pushed(project: Path) -> None:
    found = [step for step in steps(project, "release") if str(step.get("uses", "")).startswith("actions/attest@")]
    assert [step["with"].get("sbom-path") for step in found] == [None, "sbom.cdx.json"]
    for step in found:
        assert step["with"]["subject-digest"] == "${{ steps.push.outputs.digest }}"
        # elsewhere GitHub refuses, and the release would fail when the image has been pushed
        assert step["if"] == "${{ !github.event.repository.private }}"


def test_the_outputs_of_a_push_are_name_and_digest(project: Path, registry: Registry, tmp_path: Path) -> None:
    """The step of the workflow, rehearsed with the registry."""
    (step,) = [step for step in steps(project, "release") if step.get("id") == "push"]
    path = f"{registry.folder / 'bin'}{os.pathsep}{os.defpath}"
    variables = {
        "PATH": path,
        "FOLDER": str(registry.folder),
        "DIGEST": DIGEST,
        "REGISTRY_USER": "ann",
        "REGISTRY_PASSWORD": "hunter2",
        "MODEL": "models/production",
        "MODEL_DIGEST": model_digest(project),
        "GITHUB_SHA": COMMIT,
        "GITHUB_REPOSITORY": "Some/Project",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    assert set(step["env"]) <= set(variables)
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=project, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"name=ghcr.io/some/project\ndigest={DIGEST}\n"
    assert (tmp_path / "summary").read_text(encoding="utf-8") == f"Deploy `ghcr.io/some/project@{DIGEST}`\n"


def test_the_list_of_packages_has_each_of_the_lock_with_its_hash(project: Path, tmp_path: Path) -> None:
    lines = (project / "requirements-serve.txt").read_text(encoding="utf-8").split()
    text = locked(lines, tmp_path / "wheels")
    (project / "requirements-serve.lock").write_text(text, encoding="utf-8")
    scripts = project / ".venv" / "bin"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "cyclonedx-py").unlink(missing_ok=True)
    (scripts / "cyclonedx-py").symlink_to(Path(sys.executable).parent / "cyclonedx-py")
    done = subprocess.run(["make", "sbom"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed = json.loads((project / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", "sound")
    found = {
        (component["name"], component["version"], component["externalReferences"][0]["hashes"][0]["content"])
        for component in listed["components"]
    }
    assert found == {*re.findall(r"^(\S+)==(\S+) \\\n +--hash=sha256:(\w+)$", text, re.MULTILINE)}
