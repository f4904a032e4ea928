"""OpenTelemetry's SDK with the configured exporters. Imported only if there is one.

The SDK reads the standard variables itself: sampler, resource, limits, batches, endpoint, headers, certificates.
"""

import os
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from typing import Any

import structlog
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.middleware import Middleware

from osit_graphql.domain.errors import SetupError
from osit_graphql.http.tracing import OperationTracer, StatementTracer, TracingMiddleware, add_trace_id
from osit_graphql.server.tracing import Tracing

DISTRIBUTION = "osit-graphql"
EXPORTERS = "opentelemetry_traces_exporter"
"""The group of entry points under which packages of exporters register."""
PROTOCOL_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
OTLP_EXPORTERS = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}


def create_tracing(exporters: Sequence[str]) -> Tracing:
    """Return tracing with these exporters; raise `SetupError` if one is not installed, or for unreadable variables."""
    classes = [_find_exporter(name) for name in exporters]
    try:
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        for exporter_class in classes:
            provider.add_span_processor(BatchSpanProcessor(exporter_class()))
    except Exception as error:
        raise SetupError(f"OpenTelemetry refuses its variables ({type(error).__name__}).") from error
    return tracing_of(provider)


def tracing_of(provider: TracerProvider) -> Tracing:
    """Return the parts of the application that add spans; from now on, log lines have the trace's ID."""
    tracer = provider.get_tracer(DISTRIBUTION, version(DISTRIBUTION))
    processors = structlog.get_config()["processors"]
    if add_trace_id not in processors:
        structlog.configure(processors=[add_trace_id, *processors])
    return Tracing(
        middleware=lambda trusted_proxies: Middleware(
            TracingMiddleware, tracer=tracer, trusted_proxies=trusted_proxies
        ),
        trace_operation=OperationTracer(tracer),
        trace_statement=StatementTracer(tracer),
        shut_down=provider.shutdown,
    )


def _resource() -> Resource:
    """Return the attributes of this process; those of OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME come first."""
    own: dict[str, Any] = {"service.name": "osit", "service.version": version(DISTRIBUTION), "process.pid": os.getpid()}
    return Resource.create({**own, **OTELResourceDetector().detect().attributes})


def _find_exporter(name: str) -> Any:
    """Return the class of an exporter: « otlp », or the name under which its package registers it."""
    registered = name
    if name == "otlp":
        protocol = next(filter(None, map(os.environ.get, PROTOCOL_VARIABLES)), "http/protobuf")
        registered = OTLP_EXPORTERS.get(protocol, protocol)
    for entry_point in entry_points(group=EXPORTERS, name=registered):
        return entry_point.load()
    raise SetupError(f"No installed package has the exporter « {registered} » of OpenTelemetry.")
