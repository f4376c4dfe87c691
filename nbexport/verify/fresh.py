"""An empty environment, made from a project's requirements alone, in which training, service and tests run.

| environment | has | runs |
|---|---|---|
| training | requirements.txt | `train.py`; afterwards, with what the tests need besides, the project's tests |
| service | requirements-serve.txt | the live service |
| platform | requirements-platform.txt | the simulation, where there is one |

They lie in a scratch folder and are gone when the comparison is. Where `uv` is on the path it installs, otherwise
`venv` and `pip`, from the index that the user's own settings name.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbexport.emit.package import CPU_WHEELS
from nbexport.errors import NbexportError
from nbexport.verify.limits import Limits
from nbexport.verify.processes import HashSeed, Progress, environment
from nbexport.verify.rehearsal import SHOWN, checkout
from nbexport.verify.stopping import Stop, run
from nbexport.verify.verification import Fresh

TRAINING, SERVICE, PIPELINE = "requirements.txt", "requirements-serve.txt", "requirements-pipeline.txt"
PLATFORM = "requirements-platform.txt"
TEST_TOOLS = frozenset({"httpx", "pytest", "schemathesis"})
"""Of the tools that check a project, those that its tests import."""
_UNREACHABLE = re.compile(
    r"(?i)failed to fetch|error sending request|dns error|name resolution|max retries"
    r"|connection (?:refused|error|reset|broken)|timed? ?out|network is unreachable|could not connect|certificate"
)


class NoIndexError(NbexportError):
    """A package index cannot be reached."""


class FreshEnvironments:
    """The environments of one comparison."""

    def __init__(
        self, project: Path, *, scratch: Path, progress: Progress, stop: Stop, limits: Limits, python: str
    ) -> None:
        """Nothing is installed yet.

        Args:
            project: The project's folder; nothing in it is changed.
            scratch: An empty folder for the environments.
            progress: Told what is installed.
            stop: Ends what runs when it is asked to.
            limits: What each installation and the tests may use.
            python: The interpreter that the environments are made from.
        """
        self._project, self._scratch, self._python = project, scratch, python
        self._progress, self._stop, self._limits = progress, stop, limits
        self._uv = shutil.which("uv")

    @property
    def installer(self) -> str:
        """What installs."""
        return "uv" if self._uv else "pip"

    def training(self) -> str:
        """The interpreter of an environment with what `train.py` requires.

        Raises:
            NbexportError: It cannot be made.
        """
        return self._made("training", TRAINING)

    def service(self) -> str:
        """The interpreter of an environment with what the service requires.

        Raises:
            NbexportError: It cannot be made.
        """
        return self._made("service", SERVICE)

    def platform(self) -> str:
        """The interpreter of an environment with what the commands of a platform require, and all below.

        Raises:
            NbexportError: It cannot be made.
        """
        return self._made("platform", PLATFORM)

    def tested(self, python: str, secrets: Mapping[str, str]) -> Fresh:
        """What became of the project's tests.

        Args:
            python: The interpreter that trained; it gets what the tests need besides.
            secrets: Environment variable → the notebook's own literal.

        Raises:
            NbexportError: What the tests need cannot be installed.
        """
        packages = self._packages(python)
        copy = self._scratch / "tested"
        checkout(self._project, copy)
        if not (copy / "tests").is_dir():
            return Fresh(self.installer, packages, None)
        files = [name for name in (TRAINING, SERVICE, PIPELINE, PLATFORM) if (self._project / name).is_file()]
        self._install(python, [*(word for name in files for word in ("-r", name)), *self._tools()], "the tests")
        self._progress("fresh environment: the project's tests")
        status, output, errors = run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            folder=copy,
            environment=environment(HashSeed.TRAINING, project=self._project, secrets=secrets),
            stop=self._stop,
            what="the project's tests",
            limits=self._limits,
        )
        lines = [line for line in f"{output}\n{errors}".splitlines() if line.strip()]
        return Fresh(self.installer, packages, status == 0, "" if status == 0 else "\n".join(lines[-SHOWN:]))

    # ------------------------------------------------------------------ inside

    def _made(self, name: str, requirements: str) -> str:
        if not (self._project / requirements).is_file():
            raise NbexportError(
                f"`{self._project}` has no {requirements}",
                why="an empty environment is made from it alone",
                fix="export the notebook again",
            )
        place = self._scratch / name
        self._progress(f"fresh environment for the {name}: {self.installer} installs {requirements}")
        if self._uv:
            self._do([self._uv, "venv", "--quiet", "--python", self._python, str(place)], requirements)
        else:
            self._do([self._python, "-m", "venv", str(place)], requirements)
        python = str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
        self._install(python, ["-r", requirements], requirements)
        return python

    def _install(self, python: str, what: Sequence[str], source: str) -> None:
        command = [self._uv, "pip", "install", "--quiet", "--python", python] if self._uv else []
        command = command or [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if self._has_torch():
            # torch for processors is a tenth of torch for graphics cards, and has an index of its own
            small = ["--extra-index-url", CPU_WHEELS, *(["--index-strategy", "unsafe-best-match"] if self._uv else [])]
            try:
                self._do([*command, *small, *what], source)
            except NoIndexError:
                self._progress(f"{CPU_WHEELS} cannot be reached: torch comes from the usual index, which takes longer")
            else:
                return
        self._do([*command, *what], source)

    def _has_torch(self) -> bool:
        text = (self._project / TRAINING).read_text(encoding="utf-8")
        return re.search(r"(?m)^torch(?![\w.-])", text) is not None

    def _do(self, command: Sequence[str], source: str) -> None:
        """Run an installer in the project, where relative requirements are found.

        Raises:
            NbexportError: It fails.
        """
        kept = {
            key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
        }
        status, output, errors = run(
            command,
            folder=self._project,
            environment={**kept, "UV_NO_PROGRESS": "1"},
            stop=self._stop,
            what=f"the installation of {source}",
            limits=self._limits,
        )
        if status != 0:
            raise _failed(f"{errors}\n{output}", source)

    def _tools(self) -> list[str]:
        """What the project's tests import besides, with the versions that it allows."""
        try:
            read = tomllib.loads((self._project / "pyproject.toml").read_text(encoding="utf-8"))
            lines = [line for line in read["dependency-groups"]["dev"] if isinstance(line, str)]
        except (OSError, ValueError, KeyError, TypeError):
            lines = []
        tools = [line for line in lines if re.split(r"[^\w-]", line, maxsplit=1)[0] in TEST_TOOLS]
        return tools or ["pytest"]

    def _packages(self, python: str) -> int:
        """How many distributions an environment has."""
        status, output, _ = run(
            [python, "-c", "from importlib import metadata; print(len(list(metadata.distributions())))"],
            folder=self._project,
            environment=environment(HashSeed.TRAINING),
            stop=self._stop,
            limits=self._limits,
        )
        return int(output) if status == 0 else 0


def _failed(output: str, source: str) -> NbexportError:
    """The error that an installer's last words stand for."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    why = "\n".join(lines[-6:])
    if _UNREACHABLE.search(output):
        return NoIndexError(
            "no package index can be reached, so there is no fresh environment",
            why=why,
            fix="connect to the network, or name a mirror in the settings of pip or uv; "
            "without `--fresh` this environment is used",
        )
    return NbexportError(
        f"{source} cannot be installed in an empty environment",
        why=why,
        fix="correct the line that is named, or name the package in the notebook: `%pip install NAME`",
    )
