"""The whole application in the production profile, over HTTP, in process."""

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


def make_settings(**chosen: Any) -> Settings:
    """Return production's settings, as somebody careful would choose them."""
    return Settings(
        _env_file=None,
        **{"environment": "production", "trusted_proxies": (ip_network(PROXY),), "cors_origins": ORIGINS} | chosen,
    )


@pytest.fixture(scope="session")
def applications() -> dict[str, Starlette]:
    """Keep each application for the whole run: building a schema takes a while."""
    return {}


@pytest.fixture
async def connect(database: Database, applications: dict[str, Starlette]) -> AsyncIterator[Connect]:
    """Make clients of the application under chosen settings; closed at the end."""
    made: list[httpx.AsyncClient] = []

    def connect(peer: str = PROXY, **chosen: Any) -> httpx.AsyncClient:
        settings = make_settings(**chosen)
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
