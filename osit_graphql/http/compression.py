"""Large answers, compressed for whoever takes gzip.

Starlette's middleware does the same for any answer, a stream too; it reads each answer's fields to find out what it
has before it. An answer of ours is known to be JSON, whole and not compressed yet.
"""

import asyncio
import zlib

from osit_graphql.http.answers import Answer
from osit_graphql.http.request import Incoming

COMPRESSED = 1024
"""Bytes from which an answer is compressed."""
LEVEL = 4
"""Level 9 takes nearly twice as long for 2 % less."""
ASIDE = 128 * 1024
"""Bytes from which it is done in a thread: other requests would wait some milliseconds for it."""
GZIP = 16 + zlib.MAX_WBITS


async def compress(answer: Answer, incoming: Incoming) -> None:
    """Compress an answer of `COMPRESSED` or more if the client takes it; let caches know that it hangs on that."""
    body = answer.body
    answer.vary(b"Accept-Encoding")
    if "gzip" in (incoming.field(b"accept-encoding") or ""):
        small = await asyncio.to_thread(_pack, body) if len(body) >= ASIDE else _pack(body)
        answer.encode(small, b"gzip")


def _pack(body: bytes) -> bytes:
    return zlib.compress(body, LEVEL, GZIP)
