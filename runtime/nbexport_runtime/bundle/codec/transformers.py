"""Transformers: its models are torch's modules, and what they are configured with is plain attributes."""

from __future__ import annotations

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.interface import Codec

MODULE = "torch.nn.modules.module:Module"

CODEC = Codec(
    library="transformers",
    allowed=Allowed(
        families=(
            Family("transformers.*", base=MODULE),
            Family("transformers.models.*", base="transformers.configuration_utils:PreTrainedConfig"),
            Family("transformers.generation.configuration_utils:GenerationConfig"),
        )
    ),
)
