"""The application in the production profile, over HTTP, in process."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from osit_graphql.db.engine import Database
from osit_graphql.server.app import build
from osit_graphql.settings import Settings

DESK = "https://desk.example"
ORIGINS = (DESK, "http://localhost:3000")
PROXY = "10.0.0.1"
Connect = Callable[..., httpx.AsyncClient]


def make_settings(**overrides: Any) -> Settings:
    """Return secure production settings, with overrides."""
    return Settings(
        _env_file=None,
        **{"environment": "production", "trusted_proxies": (ip_network(PROXY),), "cors_origins": ORIGINS} | overrides,
    )


@pytest.fixture(scope="session")
def applications() -> dict[str, Starlette]:
    """Cache each application for the session: building a schema is slow."""
    return {}


@pytest.fixture
async def connect(database: Database, applications: dict[str, Starlette]) -> AsyncIterator[Connect]:
    """Yield a function that makes clients of an application with overridden settings."""
    made: list[httpx.AsyncClient] = []

    def connect(peer: str = PROXY, **overrides: Any) -> httpx.AsyncClient:
        settings = make_settings(**overrides)
        application = applications.get(repr(settings)) or build(settings, database)
        applications[repr(settings)] = application
        transport = httpx.ASGITransport(app=application, client=(peer, 40000))
        made.append(httpx.AsyncClient(transport=transport, base_url="http://osit.test"))
        return made[-1]

    yield connect
    for client in made:
        await client.aclose()


@pytest.fixture
def client(connect: Connect) -> httpx.AsyncClient:
    return connect()
