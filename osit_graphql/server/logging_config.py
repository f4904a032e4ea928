"""Logging: structlog's events and the standard library's records, rendered alike, one per line, to standard error.

structlog renders its events and passes them to a standard library logger, whose handler survives write errors. Log
records of libraries are rendered by the same processors (`ProcessorFormatter`).
"""

import json
import logging
import sys

import orjson
import structlog
from structlog.typing import EventDict, Processor

from osit_graphql.settings import Settings

EVENT_LOGGER = logging.getLogger("osit")
WARNING_LEVEL_LOGGERS = ("uvicorn", "uvicorn.error", "asyncio", "sqlalchemy", "alembic")


def configure(settings: Settings) -> None:
    """Configure structlog and `logging` from OSIT_LOG_FORMAT and OSIT_LOG_LEVEL."""
    level = settings.log_level.upper()
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers = _renderers(settings)
    record_handler = logging.StreamHandler(sys.stderr)
    record_handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[record_handler], level=level, force=True)
    for name in WARNING_LEVEL_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    EVENT_LOGGER.handlers = [logging.StreamHandler(sys.stderr)]
    EVENT_LOGGER.propagate = False
    structlog.configure(
        processors=[*common, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=lambda *_names: EVENT_LOGGER,
    )


def _renderers(settings: Settings) -> list[Processor]:
    """Return the processors that render an event. Tracebacks have no local variables, which may be personal data."""
    if settings.log_format == "json":
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(transformer),
            structlog.processors.JSONRenderer(serializer=_to_ascii_json),
        ]
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]


def _to_ascii_json(event: EventDict, **options: object) -> str:
    """Serialize to ASCII, for any terminal and log collector: with orjson if possible, else with `json`."""
    try:
        line = orjson.dumps(event, **options).decode()  # type: ignore[arg-type]  # `default`, from JSONRenderer
    except TypeError:  # a lone surrogate, or an integer above 64 bits
        line = ""
    return line if line and line.isascii() else json.dumps(event, separators=(",", ":"), **options)  # type: ignore[arg-type]
