"""Traces: spans of requests, operations and statements, without values, exported only if an exporter is configured."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.server.app import build
from osit_graphql.server.open_telemetry import tracing_of
from osit_graphql.server.tracing import Tracing, find_exporters
from osit_graphql.settings import Settings
from tests.auth.servers import Server
from tests.company import Company
from tests.documents import action_request
from tests.production.otlp_receiver import ReceivedSpan, Receiver, receiving
from tests.waiting import HANG_TIMEOUT_S, wait_until

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
PROXY, STRANGER = "10.0.0.1", "192.0.2.250"
SEARCH = """query Search($s: String!) { tickets(filter: {search: $s}) { nodes { title requester { name } } }
  users(search: "cq0000fx") { nodes { name } } }"""
SIGN_IN = "mutation ($i: SignInInput!) { signIn(input: $i) { token } }"
CANARY = re.compile(rb"[cm]q[0-9a-f]{5}x|@example|osit_s_|osit\.person")
ATTRIBUTES = {
    *("http.request.method", "http.route", "url.path", "http.response.status_code", "error.type"),
    *("graphql.operation.type", "graphql.operation.name"),
    *("db.system.name", "db.query.summary", "db.query.text"),
}


def send(server: Server, token: str, document: str, variables: Any = None, **headers: str) -> None:
    """Send a document on a connection of its own."""
    headers |= {"Authorization": f"Bearer {token}"}
    body = {"query": document, "variables": variables}
    httpx.post(f"http://127.0.0.1:{server.port}/graphql", json=body, headers=headers, timeout=HANG_TIMEOUT_S)


def send_canaries(server: Server, company: Company) -> None:
    """Create a ticket, search and sign in; each value is a canary. The first request has a parent."""
    words = {name: f"cq0000{place}x" for place, name in enumerate(("title", "description", "impact", "comment"))}
    document, variables = action_request(company, Action.CREATE, None, **words)
    operator = company.tokens["operator"]
    send(server, operator, document, variables, traceparent=TRACEPARENT)
    send(server, operator, SEARCH, {"s": "mq0000ax"})
    send(server, operator, SIGN_IN, {"i": {"email": "cq0000bx@example.com", "password": "cq0000cx"}})
    send(server, "cq0000dx", "query Refused { viewer { id } }")


async def test_each_process_exports_its_spans_without_values(company: Company) -> None:
    """With a real receiver; spans are exported in batches of 16, the last ones when the server stops."""

    def play(receiver: Receiver) -> list[dict[str, Any]]:
        server = Server(
            company.database, OSIT_WORKERS="2", OSIT_LOG_FORMAT="json", OSIT_TRUSTED_PROXIES="127.0.0.1",
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_BSP_SCHEDULE_DELAY="900000",
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="16", OTEL_SERVICE_NAME="desk",
        )  # fmt: skip
        try:
            server.wait()
            send_canaries(server, company)

            def both_export() -> bool:
                send(server, company.tokens["manager"], "query Who { viewer { id } tickets { totalCount } }")
                return len(receiver.processes) == 2

            wait_until(both_export)
            send(server, company.tokens["manager"], "query Last { viewer { id } }")
            return [json.loads(line) for line in server.read_log() if line.startswith("{")]
        finally:
            server.end()

    with receiving() as receiver:
        log = await asyncio.to_thread(play, receiver)
    spans = receiver.spans
    assert "query Last" in {span.name for span in spans}, "the last spans are exported at the end"
    assert not CANARY.search(b"".join(receiver.bodies))
    assert {name for span in spans for name in span.attributes} <= ATTRIBUTES
    assert {span.events for span in spans} == {0}, "events of exceptions would quote values"
    assert {span.resource["service.name"] for span in spans} == {"desk"}
    forms_a_tree([span for span in spans if span.trace_id == TRACE])
    assert [line["status"] for line in log if line.get("trace_id") == TRACE and line["event"] == "request"] == [200]
    assert {line["trace_id"] for line in log if line["event"] == "request" and line["path"] == "/graphql"} == {
        span.trace_id for span in spans
    }


def forms_a_tree(spans: list[ReceivedSpan]) -> None:
    """Check the trace of a creation: the request below the proxy's span, the operation, its statements."""
    [request] = [span for span in spans if span.name == "POST /graphql"]
    [operation] = [span for span in spans if span.name.startswith("mutation")]
    statements = [span for span in spans if span not in (request, operation)]
    assert (request.parent_id, request.kind) == (PARENT, SpanKind.SERVER.value + 1)
    assert request.attributes["http.response.status_code"] == 200
    assert operation.parent_id == request.span_id
    of_operation = [span.name for span in statements if span.parent_id == operation.span_id]
    assert (of_operation[0], of_operation[-1]) == ("BEGIN", "COMMIT")
    assert any(name.startswith("INSERT ticket, activity") for name in of_operation)
    assert {span.parent_id for span in statements} <= {request.span_id, operation.span_id}
    assert {span.kind for span in statements} == {SpanKind.CLIENT.value + 1}
    assert "$1" in next(span.attributes["db.query.text"] for span in statements if span.name.startswith("INSERT"))


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    """Provide tracing that exports into memory at once."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield tracing_of(provider)
    finally:
        provider.shutdown()
        structlog.reset_defaults()


@pytest.fixture
async def application(database: Database, settings: Settings, tracing: Tracing) -> AsyncIterator[Any]:
    """Provide a traced application behind a proxy, on connections of its own."""
    own = Database(database.url.render_as_string(hide_password=False))
    trusting = settings.model_copy(update={"trusted_proxies": (ip_network(f"{PROXY}/32"),)})
    yield build(trusting, own, tracing=tracing)
    await own.close()


async def ask(application: Any, peer: str, *headers: tuple[str, str], method: str = "GET", path: str = "") -> None:
    """Send a query from an address."""
    transport = httpx.ASGITransport(app=application, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        await client.request(method, path or "/graphql?query={__typename}", headers=list(headers))


@pytest.mark.parametrize(
    ("peer", "headers", "continued"),
    [
        (PROXY, [("traceparent", TRACEPARENT)], True),
        (PROXY, [("traceparent", TRACEPARENT), ("tracestate", "a=1"), ("tracestate", "b=2")], True),
        (STRANGER, [("traceparent", TRACEPARENT)], False),
        (STRANGER, [("traceparent", TRACEPARENT), ("X-Forwarded-For", PROXY)], False),
        (PROXY, [("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT)], False),
        (PROXY, [("traceparent", "00-0-0-01")], False),
        (PROXY, [], False),
    ],
)
async def test_only_a_trusted_proxy_continues_a_trace(
    application: Any, exporter: InMemorySpanExporter, peer: str, headers: list[tuple[str, str]], continued: bool
) -> None:
    await ask(application, peer, *headers)
    request = exporter.get_finished_spans()[-1]
    assert (f"{request.context.trace_id:032x}" == TRACE) is continued
    assert (request.parent is None) is not continued


async def test_a_trace_that_is_not_sampled_has_no_spans(application: Any, exporter: InMemorySpanExporter) -> None:
    await ask(application, PROXY, ("traceparent", f"00-{TRACE}-{PARENT}-00"))
    assert exporter.get_finished_spans() == ()


async def test_two_requests_have_two_traces_in_any_context(
    application: Any, exporter: InMemorySpanExporter, tracing: Tracing
) -> None:
    """The task of a request may inherit the context of the one before it, on the same connection."""
    operation: Any = type("Operation", (), {"operation": type("Kind", (), {"value": "query"}), "name": None})
    with tracing.trace_operation(operation):
        await ask(application, STRANGER)
    await ask(application, STRANGER)
    requests = [span for span in exporter.get_finished_spans() if span.name.startswith("GET")]
    assert [span.parent for span in requests] == [None, None]
    assert len({span.context.trace_id for span in requests}) == 2


async def test_names_come_from_a_fixed_list(application: Any, exporter: InMemorySpanExporter) -> None:
    await ask(application, STRANGER, method="CQ00001X")
    await ask(application, STRANGER, path="/cq00002x")
    await ask(application, STRANGER, path="/healthz")
    assert [span.name for span in exporter.get_finished_spans()] == ["_OTHER /graphql"]


def test_a_failed_statement_has_its_sqlstate_and_only_requests_have_statements(
    exporter: InMemorySpanExporter, tracing: Tracing
) -> None:
    tracing.trace_statement("SELECT 1 FROM ticket", 0.5, None)
    assert exporter.get_finished_spans() == (), "a background job has no trace"
    operation: Any = type("Operation", (), {"operation": type("Kind", (), {"value": "query"}), "name": None})
    with tracing.trace_operation(operation):
        tracing.trace_statement("SELECT 1 FROM ticket", 0.5, "57014")
    span = exporter.get_finished_spans()[0]
    assert span.name == "SELECT ticket"
    assert (span.attributes or {})["error.type"] == "57014"
    assert span.status.status_code is StatusCode.ERROR
    assert (span.end_time or 0) - (span.start_time or 0) == 500_000_000


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, []),
        ({"OTEL_SERVICE_NAME": "desk"}, []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, ["otlp"]),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, ["otlp"]),
        ({"OTEL_TRACES_EXPORTER": "otlp, console"}, ["otlp", "console"]),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, []),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, []),
    ],
)
def test_an_exporter_is_configured_by_the_standard_variables(environment: dict[str, str], expected: list[str]) -> None:
    assert find_exporters(environment) == expected


PROGRAM = """
import os, sys
from osit_graphql.server import logging_config, run, workers
from osit_graphql.server.tracing import start_tracing
from osit_graphql.settings import Settings
logging_config.configure(Settings(_env_file=None))
assert start_tracing() is None
assert not [name for name in sys.modules if name.startswith("opentelemetry")], "it costs no import"
os.environ["OTEL_TRACES_EXPORTER"] = "zipkin-of-mine"
assert start_tracing() is None
os.environ["OTEL_TRACES_EXPORTER"], os.environ["OTEL_BSP_MAX_QUEUE_SIZE"] = "otlp", "0"
assert start_tracing() is None
for name in [name for name in sys.modules if "telemetry" in name or name == "osit_graphql.http.tracing"]:
    del sys.modules[name]
sys.modules["opentelemetry"] = None  # as if it were not installed
assert start_tracing() is None
"""


def test_without_a_usable_exporter_osit_says_so_in_one_line_and_serves() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    lines = [line for line in done.stderr.splitlines() if "no traces are exported" in line]
    assert [re.sub(r"^.*reason=", "", line).strip("'\"") for line in lines] == [
        "No installed package has the exporter « zipkin-of-mine » of OpenTelemetry.",
        "OpenTelemetry refuses its variables (ValueError).",
        "OpenTelemetry is not installed. Install osit-graphql[otel], or set OTEL_TRACES_EXPORTER=none.",
    ]
    assert "Traceback" not in done.stderr
