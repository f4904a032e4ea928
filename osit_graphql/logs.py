"""How logs are written: one event a line, for people or for machines; never a variable of a request."""

import logging
import sys

import structlog
from structlog.typing import Processor

from osit_graphql.settings import Settings


def configure(settings: Settings) -> None:
    """Send structlog's events and the libraries' through the same formatter, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks without local variables, in either form: those may be somebody's words, or a password.
    if settings.log_format == "json":
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        tracebacks = structlog.processors.ExceptionRenderer(transformer)
        final: list[Processor] = [tracebacks, structlog.processors.JSONRenderer()]
    else:
        colours = sys.stderr.isatty()
        plain = structlog.dev.plain_traceback
        final = [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_strip, *final]))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for noisy in ("uvicorn", "uvicorn.error", "asyncio", "sqlalchemy", "alembic.runtime.migration"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


_strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
