"""Structured logs on standard error: readable lines or one JSON object a line, those of libraries included."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

from query_lineage_tracker.config import ObservabilitySettings
from query_lineage_tracker.observability.masking import masking

_OURS = "query_lineage_tracker"
"""The name of our handler, so that a second call replaces it and leaves the handlers of others."""
_TALKATIVE = ("httpx", "httpcore", "urllib3", "trino", "psycopg", "asyncio", "sqllineage", "sqlfluff", "uvicorn")
_SQL_KEYS = frozenset({"sql", "text", "query_text", "prepared_text", "statement"})


def configure_logging(
    settings: ObservabilitySettings, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send every log line to `stream` (standard error), masked; safe to call again."""
    level = logging.getLevelName(settings.log_level.upper())
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.set_name(_OURS)
    handler.setFormatter(_formatter(settings.log_format, colors=out.isatty(), mask=masking(secrets)))
    if level > logging.DEBUG:
        handler.addFilter(_worth_hearing)
    root = logging.getLogger()
    root.handlers = [*(known for known in root.handlers if known.get_name() != _OURS), handler]
    root.setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _worth_hearing(record: logging.LogRecord) -> bool:
    """Asked of each record, because a library sets the level of its own loggers when it is imported later."""
    return record.levelno >= logging.WARNING or record.name.split(".", 1)[0] not in _TALKATIVE


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, *, processors: list[Processor], mask: Callable[[str], str]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=_shared())
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        line = self._mask(super().format(record))
        return line.encode("utf-8", "backslashreplace").decode("utf-8")


def _formatter(log_format: str, *, colors: bool, mask: Callable[[str], str]) -> logging.Formatter:
    return _MaskingFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer(log_format, colors)],
        mask=mask,
    )


def _renderer(log_format: str, colors: bool) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_sql,
    ]


def without_sql(_logger: object, method: str, event: EventDict) -> EventDict:
    """SQL text is for debugging only: above that level its length stands in its place."""
    if method == "debug" or event.get("level") == "debug":
        return event
    for key in _SQL_KEYS & event.keys():
        event[key] = f"({len(str(event[key]))} characters)"
    return event
