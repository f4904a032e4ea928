"""The network between servers and PostgreSQL: a TCP proxy that delays, holds back and cuts."""

import asyncio
import contextlib

from sqlalchemy import URL

from tests.production.cutting_proxy import CuttingProxy


class Network(CuttingProxy):
    """A proxy in front of PostgreSQL, whose behaviour changes while it runs."""

    def __init__(self, url: URL) -> None:
        super().__init__(url, offset=0, reset=True)
        self.delay_s = 0.0
        """Seconds by which each message is late."""
        self.flowing = asyncio.Event()
        """Whether messages pass at all; connections stay open meanwhile."""
        self.flowing.set()
        self._clients: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Reset every connection."""
        for client in self._clients:
            client.transport.abort()

    def inject(self, message: bytes) -> None:
        """Send a message to every client, as PostgreSQL does before it ends a connection."""
        for client in self._clients:
            client.write(message)

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self._clients.add(to_client)
        try:
            from_server, to_server = await self._connect()
        except OSError:
            to_client.transport.abort()
            self._clients.discard(to_client)
            return
        upstream = asyncio.create_task(self._copy(from_client, to_server))
        await self._copy(from_server, to_client)
        to_client.transport.abort()
        self._clients.discard(to_client)
        await upstream

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self.flowing.wait()
                await asyncio.sleep(self.delay_s)
                writer.write(data)
                await writer.drain()
        writer.close()
