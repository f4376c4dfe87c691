"""The members of a request for a job, each of the type that it must have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbexport import levels
from nbexport.lab.tasks.requests import RequestError
from nbexport.lab.wire.types import JobKind
from nbexport.plan import ExportRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for."""

    kind: JobKind
    path: str
    """The notebook, as the browser knows it."""
    output: str
    """The project's folder, as the browser knows it."""
    place: Path
    """The notebook on disk."""
    notebooks: tuple[Path, ...]
    """All that become one project, this one among them, in the order in which they run."""
    project: Path
    """The project's folder on disk."""
    root: Path | None
    """The folder that the server shows."""
    level: int
    text: str | None
    """What the notebook holds in the browser; None reads the file."""
    ci: str | None
    strict: bool
    digest: str
    keep: frozenset[str]
    take: frozenset[str]
    texts: Mapping[str, str]

    @property
    def request(self) -> ExportRequest:
        """The export that is asked for."""
        *before, last = self.notebooks
        return ExportRequest(
            last,
            self.project,
            self.level,
            ci=self.ci,
            text=self.held,
            strict=self.strict,
            within=self.root,
            before=tuple(before),
        )

    @property
    def held(self) -> Mapping[str, str]:
        """What the notebook holds in the browser, by its file name; nothing reads the file."""
        return {} if self.text is None else {self.place.name: self.text}


def kind_of(body: Mapping[str, Any]) -> JobKind:
    """What a job is to do.

    Raises:
        RequestError: It is none of the kinds.
    """
    try:
        return JobKind(body.get("kind", ""))
    except ValueError:
        raise RequestError(400, "The request needs a kind of job.") from None


def text_of(body: Mapping[str, Any]) -> str | None:
    """The notebook as the browser has it, written as Jupyter writes it; None where the request does not hold it.

    Raises:
        RequestError: It is neither the JSON of a notebook nor the text of a script.
    """
    content = body.get("content")
    if content is None or isinstance(content, str):
        return content
    if not isinstance(content, dict):
        raise RequestError(400, "The request's content is not a notebook.")
    return json.dumps(content, ensure_ascii=False, indent=1)


def level_of(body: Mapping[str, Any]) -> int:
    """The level that is asked for.

    Raises:
        RequestError: There is no such level.
    """
    level = body.get("level")
    if type(level) is not int or not any(known.number == level and known.emitters for known in levels.LEVELS):
        raise RequestError(400, "The request needs a level that can be exported.")
    return level


def ci_of(body: Mapping[str, Any]) -> str | None:
    """Where a project is to be checked; None leaves it where it is.

    Raises:
        RequestError: There is no such place.
    """
    ci = body.get("ci")
    if ci is not None and ci not in levels.CI_SYSTEMS:
        raise RequestError(400, f"A project can be checked by {' or '.join(levels.CI_SYSTEMS)}.")
    return None if ci is None else str(ci)


def asked(
    body: Mapping[str, Any], *, place: Path, notebooks: tuple[Path, ...], project: Path, root: Path | None
) -> Asked:
    """What a request asks for.

    Args:
        body: Its members; `path` and `output` are texts.
        place: The notebook on disk.
        notebooks: All that become one project.
        project: The project's folder on disk.
        root: The folder that the server shows.

    Raises:
        RequestError: A member is of another type than it must be.
    """
    kind, texts, digest = kind_of(body), body.get("texts", {}), body.get("digest", "")
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise RequestError(400, "The request's texts are not texts by path.")
    if not isinstance(digest, str) or not isinstance(body.get("strict", False), bool):
        raise RequestError(400, "The request's digest is not a text, or strict is neither true nor false.")
    text = text_of(body)
    if kind is JobKind.EXPORT and text is None:
        raise RequestError(400, "An export needs the content of the notebook.")
    return Asked(
        kind,
        str(body["path"]),
        str(body["output"]),
        place,
        notebooks,
        project,
        root,
        level_of(body),
        text,
        ci_of(body),
        body.get("strict", False),
        digest,
        _paths(body, "keep"),
        _paths(body, "take"),
        texts,
    )


def _paths(body: Mapping[str, Any], name: str) -> frozenset[str]:
    paths = body.get(name, [])
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise RequestError(400, f"The request's {name} is not a list of paths.")
    return frozenset(paths)
