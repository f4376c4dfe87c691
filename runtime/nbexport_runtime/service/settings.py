"""Settings of the service: environment variables of the same names in capitals."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode


class Settings(BaseSettings):
    """How this process serves; `MAX_QUEUE=8 uvicorn serve:app` sets one."""

    model_dir: Path | None = None
    """The bundle that answers, and no other; the default is `models/latest`, and with a pipeline what was promoted."""
    models_dir: Path = Path("models")
    """The folder of a pipeline: the journal of placings, `traffic.json`, and the versions."""
    model_digest: str = ""
    """The sha256 that the manifest in MODEL_DIR must have, kept where the bundle is not; empty accepts any."""
    model_public_key: str = ""
    """The minisign key that must have signed the manifest of each model; empty asks for no signature."""
    api_keys_file: Path | None = None
    """The keys of callers, a line `name:sha256` for each; 401 without one, but for `/health` and `/ready`."""
    closed_routes: Annotated[tuple[Literal["docs", "metadata", "metrics"], ...], NoDecode] = ()
    """Routes that answer 404, separated by commas: `docs` (with `/openapi.json`), `metadata`, `metrics`."""
    log_dir: str = "logs"
    """Folder of the prediction log; `-` writes it to standard output."""
    log_strict: bool = True
    """Whether a prediction that cannot be logged is refused with 503."""
    log_redact: Annotated[tuple[str, ...], NoDecode] = ()
    """Names whose values are not logged, separated by commas. `card` hides this name at any depth of inputs and
    outputs, `customer.email` only right inside of `customer`, also in lists: `items.card`, or `items[].card`."""
    log_file_bytes: int = Field(default=100_000_000, ge=1_000)
    """Size at which a log file is put aside as `.1`, and that as `.2`."""
    log_files: int = Field(default=10, ge=1)
    """How many log files are kept, the one being written included; the server's log says which lines go."""
    max_body_bytes: int = Field(default=1_000_000, ge=1)
    """Largest body; a larger one gets 413."""
    max_text: int = Field(default=100_000, ge=1)
    """Most characters of one text in an input."""
    max_items: int = Field(default=200_000, ge=1)
    """Most entries of one list or object in an input."""
    input_ranges: Literal["off", "warn", "error"] = "warn"
    """What becomes of values far beside the training data: `warn` counts and logs them, `error` answers 422."""
    max_batch: int = Field(default=256, ge=1)
    """Most inputs in one batch."""
    max_together: int = Field(default=32, ge=1)
    """Most predictions that share a call of the model; 1 makes each by itself."""
    max_queue: int = Field(default=64, ge=1)
    """Requests that may wait for the model; further ones get 503 and `Retry-After`."""
    deadline_s: float = Field(default=30.0, gt=0)
    """Longest wait for an answer; after it the client gets 503."""
    drain_s: float = Field(default=2.0, ge=0)
    """How long a process that gets SIGTERM goes on answering, with `/ready` false, before it closes its sockets."""
    request_timeout_s: float = Field(default=20.0, gt=0)
    """Longest time that a request takes to arrive, or its answer to be taken; after it 408, and the connection ends."""
    max_head_bytes: int = Field(default=65_536, ge=1_024)
    """Longest head of a request, its URL and headers; a longer one gets 431."""
    load_timeout_s: float = Field(default=120.0, gt=0)
    """Longest time that the process of a model may take to load it."""
    model_memory_bytes: int = Field(default=0, ge=0)
    """What the process of a model may hold before it is started again (Linux); 0: a candidate twice what it began with,
    at least 1 GiB, production anything."""
    model_threads: int = Field(default=0, ge=0)
    """Threads of numerical libraries; 0 takes what was measured to be best when the model was saved."""

    def serves_candidate(self) -> bool:
        """Whether MODEL_DIR names the candidate of a pipeline, which nothing has judged."""
        return self.model_dir is not None and self.model_dir.resolve() == (self.models_dir / "candidate").resolve()

    @field_validator("model_dir", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        # an image sets it, and who runs the image can only make it empty
        return None if value == "" else value

    @field_validator("closed_routes", "log_redact", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        if isinstance(value, str):
            names = (name.strip().replace("[]", "") for name in value.split(","))
            return tuple(name for name in names if name)
        return value
