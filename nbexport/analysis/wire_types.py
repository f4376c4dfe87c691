"""Types that `predict` may take: the rules that object to the others and the service's request agree in these."""

from __future__ import annotations

WIRE = {
    "numpy.ndarray": "Array",
    "numpy.typing.NDArray": "Array",
    "torch.Tensor": "Tensor",
    "torch.FloatTensor": "Tensor",
    "pandas.DataFrame": "Frame",
}
"""Types that JSON has no form of and the service has → their names in its `service.wire`."""

GAPPED_FLOAT = "FloatOrMissing"
"""The service's name for a number that may be missing: nan in the notebook, null on the wire."""

UNKNOWN_ROOTS = frozenset("PIL cv2 matplotlib numpy pandas polars scipy sklearn tensorflow torch torchvision".split())
"""Libraries whose other types a request cannot carry."""
