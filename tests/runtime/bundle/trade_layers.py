"""Layers of Keras as a notebook defines them."""

from __future__ import annotations

from typing import Any

import keras


class Scale(keras.layers.Layer):  # type: ignore[misc]
    def __init__(self, factor: float = 2.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def build(self, shape: Any) -> None:
        self.weight = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, x: Any) -> Any:
        return x * self.factor * self.weight

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


class Holds(keras.layers.Layer):  # type: ignore[misc]
    """Has an argument that no configuration can hold."""

    def __init__(self, given: Any, **options: Any) -> None:
        super().__init__(**options)
        self.given = given

    def call(self, x: Any) -> Any:
        return x
