"""The arms of experiments behind the interface of OpenFeature, for code that is not the model's service.

    from openfeature import api
    from openfeature.evaluation_context import EvaluationContext
    from nbexport_runtime.platform.experiments.provider import ExperimentProvider

    api.set_provider(ExperimentProvider("models"))
    arm = api.get_client().get_string_value("new-model", "control", EvaluationContext(targeting_key="customer-17"))

The targeting key is the id that the service gets in the header of a request, and both give it the same arm. A flag is
the name of an experiment: as a text it is the name of the arm, as a truth value whether it is not the control, as an
object arm and version. Where the experiment is not running, the caller's own default comes back.

**Source**: OpenFeature specification, section 2 (providers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, GeneralError, TargetingKeyMissingError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from nbexport_runtime.pipeline.outcome import PipelineError
from nbexport_runtime.pipeline.project import Project
from nbexport_runtime.platform.experiments import assignment, plan
from nbexport_runtime.platform.experiments.plan import Arm, Plan
from nbexport_runtime.traffic import placements, traffic

Value = TypeVar("Value")


class ExperimentProvider(AbstractProvider):
    """Gives every id the arm that the service gives it, from the files that the service reads."""

    def __init__(self, models: Path | str) -> None:
        """Nothing is read yet.

        Args:
            models: The folder of the models.
        """
        super().__init__()
        folder = Path(models).absolute()
        self._project = Project(folder.parent, folder.parent)
        self._known: dict[str, tuple[tuple[int, ...], Plan | None]] = {}

    def get_metadata(self) -> Metadata:
        """The name of the provider."""
        return Metadata(name="nbexport experiments")

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The name of the arm."""
        arm, _ = self._arm(flag_key, evaluation_context)
        return resolved(arm, default_value, arm.name if arm else "")

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Whether the arm is not the control."""
        arm, begun = self._arm(flag_key, evaluation_context)
        return resolved(arm, default_value, begun is not None and arm != begun.control)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """Arm and version."""
        arm, _ = self._arm(flag_key, evaluation_context)
        members = {"arm": arm.name, "version": arm.version} if arm else {}
        return resolved(arm, default_value, members)

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """Never: an arm is not a number.

        Raises:
            TypeMismatchError: Always.
        """
        raise TypeMismatchError(f"the experiment {flag_key} has arms; ask for a string, a boolean or an object")

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """Never: an arm is not a number.

        Raises:
            TypeMismatchError: Always.
        """
        raise TypeMismatchError(f"the experiment {flag_key} has arms; ask for a string, a boolean or an object")

    def _arm(self, flag_key: str, context: EvaluationContext | None) -> tuple[Arm | None, Plan | None]:
        """The arm of a context, and the plan; None and None where the experiment is not running.

        Raises:
            FlagNotFoundError: There is no such experiment.
            GeneralError: Its plan is damaged.
            TargetingKeyMissingError: The context has no id.
        """
        begun = self._running(flag_key)
        if begun is None:
            return None, None
        if context is None or not context.targeting_key:
            raise TargetingKeyMissingError(f"the experiment {flag_key} needs the id of a {begun.unit} as targeting key")
        name = assignment.assign(begun, context.targeting_key)
        return next(arm for arm in begun.arms if arm.name == name), begun

    def _running(self, name: str) -> Plan | None:
        """The plan of an experiment while it runs; files are only read again once they have changed."""
        project = self._project
        try:
            path = plan.path_of(project, name)
        except PipelineError as error:
            raise FlagNotFoundError(str(error)) from None
        if not path.exists():
            raise FlagNotFoundError(f"there is no experiment {name} in {project.models}")
        marks = tuple(mark(file) for file in (path, project.traffic, project.placements))
        known = self._known.get(name)
        if known is None or known[0] != marks:
            known = self._known[name] = marks, self._read(name)
        return known[1]

    def _read(self, name: str) -> Plan | None:
        try:
            begun = plan.read(self._project, name)
            state = traffic.read(self._project.traffic)
            production = placements.read(self._project.placements).production
        except (PipelineError, OSError) as error:
            raise GeneralError(str(error)) from None
        except ValueError:
            # a damaged file of the traffic: production answers all
            return None
        return begun if assignment.runs(begun, state, production) else None


def mark(path: Path) -> int:
    """What changes when a file does."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def resolved(arm: Arm | None, default: Any, value: Any) -> FlagResolutionDetails[Any]:
    """An answer in the terms of OpenFeature."""
    if arm is None:
        return FlagResolutionDetails(value=default, reason=Reason.DISABLED)
    return FlagResolutionDetails(value=value, variant=arm.name, reason=Reason.SPLIT)
