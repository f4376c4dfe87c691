"""What the images of a CI have on their path, so that a rehearsal has no more.

A machine on which notebooks are written has git, make and much else; the image in which a command runs may not. The
names are those of the packages that the images are built from.

Source: docker-library/python and docker-library/docker (their Dockerfiles), buildpack-deps, Debian 12 with priority
`required`, BusyBox 1.37. Looked up on 2026-11-28.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

DEBIAN = frozenset(
    """
    [ awk base64 basename bash cat chmod chown cksum cmp comm cp csplit cut dash date dd df diff dirname dpkg du
    echo env expand expr false find flock fold getent getopt grep egrep fgrep groups gunzip gzip head hostname
    hostid id install join ldd link ln ls md5sum mkdir mkfifo mknod mktemp more mount mv nice nl nohup nproc
    numfmt od paste perl pr printenv printf pwd readlink realpath rm rmdir sed seq setpriv sh sha1sum sha224sum
    sha256sum sha384sum sha512sum shred shuf sleep sort split stat stty sum sync tac tail tar tee tempfile test
    timeout touch tr true truncate tsort tty uname unexpand uniq unlink wc which whoami xargs yes zcat openssl
    """.split()
)
"""`debian:bookworm-slim`, with what `python:*-slim` adds that is not Python."""
BUILDPACK = frozenset(
    """
    autoconf automake ar as bzip2 c++ cc cpp curl file g++ gcc git gpg hg ld make nm objdump patch pkg-config ps
    pkill ranlib scp sftp shasum ssh strip svn top unzip wget xz
    """.split()
)
"""What `python:*` without `-slim` has besides, from `buildpack-deps`."""
ALPINE = frozenset(
    """
    [ awk base64 basename cat chmod chown cksum cmp comm cp cut date dd df diff dirname du echo egrep env expr
    false fgrep find fold grep gunzip gzip head hostname id install ln ls md5sum mkdir mktemp more mv nl nohup od
    paste printenv printf ps pwd readlink realpath rm rmdir sed seq sh sha1sum sha256sum sha512sum shuf sleep sort
    split stat sync tail tar tee test timeout touch tr true truncate tty uname uniq unzip wc wget which whoami
    xargs yes zcat docker git openssl ssh
    """.split()
)
"""`docker:*`: BusyBox, git, and the client of docker. No bash, no make, no Python."""
PYTHON = frozenset(("python", "python3", "pip", "pip3"))
STAND_INS = frozenset(("docker", "gh"))
"""Programs that a rehearsal only notes."""
FASTER = ("uv",)
"""Taken along where this machine has it: it installs what pip would, in less time."""
_INSTALL_FASTER = """\
if test "$1" = install; then
    for word; do shift; test "$word" = --no-cache-dir || set -- "$@" "$word"; done
    if UV_INDEX_STRATEGY=unsafe-best-match {uv} pip "$@" --quiet --python {python}; then exit; fi
fi
exec {python} -m pip "$@"
"""
"""A `pip`: what uv cannot install is left to pip itself, so that what fails is what fails in the image too."""
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The path of a hosted runner, which has nearly everything."""


def programs(image: str) -> frozenset[str] | None:
    """The programs of an image; None where that is unknown, or nearly all, as on the runners of GitHub."""
    name = image.partition("@")[0]
    if re.fullmatch(r"(?:docker\.io/(?:library/)?)?python:[\w.-]*slim[\w.-]*", name):
        return DEBIAN | PYTHON
    if re.fullmatch(r"(?:docker\.io/(?:library/)?)?python(?::(?![\w.-]*alpine)[\w.-]*)?", name):
        return DEBIAN | BUILDPACK | PYTHON
    if re.fullmatch(r"(?:docker\.io/(?:library/)?)?docker(?::[\w.-]*)?", name):
        return ALPINE
    return None


def has(image: str, program: str) -> bool:
    """Whether an image has a program, as far as is known."""
    known = programs(image)
    return known is None or program in known


def path_of(image: str, folder: Path, tools: Path) -> str:
    """A path for commands that run in an image: with what the image has, and nothing else of this machine.

    Args:
        image: Its name, or that of a runner.
        folder: Where the folder with links to its programs is made.
        tools: The folder of the programs that stand in for others, or for the interpreter.
    """
    known = programs(image)
    if known is None:
        return os.pathsep.join((str(tools), *_faster(folder), SYSTEM))
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(known):
        parts = (
            tools / name
            if (tools / name).exists()
            else shutil.which(name, path=f"{SYSTEM}:{os.environ.get('PATH', '')}")
        )
        if parts is not None and (name not in PYTHON | STAND_INS or Path(parts).parent == tools):
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(parts)
    return os.pathsep.join((str(folder), *_faster(folder)))


def _faster(folder: Path) -> tuple[str, ...]:
    """A folder with what makes installing faster, where there is any."""
    extra = folder.with_name(f"{folder.name}-faster")
    for name in FASTER:
        program = shutil.which(name)
        if program is not None:
            extra.mkdir(parents=True, exist_ok=True)
            (extra / name).unlink(missing_ok=True)
            (extra / name).symlink_to(Path(program).resolve())
    return (str(extra),) if extra.is_dir() else ()


def install_faster(environment: Path) -> None:
    """Have `pip install` of an environment install with what is faster, where there is any.

    Args:
        environment: One that has pip.
    """
    for name in FASTER:
        found = shutil.which(name)
        if found is not None:
            python = shlex.quote(str(environment / "bin" / "python"))
            text = _INSTALL_FASTER.format(uv=shlex.quote(str(Path(found).resolve())), python=python)
            program(environment / "bin" / "pip", text)


def program(path: Path, text: str) -> None:
    """Write a program in shell."""
    path.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
    path.chmod(0o755)
