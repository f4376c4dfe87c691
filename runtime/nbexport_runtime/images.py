"""Images by digest: asks the registry of each image that a file names by its tag, and writes the digest behind it.

python -m nbexport_runtime.images Dockerfile compose.yaml

    FROM python:3.12-slim-bookworm AS build  →  FROM python:3.12-slim-bookworm@sha256:… AS build

A tag may be another image tomorrow, a digest never is. What has a digest already is left alone.
`docker buildx`, `crane` or `skopeo` ask, whichever is there, with the credentials and mirrors that they know. Nothing
but the standard library is needed, so that any Python can run this before the project has an environment.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ASKING = (
    ("docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", "{}"),
    ("crane", "digest", "{}"),
    ("skopeo", "inspect", "--no-tags", "--format", "{{.Digest}}", "docker://{}"),
)
"""Command lines that print the digest of an image for all platforms."""
LIMIT_S = 60
"""Longest wait for a registry."""

_NAMED = re.compile(
    # Dockerfile; Compose and GitLab; services of GitLab; a script that builds
    r"^(?:FROM[ \t]+(?:--\S+[ \t]+)*|[ \t]*(?:-[ \t]+)?image:[ \t]*[\"']?|[ \t]*services:[ \t]*\[\"|BUILDKIT=)"
    r"(?P<image>[^\s\"'\]]+)",
    re.MULTILINE,
)
_STAGE = re.compile(r"^FROM[ \t].*[ \t]AS[ \t]+(\S+)", re.MULTILINE | re.IGNORECASE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class UnknownDigestError(Exception):
    """Nobody here knows the digest of an image; the text says why."""


def by_tag(text: str) -> list[str]:
    """The images that a Dockerfile, a Compose file or `.gitlab-ci.yml` names without a digest, each once."""
    return list(dict.fromkeys(match["image"] for match in _by_tag(text)))


def pinned(text: str, digests: dict[str, str]) -> str:
    """The text with digests behind the images that are named without.

    Args:
        text: That of a Dockerfile, a Compose file or `.gitlab-ci.yml`.
        digests: Image → its digest.
    """
    for match in reversed(list(_by_tag(text))):
        if match["image"] in digests:
            text = f"{text[: match.end()]}@{digests[match['image']]}{text[match.end() :]}"
    return text


def digest(image: str) -> str:
    """The digest of an image, as its registry says.

    Raises:
        UnknownDigestError: No program that could ask is here, or none got an answer.
    """
    why = []
    for words in ASKING:
        program = shutil.which(words[0])
        if program is None:
            continue
        command = [program, *(word.replace("{}", image) if word.endswith("{}") else word for word in words[1:])]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            why.append(f"{words[0]}: no answer in {LIMIT_S} s")
            continue
        if done.returncode == 0 and _DIGEST.fullmatch(done.stdout.strip()):
            return done.stdout.strip()
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        why.append(f"{words[0]}: {lines[0].strip() if lines else f'exit code {done.returncode}'}")
    names = ", ".join(words[0] for words in ASKING)
    raise UnknownDigestError("; ".join(why) or f"none of {names} is installed")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the digests that can be asked for, and say which cannot; neither is a failure."""
    parser = argparse.ArgumentParser(prog="python -m nbexport_runtime.images", description="Name images by digest.")
    parser.add_argument("files", type=Path, nargs="+", help="Dockerfiles, Compose files, .gitlab-ci.yml")
    texts = {path: _read(path) for path in parser.parse_args(arguments).files if path.is_file()}
    digests: dict[str, str] = {}
    for image in dict.fromkeys(image for text in texts.values() for image in by_tag(text)):
        try:
            digests[image] = digest(image)
        except UnknownDigestError as error:
            print(f"`{image}` is still named by its tag: {error}", file=sys.stderr)
    for path, text in texts.items():
        after = pinned(text, digests)
        if after != text:
            path.write_bytes(after.encode())
            print(f"{path}: images by digest")


def _by_tag(text: str) -> Iterator[re.Match[str]]:
    stages = {"scratch", *_STAGE.findall(text)}
    for match in _NAMED.finditer(text):
        image = match["image"]
        if "@" not in image and "$" not in image and image not in stages:
            yield match


def _read(path: Path) -> str:
    # line ends stay what they are
    return path.read_bytes().decode()


if __name__ == "__main__":
    main()
