"""What a run of the pipeline leaves for the next one, where machines forget: models, data sets, decisions.

It stands on the standard library alone: a job that releases a model has nothing installed. It asks the artifacts of
GitHub Actions or of GitLab CI, by the variables that these set. Elsewhere nothing is forgotten, so there is nothing
to do. Without an artifact it fails rather than to take the next model for the first one.
"""

from __future__ import annotations

import io
import json
import os
import stat
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

NAME = "pipeline-state"
TIMEOUT_S = 120


class StateError(Exception):
    """Why nothing can be brought back; shown without a traceback."""


class WithoutToken(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to another host without the token that is meant for the first."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The request to the other address."""
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        here = urllib.parse.urlsplit(req.full_url).netloc
        if made is not None and urllib.parse.urlsplit(newurl).netloc != here:
            for name in ("Authorization", "Job-token"):
                made.remove_header(name)
        return made


def fetched(address: str, headers: dict[str, str]) -> bytes:
    """What an address answers.

    Raises:
        StateError: It answers with an error, or not at all.
    """
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise StateError(f"`{address}` is not an HTTP address")
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - checked
    try:
        with urllib.request.build_opener(WithoutToken).open(request, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise FileNotFoundError(address) from None
        raise StateError(f"{address} answers {error.code}: may this job read artifacts?") from None
    except OSError as error:
        raise StateError(f"{address} is not responding: {error}") from None


def needed(name: str) -> str:
    """A variable that must be set.

    Raises:
        StateError: It is not.
    """
    value = os.environ.get(name, "")
    if not value:
        raise StateError(f"the variable {name} is not set")
    return value


def on_github() -> tuple[datetime, str, dict[str, str]] | None:
    """When the newest artifact was made, where it is, and how to ask for it; None where there is none."""
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
        raise StateError(f"{address} is not there: may this job read artifacts?") from None
    except (ValueError, KeyError, TypeError):
        raise StateError(f"{address} does not list artifacts") from None
    # a branch of the same name in somebody's fork is not ours
    own = [
        found
        for found in listed
        if not found["expired"]
        and found["workflow_run"]["head_branch"] == branch
        and found["workflow_run"]["head_repository_id"] == found["workflow_run"]["repository_id"]
    ]
    if not own:
        return None
    newest = max(own, key=lambda found: str(found["created_at"]))
    made = datetime.fromisoformat(newest["created_at"])
    return made, str(newest["archive_download_url"]), headers


def on_gitlab() -> tuple[str, dict[str, str]]:
    """Where the artifact of the last job on the default branch is, and how to ask for it."""
    api, project = needed("CI_API_V4_URL"), needed("CI_PROJECT_ID")
    branch = urllib.parse.quote(needed("CI_DEFAULT_BRANCH"), safe="")
    address = f"{api}/projects/{project}/jobs/artifacts/{branch}/download?job=retrain"
    return address, {"Job-token": needed("CI_JOB_TOKEN")}


def restore(root: Path, *, first: bool) -> str:
    """Bring back what the last run kept; a sentence on what was done.

    Args:
        root: The project's folder.
        first: Nothing was kept yet, and that is right.

    Raises:
        StateError: There is nothing, though it is not the first run.
    """
    try:
        if os.environ.get("GITHUB_ACTIONS") == "true":
            found = on_github()
            content = fetched(found[1], found[2]) if found else None
        elif os.environ.get("GITLAB_CI") == "true":
            content = fetched(*on_gitlab())
        else:
            return "not in CI: the models and data here are kept as they are"
    except FileNotFoundError:
        content = None
    if content is not None:
        count = unpack(content, root)
        return f"brought back {count} files"
    if first:
        return "nothing was kept yet: the first model is judged by its own gates"
    raise StateError(
        "no run has kept anything, or what was kept has expired; if there is no model in production yet, "
        "run this by hand with `first`; otherwise restore models/ and data/ from a backup"
    )


def unpack(content: bytes, folder: Path) -> int:
    """Unpack an archive within a folder; how many files.

    Raises:
        StateError: It is not a zip archive, or has a member that belongs elsewhere.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise StateError("what was kept is not a zip archive") from None
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        path = PurePosixPath(member.filename)
        kept = path.parts and path.parts[0] in ("models", "data", ".dvc", "decision.md")
        if path.is_absolute() or ".." in path.parts or not kept or "\\" in member.filename:
            raise StateError(f"what was kept holds `{member.filename}`, which does not belong there")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise StateError(f"what was kept holds the link `{member.filename}`")
    for member in members:
        target = folder / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        # files of versions may not be written to
        target.unlink(missing_ok=True)
        target.write_bytes(archive.read(member))
    return len(members)


def freshness(*, days: float) -> str:
    """Whether the last run is young enough.

    Raises:
        StateError: It is not, or there was none.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return "not in GitHub Actions: there is no schedule to look at"
    found = on_github()
    if found is None:
        raise StateError("there is no retraining yet; run it by hand with `first`")
    age_days = (datetime.now(UTC) - found[0]).total_seconds() / 86_400
    if age_days > days:
        raise StateError(f"the last retraining is {age_days:.1f} days old: has its schedule stopped, or does it fail?")
    return f"the last retraining is {age_days:.1f} days old"
