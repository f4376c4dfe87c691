"""Images get the digests that a registry gives, asked by whichever program is there; nothing is made up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbexport_runtime import images

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
OTHER = f"sha256:{'f' * 64}"
DOCKERFILE = f"""\
FROM --platform=linux/amd64 python:3.12-slim AS build
RUN true
FROM build AS tested
FROM scratch
FROM python:3.12-slim
FROM other@{OTHER}
ARG BASE
FROM ${{BASE}}
"""
COMPOSE = """\
services:\r
  api:\r
    build: .\r
  prometheus:\r
    image: prom/prometheus:v3.5.0\r
"""
GITLAB = """\
default:
  image: python:3.12
release:
  image: "docker:28"
  services: ["docker:28-dind"]
  script: ["echo image: none"]
"""
CRANE = f"""\
#!/bin/sh
echo "$*" >> asked.txt
case "$2" in
  python:3.12-slim) echo {DIGEST} ;;
  *) echo "MANIFEST_UNKNOWN: $2" >&2; exit 1 ;;
esac
"""


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def run(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder, where the programs of `bin` are there and no others."""
    path = f"{folder / 'bin'}{os.pathsep}/bin"
    root = str(Path(images.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "nbexport_runtime.images", *files],
        cwd=folder,
        env={"PATH": path, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_which_images_are_named_by_tag() -> None:
    assert images.by_tag(DOCKERFILE) == ["python:3.12-slim"]
    assert images.by_tag(COMPOSE) == ["prom/prometheus:v3.5.0"]
    assert images.by_tag(GITLAB) == ["python:3.12", "docker:28", "docker:28-dind"]


def test_each_gets_its_digest_at_its_place() -> None:
    digests = {"python:3.12-slim": DIGEST, "prom/prometheus:v3.5.0": DIGEST, "docker:28-dind": OTHER}
    after = images.pinned(DOCKERFILE, digests)
    assert after == DOCKERFILE.replace("python:3.12-slim", f"python:3.12-slim@{DIGEST}")
    assert images.by_tag(after) == []
    assert images.pinned(COMPOSE, digests) == COMPOSE.replace("v3.5.0", f"v3.5.0@{DIGEST}")
    assert f'services: ["docker:28-dind@{OTHER}"]' in images.pinned(GITLAB, digests)


def test_a_registry_is_asked_once_for_each_and_files_are_written(tmp_path: Path) -> None:
    program(tmp_path / "bin", "docker", "#!/bin/sh\necho 'unknown command: docker buildx' >&2\nexit 1\n")
    program(tmp_path / "bin", "crane", CRANE)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (tmp_path / "compose.yaml").write_bytes(COMPOSE.encode())
    done = run(tmp_path, "Dockerfile", "compose.yaml", "missing")
    assert done.returncode == 0
    assert done.stdout == "Dockerfile: images by digest\n"
    assert done.stderr == (
        "`prom/prometheus:v3.5.0` is still named by its tag: "
        "docker: unknown command: docker buildx; crane: MANIFEST_UNKNOWN: prom/prometheus:v3.5.0\n"
    )
    asked = (tmp_path / "asked.txt").read_text(encoding="utf-8").splitlines()
    assert asked == ["digest python:3.12-slim", "digest prom/prometheus:v3.5.0"]
    assert (tmp_path / "Dockerfile").read_text(encoding="utf-8").count(DIGEST) == 2
    assert (tmp_path / "compose.yaml").read_bytes() == COMPOSE.encode()
    # what has one is not asked for again
    run(tmp_path, "Dockerfile")
    assert (tmp_path / "asked.txt").read_text(encoding="utf-8").splitlines() == asked


@pytest.mark.parametrize("answer", ["", "sha256:abc", "python:3.12", f"{DIGEST} {OTHER}"])
def test_what_is_no_digest_is_not_written(tmp_path: Path, answer: str) -> None:
    program(tmp_path / "bin", "skopeo", f"#!/bin/sh\necho '{answer}'\n")
    (tmp_path / "Dockerfile").write_text("FROM a\n", encoding="utf-8")
    assert "`a` is still named by its tag: skopeo: " in run(tmp_path, "Dockerfile").stderr
    assert (tmp_path / "Dockerfile").read_text(encoding="utf-8") == "FROM a\n"


def test_without_a_program_that_asks_it_says_which(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\n", encoding="utf-8")
    done = run(tmp_path, "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "`a` is still named by its tag: none of docker, crane, skopeo is installed\n"


def test_a_registry_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "bin", "crane", "#!/bin/sh\nexec sleep 600\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin")
    monkeypatch.setattr(images, "LIMIT_S", 0.2)
    with pytest.raises(images.UnknownDigestError, match="crane: no answer in"):
        images.digest("a")
