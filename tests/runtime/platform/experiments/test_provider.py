"""The real SDK of OpenFeature gets the arm that the service gives, from the files that the service reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import beginning, plan, running
from nbexport_runtime.platform.experiments.provider import ExperimentProvider
from nbexport_runtime.traffic import placements, split, traffic
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason
from runtime.platform.experiments.made import planned


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a plan that runs."""
    own = Project(tmp_path, tmp_path)
    placements.append(own.placements, version="v1", manifest_sha256="0" * 64, reason="promoted")
    plan.write(own, planned())
    beginning.write(own, planned())
    return own


@pytest.fixture
def client(project: Project) -> Iterator[OpenFeatureClient]:
    """The client of an application beside the service."""
    api.set_provider(ExperimentProvider(project.models))
    yield api.get_client()
    api.shutdown()
    api.clear_providers()


def of(key: str) -> EvaluationContext:
    return EvaluationContext(targeting_key=key)


def test_every_id_has_the_arm_that_the_service_gives_it(client: OpenFeatureClient, project: Project) -> None:
    state = traffic.read(project.traffic)
    assert state is not None
    seen = set()
    for key in (f"customer-{number}" for number in range(500)):
        version = split.chosen(state, key)
        found = client.get_string_details("buttons", "nothing", of(key))
        assert found.value == {"v1": "control", "v2": "treatment"}[version]
        assert (found.variant, found.reason) == (found.value, Reason.SPLIT)
        assert client.get_boolean_value("buttons", False, of(key)) is (version == "v2")
        assert client.get_object_value("buttons", {}, of(key)) == {"arm": found.value, "version": version}
        seen.add(found.value)
    assert seen == {"control", "treatment"}


def test_once_it_ends_the_callers_default_comes_back(client: OpenFeatureClient, project: Project) -> None:
    assert client.get_string_value("buttons", "nothing", of("a")) != "nothing"
    running.stop(project, "buttons", "enough")
    found = client.get_string_details("buttons", "nothing", of("a"))
    assert (found.value, found.reason, found.error_code) == ("nothing", Reason.DISABLED, None)


def test_what_cannot_be_answered_gives_the_default_and_the_error(client: OpenFeatureClient, project: Project) -> None:
    assert client.get_string_details("other", "x", of("a")).error_code == ErrorCode.FLAG_NOT_FOUND
    assert client.get_string_details("no name", "x", of("a")).error_code == ErrorCode.FLAG_NOT_FOUND
    missing = client.get_string_details("buttons", "x", EvaluationContext())
    assert (missing.value, missing.error_code) == ("x", ErrorCode.TARGETING_KEY_MISSING)
    assert client.get_integer_details("buttons", 7, of("a")).error_code == ErrorCode.TYPE_MISMATCH
    assert client.get_float_details("buttons", 7.5, of("a")).value == 7.5
    plan.path_of(project, "buttons").write_text("{", encoding="utf-8")
    assert client.get_string_details("buttons", "x", of("a")).error_code == ErrorCode.GENERAL
    project.traffic.write_text("{", encoding="utf-8")
    plan.write(project, planned())
    assert client.get_string_details("buttons", "x", of("a")).reason == Reason.DISABLED
