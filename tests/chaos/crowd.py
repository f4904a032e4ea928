"""Readers beside the clients: many at once, and some that leave before the response."""

import asyncio
import json
import random
from itertools import cycle

import httpx

from tests.chaos.installation import Installation
from tests.waiting import HANG_TIMEOUT_S

DOCUMENT = "{ tickets(first: 50) { totalCount nodes { title requester { name } service { name } } } }"
BODY = json.dumps({"query": DOCUMENT}).encode()
PATIENCE_S = (0.001, 0.05)
AT_ONCE = 20


async def read_at_once(installation: Installation, count: int) -> set[int]:
    """Send this many queries at once to both servers; return their statuses."""
    headers = {
        "Authorization": f"Bearer {installation.company.tokens['operator']}",
        "Accept": "application/graphql-response+json",
    }
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(timeout=HANG_TIMEOUT_S, trust_env=False, limits=limits, headers=headers) as client:
        requests = [
            client.post(url, json={"query": DOCUMENT}) for _, url in zip(range(count), cycle(installation.urls))
        ]
        return {response.status_code for response in await asyncio.gather(*requests)}


async def disconnect(installation: Installation, count: int) -> None:
    """Send a query on this many connections, and close each one after a moment."""
    ports = [server.port for server in installation.servers]
    token = installation.company.tokens["operator"]
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
    request = head.encode() + b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
    free = asyncio.Semaphore(AT_ONCE)

    async def leave() -> None:
        async with free:
            _, writer = await asyncio.open_connection("127.0.0.1", random.choice(ports))
            writer.write(request)
            await writer.drain()
            await asyncio.sleep(random.uniform(*PATIENCE_S))
            writer.transport.abort()

    await asyncio.gather(*(leave() for _ in range(count)))
