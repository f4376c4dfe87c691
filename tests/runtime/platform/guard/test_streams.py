"""How fast a bad candidate is taken back, and how seldom a good one: seeded streams through the decision code."""

from __future__ import annotations

import math
from itertools import islice
from random import Random
from statistics import median

import pytest
from nbexport_runtime.platform.guard.settings import Guard
from nbexport_runtime.service.candidate import FAILURES
from nbexport_runtime.traffic import evidence
from runtime.platform.guard.streams import Story, meant, requests, rollout

STREAMS = 200


def requests_until_back(seed: int, failing: float, limit: int) -> int:
    """All requests to the service until the candidate is taken back."""
    story = Story(rollout())
    for count, record in enumerate(islice(requests(Random(seed), failing), limit), 1):
        story.take(record)
        # only a failure adds to the evidence
        if "meant" in record and story.decision().action == "back":
            return count
    return limit + 1


def test_a_candidate_that_fails_half_is_back_within_200_requests() -> None:
    counts = [requests_until_back(seed, 0.5, 2000) for seed in range(STREAMS)]
    assert median(counts) <= 200
    # most of all, not only half of them
    assert sorted(counts)[int(0.95 * STREAMS)] <= 250


def test_a_candidate_that_fails_one_in_five_is_back_within_600_requests() -> None:
    counts = [requests_until_back(seed, 0.2, 5000) for seed in range(STREAMS)]
    assert median(counts) <= 600


def test_a_healthy_candidate_stays_through_10000_requests_of_its_own() -> None:
    back = 0
    for seed in range(100):
        random = Random(1000 + seed)
        story = Story(rollout())
        # production is known, then every request is the candidate's
        story.take(*islice(requests(random, 0, 0.0), 400))
        # one in a hundred fails, and two may
        stream = requests(random, 0.01, 1.0)
        for number in range(10_000):
            record = next(stream)
            story.take(record)
            if ("meant" in record or number % 500 == 499) and story.decision().action == "back":
                back += 1
                break
    assert back <= 1


def test_at_its_budget_a_model_is_an_alarm_in_one_of_a_hundred_at_most() -> None:
    # the border itself, looked at after every failure: Ville's inequality, with three standard deviations of the count
    streams, alarms = 1000, 0
    for seed in range(streams):
        random, failures, count = Random(seed), 0, 0
        while count < 3000:
            # the successes up to the next failure, in one step
            count += 1 + int(math.log(1 - random.random()) / math.log(1 - 0.02))
            failures += 1
            if evidence.enough(failures, count, 0.02):
                alarms += 1
                break
    assert alarms <= 10 + 3 * math.sqrt(10)


def test_no_traffic_holds_and_is_no_success() -> None:
    story = Story(rollout())
    assert (story.decision().action, story.decision().reason) == ("hold", "no requests yet: no traffic is not success")
    # production's own requests are not evidence for the candidate
    story.take(*islice(requests(Random(1), 0, 0.0), 3000))
    assert story.decision().action == "hold"


def test_a_step_takes_its_time_its_requests_and_a_bound_below_the_budget() -> None:
    quick = Guard(step_minutes=0, step_requests=100)
    story = Story(rollout(), quick)
    story.take(*islice(requests(Random(2), 0, 0.0), 400))
    stream = requests(Random(3), 0, 1.0)
    story.take(*islice(stream, 99))
    assert story.decision().reason == "99 of 100 requests of this step"
    story.take(*islice(stream, 50))
    # a bound on 0 of 149 is still above 2 %
    assert story.decision().action == "hold"
    assert story.decision().reason.startswith("not sure yet: requests that it failed: 0 of 149")
    story.take(*islice(stream, 100))
    assert (story.decision().action, story.decision().percent) == ("step", 50)
    slow = Story(rollout(), Guard(step_minutes=180))
    slow.take(*islice(requests(Random(2), 0, 0.5), 3000))
    assert slow.decision().reason == "120 of 180 minutes of this step"


@pytest.mark.parametrize(("finish", "action"), [("person", "ready"), ("guard", "finish")])
def test_after_the_last_step_who_may_finishes(finish: str, action: str) -> None:
    story = Story(rollout(50), Guard(step_minutes=0, finish=finish))
    story.take(*islice(requests(Random(4), 0, 0.5), 3000))
    assert story.decision().action == action


def test_an_experiment_is_guarded_and_not_stepped_up() -> None:
    story = Story(rollout(50, experiment="blue"), Guard(step_minutes=0))
    story.take(*islice(requests(Random(5), 0, 0.5), 3000))
    assert story.decision().action == "hold"
    story.take(*islice(requests(Random(6), 0.9, 0.5), 300))
    assert story.decision().action == "back"


def test_what_the_service_sets_aside_is_over_the_budget_of_the_guard_too() -> None:
    budget = Guard().error_budget
    aside = 0
    for count in range(FAILURES, 3000, 7):
        failures = next(
            (number for number in range(FAILURES, count + 1) if evidence.enough(number, count, budget)), count
        )
        if not evidence.enough(failures, count, budget):
            continue
        aside += 1
        # once it is set aside, each of its requests counts as failing: two more are enough for the guard
        story = Story(rollout())
        (arm,) = story.memory.arms.values()
        arm.errors.count, arm.errors.failures = count, failures
        story.take(meant("set aside"), meant("set aside"))
        assert story.decision().action == "back", (failures, count)
    assert aside > 400
    # and what keeps its budget is set aside by neither
    assert not evidence.enough(FAILURES, 1000, budget)
