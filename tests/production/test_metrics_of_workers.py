"""Two worker processes: any of them, and the port of the metrics, answer with the sums of both."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.auth.servers import Server
from tests.company import Company
from tests.production.test_metrics import TOKEN
from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until

REQUESTS = 24
DOCUMENT = {"query": "{ services { name } }"}


class Measured(Server):
    """`osit serve` with two workers, a port and a token for the metrics."""

    def __init__(self, company: Company, metrics_port: int) -> None:
        self.metrics_port = metrics_port
        super().__init__(
            company.database, OSIT_WORKERS="2", OSIT_METRICS_PORT=str(metrics_port), OSIT_METRICS_TOKEN=TOKEN
        )

    def scrape(self, *, token: str | None = None) -> dict[tuple[str, ...], float]:
        """Return all values by name and labels: from the metrics' port, or from one worker with the token."""
        port, headers = (self.metrics_port, {}) if token is None else (self.port, {"Authorization": f"Bearer {token}"})
        headers |= {"Accept": "text/plain"}
        response = httpx.get(f"http://127.0.0.1:{port}/metrics", headers=headers, timeout=HANG_TIMEOUT_S)
        samples = [sample for family in text_string_to_metric_families(response.text) for sample in family.samples]
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for sample in samples
        }


@contextmanager
def serving(company: Company) -> Iterator[Measured]:
    """Serve the company with two workers."""
    server = Measured(company, find_free_port())
    try:
        server.wait()
        wait_until(lambda: server.scrape().get(("osit_workers",)) == 2)
        yield server
    finally:
        server.end()


def ask(server: Server, token: str) -> None:
    """Send requests on many connections, each accepted by any of the processes."""
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(REQUESTS):
        response = httpx.post(
            f"http://127.0.0.1:{server.port}/graphql", json=DOCUMENT, headers=headers, timeout=HANG_TIMEOUT_S
        )
        assert "errors" not in response.json()


async def test_workers_add_up_and_a_dead_one_leaves_its_counters_only(company: Company) -> None:
    counted = ("osit_requests_total", "OK", "other", "query")

    def play() -> None:
        with serving(company) as server:
            ask(server, company.tokens["manager"])
            assert server.scrape()[counted] == REQUESTS
            assert {server.scrape(token=TOKEN)[counted] for _ in range(REQUESTS)} == {REQUESTS}
            wait_until(lambda: server.scrape().get(("osit_pool_size", "primary")) == 20)
            first = server.processes()
            os.kill(min(first), signal.SIGKILL)
            wait_until(lambda: len(server.processes() - first) == 1)
            wait_until(lambda: server.scrape()[("osit_workers",)] == 2)
            wait_until(lambda: server.scrape().get(("osit_pool_size", "primary")) == 20)
            ask(server, company.tokens["manager"])
            assert server.scrape()[counted] == 2 * REQUESTS
            server.wait()
            assert httpx.get(f"http://127.0.0.1:{server.port}/metrics").status_code == 401

    await asyncio.to_thread(play)


async def test_a_port_in_use_is_one_sentence(company: Company) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        for workers in ("1", "2"):
            port = other.getsockname()[1]
            server = Server(
                company.database,
                OSIT_WORKERS=workers,
                OSIT_METRICS_PORT=str(port),
                PROMETHEUS_MULTIPROC_DIR="/nothing",  # has no effect
            )
            await asyncio.to_thread(server._process.wait, HANG_TIMEOUT_S)
            lines = [line for line in server.read_log() if line.startswith("osit:")]
            server.end()
            assert lines == [f"osit: OSIT_METRICS_PORT: 127.0.0.1:{port} can't be used (Address already in use)."]
