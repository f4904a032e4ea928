"""A redis-server of a test's own, on a socket in its own directory."""

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.waiting import HANG_TIMEOUT_S

PROGRAM = shutil.which("redis-server")


class RedisServer:
    """Started and stopped as often as a test wants."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="osit-redis-"))
        self.socket = self.directory / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, as OSIT_REDIS_URL says it."""
        return f"unix://{self.socket}"

    async def start(self) -> Self:
        """Start it, and wait until it answers."""
        assert PROGRAM is not None, "redis-server is needed for this test"
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.directory)]
        self._process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - starting is quick
        client = Redis.from_url(self.url)
        async with asyncio.timeout(HANG_TIMEOUT_S):
            while True:
                try:
                    await client.ping()
                    break
                except (RedisError, OSError):
                    await asyncio.sleep(0.02)
        await client.aclose()
        return self

    def stop(self) -> None:
        """Stop the server; its data is lost."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(HANG_TIMEOUT_S)
            self._process = None

    def remove(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.directory)
