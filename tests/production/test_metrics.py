"""`/metrics`: what it counts, who reads it, and that it reveals nothing."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from structlog.testing import capture_logs

from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.http.middleware import _worst_code
from osit_graphql.metrics import Metrics
from osit_graphql.server import monitoring
from osit_graphql.server.app import build
from osit_graphql.services import background_jobs
from osit_graphql.settings import Settings
from tests.auth.people import MORNING, PASSWORD, SIGN_IN, WRONG, give_passwords
from tests.client import Api
from tests.company import Company

TOKEN = "metrics-" + "4f" * 16
QUEUE = "query Queue { openTickets(first: 5) { nodes { title requester { name } } } }"
NOBODY = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"


class Measured(Api):
    """The application with metrics, in process."""

    def __init__(self, company: Company, settings: Settings) -> None:
        self.metrics = Metrics()
        self.application: Starlette = build(settings, company.database, metrics=self.metrics)
        super().__init__(settings, company.database, self.application)

    def values(self, name: str) -> dict[tuple[str, ...], float]:
        """Return all values that are not 0, by the values of their labels in alphabetical order of the names."""
        samples = [sample for family in self.metrics.registry().collect() for sample in family.samples]
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for sample in samples
            if sample.name == name and sample.value
        }

    async def scrape(self, authorization: str | None = f"Bearer {TOKEN}") -> httpx.Response:
        """Read /metrics."""
        return await self.http.get(
            "/metrics", headers={} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
        )


@pytest.fixture
async def measured(company: Company, settings: Settings, tmp_path: Path) -> AsyncIterator[Measured]:
    """Provide the application with a token for its metrics, and one registered document."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({sha256(QUEUE.encode()).hexdigest(): QUEUE}))
    changed = settings.model_copy(update={"metrics_token": SecretStr(TOKEN), "documents": (manifest,)})
    async with Measured(company, changed) as api:
        yield api


@asynccontextmanager
async def observed(metrics: Metrics, database: Database) -> AsyncIterator[None]:
    """Observe the database for the block only."""
    async with monitoring.observing(metrics, {"primary": database}):
        yield
    database.metrics = None
    database.observers.clear()


# Requests


async def test_only_registered_documents_have_their_name(measured: Measured, company: Company) -> None:
    for document in (QUEUE, "query Queue { __typename }", "query Secret4242 { __typename }", "{ __typename }"):
        await measured.ask(company.tokens["manager"], document)
    assert measured.values("osit_requests_total") == {("OK", "Queue", "query"): 1, ("OK", "other", "query"): 3}
    assert measured.values("osit_request_duration_seconds_count") == {("Queue", "query"): 1, ("other", "query"): 3}
    assert "Secret4242" not in (await measured.scrape()).text


@pytest.mark.parametrize(
    ("who", "document", "expected"),
    [
        (None, QUEUE, ("UNAUTHENTICATED", "Queue", "query")),
        ("manager", "mutation { signOut { __typename }", ("GRAPHQL_PARSE_FAILED", "other", "unknown")),
        ("manager", "{ nothing }", ("GRAPHQL_VALIDATION_FAILED", "other", "unknown")),
        (
            "requester",
            'mutation { siteCreate(input: {name: "Nice"}) { site { id } } }',
            ("FORBIDDEN", "other", "mutation"),
        ),
    ],
)
async def test_a_request_has_the_code_of_its_error(
    measured: Measured, company: Company, who: str | None, document: str, expected: tuple[str, ...]
) -> None:
    await measured.ask(company.tokens[who] if who else None, document)
    assert measured.values("osit_requests_total") == {expected: 1}


@pytest.mark.parametrize(
    ("codes", "status", "expected"),
    [
        ([], 200, "OK"),
        (["BAD_USER_INPUT", "FORBIDDEN"], 200, "BAD_USER_INPUT"),
        (["FORBIDDEN", "UNAVAILABLE"], 200, "UNAVAILABLE"),
        (["FORBIDDEN"], 499, "CLIENT_CLOSED_REQUEST"),
        ([], 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_of_several_codes_an_error_of_the_server_counts(codes: list[str], status: int, expected: str) -> None:
    with structlog.contextvars.bound_contextvars(codes=codes):
        assert _worst_code(status) == expected


async def test_other_paths_and_preflight_requests_are_not_counted(measured: Measured) -> None:
    for method, path in (("GET", "/healthz"), ("GET", "/nothing"), ("OPTIONS", "/graphql"), ("GET", "/metrics")):
        await measured.http.request(method, path)
    assert measured.values("osit_requests_total") == {}


async def test_refused_requests_have_a_reason(measured: Measured, company: Company) -> None:
    token, limiter = company.tokens["manager"], measured.application.state.rate_limiter
    await measured.ask(token, "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }")
    limiter.max_cost = 0
    await measured.ask(token, QUEUE)
    limiter.max_cost, limiter.concurrency.max_requests_per_user = 100, 0
    await measured.ask(token, QUEUE)
    limiter.concurrency.max_requests = 0
    await measured.ask(token, QUEUE)
    limiter.buckets.set_used(f"user:{company.keys['manager']}", 2 * limiter.buckets.limit.points)
    await measured.ask(token, QUEUE)
    assert measured.values("osit_refusals_total") == {("complexity",): 2, ("overload",): 1, ("rate_limit",): 2}


async def test_sign_ins_are_counted_by_outcome(measured: Measured, company: Company) -> None:
    await give_passwords(company, "manager")
    async with observed(measured.metrics, company.database):
        for password in (PASSWORD, *[WRONG] * 11):
            with clock.at(MORNING):
                await measured.ask(None, SIGN_IN, {"email": "manager@example.com", "password": password})
    expected = {("succeeded",): 1, ("failed",): 10, ("throttled",): 1}
    assert measured.values("osit_sign_ins_total") == expected


# PostgreSQL and background jobs


async def test_statements_and_commits_are_counted_with_their_time(measured: Measured, company: Company) -> None:
    async with observed(measured.metrics, company.database):
        before = measured.values("osit_statement_duration_seconds_count")
        await measured.ask(company.tokens["manager"], QUEUE)
    after = measured.values("osit_statement_duration_seconds_count")
    assert after[("statement",)] > before.get(("statement",), 0)
    assert after[("commit",)] > before.get(("commit",), 0)
    assert measured.values("osit_statement_duration_seconds_sum").keys() == {("statement",), ("commit",)}


async def test_the_pool_is_counted(company: Company) -> None:
    metrics, one = Metrics(), Database(company.database.url.render_as_string(hide_password=False), pool_size=1)
    read = metrics.registry().get_sample_value

    async def wait() -> None:
        async with one.reading(System.HEALTH):
            pass

    async with one.reading(System.HEALTH):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        await monitoring._observe(metrics, "primary", one)
        names = ("osit_pool_size", "osit_pool_in_use", "osit_pool_waiting", "osit_database_up")
        assert [read(name, {"database": "primary"}) for name in names] == [1, 1, 1, 0]
    await waiting
    await monitoring._observe(metrics, "primary", one)
    assert [read(name, {"database": "primary"}) for name in names] == [1, 0, 0, 1]
    await one.close()


async def test_an_unreachable_database_is_down() -> None:
    metrics, nobody = Metrics(), Database(NOBODY)
    await monitoring._observe(metrics, "replica", nobody)
    assert metrics.registry().get_sample_value("osit_database_up", {"database": "replica"}) == 0
    assert nobody.waiting == 0


async def test_runs_of_jobs_are_counted(measured: Measured, company: Company) -> None:
    outcomes = iter((Unavailable(), ValueError(), None))

    async def job(_database: Database) -> None:
        error = next(outcomes, asyncio.CancelledError())
        if error is not None:
            raise error

    async with observed(measured.metrics, company.database):
        with suppress(asyncio.CancelledError), capture_logs():
            await background_jobs.repeat(job, company.database, name="purge", pause=0, undone="not purged")
    assert measured.values("osit_job_runs_total") == {("purge",): 3}
    assert measured.values("osit_job_failures_total") == {("purge",): 2}
    assert measured.values("osit_job_last_success_timestamp_seconds").keys() == {("purge",)}


# Reading them


@pytest.mark.parametrize(
    "authorization", [None, "", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer \xff"]
)
async def test_without_its_token_nothing_is_read(measured: Measured, authorization: str | None) -> None:
    response = await measured.scrape(authorization)
    assert (response.status_code, response.text) == (401, "")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_no_token_of_a_person_reads_them(measured: Measured, company: Company) -> None:
    assert (await measured.scrape(f"Bearer {company.tokens['admin']}")).status_code == 401


async def test_they_are_openmetrics_and_contain_no_ticket_person_or_value(measured: Measured, company: Company) -> None:
    await company.ticket("Écran 4242")
    with capture_logs() as lines:
        await measured.ask(company.tokens["manager"], QUEUE)
        await measured.ask(company.tokens["manager"], "query Secret4242 { ticket(by: {number: 4242}) { title } }")
        response = await measured.scrape()
    assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    labels = {
        name: value for each in families.values() for sample in each.samples for name, value in sample.labels.items()
    }
    assert set(labels) <= {
        "operation",
        "type",
        "code",
        "reason",
        "outcome",
        "kind",
        "le",
        "database",
        "name",
        "version",
        "python",
    }
    assert not [word for word in ("4242", "manager", "Écran") if word in response.text]
    assert TOKEN not in str(lines)


async def test_without_a_token_the_port_of_the_api_has_no_metrics(company: Company, settings: Settings) -> None:
    async with Measured(company, settings.model_copy(update={"metrics_port": 1})) as api:
        assert (await api.scrape()).status_code == 404


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"metrics_token": "a" * 31}, "at least 32 random letters"),
        ({"metrics_token": "mot de passe " * 4}, "at least 32 random letters"),
        ({"metrics_port": 8000}, "another port than OSIT_PORT"),
        ({"metrics_port": 65536}, "less than or equal to 65535"),
    ],
)
def test_unsafe_settings_are_refused_without_repeating_them(values: Mapping[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence) as refused:
        Settings(_env_file=None, **values)
    assert str(values.get("metrics_token")) not in str(refused.value)


def test_the_token_is_not_in_the_text_of_the_settings() -> None:
    assert TOKEN not in repr(Settings(_env_file=None, metrics_token=SecretStr(TOKEN)))
    assert not Settings(_env_file=None, metrics_token=SecretStr("")).serves_metrics


def test_without_port_and_token_the_library_is_not_imported() -> None:
    program = """
import sys
from osit_graphql.server import monitoring, run, workers
from osit_graphql.settings import Settings
assert monitoring.create_metrics(Settings(_env_file=None)) is None
assert "prometheus_client" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
