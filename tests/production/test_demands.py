"""Production says everything that it misses at once, and serves when nothing is missing."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from osit_graphql import demo
from osit_graphql.db.engine import Database
from osit_graphql.db.models import Person, name_key
from osit_graphql.db.schema import roles
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import SetupError
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.server import production_checks
from osit_graphql.settings import Settings
from tests.behind import behind
from tests.embedded_postgres.conftest import make_place
from tests.production.conftest import make_settings
from tests.waiting import HANG_TIMEOUT_S

ROOT = Path(__file__).parents[2]
NEAR = "postgresql://osit@127.0.0.1/osit"
FAR = "postgresql://osit:Zk3-vT9_qLm4xW@db.example/osit"

WEAK: dict[str, tuple[dict[str, Any], str]] = {
    "no database": ({"database_url": None}, "OSIT_DATABASE_URL names no database"),
    "in clear": ({"database_url": FAR}, "OSIT_DATABASE_URL leads to another machine without demanding TLS"),
    "in clear if need be": ({"database_url": f"{FAR}?sslmode=prefer"}, "without demanding TLS"),
    "one of two in clear": ({"database_url": "postgresql:///o?host=/run/pg&host=db.example"}, "without demanding TLS"),
    "the replica in clear": ({"replica_url": FAR}, "OSIT_REPLICA_URL leads to another machine"),
    "a short password": ({"database_url": "postgresql://osit:hunter2@127.0.0.1/o"}, "can be guessed"),
    "the user as password": ({"database_url": "postgresql://incidentdesk:incidentdesk@/o"}, "can be guessed"),
    "no proxy": ({"trusted_proxies": ()}, "OSIT_TRUSTED_PROXIES names no proxy"),
    "any proxy": ({"trusted_proxies": (ip_network("0.0.0.0/0"),)}, "OSIT_TRUSTED_PROXIES believes everybody"),
    "any proxy, version 6": ({"trusted_proxies": (ip_network("::/0"),)}, "OSIT_TRUSTED_PROXIES believes everybody"),
    "a page in clear": ({"cors_origins": ("http://desk.example",)}, "OSIT_CORS_ORIGINS lists http://desk.example"),
}
STRONG: tuple[dict[str, Any], ...] = (
    {"database_url": f"{FAR}?sslmode=verify-full"},
    {"database_url": f"{FAR}?ssl=require"},
    {"database_url": "postgresql://osit@/osit?host=/run/postgresql"},
    {"database_url": "postgresql://osit:Zk3-vT9_qLm4xW@[::1]:5433/osit", "replica_url": f"{FAR}?sslmode=verify-ca"},
    {"database_url": "postgresql://osit@localhost/osit", "cors_origins": ("https://desk.example", "http://[::1]:3000")},
)


def choose(**chosen: Any) -> Settings:
    return Settings(
        _env_file=None,
        environment="production",
        **{"database_url": NEAR, "trusted_proxies": (ip_network("::1"),)} | chosen,
    )


@pytest.mark.parametrize("name", WEAK)
def test_each_weak_setting_is_named(name: str) -> None:
    chosen, sentence = WEAK[name]
    [gap] = production_checks.judge_settings(choose(**chosen))
    assert sentence in gap
    assert gap.endswith((".", ")."))


@pytest.mark.parametrize("chosen", STRONG)
def test_strong_settings_are_accepted(chosen: dict[str, Any]) -> None:
    assert list(production_checks.judge_settings(choose(**chosen))) == []


def test_no_secret_is_told() -> None:
    gaps = " ".join(production_checks.judge_settings(choose(database_url="postgresql://osit:hunter2@db.example/osit")))
    assert "hunter2" not in gaps
    assert gaps


async def test_a_database_that_forgets_is_refused_and_so_are_public_passwords(database: Database) -> None:
    """The tests' own servers run with fsync off."""
    account = demo.ACCOUNTS[0]
    async with behind(database).transaction() as session:
        row = {
            "name": account.name,
            "name_key": name_key(account.name),
            "email": account.email,
            "roles": [Role.OPERATOR],
        }
        await session.execute(insert(Person).values(row | {"password_hash": "x"}))
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(SetupError) as refused:
        await production_checks.demand(make_settings(database_url=url))
    assert "fsync = off: what was acknowledged may be gone" in str(refused.value)
    assert f"can sign in: {account.email}." in str(refused.value)
    async with behind(database).transaction() as session:
        await session.execute(update(Person).values(active=False))
    with pytest.raises(SetupError) as again:
        await production_checks.demand(make_settings(database_url=url))
    assert account.email not in str(again.value)


def run(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command in the production profile."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OSIT_", "PG"))}
    return subprocess.Popen(
        [sys.executable, "-m", "osit_graphql.cli", *arguments],
        env=kept | {"PYTHONPATH": str(ROOT), "OSIT_ENVIRONMENT": "production"} | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_everything_that_is_missing_is_said_at_once() -> None:
    process = run("serve", OSIT_CORS_ORIGINS="http://desk.example", OSIT_REPLICA_URL=FAR, OSIT_PORT="0")
    said, complaints = process.communicate(timeout=HANG_TIMEOUT_S)
    assert (process.returncode, said) == (1, "")
    first, *gaps = complaints.splitlines()
    assert first.startswith("osit: OSIT_ENVIRONMENT=production")
    assert [gap.split()[2] for gap in gaps] == [
        "OSIT_DATABASE_URL",
        "OSIT_REPLICA_URL",
        "OSIT_TRUSTED_PROXIES",
        "OSIT_CORS_ORIGINS",
    ]


def test_the_demo_company_has_no_place_there() -> None:
    process = run("demo", OSIT_PORT="0")
    _, complaints = process.communicate(timeout=HANG_TIMEOUT_S)
    assert process.returncode == 1
    assert "passwords are public" in complaints


@pytest.fixture
async def durable() -> AsyncIterator[dict[str, str]]:
    """A server that keeps what it acknowledges, with the API's role on it: the settings that lead there."""
    with make_place() as place, EmbeddedServer.start(place) as server:
        superuser = Database(server.admin_url(), pool=1)
        await roles.provide(superuser)
        await superuser.close()
        found = {"OSIT_DATABASE_URL": server.api_url, "OSIT_OWNER_URL": server.url}
        yield {name: url.replace("+asyncpg", "") for name, url in found.items()}


def test_what_misses_nothing_serves(durable: dict[str, str]) -> None:
    environment = durable | {"OSIT_TRUSTED_PROXIES": "127.0.0.1,::1", "OSIT_PORT": "0"}
    unready = run("serve", **environment)
    assert "run `osit migrate` first" in unready.communicate(timeout=HANG_TIMEOUT_S)[1]
    migrating = run("migrate", **environment)
    migrating.communicate(timeout=HANG_TIMEOUT_S)
    assert migrating.returncode == 0
    process = run("serve", **environment)
    assert process.stderr
    address = process.stderr.readline().partition("http://")[2].partition("/graphql")[0]
    asked = httpx.post(
        f"http://{address}/graphql", json={"query": "{ __typename }"}, trust_env=False, timeout=HANG_TIMEOUT_S
    )
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANG_TIMEOUT_S)
    assert asked.json() == {"data": {"__typename": "Query"}}
    assert "server" not in asked.headers
