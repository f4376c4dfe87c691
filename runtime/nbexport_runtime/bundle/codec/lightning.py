"""Lightning: its modules are torch's; who trained them is not saved."""

from __future__ import annotations

from typing import Any

from nbexport_runtime.bundle.allowed import Allowed, Family
from nbexport_runtime.bundle.interface import Codec

NAMES = ("lightning", "pytorch_lightning", "lightning_fabric")
"""Lightning under any of its names."""
TRAINERS = ("_trainer", "_fabric")
"""Attributes in which a LightningModule keeps who trains it."""
MODULE = "torch.nn.modules.module:Module"


def is_trainer(name: str, value: Any) -> bool:
    """Whether an attribute of a module is who trains it."""
    return name in TRAINERS and type(value).__module__.partition(".")[0] in NAMES


CODEC = Codec(
    library="lightning",
    allowed=Allowed(
        families=(
            *(Family(f"{name}.*", base=MODULE) for name in NAMES),
            Family("lightning.fabric.utilities.data:AttributeDict"),
            Family("lightning.pytorch.utilities.parsing:AttributeDict"),
            Family("lightning_fabric.utilities.data:AttributeDict"),
            Family("pytorch_lightning.utilities.parsing:AttributeDict"),
        )
    ),
)
