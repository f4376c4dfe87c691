"""What the panel is told of a plan."""

from __future__ import annotations

from pathlib import Path

from conftest import ASSUMING

from nbexport import api
from nbexport.lab.tasks import checking
from nbexport.lab.wire import answers
from nbexport.plan import ExportRequest, Plan
from nbexport.program import Refused
from nbexport.read.notebook import read


def test_a_plan_names_the_lines_that_it_assumes_to_be_harmless(sound: Path) -> None:
    sound.write_text(ASSUMING, encoding="utf-8")
    plan = api.plan(ExportRequest(sound, sound.with_suffix(""), 1))
    assert isinstance(plan, Plan)
    told = answers.plan(plan, read(sound), folder="made", digest="d", hidden=())
    assert (told["verdict"], told["verified"]) == ("assumed", False)
    (assumption,) = told["assumptions"]
    assert (assumption["call"], assumption["object"]) == ("somelib.inspect", "rows")
    line = "    somelib.inspect(rows)  # noqa: NBX130"
    assert assumption["place"] == {
        "notebook": "",
        "cell": 2,
        "cell_id": None,
        "row": 3,
        "column": 5,
        "end_row": 3,
        "end_column": len(line) + 1,
    }


def test_a_check_reports_it_as_a_warning_and_the_level_is_reached() -> None:
    told = checking.checked(ASSUMING.replace("  # noqa: NBX130", ""), "a.py", ())
    (finding,) = [finding for finding in told["findings"] if finding["severity"] != "advice"]
    assert (finding["code"], finding["severity"]) == ("NBX130", "warning")
    assert "`nbexport" not in finding["hint"]
    assert [level["reached"] for level in told["ladder"]][:2] == [True, True]


def test_a_refused_plan_has_a_verdict(sound: Path) -> None:
    sound.write_text(sound.read_text().replace("sum(rows)", "sum(lost)"), encoding="utf-8")
    plan = api.plan(ExportRequest(sound, sound.with_suffix(""), 1))
    assert isinstance(plan, Refused)
    told = answers.refusal(plan, folder="made")
    assert (told["verdict"], [finding["code"] for finding in told["refused"]]) == ("refused", ["NBX101"])
