"""PostgreSQL says goodbye between two statements, and the connection is not closed yet."""

import asyncio

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from tests.chaos.network import Network

FIELDS = b"SFATAL\0VFATAL\0C57P02\0Mterminating connection because of crash of another server process\0\0"
FATAL = b"E" + (len(FIELDS) + 4).to_bytes(4, "big") + FIELDS


async def test_a_connection_that_postgresql_ends_is_unavailable(database: Database) -> None:
    async with Network(database.url) as network:
        behind = Database(network.url, pool_size=1)
        await behind.ping()
        network.inject(FATAL)
        await asyncio.sleep(0.1)  # the message is read before the next statement
        with pytest.raises(Unavailable):
            async with behind.reading(System.HEALTH):
                pass
        network.cut()
        await behind.close()
