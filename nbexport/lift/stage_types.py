"""The types of what stages take and give, as far as the notebook tells.

    load_data       frame = pd.read_csv(data)                   gives frame: pandas.DataFrame
    prepare         frame = frame.dropna()                      takes and gives pandas.DataFrame
    train_model     model = LinearRegression().fit(frame, …)    takes pandas.DataFrame, gives LinearRegression

What a stage takes is what the last stage before it gave under that name, since `train.py` hands values on like that.
"""

from __future__ import annotations

from nbexport.analysis.bindings import Definition
from nbexport.analysis.value_types.inference import ValueTypes, value_types
from nbexport.analysis.value_types.types import ANY, STR, Type, join, mapping
from nbexport.lift.homes import Flow, state_after
from nbexport.lift.layout import Layout
from nbexport.lift.split import Segment
from nbexport.record import field, record


@record(frozen=False, eq=False)
class StageTypes:
    """What one stage takes and gives, by name."""

    inputs: dict[str, Type] = field(default_factory=dict)
    outputs: dict[str, Type] = field(default_factory=dict)


def stage_types(layout: Layout, segments: list[Segment], flow: Flow) -> list[StageTypes]:
    """For each stage, the types of what it takes beside parameters, and of what it gives."""
    types = value_types(layout.analysis)
    given: dict[str, Type] = {}
    made: list[StageTypes] = []
    for index, segment in enumerate(segments):
        stage = StageTypes({name: given.get(name, ANY) for name in segment.inputs})
        for name in segment.outputs:
            stage.outputs[name] = _output(types, flow, index, segment, name, stage.inputs)
        given |= stage.outputs
        made.append(stage)
    return made


def _output(types: ValueTypes, flow: Flow, index: int, segment: Segment, name: str, inputs: dict[str, Type]) -> Type:
    """The type of what a stage gives under a name."""
    after = state_after(types.analysis, segment.units[-1]).get(name, frozenset())
    bound = [definition for definition in after if definition.unit >= 0 and not definition.marker]
    own = [definition for definition in bound if flow.segment_of.get(definition.unit) == index]
    if not own or any(_is_foreign(flow, definition) for definition in bound):
        # cells that stay in the notebook hide what the stage itself leaves
        own = [d for d in flow.layout.lifted(name) if flow.segment_of.get(d.unit) == index]
        bound = []
    type_ = types.of_definitions(own)
    if name in inputs and (len(own) < len(bound) or not bound):
        type_ = join(type_, inputs[name])
    if name == "metrics":
        return mapping(STR, ANY) if type_ == ANY or type_.name == "dict" else ANY
    return type_


def _is_foreign(flow: Flow, definition: Definition) -> bool:
    """Whether a binding is one that the export leaves out."""
    return flow.home(definition) is None
