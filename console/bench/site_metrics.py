"""What the measured service says of itself: the file that MUSTER_METRICS names, written on stop."""

from pathlib import Path

import msgspec

VARIABLE = "MUSTER_METRICS"


class LoopLag(msgspec.Struct, frozen=True, kw_only=True):
    """How late the event loop came back to a timer, in milliseconds."""

    p50: float
    p99: float
    max: float


class CodeWrites(msgspec.Struct, frozen=True, kw_only=True):
    """The write transactions of one function of the service."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float


class Writes(msgspec.Struct, frozen=True, kw_only=True):
    """Write transactions: how many, and how long they held the only writer.

    by_code: per function that wrote, the longest first.
    """

    count: int
    longest_ms: float
    p99_ms: float
    by_code: dict[str, CodeWrites]


class OperationFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: its calls, their time in the service, and the most SQL statements of one."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    statements_max: int


class ServiceMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    loop_lag_ms: LoopLag
    writes: Writes
    operations: dict[str, OperationFigures]


def read_metrics(path: Path) -> ServiceMetrics | None:
    """The figures; None when the service has written none. Raises msgspec.ValidationError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServiceMetrics)
    except FileNotFoundError:
        return None
