"""What is measured. Labels have few values: neither ids nor paths that a client makes up."""

import functools

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)

PREDICTIONS = Counter(
    "predict_requests",
    "Predictions by outcome: ok, invalid, too_large, too_slow, refused, overloaded, timeout, down, error",
    ["route", "outcome", "model_version"],
)
LATENCY = Histogram(
    "predict_latency_seconds",
    "Time from the request's body to its answer",
    ["route", "model_version"],
    buckets=SECONDS,
)
READY = Gauge("predict_ready", "Whether requests should be sent here, as /ready says")
IN_FLIGHT = Gauge("predict_in_flight", "Requests that are being answered")
QUEUE = Gauge("predict_queue_size", "Requests that wait for the model")
TOGETHER = Histogram(
    "predict_together",
    "Predictions that an expensive model made at once",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)
ROLLOUT = Gauge("rollout_percent", "Share of the traffic that the candidate gets")
LOAD_FAILURES = Counter("model_load_failures", "Models or rollouts that were asked for and are not used")
UP = Gauge("model_up", "Whether the process of a model works", ["arm"])
RESTARTS = Counter(
    "model_restarts", "Processes of models that had to be replaced: exit, hang, memory", ["arm", "reason"]
)
FALLBACKS = Counter(
    "rollout_fallbacks",
    "Predictions that production made for a candidate: starting, set aside, error, down, timeout, overloaded",
    ["model_version", "reason"],
)
COPIES = Counter(
    "shadow_copies",
    "Copies of requests that a shadow got: ok, error, down, timeout, or dropped where too many were under way",
    ["model_version", "outcome"],
)
SET_ASIDE = Gauge("rollout_set_aside", "Whether a candidate is set aside, since it failed where production answers")
UNUSUAL = Counter(
    "predict_unusual_inputs",
    "Values beside what the model has learned from: below, above, unseen, no_date, date_out_of_range",
    ["field", "kind"],
)
LOG_FAILURES = Counter("predict_log_failures", "Lines that could not be written to the prediction log")
LOG_DROPPED = Counter("predict_log_dropped_bytes", "Bytes of old prediction log files that rotation removed")
CALLERS_REFUSED = Counter("callers_refused", "Requests without the key of a caller")
CONNECTIONS_CUT = Counter(
    "connections_cut",
    "Connections that were closed: idle, slow_head, long_head, slow_body, slow_reader",
    ["reason"],
)
MODEL = Gauge("model_info", "The model that answers", ["model_version", "notebook"])

for _arm in ("production", "candidate"):
    for _reason in ("exit", "hang", "memory"):
        # a counter that begins at 1 has not increased, for Prometheus
        RESTARTS.labels(_arm, _reason)

predictions = functools.cache(PREDICTIONS.labels)
"""The counter of a route, an outcome and a model version; looking it up each time costs more than counting."""
latency = functools.cache(LATENCY.labels)
"""The histogram of a route and a model version."""
