"""Each check by itself: latency, answers, inputs, outcomes, a shadow's agreement, and production after a promotion."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.platform.guard.labels import Label
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.platform.guard.watching import learn
from nbexport_runtime.traffic.placements import PROMOTED, ROLLED_BACK, Placement
from runtime.platform.guard.streams import LATER, NOW, OLD, Story, line, meant, rollout


def production(count: int = 400, seed: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Lines of production."""
    random = Random(seed)
    return [
        line("v1", "production", **{"latency_ms": 10 + random.random(), "output": {"result": random.random()}, **more})
        for _ in range(count)
    ]


def candidate(count: int, **more: Any) -> list[dict[str, Any]]:
    """Lines of the candidate."""
    random = Random(9)
    return [line("v2", "candidate", **{"output": {"result": random.random()}, **more}) for _ in range(count)]


def test_a_slow_candidate_goes_back() -> None:
    story = Story(rollout())
    story.take(*production(), *candidate(40, latency_ms=21.0))
    assert story.decision().action == "hold"
    story.take(*candidate(30, latency_ms=30.0))
    assert story.decision().action == "back"
    assert story.decision().reason.startswith("requests that took too long (over 21")


def test_a_limit_that_was_set_counts() -> None:
    story = Story(rollout(), Guard(latency_limit_ms=50))
    story.take(*production(), *candidate(60, latency_ms=40.0))
    assert story.decision().action == "hold"


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0])
def test_a_candidate_that_always_answers_the_same_goes_back(constant: float) -> None:
    story = Story(rollout())
    story.take(*production(), *candidate(150, output={"result": constant}))
    assert story.decision().action == "back"
    assert "answers unlike production's" in story.decision().reason


def test_a_class_that_is_chosen_much_more_often_goes_back() -> None:
    story = Story(rollout())
    random = Random(1)
    for _ in range(400):
        story.take(*production(1, output={"label": "stay" if random.random() < 0.9 else "leave"}))
    story.take(*candidate(60, output={"label": "leave"}))
    assert story.decision().action == "back"
    assert "answers unlike production's (`leave`)" in story.decision().reason


def test_answers_that_are_hidden_are_not_compared() -> None:
    story = Story(rollout())
    story.take(*production(output={"result": "[redacted]"}), *candidate(150, output={"result": 1.0}))
    assert story.decision().action == "hold"


def test_invalid_inputs_count_against_production_s_own() -> None:
    story = Story(rollout())
    story.take(*production(), *(line("v2", "candidate", "invalid") for _ in range(30)))
    assert story.decision().action == "back"
    assert "inputs that are invalid" in story.decision().reason


def test_predictions_that_turn_out_worse_go_back() -> None:
    story = Story(rollout())
    story.take(*production(1), *candidate(1))

    def labels(version: str, arm: str, wrong: float, count: int) -> list[Label]:
        random = Random(3)
        return [Label(version, arm, LATER, float(random.random() < wrong)) for _ in range(count)]

    learn(story.memory, labels("v1", "production", 0.2, 200), story.situation, story.settings)
    learn(story.memory, labels("v2", "candidate", 0.25, 200), story.situation, story.settings)
    assert story.decision().action == "hold"
    learn(story.memory, labels("v2", "candidate", 0.7, 100), story.situation, story.settings)
    assert story.decision().action == "back"
    assert "predictions that turned out worse (distance above 0)" in story.decision().reason


def test_what_production_fails_on_too_and_a_start_are_no_evidence() -> None:
    story = Story(rollout())
    story.take(*(meant("error", outcome="error") for _ in range(50)))
    story.take(*(meant("starting") for _ in range(50)))
    assert story.decision().action == "hold"
    assert "50 requests found it starting" in story.decision().reason


@pytest.mark.parametrize("reason", ["set aside", "down", "timeout", "error"])
def test_every_way_of_not_answering_counts(reason: str) -> None:
    story = Story(rollout())
    story.take(*(meant(reason) for _ in range(10)))
    assert story.decision().action == "back"


def test_lines_from_before_the_rollout_do_not_count() -> None:
    story = Story(rollout())
    story.take(*({**meant(), "time": "2026-02-20T00:00:00.000+00:00"} for _ in range(50)))
    assert story.decision().reason.startswith("no requests yet")


# --------------------------------------------------------------------------- shadow


def copies(count: int, shadow: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Pairs of lines, the shadow's first or last."""
    lines = []
    for number in range(count):
        pair = [
            line("v1", "production", request_id=f"r{number}", output={"result": 0.5}),
            line("v2", "shadow", request_id=f"r{number}", **{"output": {"result": 0.5}, **shadow}),
        ]
        lines += pair if number % 2 else pair[::-1]
    return lines


def test_a_shadow_that_fails_is_ended() -> None:
    story = Story(rollout(10, "shadow"))
    story.take(*copies(20, {"outcome": "error", "output": None}))
    assert story.decision().action == "back"


def test_a_shadow_that_disagrees_is_an_alarm_and_goes_on() -> None:
    story = Story(rollout(10, "shadow"))
    story.take(*copies(40, {"output": {"result": 0.9}}))
    assert story.decision().action == "alarm"
    assert "answers unlike production's (on the same request): 40 of 40" in story.decision().reason


def test_a_shadow_that_agrees_is_looked_at() -> None:
    story = Story(rollout(10, "shadow"))
    assert story.decision().reason == "no copy has been compared yet"
    story.take(*copies(400, {"output": {"result": 0.52}}))
    assert story.decision().action == "hold"


# --------------------------------------------------------------------------- production


def placed(version: str, before: str, hours_ago: float = 1, reason: str = PROMOTED) -> Placement:
    """Production was placed lately."""
    from nbexport_runtime.platform.guard.watching import stamp

    return Placement(2, stamp(NOW - hours_ago * 3600), version, "0" * 64, reason, before)


def now(version: str, outcome: str = "ok") -> dict[str, Any]:
    """A line of this moment."""
    from nbexport_runtime.platform.guard.watching import stamp

    return line(version, "production", outcome, time=stamp(NOW))


def test_a_new_production_that_fails_goes_back_to_the_one_before() -> None:
    story = Story(None, None, OLD, placed("v1", "v0"))
    story.take(*(now("v0") for _ in range(200)), *(now("v1", "error") for _ in range(20)))
    assert (story.decision().action, story.decision().to) == ("rollback", "v0")


def test_going_back_to_what_failed_too_would_not_help() -> None:
    story = Story(None, None, OLD, placed("v1", "v0"))
    story.take(*(now("v0", "error") for _ in range(20)), *(now("v1", "error") for _ in range(20)))
    assert story.decision().action == "alarm"
    assert "going back would not help" in story.decision().reason


def test_what_was_rolled_back_from_is_not_gone_back_to() -> None:
    first = OLD
    bad = Placement(2, "2026-01-02T00:00:00+00:00", "v1", "0" * 64, PROMOTED, "v0")
    back = Placement(3, "2026-01-03T00:00:00+00:00", "v0", "0" * 64, ROLLED_BACK, "v1")
    story = Story(None, None, first, bad, back, placed("v2", "v0"))
    story.take(*(now("v2", "error") for _ in range(20)))
    assert (story.decision().action, story.decision().to) == ("rollback", "v0")
    only = Story(
        None,
        None,
        bad,
        Placement(3, "2026-01-03T00:00:00+00:00", "v0", "0" * 64, ROLLED_BACK, "v1"),
        placed("v0", "v0"),
    )
    only.take(*(now("v0", "error") for _ in range(20)))
    assert only.decision().action == "alarm"


def test_production_is_watched_for_a_time_and_not_after_a_rollback() -> None:
    assert Story(None, None, OLD, placed("v1", "v0", 25)).decisions() == []
    assert Story(None, None, OLD, placed("v1", "v0", 1, ROLLED_BACK)).decisions() == []
    assert Story(None, None, placed("v1", "v0")).decisions() == []


def test_too_many_requests_are_not_the_model_s_fault() -> None:
    story = Story(None, None, OLD, placed("v1", "v0"))
    story.take(*(now("v1", "overloaded") for _ in range(50)))
    assert story.decision().action == "hold"


@pytest.mark.parametrize(
    "wrong",
    [{"error_budget": 0.0}, {"false_alarms": 1.0}, {"latency_budget": -0.1}, {"watch_hours": -1.0}, {"finish": "me"}],
)
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PipelineError, match=r"\[guard\]"):
        Guard(**wrong)
