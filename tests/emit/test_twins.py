"""GitHub's and GitLab's workflows are twins: what one does the other does, and the same variables run the same commands."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SOUND

from nbexport import api
from nbexport.levels import CI_SYSTEMS
from nbexport.plan import ExportRequest

DOES = {
    # what is done → how it is seen in the jobs of (GitHub, GitLab)
    "check: install from the lock": (r"make install-dev\.lock",) * 2,
    "check: format, lint, types": (r"make lint",) * 2,
    "check: tests": (r"make test",) * 2,
    "check: locks": (r"make check-lock",) * 2,
    "check: the export": (r"make check-export",) * 2,
    "check: vulnerabilities": (r"make audit",) * 2,
    "image of a commit: a model for it": (r"train\.py --output models/ci",) * 2,
    "image of a commit: built": (r"docker build --build-arg MODEL=models/ci --build-arg \"MODEL_DIGEST=\$digest\"",)
    * 2,
    "retrain: install from the lock": (r"make install-platform\.lock",) * 2,
    "retrain": (r"set -- retrain\.py --report decision\.md",) * 2,
    "retrain: gradual rollout": (r"--rollout \"\$ROLLOUT\"",) * 2,
    "retrain: the first model": (r"--first",) * 2,
    "retrain: another source": (r"--source \"\$SOURCE\"",) * 2,
    "retrain: another margin": (r"--min-improvement \"\$MIN_IMPROVEMENT\"",) * 2,
    "urgent: roll back": (r"promote\.py --rollback \"\$ROLLBACK\"",) * 2,
    "urgent: abort the rollout": (r"rollout\.py abort",) * 2,
    "urgent: set the share": (r"rollout\.py set \"\$ROLLOUT\"",) * 2,
    "retrain: the shares for a gateway": (r"rollout\.py manifest > route\.yaml",) * 2,
    "retrain: a refusal is not a failure": (r"0 \| 10\) ;;",) * 2,
    "release: list of packages": (r"make sbom",) * 2,
    "release: image of the newest version": (r"nbexport_runtime\.traffic --newest",) * 2,
    "release: has the model that was judged": (r"registry\.py sync", r"cp -R \"\$model\" models/release"),
    "release: push": (r"sh scripts/push_image\.sh",) * 2,
    "freshness": (r"registry\.py freshness --max-age-days 9",) * 2,
    "each day: where CI sees the predictions": (r"grep -Eq '\^archive = \"\.\+://' platform\.toml",) * 2,
    "each day: the models": (r"^ *\.venv/bin/python registry\.py sync$",) * 2,
    "each day: the log": (r"logs\.py compact",) * 2,
    "each day: features": (r"features\.py materialize",) * 2,
    "each day: drift": (r"drift\.py check --window 1d",) * 2,
    "score: install, the models": (r"registry\.py sync",) * 2,
    "score: only where a table is named": (r"if \[ -z \"\$\{SCORE_INPUT:-\}\" \]",) * 2,
    "score": (r"score\.py --replace --rejects scores/rejects\.jsonl",) * 2,
    "score: an artifact where no other place is named": (r"'scores/table\.parquet'", r"SCORE_OUTPUT:-scores/table"),
    "keep: the answers": (r"^ +scores/$", r"paths: \[scores/"),
    "when: score, each day": (r"cron: \"0 5 \* \* \*\"", r"each day: JOB=score"),
    "tell the pull request": (r"gh pr comment .*decision\.md", r"decision\.md\" \"\$project/merge_requests/"),
    "report a failure": (r"gh issue create", r"\$CI_PROJECT_ID/issues"),
    "keep: the trial store": (r"path: \.store/", r"paths: \[\.store/"),
    "keep: the decision": (r"^ +decision\.md$", r"paths: .*decision\.md"),
    "keep: the shares for a gateway": (r"^ +route\.yaml$", r"paths: .*route\.yaml"),
    "keep: the digest of the image": (r"^ +image\.txt$", r"paths: \[image\.txt\]"),
    "keep: the list of packages": (r"^ +sbom\.cdx\.json$", r"paths: \[sbom\.cdx\.json\]"),
    "keep: for 90 days": (r"retention-days: 90", r"expire_in: 90 days"),
    "when: on schedule": (r"cron: \"0 2 \* \* 1\"", r'\$CI_PIPELINE_SOURCE == "schedule"'),
    "when: by hand": (r"workflow_dispatch", r'\$CI_PIPELINE_SOURCE == "web"'),
    "when: other data": (r"paths: \[\"data/sets/\*\*\"", r"changes: \[\"data/sets/\*\*/\*\""),
    "when: freshness, each day": (r"cron: \"30 6 \* \* \*\"", r"`30 6 \* \* \*` with the variable JOB=freshness"),
    "one at a time, the urgent ones beside": (r"group: \$\{\{ .*'urgent' \|\| 'retrain'", r"resource_group: \$QUEUE"),
    "limit of time": (r"timeout-minutes: 180", r"timeout: 3h"),
}
"""What a project's CI does."""
ONE_ALONE = {
    "github": {
        r"^actions/attest@": "GitHub signs what its runners have built; GitLab's artifacts are not in its transparency log",
        r"\.github/dependabot\.yml": "GitLab has no service of its own that proposes newer versions",
    },
    "gitlab": {},
}
"""What one CI does alone, and why; everything else has its twin."""
OWN = re.compile(
    # assignments, output for people, and what is between the commands of `DOES`
    r"^(?:set -- |exit 0$|if |elif |fi$|case |esac|abort\)|set\)|0 \| 10\)|\*\) exit|code=|cat |\{ echo|echo |digest=|model=|"
    r"image=|number=|brought=|project=|gh run download|#|--data-urlencode|curl |\.venv/bin/python \"\$@\"|"
    r"export REGISTRY_USER=|\"\$project/repository)"
)
"""Lines that only prepare, or show, what `DOES` lists."""


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same notebook's project for each CI."""
    found = {}
    for ci in CI_SYSTEMS:
        folder = tmp_path_factory.mktemp(ci)
        (folder / "sound.py").write_text(SOUND, encoding="utf-8")
        plan = api.plan(ExportRequest(folder / "sound.py", level=4, output=folder / "project", ci=ci))
        assert not isinstance(plan, api.Refused)
        api.apply(plan)
        found[ci] = folder / "project"
    return found


def files(project: Path) -> list[Path]:
    return [*sorted(project.glob(".github/workflows/*.yml")), *project.glob(".gitlab-ci.yml")]


def whole(project: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in files(project))


def lines(project: Path) -> Iterator[str]:
    """Every line of shell that the CI of a project runs."""
    for path in files(project):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        jobs = content["jobs"].values() if "jobs" in content else content.values()
        for job in jobs:
            if isinstance(job, dict):
                texts = [step.get("run", "") for step in job.get("steps", ())] + job.get("script", [])
                yield from (line.strip() for text in texts for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("does", DOES)
def test_both_do_it(does: str, twins: dict[str, Path]) -> None:
    for ci, pattern in zip(CI_SYSTEMS, DOES[does], strict=True):
        assert re.search(pattern, whole(twins[ci]), re.MULTILINE), f"{ci} lacks: {does}"


def test_neither_does_more(twins: dict[str, Path]) -> None:
    """A line that is not in the table is one that only one of the two may have."""
    for position, ci in enumerate(CI_SYSTEMS):
        patterns = [patterns[position] for patterns in DOES.values()]
        unknown = [
            line
            for line in lines(twins[ci])
            if not OWN.match(line) and not any(re.search(pattern, line) for pattern in patterns)
        ]
        assert unknown == [], f"{ci}: put it in the table, with its twin"


def test_what_one_does_alone_has_its_reason(twins: dict[str, Path]) -> None:
    here = {"actions/checkout", "actions/setup-python", "actions/upload-artifact"}
    used = set(re.findall(r"uses: ([\w/-]+)@", whole(twins["github"])))
    assert used - here == {"actions/attest"}
    assert (twins["github"] / ".github" / "dependabot.yml").exists()
    assert len(ONE_ALONE["github"]) == 2


# --------------------------------------------------------------------------- the same variables, the same commands

STUB = """\
#!/bin/sh
# stands in for the project's Python: notes what it is asked for, and answers as the commands do
printf '%s\\n' "$*" >> commands.txt
case "$*" in
*"nbexport_runtime.traffic --newest") echo models/versions/v1 ;;
"rollout.py manifest") echo route ;;
retrain.py*) echo said; echo "# decided" > decision.md; exit "$CODE" ;;
*) echo said; exit "$CODE" ;;
esac
"""
INPUTS = [
    {},
    {"FIRST": "true"},
    {"ROLLOUT": "100"},
    {"ROLLOUT": "25", "SOURCE": "a b.csv", "MIN_IMPROVEMENT": "0.02"},
    {"ROLLBACK": "previous"},
    {"ROLLBACK": "20260301T120000-0123; rm -rf ~"},
    {"ROLLOUT_ACTION": "abort"},
    {"ROLLOUT_ACTION": "set", "ROLLOUT": "0"},
]


def script(project: Path) -> str:
    """The lines that decide what runs."""
    if (project / ".gitlab-ci.yml").exists():
        job = yaml.safe_load((project / ".gitlab-ci.yml").read_text(encoding="utf-8"))["retrain"]
        return str(job["script"][-1])
    workflow = yaml.safe_load((project / ".github" / "workflows" / "retrain.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in workflow["jobs"]["retrain"]["steps"] if step.get("id") == "retrain"]
    return str(step["run"])


def ran(text: str, folder: Path, variables: dict[str, str], code: int) -> dict[str, Any]:
    """What the lines run and leave, in an empty folder."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").write_text(STUB, encoding="utf-8")
    (folder / ".venv" / "bin" / "python").chmod(0o755)
    (folder / "models" / "versions" / "v1").mkdir(parents=True)
    (folder / "models" / "versions" / "v1" / "manifest.json").write_text("{}", encoding="utf-8")
    given = {"PATH": "/usr/bin:/bin", "ROLLOUT": "10", "CODE": str(code), "GITHUB_OUTPUT": "out", **variables}
    given["GITHUB_STEP_SUMMARY"] = "summary"
    done = subprocess.run(["sh", "-e", "-c", text], cwd=folder, env=given, capture_output=True, text=True, check=False)
    left = folder / "decided.env" if (folder / "decided.env").exists() else folder / "out"
    results = dict(line.split("=", 1) for line in left.read_text("utf-8").splitlines()) if left.exists() else {}
    return {
        "code": done.returncode,
        "commands": (folder / "commands.txt").read_text(encoding="utf-8").splitlines(),
        "decision": decision.read_text(encoding="utf-8") if (decision := folder / "decision.md").exists() else "",
        "released": next((value for key, value in results.items() if key.lower() == "released"), "false"),
        "digest": next((value for key, value in results.items() if key.lower() == "model_digest"), ""),
    }


@pytest.mark.parametrize(("number", "code"), [*itertools.product(range(len(INPUTS)), (0, 1, 10))])
def test_the_same_inputs_run_the_same_commands(number: int, code: int, twins: dict[str, Path], tmp_path: Path) -> None:
    found = {ci: ran(script(twins[ci]), tmp_path / ci, INPUTS[number], code) for ci in CI_SYSTEMS}
    assert found["github"] == found["gitlab"], json.dumps(found, indent=1)
    assert found["github"]["code"] == (code if code == 1 else 0)
    urgent = "ROLLOUT_ACTION" in INPUTS[number]
    assert found["github"]["released"] == ("true" if code == 0 and not urgent else "false")


@pytest.mark.parametrize(
    ("number", "command"),
    [
        (0, "retrain.py --report decision.md --rollout 10"),
        (1, "retrain.py --report decision.md --first"),
        (2, "retrain.py --report decision.md"),
        (3, "retrain.py --report decision.md --rollout 25 --source a b.csv --min-improvement 0.02"),
        (4, "promote.py --rollback"),
        (5, "promote.py --rollback 20260301T120000-0123; rm -rf ~"),
        (6, "rollout.py abort"),
        (7, "rollout.py set 0"),
    ],
)
def test_the_commands_are_these(number: int, command: str, twins: dict[str, Path], tmp_path: Path) -> None:
    for ci in CI_SYSTEMS:
        assert ran(script(twins[ci]), tmp_path / ci, INPUTS[number], 0)["commands"][0] == command


@pytest.mark.parametrize(
    ("archive", "online", "expected"),
    [
        ("logs/archive", "", []),
        ("s3://bucket/log", "", ["registry.py sync", "logs.py compact", "drift.py check --window 1d"]),
        (
            "s3://bucket/log",
            "redis://host",
            ["registry.py sync", "logs.py compact", "features.py materialize", "drift.py check --window 1d"],
        ),
    ],
)
def test_each_day_does_what_ci_can_see(
    archive: str, online: str, expected: list[str], twins: dict[str, Path], tmp_path: Path
) -> None:
    settings = (twins["github"] / "platform.toml").read_text(encoding="utf-8")
    workflow = yaml.safe_load((twins["github"] / ".github/workflows/freshness.yml").read_text(encoding="utf-8"))
    job = yaml.safe_load((twins["gitlab"] / ".gitlab-ci.yml").read_text(encoding="utf-8"))["platform"]
    for ci, text in (("github", workflow["jobs"]["platform"]["steps"][-1]["run"]), ("gitlab", job["script"][-1])):
        folder = tmp_path / ci
        folder.mkdir()
        changed = settings.replace('archive = "logs/archive"', f'archive = "{archive}"')
        (folder / "platform.toml").write_text(changed, encoding="utf-8")
        (folder / "commands.txt").touch()
        found = ran(text, folder, {"FEATURES_ONLINE": online}, 0)
        assert (found["code"], found["commands"]) == (0, expected)


def test_what_is_urgent_does_not_wait_for_a_training(twins: dict[str, Path]) -> None:
    workflow = yaml.safe_load((twins["github"] / ".github/workflows/retrain.yml").read_text(encoding="utf-8"))
    assert workflow["concurrency"]["group"].endswith("&& 'urgent' || 'retrain' }}")
    assert workflow["concurrency"]["cancel-in-progress"] is False
    job = yaml.safe_load((twins["gitlab"] / ".gitlab-ci.yml").read_text(encoding="utf-8"))["retrain"]
    queues = [rule["variables"]["QUEUE"] for rule in job["rules"] if "variables" in rule]
    assert (job["resource_group"], job["variables"]["QUEUE"], queues) == ("$QUEUE", "retrain", ["urgent"])
