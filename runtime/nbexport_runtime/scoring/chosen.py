"""Which model scores a table: the one that the service would answer with, or another one by its name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from nbexport_runtime import bundle
from nbexport_runtime.scoring.columns import closest
from nbexport_runtime.scoring.errors import ScoreError
from nbexport_runtime.service import own_code, sources
from nbexport_runtime.service.app import Service
from nbexport_runtime.service.settings import Settings
from nbexport_runtime.service.sources import Bundle

MANIFEST = "manifest.json"


def model_of(settings: Settings, version: str) -> Bundle:
    """The model, which is not loaded yet.

    Args:
        settings: Those of the service.
        version: A version, or the folder of a model; empty takes what is in production.

    Raises:
        ScoreError: There is no such model.
    """
    if not version:
        try:
            wanted = sources.first(sources.source_of(settings)).production
        except (bundle.BundleError, OSError) as error:
            raise ScoreError(str(error)) from None
        if wanted is None or not (wanted.folder / MANIFEST).is_file():
            place = settings.models_dir if wanted is None else wanted.folder
            raise ScoreError(f"`{place}` holds no model; train one, or name one with `--version`")
        return wanted
    kept = settings.models_dir / "versions"
    for folder in (kept / version, Path(version)):
        if (folder / MANIFEST).is_file():
            return Bundle(folder, "")
    known = sorted(place.name for place in kept.iterdir() if (place / MANIFEST).is_file()) if kept.is_dir() else []
    near = closest(version, known)
    hint = f"; near: `{near[0]}`" if near else f"; there are {', '.join(known[-5:])}" if known else ""
    raise ScoreError(f"`--version {version}` is neither a version in `{kept}` nor the folder of a model{hint}")


def facts_of(service: Service[Any, Any], wanted: Bundle) -> dict[str, Any]:
    """What answers depend on: the model, the code around it, and what a request is."""
    content = (wanted.folder / MANIFEST).read_bytes()
    code = own_code.project_code(service.load_model)
    schema = service.request.model_json_schema()
    return {
        "version": str(json.loads(content).get("version", wanted.folder.name)),
        "manifest_sha256": hashlib.sha256(content).hexdigest(),
        "code_sha256": hashlib.sha256(json.dumps([code, schema], sort_keys=True).encode()).hexdigest(),
    }


def learned_of(wanted: Bundle) -> tuple[str, ...]:
    """The names of inputs that training saw, as far as the manifest says."""
    inputs = json.loads((wanted.folder / MANIFEST).read_bytes()).get("inputs")
    return tuple(map(str, inputs)) if isinstance(inputs, dict) else ()
