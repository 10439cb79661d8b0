"""Structured logs, one JSON line per event.

No name, email address or token is ever logged; values that look like one are blotted out, and so
is what a database says about the row that it refused. AC7.
"""

import faulthandler
import logging
import logging.handlers
import re
from pathlib import Path
from typing import Any

import structlog

MAX_BYTES = 10 * 1024 * 1024
FILES = 5
_SECRETS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[\w-]+|[A-Za-z0-9_-]{43,}")
"""Email addresses, and anything as long as a token or key."""
_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)
"""PostgreSQL's lines about a row: "DETAIL:  Failing row contains (77, Jane Doe, …)"."""
BLOT = "[removed]"


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor that blots secrets out of every text value."""
    return {
        key: _SECRETS.sub(BLOT, _ROW.sub(BLOT, value)) if isinstance(value, str) else value
        for key, value in event.items()
    }


def set_up_logs(folder: Path) -> None:
    """Logs to `folder/service.log`, 10 MB x 5; interpreter crashes to `folder/crash.log`."""
    folder.mkdir(parents=True, exist_ok=True)
    faulthandler.enable((folder / "crash.log").open("a"))
    handler = logging.handlers.RotatingFileHandler(
        folder / "service.log", maxBytes=MAX_BYTES, backupCount=FILES - 1, encoding="utf-8"
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    finish: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[*finish, structlog.processors.JSONRenderer()], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("uvicorn.access", "uvicorn.error", "httpx", "httpcore", "alembic", "dbos"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
