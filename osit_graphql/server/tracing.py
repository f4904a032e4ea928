"""Traces: OpenTelemetry, if its standard variables (`OTEL_…`) configure an exporter; otherwise nothing is imported.

OpenTelemetry is the optional extra `osit-graphql[otel]`.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from threading import Thread

import structlog
from starlette.middleware import Middleware

from osit_graphql.db.observation import Observer
from osit_graphql.domain.errors import SetupError
from osit_graphql.http.endpoint import TraceOperation
from osit_graphql.http.trusted_proxies import TrustedProxies

ENDPOINT_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
SDK_MODULE = "osit_graphql.server.open_telemetry"
FLUSH_TIMEOUT_S = 3  # of the seconds that a process manager leaves after SIGTERM

log = structlog.get_logger()


@dataclass(frozen=True)
class Tracing:
    """The parts of the application that add spans, and the function that exports the last ones."""

    middleware: Callable[[TrustedProxies], Middleware]
    trace_operation: TraceOperation
    trace_statement: Observer
    shut_down: Callable[[], None]


def find_exporters(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names of the configured exporters, such as « otlp »; none if traces are off."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return []
    names = [name.strip() for name in environment.get("OTEL_TRACES_EXPORTER", "").split(",") if name.strip()]
    if not names and any(environment.get(variable) for variable in ENDPOINT_VARIABLES):
        names = ["otlp"]
    return [] if "none" in names else names


def load_tracing() -> Tracing | None:
    """Return the tracing of this process, None if it is off; raise `SetupError` if it can't start."""
    exporters = find_exporters()
    if not exporters:
        return None
    try:
        tracing: Tracing = import_module(SDK_MODULE).create_tracing(exporters)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "opentelemetry":
            raise
        raise SetupError(
            "OpenTelemetry is not installed. Install osit-graphql[otel], or set OTEL_TRACES_EXPORTER=none."
        ) from error
    return tracing


def start_tracing(*, warn: bool = True) -> Tracing | None:
    """Return the tracing of this process. Without it, OSIT serves all the same, and says why in one line."""
    try:
        return load_tracing()
    except SetupError as error:
        if warn:
            log.warning("no traces are exported", reason=str(error))
        return None


@asynccontextmanager
async def flushed(tracing: Tracing | None) -> AsyncIterator[None]:
    """Export the last spans at the end of the block, for at most `FLUSH_TIMEOUT_S`."""
    try:
        yield
    finally:
        if tracing is not None:
            thread = Thread(target=tracing.shut_down, name="last spans", daemon=True)
            thread.start()
            await asyncio.to_thread(thread.join, FLUSH_TIMEOUT_S)
