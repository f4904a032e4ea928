"""A Redis, when a test asks for one."""

from collections.abc import AsyncIterator

import pytest

from tests.limits.redis import RedisServer


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """Give a redis-server that answers."""
    server = RedisServer()
    try:
        yield await server.start()
    finally:
        server.remove()
