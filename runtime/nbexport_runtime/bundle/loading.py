"""Bundles are read: checked first, then opened."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbexport_runtime.bundle.encoding import Decoder
from nbexport_runtime.bundle.errors import BundleError, UnsaveableError, UntrustedError
from nbexport_runtime.bundle.files import read_blobs
from nbexport_runtime.bundle.manifest import compare_files, read_manifest
from nbexport_runtime.bundle.trust import Trust
from nbexport_runtime.secret import SecretError

Example = tuple[tuple[Any, ...], dict[str, Any]]
"""Arguments of one call of `predict`."""


class Loaded(Mapping[str, Any]):
    """The values of a bundle by name, its manifest, and `predict` with these values."""

    def __init__(
        self,
        values: dict[str, Any],
        manifest: dict[str, Any],
        examples: list[Example],
        answers: list[Any],
        predict: Callable[..., Any] | None,
        prepare: Callable[[], None] = lambda: None,
        trust: Trust | None = None,
    ) -> None:
        self.prepare = prepare
        """Sets the thread that calls it as the notebook was set."""
        self.values_by_name = values
        self.manifest = manifest
        self.examples = examples
        self.answers = answers
        self.trust = trust or Trust()
        """What the bundle was allowed to name."""
        self._predict = predict

    @property
    def function(self) -> Callable[..., Any]:
        """The notebook's `predict` behind the bundle's values, which come first.

        Raises:
            BundleError: It has none.
        """
        if self._predict is None:
            raise BundleError("the notebook has no `predict` cell, so this bundle only holds values")
        return self._predict

    def __getitem__(self, name: str) -> Any:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def predict(self, /, *args: Any, **kwargs: Any) -> Any:
        """What the notebook's `predict` answers."""
        return self.function(self, *args, **kwargs)


def load(
    folder: Path | str,
    predict: Callable[..., Any] | None = None,
    prepare: Callable[[], None] = lambda: None,
    *,
    own: Collection[str] = (),
    secrets: Collection[str] = (),
    beside: Collection[str] = (),
    digest: str | None = None,
    public_key: str | None = None,
) -> Loaded:
    """The values of a bundle, once it is known to be the one that was written, and to name nothing that could do harm.

    Args:
        folder: The bundle.
        predict: The model's `predict`.
        prepare: To be called in each thread before it calls `predict`.
        own: Top-level modules of the project, whose classes and functions a bundle may name.
        secrets: Environment variables that a bundle may ask for.
        beside: Names of further files that may lie in the folder; none of them is read.
        digest: What `digest_of` said where the bundle was written or promoted.
        public_key: The minisign key that must have signed the manifest.

    Raises:
        BundleError: There is no bundle, it is not the one that was written, it names what no bundle may hold, or it
            needs a secret that is not set.
    """
    folder = Path(folder)
    manifest = read_manifest(folder, digest=digest, public_key=public_key)
    compare_files(folder, manifest.get("files"), beside)
    trust = Trust(own, secrets)
    try:
        decoder = Decoder(read_blobs(folder, manifest["files"], trust), trust)
        content = json.loads((folder / "values.json").read_text(encoding="utf-8"))
        values = {name: decoder.decode(tree) for name, tree in content["values"].items()}
        examples = [(tuple(args), kwargs) for args, kwargs in (decoder.decode(tree) for tree in content["examples"])]
        answers = [decoder.decode(tree) for tree in content["answers"]]
    except UntrustedError as error:
        raise BundleError(
            f"`{folder}` is refused: {error}\nfix: load a bundle of your own training run, or train again"
        ) from error
    except SecretError as error:
        raise BundleError(f"`{folder}` needs a secret that it does not hold: {error}") from error
    except (UnsaveableError, ImportError) as error:
        raise BundleError(f"`{folder}` does not fit this code or environment: {error}") from error
    except Exception as error:
        # a file of another form may make its reader raise anything
        raise BundleError(f"`{folder}` cannot be read: {type(error).__name__}: {error}; train again") from error
    return Loaded(values, manifest, examples, answers, predict, prepare, trust)
