"""Production checks: all missing requirements are reported at once; without any, the server starts."""

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
from tests.embedded_postgres.conftest import make_place
from tests.production.conftest import make_settings
from tests.superuser import as_superuser
from tests.waiting import HANG_TIMEOUT_S

ROOT = Path(__file__).parents[2]
NEAR = "postgresql://osit@127.0.0.1/osit"
FAR = "postgresql://osit:Zk3-vT9_qLm4xW@db.example/osit"

WEAK: dict[str, tuple[dict[str, Any], str]] = {
    "no database": ({"database_url": None}, "OSIT_DATABASE_URL is not set"),
    "without TLS": ({"database_url": FAR}, "OSIT_DATABASE_URL connects to another machine without requiring TLS"),
    "with optional TLS": ({"database_url": f"{FAR}?sslmode=prefer"}, "without requiring TLS"),
    "one of two hosts without TLS": (
        {"database_url": "postgresql:///o?host=/run/pg&host=db.example"},
        "without requiring TLS",
    ),
    "the replica without TLS": ({"replica_url": FAR}, "OSIT_REPLICA_URL connects to another machine"),
    "a short password": ({"database_url": "postgresql://osit:hunter2@127.0.0.1/o"}, "can be guessed"),
    "the user as password": ({"database_url": "postgresql://incidentdesk:incidentdesk@/o"}, "can be guessed"),
    "no proxy": ({"trusted_proxies": ()}, "OSIT_TRUSTED_PROXIES is not set"),
    "any proxy": ({"trusted_proxies": (ip_network("0.0.0.0/0"),)}, "OSIT_TRUSTED_PROXIES trusts every address"),
    "any proxy, version 6": ({"trusted_proxies": (ip_network("::/0"),)}, "OSIT_TRUSTED_PROXIES trusts every address"),
    "a page without TLS": ({"cors_origins": ("http://desk.example",)}, "OSIT_CORS_ORIGINS lists http://desk.example"),
}
STRONG: tuple[dict[str, Any], ...] = (
    {"database_url": f"{FAR}?sslmode=verify-full"},
    {"database_url": f"{FAR}?ssl=require"},
    {"database_url": "postgresql://osit@/osit?host=/run/postgresql"},
    {"database_url": "postgresql://osit:Zk3-vT9_qLm4xW@[::1]:5433/osit", "replica_url": f"{FAR}?sslmode=verify-ca"},
    {"database_url": "postgresql://osit@localhost/osit", "cors_origins": ("https://desk.example", "http://[::1]:3000")},
)


def make(**overrides: Any) -> Settings:
    return Settings(
        _env_file=None,
        environment="production",
        **{"database_url": NEAR, "trusted_proxies": (ip_network("::1"),)} | overrides,
    )


@pytest.mark.parametrize("name", WEAK)
def test_each_weak_setting_is_reported(name: str) -> None:
    overrides, sentence = WEAK[name]
    [failure] = production_checks.check_settings(make(**overrides))
    assert sentence in failure
    assert failure.endswith((".", ")."))


@pytest.mark.parametrize("overrides", STRONG)
def test_strong_settings_are_accepted(overrides: dict[str, Any]) -> None:
    assert list(production_checks.check_settings(make(**overrides))) == []


def test_no_password_is_reported() -> None:
    failures = " ".join(
        production_checks.check_settings(make(database_url="postgresql://osit:hunter2@db.example/osit"))
    )
    assert "hunter2" not in failures
    assert failures


async def test_unsafe_databases_and_public_passwords_are_reported(database: Database) -> None:
    """The servers of the tests run with fsync off."""
    account = demo.ACCOUNTS[0]
    async with as_superuser(database).transaction() as session:
        row = {
            "name": account.label,
            "name_key": name_key(account.label),
            "email": account.email,
            "roles": [Role.OPERATOR],
        }
        await session.execute(insert(Person).values(row | {"password_hash": "x"}))
    url = database.url.render_as_string(hide_password=False)
    with pytest.raises(SetupError) as refused:
        await production_checks.check_production(make_settings(database_url=url))
    assert "fsync = off: a power failure can lose acknowledged changes" in str(refused.value)
    assert f"can sign in: {account.email}." in str(refused.value)
    async with as_superuser(database).transaction() as session:
        await session.execute(update(Person).values(active=False))
    with pytest.raises(SetupError) as again:
        await production_checks.check_production(make_settings(database_url=url))
    assert account.email not in str(again.value)


def run(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command in the production profile."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OSIT_", "PG"))}
    return subprocess.Popen(
        [sys.executable, "-m", "osit_graphql.cli", *arguments],
        env=inherited | {"PYTHONPATH": str(ROOT), "OSIT_ENVIRONMENT": "production"} | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_all_missing_requirements_are_reported_at_once() -> None:
    process = run("serve", OSIT_CORS_ORIGINS="http://desk.example", OSIT_REPLICA_URL=FAR, OSIT_PORT="0")
    output, errors = process.communicate(timeout=HANG_TIMEOUT_S)
    assert (process.returncode, output) == (1, "")
    first, *failures = errors.splitlines()
    assert first.startswith("osit: OSIT_ENVIRONMENT=production")
    assert [failure.split()[2] for failure in failures] == [
        "OSIT_DATABASE_URL",
        "OSIT_REPLICA_URL",
        "OSIT_TRUSTED_PROXIES",
        "OSIT_CORS_ORIGINS",
    ]


def test_the_demo_company_is_refused() -> None:
    process = run("demo", OSIT_PORT="0")
    _, errors = process.communicate(timeout=HANG_TIMEOUT_S)
    assert process.returncode == 1
    assert "passwords are public" in errors


@pytest.fixture
async def durable() -> AsyncIterator[dict[str, str]]:
    """Yield the settings of a durable server that has the role of the API."""
    with make_place() as place, EmbeddedServer.start(place) as server:
        superuser = Database(server.admin_url(), pool_size=1)
        await roles.create_embedded_role(superuser)
        await superuser.close()
        urls = {"OSIT_DATABASE_URL": server.api_url, "OSIT_OWNER_URL": server.url}
        yield {name: url.replace("+asyncpg", "") for name, url in urls.items()}


def test_the_server_starts_without_missing_requirements(durable: dict[str, str]) -> None:
    environment = durable | {"OSIT_TRUSTED_PROXIES": "127.0.0.1,::1", "OSIT_PORT": "0", "OSIT_DRAIN_SECONDS": "0"}
    unready = run("serve", **environment)
    assert "run `osit migrate` first" in unready.communicate(timeout=HANG_TIMEOUT_S)[1]
    migrating = run("migrate", **environment)
    migrating.communicate(timeout=HANG_TIMEOUT_S)
    assert migrating.returncode == 0
    process = run("serve", **environment)
    assert process.stderr
    address = process.stderr.readline().partition("http://")[2].partition("/graphql")[0]
    response = httpx.post(
        f"http://{address}/graphql", json={"query": "{ __typename }"}, trust_env=False, timeout=HANG_TIMEOUT_S
    )
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=HANG_TIMEOUT_S)
    assert response.json() == {"data": {"__typename": "Query"}}
    assert "server" not in response.headers
