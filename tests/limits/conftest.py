"""The Redis fixture."""

from collections.abc import AsyncIterator

import pytest

from tests.limits.redis import RedisServer


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """Yield a running redis-server."""
    server = RedisServer()
    try:
        yield await server.start()
    finally:
        server.remove()
