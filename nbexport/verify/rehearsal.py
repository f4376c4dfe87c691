"""Rehearses the workflows of a project: each of their command lines is run, in order, where a CI would run it.

Each job gets a fresh copy of what version control would have, the variables that the CI sets and an empty home, and
makes its environment itself. On its path is what its image has, and nothing else of this machine: a command that
needs git fails where the image has none. The image of a cluster is made likewise, and the commands of the manifests
run in it. What a job keeps is given to later ones by a server that stands in for the CI's own. Stand-ins for `docker`
and `gh` only note how they are called: images are built, and issues opened, by the real workflow alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pathspec

from nbexport.errors import NbexportError
from nbexport.verify import images
from nbexport.verify.artifacts import Artifacts
from nbexport.verify.dockerfile import DOCKERFILE, trained_in
from nbexport.verify.limits import LimitError, Limits
from nbexport.verify.processes import HashSeed, Progress
from nbexport.verify.stopping import Stop, run
from nbexport.verify.verification import Rehearsed, StepOutcome
from nbexport.verify.workflows import GITLAB, Command, Job, jobs

STAND_INS = {
    # the registry has nothing yet; whoever asks for the digest of what was pushed gets one that is nobody's
    "docker": f"""\
case "$*" in
*"imagetools inspect --format"*) echo "sha256:{"0" * 64}" ;;
*"imagetools inspect"*) exit 1 ;;
esac
""",
    "gh": "",
}
"""Program → what it answers, as shell."""
OF_NETWORK = re.compile(r"(?i)(?:PIP|UV)_(?!REQUIRE).*|SSL_CERT_\w+|\w+_CA_BUNDLE|\w+_PROXY|TMPDIR|SYSTEMROOT")
"""Variables of this machine that a job gets: how packages are reached."""
OF_INSTALLERS = {
    "PIP_CONFIG_FILE": (".config/pip/pip.conf", ".pip/pip.conf", "Library/Application Support/pip/pip.conf"),
    "PIP_CACHE_DIR": (".cache/pip", "Library/Caches/pip"),
    "UV_CONFIG_FILE": (".config/uv/uv.toml",),
    "UV_CACHE_DIR": (".cache/uv",),
}
"""What installers read in a home, which a job's own does not have."""
NEVER = (".git", ".venv", "/models", "__pycache__", "verification.json")
"""Never part of a checkout, whatever `.gitignore` says."""
SHOWN = 12
"""Last lines kept of what a command said."""


def rehearse(
    project: Path,
    *,
    scratch: Path,
    progress: Progress,
    stop: Stop,
    secrets: Mapping[str, str] = MappingProxyType({}),
    python: str = sys.executable,
    limits: Limits | None = None,
) -> tuple[Rehearsed, ...]:
    """Run every command line of a project's workflows.

    Args:
        project: The project's folder; nothing in it is changed.
        scratch: An empty folder for the copies.
        progress: Told which step runs.
        stop: Ends what runs when it is asked to.
        secrets: Environment variable → what the CI has it set to.
        python: The interpreter that jobs make their environments from.
        limits: What each command line may use; the usual limits when None.

    Raises:
        NbexportError: There are no workflows, or no shell.
        StoppedError: It was asked to stop.
    """
    if shutil.which("bash") is None:
        raise NbexportError("workflows cannot be rehearsed here", why="they need `bash`", fix="run this on Linux")
    wanted = [*jobs(project), *trained_in(project)]
    rehearsed: list[Rehearsed] = []
    failed: set[tuple[str, str]] = set()
    with Artifacts() as kept:
        machine = _Machine(project, scratch, kept, python, stop, limits or Limits(), secrets)
        for job in wanted:
            if any((job.workflow, name) in failed for name in job.needs):
                failed.add((job.workflow, job.name))
                rehearsed.append(
                    Rehearsed(job.workflow, job.name, "", StepOutcome.LEFT_OUT, "what it needs has failed")
                )
                continue
            machine.new(job)
            for command in job.commands:
                progress(f"rehearsal: {job.workflow}, {job.name}: {command.name}")
                result = machine.do(job, command)
                rehearsed.append(result)
                if result.outcome is StepOutcome.FAILED:
                    failed.add((job.workflow, job.name))
                    break
    return tuple(rehearsed)


class _Machine:
    """Where jobs run, each in a copy of its own."""

    def __init__(
        self,
        project: Path,
        scratch: Path,
        kept: Artifacts,
        python: str,
        stop: Stop,
        limits: Limits,
        secrets: Mapping[str, str],
    ) -> None:
        self._limits, self._secrets = limits, secrets
        self._project, self._scratch, self._kept, self._stop = project, scratch, kept, stop
        self._python, self._path, self._shell = python, "", ["bash"]
        self._tools = scratch / "tools"
        self._calls = scratch / "calls.txt"
        self._skipped: set[str] = set()
        """Names of the jobs that had nothing to do, and said so."""
        self._results: dict[str, dict[str, str]] = {}
        self._tools.mkdir()
        for name, answers in STAND_INS.items():
            images.program(self._tools / name, f'printf "%s\\n" "{name} $*" >> "$REHEARSAL_CALLS"\n{answers}')
        # not a link: an environment that is made of a linked interpreter does not find its library
        for name in ("python", "python3"):
            images.program(self._tools / name, f'exec "{python}" "$@"\n')
        self._copy = scratch

    def new(self, job: Job) -> None:
        """Begin a job: the copy of the one before is given up."""
        if self._copy != self._scratch:
            shutil.rmtree(self._copy.parent)
        # at the place of the one before, so that what was compiled for that serves this one
        self._copy = self._scratch / "job" / "project"
        checkout(self._project, self._copy, ignored=job.ignored)
        (self._copy.parent / "home").mkdir()
        self._path = images.path_of(job.image, self._copy.parent / "bin", self._tools)
        self._shell = ["bash", "--noprofile", "--norc"] if images.has(job.image, "bash") else ["sh"]
        if job.workflow == DOCKERFILE.as_posix():
            # pip of an image installs into the image
            image = self._copy.parent / "image"
            subprocess.run([self._python, "-m", "venv", image], check=True, capture_output=True)
            self._path = f"{image / 'bin'}{os.pathsep}{self._path}"
            images.install_faster(image)
            # another owner is what root alone may give
            images.program(image / "bin" / "chown", "")
        if job.workflow == GITLAB.name:
            # GitLab does so by itself; on GitHub a step asks for it
            for name in job.needs:
                self._kept.give(name, self._copy)
        self._calls.unlink(missing_ok=True)

    def do(self, job: Job, command: Command) -> Rehearsed:
        """One step."""

        def ended(outcome: StepOutcome, output: str = "", calls: tuple[str, ...] = ()) -> Rehearsed:
            return Rehearsed(job.workflow, job.name, command.name, outcome, output, calls)

        if command.left_out:
            return ended(StepOutcome.LEFT_OUT, command.left_out)
        if command.keeps is not None:
            name, paths = command.keeps
            if self._kept.keep(name, self._copy, paths) == 0 and job.name not in self._skipped:
                return ended(StepOutcome.FAILED, f"there is nothing at {', '.join(paths)}")
            self._remember(job)
            return ended(StepOutcome.DONE)
        try:
            status, output, errors = run(
                [*self._shell, "-e", "-c", command.run],
                folder=self._copy,
                environment=self._variables(job, command),
                stop=self._stop,
                what=f"`{command.name}`",
                limits=self._limits,
            )
        except LimitError as error:
            return ended(StepOutcome.FAILED, str(error))
        calls = tuple(self._calls.read_text(encoding="utf-8").splitlines()) if self._calls.exists() else ()
        self._calls.unlink(missing_ok=True)
        if status == 0:
            if any(line.startswith("skipped: ") for line in output.splitlines()):
                self._skipped.add(job.name)
            return ended(StepOutcome.DONE, calls=calls)
        lines = [line for line in f"{output}\n{errors}".splitlines() if line.strip()]
        return ended(StepOutcome.FAILED, "\n".join([*lines[-SHOWN:], f"exit code {status}"]), calls)

    def _remember(self, job: Job) -> None:
        """Variables that a GitLab job hands to those that need it."""
        for path in self._copy.glob("*.env"):
            pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
            self._results.setdefault(job.name, {}).update({name: value for name, _, value in pairs})

    def _variables(self, job: Job, command: Command) -> dict[str, str]:
        """What a command sees: little of this machine, and what the CI would set."""
        given = command.variables
        files = self._copy.parent
        common = {
            "CI": "true",
            # most of what is installed is never imported
            "PIP_NO_COMPILE": "1",
            "PYTHONPYCACHEPREFIX": str(self._scratch / "compiled"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PATH": self._path,
            "HOME": str(files / "home"),
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": HashSeed.TRAINING.value,
            "REHEARSAL_CALLS": str(self._calls),
        }
        if job.workflow == DOCKERFILE.as_posix():
            ci = {"GIT_COMMIT": "0" * 40, **self._secrets}
            del common["CI"]
        elif job.workflow == GITLAB.name:
            ci = {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": self._kept.address,
                "CI_COMMIT_SHA": "0" * 40,
                "CI_PROJECT_ID": "1",
                "CI_PROJECT_DIR": str(self._copy),
                "CI_DEFAULT_BRANCH": "main",
                "CI_JOB_TOKEN": "rehearsal",
                "REPORT_TOKEN": "rehearsal",
                "CI_PIPELINE_URL": "https://gitlab.example.org/rehearsal",
                "CI_REGISTRY_IMAGE": "registry.example.org/rehearsal",
                "CI_REGISTRY_USER": "rehearsal",
                "CI_REGISTRY_PASSWORD": "rehearsal",
                # each job of a project has all that is stored for it
                **self._secrets,
                **{name: value for needed in job.needs for name, value in self._results.get(needed, {}).items()},
            }
            # the cache would be of this copy alone; pip's own is as good
            given = {key: value for key, value in given.items() if key != "PIP_CACHE_DIR"}
        else:
            ci = {
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": self._kept.address,
                "GITHUB_REPOSITORY": "rehearsal/rehearsal",
                "GITHUB_REF_NAME": "main",
                "GITHUB_RUN_ID": "1",
                "GITHUB_SHA": "0" * 40,
                "GITHUB_WORKSPACE": str(self._copy),
            }
            for name in ("OUTPUT", "STEP_SUMMARY", "ENV", "PATH"):
                file = files / name.lower()
                file.touch()
                ci[f"GITHUB_{name}"] = str(file)
            # a step has what it asks for
            given = {**given, **{name: self._secrets.get(name, "") for name in command.secrets}}
        return {**of_network(), **common, **ci, **given}


def of_network() -> dict[str, str]:
    """The variables by which packages are reached from here: of nothing else a job may know."""
    variables = {key: value for key, value in os.environ.items() if OF_NETWORK.fullmatch(key)}
    for name, places in OF_INSTALLERS.items():
        here = next((place for place in map(Path.home().joinpath, places) if place.exists()), None)
        if here is not None:
            variables.setdefault(name, str(here))
    return variables


def checkout(project: Path, target: Path, *, ignored: Sequence[str] = ()) -> None:
    """Copy what version control would have of a project.

    Args:
        project: Its folder.
        target: Where the copy is made.
        ignored: Patterns of what does not come along besides.
    """
    try:
        lines = (project / ".gitignore").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    patterns = pathspec.GitIgnoreSpec.from_lines([*lines, *NEVER, *ignored])

    def left_out(folder: str, names: list[str]) -> list[str]:
        here = Path(folder).relative_to(project)
        return [
            name
            for name in names
            if patterns.match_file((here / name).as_posix() + ("/" if (project / here / name).is_dir() else ""))
        ]

    shutil.copytree(project, target, ignore=left_out)
