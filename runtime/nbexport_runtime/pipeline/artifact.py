"""The store of a trial: a folder of the project, which a CI keeps as an artifact of the job and forgets after 90 days.

The newest artifact of GitHub Actions or of GitLab CI is brought back, by the variables that these set.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from nbexport_runtime.pipeline.files import staging
from nbexport_runtime.pipeline.outcome import PipelineError

NAME = "pipeline-store"
TIMEOUT_S = 120
DAYS = 90
"""How long workflows keep it."""
PARTS = ("index", "objects", "data")
"""What a store consists of; the artifact of a job may hold more."""


class WithoutToken(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to another host without the token that is meant for the first."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The request to the other address."""
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        here = urllib.parse.urlsplit(req.full_url).netloc
        if request is not None and urllib.parse.urlsplit(newurl).netloc != here:
            for name in ("Authorization", "Job-token"):
                request.remove_header(name)
        return request


def fetched(address: str, headers: dict[str, str]) -> bytes:
    """What an address answers.

    Raises:
        PipelineError: It answers with an error, or not at all.
    """
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise PipelineError(f"`{address}` is not an HTTP address")
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - checked
    try:
        with urllib.request.build_opener(WithoutToken).open(request, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise FileNotFoundError(address) from None
        raise PipelineError(f"{address} answers {error.code}: may this job read artifacts?") from None
    except OSError as error:
        raise PipelineError(f"{address} is not responding: {error}") from None


def needed(name: str) -> str:
    """A variable that must be set.

    Raises:
        PipelineError: It is not.
    """
    value = os.environ.get(name, "")
    if not value:
        raise PipelineError(f"the variable {name} is not set")
    return value


def on_github() -> tuple[str, dict[str, str]] | None:
    """Where the newest artifact is, and how to ask for it; None where there is none."""
    api, repository = needed("GITHUB_API_URL"), needed("GITHUB_REPOSITORY")
    headers = {
        "Authorization": f"Bearer {needed('GITHUB_TOKEN')}",
        "Accept": "application/vnd.github+json",
    }
    branch = os.environ.get("STATE_BRANCH") or "main"
    address = f"{api}/repos/{repository}/actions/artifacts?name={NAME}&per_page=100"
    try:
        listed = json.loads(fetched(address, headers))["artifacts"]
    except FileNotFoundError:
        raise PipelineError(f"{address} is not there: may this job read artifacts?") from None
    except (ValueError, KeyError, TypeError):
        raise PipelineError(f"{address} does not list artifacts") from None
    # a branch of the same name in somebody's fork is not ours
    own = [
        artifact
        for artifact in listed
        if not artifact["expired"]
        and artifact["workflow_run"]["head_branch"] == branch
        and artifact["workflow_run"]["head_repository_id"] == artifact["workflow_run"]["repository_id"]
    ]
    if not own:
        return None
    newest = max(own, key=lambda artifact: str(artifact["created_at"]))
    return str(newest["archive_download_url"]), headers


def on_gitlab() -> tuple[str, dict[str, str]]:
    """Where the artifact of the last job on the default branch is, and how to ask for it."""
    api, project = needed("CI_API_V4_URL"), needed("CI_PROJECT_ID")
    branch = urllib.parse.quote(needed("CI_DEFAULT_BRANCH"), safe="")
    address = f"{api}/projects/{project}/jobs/artifacts/{branch}/download?job=retrain"
    return address, {"Job-token": needed("CI_JOB_TOKEN")}


def forgets() -> bool:
    """Whether this machine is that of a job, which keeps nothing but artifacts."""
    return os.environ.get("GITHUB_ACTIONS") == "true" or os.environ.get("GITLAB_CI") == "true"


def warning() -> str:
    """What a job says whose store is an artifact."""
    text = (
        "the store is an artifact of this CI, for a trial: models, registry, data and decisions are forgotten after "
        f"{DAYS} days without a run. Name a bucket as `address` of [store] in pipeline.toml, or in PIPELINE_STORE"
    )
    return f"::warning::{text}" if os.environ.get("GITHUB_ACTIONS") == "true" else f"warning: {text}"


def restore(folder: Path) -> int:
    """Bring back the store that the last job kept; how many files, 0 where none kept one.

    Args:
        folder: Where it belongs; nothing is there yet.

    Raises:
        PipelineError: The CI is not responding, or what it kept is not a store.
    """
    try:
        if os.environ.get("GITHUB_ACTIONS") == "true":
            newest = on_github()
            if newest is None:
                return 0
            content = fetched(*newest)
        else:
            content = fetched(*on_gitlab())
    except FileNotFoundError:
        return 0
    fresh = staging(folder)
    try:
        count = unpack(content, fresh, folder.name)
        fresh.chmod(0o755)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return count


def unpack(content: bytes, folder: Path, name: str) -> int:
    """Unpack the archive of a store; how many files.

    Args:
        content: The archive.
        folder: Where its files go.
        name: The folder that they may lie in within the archive: GitLab keeps the whole path, GitHub does not always.

    Raises:
        PipelineError: It is not a zip archive, or has a member that belongs elsewhere.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise PipelineError("what the CI kept is not a zip archive") from None
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if member.is_dir():
            continue
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
            raise PipelineError(f"what the CI kept holds `{member.filename}`, which does not belong there")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise PipelineError(f"what the CI kept holds the link `{member.filename}`")
        inside = PurePosixPath(*path.parts[1:]) if path.parts[0] == name else path
        if inside.parts and inside.parts[0] in PARTS:
            members[inside] = member
    for path, member in members.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    return len(members)
