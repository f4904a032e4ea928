"""A proxy in front of PostgreSQL that drops each connection after some bytes of the server."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from sqlalchemy import URL


class CuttingProxy:
    """Listens on a free port while the block runs."""

    def __init__(self, url: URL, offset: int, *, reset: bool) -> None:
        """Drop after `offset` bytes, with a TCP reset or an orderly close."""
        self._target, self._offset, self._reset = url, offset, reset
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The address of the same database through the proxy."""
        port = self._server.sockets[0].getsockname()[1]
        return self._target.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self.connections += 1
        from_server, to_server = await self._connect()
        upstream = asyncio.create_task(_copy(from_client, to_server))
        left = self._offset
        with contextlib.suppress(OSError):
            while left > 0 and (data := await from_server.read(left)):
                to_client.write(data)
                await to_client.drain()
                left -= len(data)
        if self._reset:
            to_client.transport.abort()
        to_client.close()
        upstream.cancel()
        to_server.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._target.query.get("host") or self._target.host, self._target.query.get("port")
        if isinstance(host, str) and host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port or self._target.port or 5432}")
        return await asyncio.open_connection(str(host), self._target.port)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
