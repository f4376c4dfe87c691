"""The image in which a cluster trains → a job: its RUN lines, then what the manifests run in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbexport.verify.workflows import Command, Job

DOCKERFILE = Path("deploy") / "pipeline.Dockerfile"
CRON_JOB = Path("deploy") / "cronjob.yaml"
WORKFLOW = Path("deploy") / "workflow.yaml"


def trained_in(project: Path) -> Iterator[Job]:
    """The job of the image; none where the project has no such image."""
    try:
        text = (project / DOCKERFILE).read_text(encoding="utf-8")
    except OSError:
        return
    image = re.search(r"^FROM[ \t]+(\S+)", text, re.MULTILINE)
    commands = [Command(f"RUN {' '.join(line.split())[:60]}", run=line) for line in run_lines(text)]
    commands += [Command(f"{CRON_JOB.name}: {line}", run=line) for line in _of_cron_job(project / CRON_JOB)]
    commands += [Command(f"{WORKFLOW.name}: {line}", run=line) for line in _of_workflow(project / WORKFLOW)]
    ignore = project / f"{DOCKERFILE}.dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.is_file() else []
    # a name is one in the root, where git takes it for one in any folder
    ignored = [line if line.startswith(("**", "!", "#")) else f"/{line.lstrip('/')}" for line in lines if line.strip()]
    name = image[1] if image else ""
    yield Job(DOCKERFILE.as_posix(), "image", tuple(commands), image=name, ignored=tuple(ignored))


def run_lines(text: str) -> list[str]:
    """The shell of each RUN of a Dockerfile, in one line."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^[ \t]*#.*\n", "", text))
    return [match[1].strip() for match in re.finditer(r"^RUN[ \t]+(.+)$", joined, re.MULTILINE)]


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    import yaml

    if not path.is_file():
        return
    try:
        documents = [*yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    except (yaml.YAMLError, ValueError):
        # the linter of the manifests says what is wrong with it
        return
    yield from (document for document in documents if isinstance(document, dict))


def _of_cron_job(path: Path) -> Iterator[str]:
    """What `sh -c` gets in each container of a CronJob."""
    for document in _documents(path):
        if document.get("kind") == "CronJob":
            pod = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
            yield from (text for container in pod["containers"] for text in container.get("args", ()))


def _of_workflow(path: Path) -> Iterator[str]:
    """The command of each step of an Argo Workflow, in their order."""
    for document in _documents(path):
        for template in document["spec"]["templates"]:
            for step in (step for together in template.get("steps", ()) for step in together):
                yield from (entry["value"] for entry in step["arguments"]["parameters"])
