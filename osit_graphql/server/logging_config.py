"""Logging: structlog's events and the standard library's records, rendered alike, one per line, to standard error.

structlog renders its events and passes them to a standard library logger, whose handler survives write errors. Log
records of libraries are rendered by the same processors (`ProcessorFormatter`). No line contains what users wrote:
exceptions are redacted, and of a library's message only the first line stays.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import structlog
from structlog.typing import EventDict, Processor

from osit_graphql.server.redaction import current_exception, redact
from osit_graphql.settings import Settings

EVENT_LOGGER = logging.getLogger("osit")
QUOTED_CHARACTERS = re.compile(r"""[ \t=\r\n"']""")  # in a value of a console line, as in structlog
# uvicorn's line for a client that left before the response; the line of the request has the status 499.
UNSENT_RESPONSE = "ASGI callable returned without completing response."
COMMON: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
WARNING_LEVEL_LOGGERS = ("uvicorn", "uvicorn.error", "asyncio", "sqlalchemy", "alembic")


def configure(settings: Settings) -> None:
    """Configure structlog and `logging` from OSIT_LOG_FORMAT and OSIT_LOG_LEVEL."""
    level = settings.log_level.upper()
    renderers = [_redact_exception, *_formatters(settings)]
    record_handler = logging.StreamHandler(sys.stderr)
    record_handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*COMMON, _keep_first_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[record_handler], level=level, force=True)
    for name in WARNING_LEVEL_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(lambda record: record.msg != UNSENT_RESPONSE)
    EVENT_LOGGER.handlers = [logging.StreamHandler(sys.stderr)]
    EVENT_LOGGER.propagate = False
    structlog.configure(
        processors=[*COMMON, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=lambda *_names: EVENT_LOGGER,
    )


@contextmanager
def command_log(settings: Settings) -> Iterator[None]:
    """Write the security events of a command to standard error during the block."""
    structlog.configure(
        processors=[*COMMON, _redact_exception, *_formatters(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        with structlog.contextvars.bound_contextvars(source="command_line"):
            yield
    finally:
        structlog.reset_defaults()


def _formatters(settings: Settings) -> list[Processor]:
    """Return the processors that render an event; tracebacks have no local variables."""
    if settings.log_format == "json":
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(transformer),
            structlog.processors.JSONRenderer(serializer=_to_ascii_json),
        ]
    if sys.stderr.isatty():
        return [structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, _to_console_line]


def _redact_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace the exception by its stand-in."""
    error = current_exception(event.pop("exc_info", None))
    if error is not None:
        stand_in = redact(error)
        event["exc_info"] = (type(stand_in), stand_in, stand_in.__traceback__)
    return event


def _keep_first_line(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Drop the further lines of a library's message: asyncio and Starlette print exceptions there."""
    event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _to_console_line(_logger: object, _method: str, event: EventDict) -> str:
    """Render an event as `ConsoleRenderer` does without colors, which takes three times as long."""
    timestamp, level, name = event.pop("timestamp"), event.pop("level"), event.pop("event")
    details = [event.pop(key) for key in ("stack", "exception") if key in event]
    pairs = " ".join([f"{key}={_quote(event[key])}" for key in sorted(event)])
    return "\n".join([f"{timestamp} [{level:<9}] {name!s:<30} {pairs}".rstrip(" "), *details])


def _quote(value: object) -> str:
    return value if isinstance(value, str) and not QUOTED_CHARACTERS.search(value) else repr(value)


def _to_ascii_json(event: EventDict, **options: object) -> str:
    """Serialize to ASCII, for any terminal and log collector: with orjson if possible, else with `json`."""
    try:
        line = orjson.dumps(event, **options).decode()  # type: ignore[arg-type]  # `default`, from JSONRenderer
    except TypeError:  # a lone surrogate, or an integer above 64 bits
        line = ""
    return line if line and line.isascii() else json.dumps(event, separators=(",", ":"), **options)  # type: ignore[arg-type]
