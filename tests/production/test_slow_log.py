"""Statements and requests above `OSIT_SLOW_MS` are logged by name, text with placeholders and hash; never by values."""

import json
from collections.abc import AsyncIterator, MutableMapping
from hashlib import sha256
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from pydantic import ValidationError
from sqlalchemy import text
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from osit_graphql.db.engine import Database
from osit_graphql.db.observation import summarize
from osit_graphql.domain.viewer import System
from osit_graphql.settings import Settings
from tests.client import Api
from tests.leaks.canaries import traces
from tests.leaks.stage import Stage, set_stage
from tests.superuser import Superuser

SEARCH = """query Search($s: String!) { tickets(filter: {search: $s}) { totalCount nodes {
  title requester { name } activities(first: 3) { nodes { comment author { name } } } } } }"""
SIMILAR = "query ($to: SimilarTo!) { similarTickets(to: $to) { ticket { title } } }"
SIGN_IN = "mutation ($i: SignInInput!) { signIn(input: $i) { token } }"
COSTS = '{ maintenanceCosts(period: {from: "2026-01-01", to: "2026-12-31"}) { rows { figures { interventions } } } }'
LITERAL = """query Literal { users(search: "cq0000fx") { nodes { name phone } }
  tickets(filter: {search: "mq0000ex"}) { totalCount } }"""
EVERYTHING = -1
"""A threshold that every statement and request exceeds."""
KEYS = {
    *("event", "log_level", "request_id", "operation", "principal", "codes", "user_errors"),
    *("duration_ms", "statement", "sql", "error", "statements", "statements_ms", "document"),
}
Lines = list[MutableMapping[str, Any]]


@pytest.fixture
async def slow_api(database: Database, settings: Settings) -> AsyncIterator[Api]:
    """Provide an API that logs every statement and request as slow, on connections of its own."""
    own = Database(database.url.render_as_string(hide_password=False))
    async with Api(settings.model_copy(update={"slow_ms": EVERYTHING}), own) as api:
        yield api
    await own.close()


async def read_with_canaries(stage: Stage, api: Api) -> None:
    """Send searches, filters, a draft, credentials and literals; each value is a canary."""
    token = stage.company.tokens["whole"]
    for document, variables in (
        (SEARCH, {"s": "mq00001x"}),
        (SIMILAR, {"to": {"draft": {"title": "cq00002x", "description": "cq00003x"}}}),
        (COSTS, {}),
        (LITERAL, {}),
        ('{ node(id: "tkt1_0123456789abcdef") { id } ticket(by: {number: 700001}) { title } }', {}),
        (SIGN_IN, {"i": {"email": "cq00004x@example.com", "password": "cq00005x"}}),
    ):
        await api.ask(token, document, variables)


async def test_slow_requests_and_statements_are_logged_without_values(
    database: Database, admin: Superuser, slow_api: Api
) -> None:
    """Every action on tickets, and many reads, with a canary in every value."""
    with capture_logs([merge_contextvars]) as lines:
        stage = await set_stage(database, admin, slow_api)
        await read_with_canaries(stage, slow_api)
    slow = [line for line in lines if line["event"].startswith("slow")]
    names = {line["statement"] for line in slow if line["event"] == "slow statement"}
    assert names >= {"BEGIN", "COMMIT", "SELECT osit_session"}
    assert any(name.startswith("UPDATE ticket") for name in names), "commands are among them"
    assert traces(json.dumps(slow, default=repr)) == set()
    assert not [line for line in slow if "osit.person" in line.get("sql", "")], "the viewer's settings are values"
    assert {key for line in slow for key in line} <= KEYS
    assert {line["log_level"] for line in slow} == {"warning"}
    has_its_operation_document_and_statements(lines)


def has_its_operation_document_and_statements(lines: Lines) -> None:
    """Check the line of one request, beside those of its statements."""
    [request] = [line for line in lines if line["event"] == "slow request" and line.get("operation") == "Search"]
    same = [line for line in lines if line["request_id"] == request["request_id"]]
    statements = [line for line in same if line["event"] == "slow statement"]
    assert request["document"] == sha256(SEARCH.encode()).hexdigest()
    assert request["statements"] == len(statements) >= 3
    assert 0 < request["statements_ms"] <= request["duration_ms"]


async def test_a_failed_statement_is_reported_with_its_sqlstate(database: Database) -> None:
    own, reports = Database(database.url.render_as_string(hide_password=False)), []
    own.observers.append(lambda text, seconds, error: reports.append((text, seconds >= 0, error)))
    with pytest.raises(asyncpg.PostgresError):
        async with own.transaction(System.HEALTH) as session:
            await session.execute(text("SELECT 1 / :zero"), {"zero": 0})
    await own.close()
    assert reports == [("BEGIN", True, None), ("SELECT 1 / $1", True, "22012"), ("ROLLBACK", True, None)]


@pytest.mark.parametrize("slow_ms", [0, 60_000])
async def test_nothing_is_logged_when_off_or_below_the_threshold(
    database: Database, settings: Settings, slow_ms: int
) -> None:
    own = Database(database.url.render_as_string(hide_password=False))
    with capture_logs() as lines:
        async with Api(settings.model_copy(update={"slow_ms": slow_ms}), own) as api:
            assert (await api.ask(None, "{ viewer { id } }")).codes == ["UNAUTHENTICATED"]
            assert (await api.ask("unknown", "{ viewer { id } }")).codes == ["UNAUTHENTICATED"]
    await own.close()
    assert [line["event"] for line in lines] == ["request", "token_refused", "request"]
    assert len(own.observers) == bool(slow_ms), "without a threshold, connections are asyncpg's own"


def test_it_is_off_by_default_and_refuses_nonsense() -> None:
    assert Settings(_env_file=None).slow_ms == 0
    for wrong in (-1, 3_600_001):
        with pytest.raises(ValidationError):
            Settings(_env_file=None, slow_ms=wrong)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN"),
        ("COMMIT", "COMMIT"),
        (
            "SELECT ticket.id\nFROM ticket JOIN person ON true LEFT OUTER JOIN site ON true",
            "SELECT ticket, person, site",
        ),
        ("WITH page AS MATERIALIZED \n(SELECT 1 FROM ticket) SELECT * FROM page", "SELECT ticket"),
        (
            "WITH w AS (UPDATE ticket SET a = $1 RETURNING id) INSERT INTO activity (a) SELECT 1 FROM w",
            "UPDATE ticket, activity",
        ),
        ("SELECT id FROM ticket WHERE id = $1 FOR UPDATE OF ticket", "SELECT ticket"),
        ("INSERT INTO person (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $2", "INSERT person"),
        ("DELETE FROM session_token WHERE digest = $1", "DELETE session_token"),
        ("SELECT osit_audit($1, $2)", "SELECT"),
    ],
)
def test_a_statement_is_named_by_its_verb_and_tables(sql: str, name: str) -> None:
    assert summarize(sql) == name
