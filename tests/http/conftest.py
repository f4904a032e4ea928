"""A client of the little application, over ASGI."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http.schema import make_app


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        yield client
