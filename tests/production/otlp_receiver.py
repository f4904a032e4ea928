"""An OTLP receiver: an HTTP server that decodes the spans it gets, as a collector does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as it was exported; IDs in hexadecimal digits."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    status: int
    events: int
    attributes: dict[str, Any]
    resource: dict[str, Any]


@dataclass
class Receiver:
    """The bodies of all exports until now."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[ReceivedSpan]:
        """All spans, in the order in which they arrived."""
        spans = []
        for body in self.bodies:
            for scoped in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = _values(scoped.resource.attributes)
                for scope in scoped.scope_spans:
                    spans += [_read(span, resource) for span in scope.spans]
        return spans

    @property
    def processes(self) -> set[int]:
        """The IDs of the processes that have exported spans."""
        return {span.resource["process.pid"] for span in self.spans}


def _read(span: Any, resource: dict[str, Any]) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=span.kind,
        status=span.status.code,
        events=len(span.events),
        attributes=_values(span.attributes),
        resource=resource,
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive exports on a free port during the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep the body of an export; answer with an empty response."""
            receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
