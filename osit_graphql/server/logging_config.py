"""How logs are written: one event a line, for people or for machines; never a variable of a request.

Our own events are rendered and written at once. Those of libraries come from the standard library's `logging`, and
are rendered by the same processors: to send ours there too took as long as all the rest of a line, on each request.
"""

import json
import logging
import re
import sys
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from osit_graphql.settings import Settings

ROOT = logging.getLogger()


class Lines:
    """Writes what was rendered where a handler writes, under its lock; what can't be written breaks no request."""

    def __init__(self) -> None:
        self.handler: logging.StreamHandler[TextIO] = logging.StreamHandler()

    def write(self, line: str) -> None:
        """Write one line."""
        handler = self.handler
        handler.acquire()
        try:
            handler.stream.write(line + handler.terminator)
            handler.stream.flush()
        except Exception:  # noqa: BLE001 - whatever a stream raises, `logging` tells it in its own way and goes on
            handler.handleError(logging.makeLogRecord({"msg": line}))
        finally:
            handler.release()

    debug = info = warning = error = critical = write


class Speaker(structlog.make_filtering_bound_logger(logging.NOTSET)):  # type: ignore[misc]  # it is made at run time
    """A logger that asks first whether a request's line is wanted: where it isn't, it should cost nothing."""

    def info(self, event: str, *args: Any, **said: Any) -> None:
        """Say what went as it should."""
        if ROOT.isEnabledFor(logging.INFO):
            super().info(event, *args, **said)


# A logger that was used once keeps these two: they stay, and what is in them changes.
LINES = Lines()
PROCESSORS: list[Processor] = []


def configure(settings: Settings) -> None:
    """Write structlog's events and the libraries' in the same form, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    final = _choose_form(settings)
    handler = LINES.handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_strip, *final]))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for noisy in ("uvicorn", "uvicorn.error", "asyncio", "sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    PROCESSORS[:] = [_filter, *shared, *final]
    structlog.configure(
        processors=PROCESSORS,
        wrapper_class=Speaker,
        logger_factory=lambda *_names: LINES,
        cache_logger_on_first_use=True,
    )


def _choose_form(settings: Settings) -> list[Processor]:
    """Return what makes a line of an event; tracebacks without local variables: those may be somebody's words."""
    if settings.log_format == "json":
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        json_form = structlog.processors.JSONRenderer(serializer=_write_json)
        return [structlog.processors.ExceptionRenderer(transformer), json_form]
    if sys.stderr.isatty():
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=True, exception_formatter=plain)]
    return [structlog.processors.format_exc_info, _write_plainly]


def _write_json(event: EventDict, **said: Any) -> str:
    """Write ASCII, which every terminal and collector takes; orjson, which doesn't, writes what is that already."""
    try:
        line = orjson.dumps(event, **said).decode()
    except TypeError:  # half a character, a number of more than 64 bits
        line = ""
    return line if line and line.isascii() else json.dumps(event, separators=(",", ":"), **said)


def _write_plainly(_logger: object, _method: str, event: EventDict) -> str:
    """Write a line for people as structlog does, without its colours: made for those, it takes three times as long."""
    timestamp, level, said = event.pop("timestamp"), event.pop("level"), event.pop("event")
    below = [event.pop(name) for name in ("stack", "exception") if name in event]
    pairs = " ".join([_show_pair(name, event[name]) for name in sorted(event)])
    return "\n".join([f"{timestamp} [{level:<9}] {said!s:<30} {pairs}".rstrip(" "), *below])


AMBIGUOUS = re.compile(r"""[ \t=\r\n"']""")  # what makes it quote a value


def _show_pair(key: str, value: object) -> str:
    return f"{key}={value if isinstance(value, str) and not AMBIGUOUS.search(value) else repr(value)}"


def _filter(_logger: object, method: str, event: EventDict) -> EventDict:
    """Drop what is below the level of `logging`, as for the libraries."""
    return structlog.stdlib.filter_by_level(ROOT, method, event)


_strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
